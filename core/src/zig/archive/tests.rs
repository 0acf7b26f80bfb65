use std::string::String;
use std::string::ToString;

use super::*;

#[test]
fn published_names_are_known() {
    let names = [
        ("zig-0.15.1.tar.xz", "0.15.1", ArchiveKind::Source),
        (
            "zig-0.16.0-dev.27+83f773fc6.tar.xz",
            "0.16.0-dev.27+83f773fc6",
            ArchiveKind::Source,
        ),
        (
            "zig-bootstrap-0.15.1.tar.xz",
            "0.15.1",
            ArchiveKind::Bootstrap,
        ),
        (
            "zig-bootstrap-0.16.0-dev.27+83f773fc6.tar.xz",
            "0.16.0-dev.27+83f773fc6",
            ArchiveKind::Bootstrap,
        ),
        (
            "zig-x86_64-linux-0.15.1.tar.xz",
            "0.15.1",
            ArchiveKind::Binary,
        ),
        (
            "zig-linux-x86_64-0.14.0.tar.xz",
            "0.14.0",
            ArchiveKind::Binary,
        ),
        (
            "zig-linux-armv6kz-0.6.0.tar.xz",
            "0.6.0",
            ArchiveKind::Binary,
        ),
        (
            "zig-linux-i386-0.10.1.tar.xz",
            "0.10.1",
            ArchiveKind::Binary,
        ),
        ("zig-x86-windows-0.15.1.zip", "0.15.1", ArchiveKind::Binary),
        (
            "zig-powerpc64le-linux-0.15.1.tar.xz",
            "0.15.1",
            ArchiveKind::Binary,
        ),
        (
            "zig-linux-x86_64-0.12.0-dev.2063+804cee3b9.tar.xz",
            "0.12.0-dev.2063+804cee3b9",
            ArchiveKind::Binary,
        ),
        (
            "zig-aarch64-windows-0.17.0-dev.1857+3c46da14d.zip",
            "0.17.0-dev.1857+3c46da14d",
            ArchiveKind::Binary,
        ),
        ("zig-0.15.1-index.json", "0.15.1", ArchiveKind::Index),
        (
            "zig-0.16.0-dev.27+83f773fc6-index.json",
            "0.16.0-dev.27+83f773fc6",
            ArchiveKind::Index,
        ),
    ];
    for (text, version, kind) in names {
        let name = name(text);
        assert_eq!(name.as_str(), text);
        assert_eq!(name.to_string(), text);
        assert_eq!(name.version().as_str(), version);
        assert_eq!(name.kind(), kind);
        assert!(!name.is_signature());
        assert!(text.ends_with(name.extension().as_str()));
    }
}

#[test]
fn a_target_that_does_not_exist_yet_is_a_name() {
    assert_eq!(
        name("zig-sparc_v9-Plan9-2.0.0.zip").kind(),
        ArchiveKind::Binary
    );
}

#[test]
fn a_signature_and_its_file_lead_to_each_other() {
    let file = name("zig-x86_64-linux-0.15.1.tar.xz");
    let signature = name("zig-x86_64-linux-0.15.1.tar.xz.minisig");
    assert!(signature.is_signature());
    assert_eq!(signature.kind(), ArchiveKind::Binary);
    assert_eq!(signature.extension(), Extension::TarXz);
    assert_eq!(file.signature(), signature);
    assert_eq!(signature.signature(), signature);
    assert_eq!(signature.signed(), file);
    assert_eq!(file.signed(), file);
}

#[test]
fn an_index_is_signed_too() {
    let signature = name("zig-0.16.0-dev.27+83f773fc6-index.json.minisig");
    assert_eq!(signature.kind(), ArchiveKind::Index);
    assert_eq!(
        signature.signed().as_str(),
        "zig-0.16.0-dev.27+83f773fc6-index.json"
    );
}

#[test]
fn names_are_ordered_by_their_text() {
    assert!(name("zig-0.10.0.tar.xz") < name("zig-0.9.0.tar.xz"));
}

#[test]
fn a_name_starts_with_zig() {
    for text in [
        "",
        "zig",
        "Zig-0.15.1.tar.xz",
        " zig-0.15.1.tar.xz",
        "zls-0.15.1.tar.xz",
    ] {
        assert_eq!(ArchiveName::parse(text), Err(NameError::Prefix), "{text}");
        assert!(!ArchiveName::looks_like_archive(text), "{text}");
    }
    for text in [
        "./zig-0.15.1.tar.xz",
        "/zig-0.15.1.tar.xz",
        "a/zig-0.15.1.tar.xz",
    ] {
        assert_eq!(ArchiveName::parse(text), Err(NameError::Prefix), "{text}");
    }
    assert!(ArchiveName::looks_like_archive("zig-"));
}

