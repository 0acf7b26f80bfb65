//! Upstreams that do not say how long a file is: clients are told all the same.

use crate::conformance::depot::{Depot, LARGE, RELEASE, SMALL, bytes_of};
use crate::host::{Ability, Host};
use crate::stand_in::{File, Framing};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

/// Old Zigs hang on a cut chunked body, so every client gets a Content-Length.
pub fn unknown_length_becomes_content_length(host: &dyn Host) {
    for (framing, size) in [
        (Framing::UntilClose, SMALL),
        (Framing::UntilClose, LARGE),
        (Framing::Chunked, SMALL),
        (Framing::Chunked, LARGE),
    ] {
        let depot = Depot::new(host);
        let bytes = bytes_of(1, size);
        depot
            .upstream()
            .publish_as(RELEASE, &bytes, File::new(bytes.clone()).framing(framing));
        let answer = depot.zig(RELEASE).expect_bytes(&bytes);
        assert_eq!(
            answer.field("content-length"),
            Some(size.to_string().as_str()),
            "{framing:?}"
        );
        assert_eq!(answer.field("transfer-encoding"), None, "{framing:?}");
    }
}

/// A signature of unknown length is one too.
pub fn signature_of_unknown_length_is_served(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(2, SMALL);
    let signature = depot.upstream().key().sign(RELEASE, &bytes);
    depot.upstream().publish(RELEASE, &bytes);
    let file = File::new(signature.as_bytes()).framing(Framing::Chunked);
    depot
        .upstream()
        .on(&format!("/download/0.14.1/{RELEASE}.minisig"), file);
    depot.zig(RELEASE).expect_bytes(&bytes);
    let answer = depot
        .zig(&format!("{RELEASE}.minisig"))
        .expect_bytes(signature.as_bytes());
    assert_eq!(
        answer.field("content-length"),
        Some(signature.len().to_string().as_str())
    );
}

/// A file that arrives in small pieces is the same file.
pub fn slow_upstream_is_followed(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(3, 300_000);
    depot
        .upstream()
        .publish_as(RELEASE, &bytes, File::new(bytes.clone()).paced(600_000));
    depot.zig(RELEASE).expect_bytes(&bytes);
}

/// An empty file is a file, if it is signed.
pub fn empty_file_is_served(host: &dyn Host) {
    let depot = Depot::new(host);
    let bytes = bytes_of(4, 0);
    depot.upstream().publish(RELEASE, &bytes);
    for _ in 0..2 {
        let answer = depot.zig(RELEASE).expect_bytes(&bytes);
        assert_eq!(answer.field("content-length"), Some("0"));
    }
}

/// Sizes around the border between held back and streamed arrive whole.
pub fn sizes_around_the_border_arrive_whole(host: &dyn Host) {
    const BORDER: usize = 64 << 10;
    let depot = Depot::new(host);
    for (patch, size) in (1..).zip([
        1,
        BORDER - 1,
        BORDER,
        BORDER + 1,
        2 * BORDER,
        2 * BORDER + 1,
    ]) {
        let name = format!("zig-x86_64-linux-0.14.{patch}.tar.xz");
        let bytes = bytes_of(patch, size);
        depot.upstream().publish(&name, &bytes);
        depot.zig(&name).expect_bytes(&bytes);
        depot.zig(&name).expect_bytes(&bytes);
    }
}
