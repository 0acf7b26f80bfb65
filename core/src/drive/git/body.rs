//! The body of a Git client's request: Git packs it with gzip when it has more than 1,024 bytes.
//!
//! It is unpacked whole, at most `Limits::git.bytes` of it. It refuses all other codings.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::archive::gzip::{Gunzip, GzipError};
use crate::drive::host::Host;
use crate::drive::request::{Request, Upload};

/// The body, or what is answered instead.
pub(super) fn unpacked<'a, H: Host>(
    host: &H,
    request: &Request<'a>,
) -> Result<Cow<'a, [u8]>, Answer> {
    let limits = &host.config().limits;
    let body = match request.upload {
        Upload::None => &[],
        Upload::Whole(body) => body,
        Upload::TooLarge => return Err(too_large(limits.git_body_bytes)),
        Upload::NoRoom => return Err(Answer::failure(Failure::Busy, limits)),
        Upload::Broken => return Err(Answer::text(400, "the body of the request is broken")),
    };
    let most = usize::try_from(limits.git.bytes).unwrap_or(usize::MAX);
    match coding(request)? {
        Coding::Identity => Ok(Cow::Borrowed(body)),
        Coding::Gzip => gunzipped(body, most).map(Cow::Owned),
    }
}

enum Coding {
    Identity,
    Gzip,
}

/// RFC 9110 section 8.4.1.3: `x-gzip` is the same.
fn coding(request: &Request<'_>) -> Result<Coding, Answer> {
    let Some(coding) = request.fields.content_encoding else {
        return Ok(Coding::Identity);
    };
    let is = |name: &[u8]| coding.eq_ignore_ascii_case(name);
    if is(b"identity") {
        Ok(Coding::Identity)
    } else if is(b"gzip") || is(b"x-gzip") {
        Ok(Coding::Gzip)
    } else {
        let line = "the body's Content-Encoding is not understood; send gzip, or none";
        Err(Answer::text(415, line))
    }
}

enum Trouble {
    Gzip,
    TooLong,
}

impl From<GzipError> for Trouble {
    fn from(_: GzipError) -> Self {
        Self::Gzip
    }
}

fn gunzipped(body: &[u8], most: usize) -> Result<Vec<u8>, Answer> {
    let (mut gunzip, mut out) = (Gunzip::new(), Vec::new());
    let mut take = |bytes: &[u8]| {
        if out.len() + bytes.len() > most {
            return Err(Trouble::TooLong);
        }
        out.extend_from_slice(bytes);
        Ok(())
    };
    let unpacked = gunzip.push(body, &mut take);
    match unpacked.and_then(|_| gunzip.finish().map_err(Trouble::from)) {
        Ok(()) => Ok(out),
        Err(Trouble::Gzip) => Err(Answer::text(400, "the body of the request is not gzip")),
        Err(Trouble::TooLong) => Err(too_large(most)),
    }
}

fn too_large(most: usize) -> Answer {
    let line = alloc::format!(
        "the body of the request has more than {most} bytes; fetch fewer refs at once"
    );
    Answer::text(413, &line)
}