#[test]
fn a_name_ends_in_a_known_extension() {
    for text in [
        "zig-",
        "zig-..",
        "zig-0.15.1",
        "zig-0.15.1.tar.gz",
        "zig-0.15.1.tar.xz.asc",
        "zig-0.15.1.tar.xz.minisig.minisig",
        "zig-0.15.1.minisig",
        "zig-0.15.1.TAR.XZ",
        "zig-0.15.1.tar.xz ",
        "zig-0.15.1.tar.xz\n",
        "zig-0.15.1.tar.xz\0",
        "zig-0.15.1.tar.xz?source=x",
        "zig-0.15.1.tar.xz/",
        "zig-bootstrap-1.2",
        "zig-index.html",
    ] {
        assert_eq!(
            ArchiveName::parse(text),
            Err(NameError::Extension),
            "{text}"
        );
    }
}

#[test]
fn what_stands_for_the_version_must_be_one() {
    for text in [
        "zig-.tar.xz",
        "zig-..zip",
        "zig-...tar.xz",
        "zig-bootstrap-1.2.tar.xz",
        "zig-bootstrap.tar.xz",
        "zig-x86_64-linux.tar.xz",
        "zig-x86_64-linux-.tar.xz",
        "zig-x86_64-linux-master.tar.xz",
        "zig-0.15.1-.tar.xz",
        "zig-0.15.1-index-index.json",
        "zig--index.json",
        "zig-0.15.1.zip.tar.xz",
        "zig-0.15.1/../../etc/passwd.zip",
        "zig-x86_64-linux-0.15.1\0.tar.xz",
        "zig-x86_64-linux-0.16.0-dev.27+83F773FC6.tar.xz",
        "zig-x86_64-linux-0.16.0-dev.27%2B83f773fc6.tar.xz",
        "zig-x86_64-linux-0.16.0-dev.27.tar.xz",
        "zig-x86_64-linux-dev.27+83f773fc6.tar.xz",
        "zig-dev.27+83f773fc6.tar.xz",
        "zig-x86_64-linux-0.16.0-rc.1.tar.xz",
        "zig-x86_64-linux-0.15.1-dev.1+a-0.tar.xz",
        "zig-x86_64-linux-0.15.1½.tar.xz",
    ] {
        let error = ArchiveName::parse(text);
        assert!(
            matches!(error, Err(NameError::Version(_))),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn exactly_two_plain_words_make_a_target() {
    for text in [
        "zig-win64-0.1.1.zip",
        "zig-win64-0.2.0.zip",
        "zig--0.15.1.tar.xz",
        "zig---0.15.1.tar.xz",
        "zig-x86_64--0.15.1.tar.xz",
        "zig--linux-0.15.1.tar.xz",
        "zig-x86_64-linux--0.15.1.tar.xz",
        "zig-x86_64-linux-musl-0.15.1.tar.xz",
        "zig-bootstrap-bootstrap-x-0.15.1.tar.xz",
        "zig-Bootstrap-0.15.1.tar.xz",
        "zig-../..-0.15.1.tar.xz",
        "zig-..-..-0.15.1.tar.xz",
        "zig-x86_64-../linux-0.15.1.tar.xz",
        "zig-x86_64\\linux-0.15.1.tar.xz",
        "zig-x86_64-lin ux-0.15.1.tar.xz",
        "zig-x86_64-linüx-0.15.1.tar.xz",
        "zig-x86.64-linux-0.15.1.tar.xz",
        "zig-x86_64-\0-0.15.1.tar.xz",
        "zig-bootstrap-0.15.1-index.json",
        "zig-x86_64-linux-0.15.1-index.json.minisig",
    ] {
        assert_eq!(ArchiveName::parse(text), Err(NameError::Words), "{text}");
    }
}

#[test]
fn longest_name_leaves_room_for_its_signature() {
    let longest = long_name(MAX_LEN - ".minisig".len());
    let signature = name(&longest).signature();
    assert_eq!(signature.as_str().len(), MAX_LEN);
    assert_eq!(ArchiveName::parse(signature.as_str()), Ok(signature));
    for len in [MAX_LEN - ".minisig".len() + 1, MAX_LEN, 256, 100_000] {
        assert_eq!(ArchiveName::parse(&long_name(len)), Err(NameError::TooLong));
    }
}

#[test]
fn errors_name_the_culprit() {
    let error = ArchiveName::parse("zig-bootstrap-1.2.zip").unwrap_err();
    assert_eq!(
        error.to_string(),
        "no version in the archive's name: a version starts with three numbers, as in 0.15.1"
    );
}

fn name(text: &str) -> ArchiveName {
    ArchiveName::parse(text).unwrap()
}

/// A name that is valid but for its length.
fn long_name(len: usize) -> String {
    let (start, end) = ("zig-", "-linux-0.15.1.tar.xz");
    std::format!("{start}{}{end}", "a".repeat(len - start.len() - end.len()))
}
