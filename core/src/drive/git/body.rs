//! The body of a Git client's request: Git packs it with gzip when it has more than 1,024 bytes.
//!
//! It is unpacked whole, at most `Limits::git.bytes` of it, and takes of the common room for bodies
//! what it has then: a few KiB may become 2 MiB. It refuses all other codings.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::archive::gzip::{Gunzip, GzipError};

use crate::drive::host::Host;
use crate::drive::memory::BodyRoom;
use crate::drive::request::{Request, Upload};

/// A body, and what it takes of the common room. What is read of it takes as much at most, so that
/// the room is to be held as long as that.
#[derive(Debug)]
pub(super) struct Unpacked<'a, H: Host> {
    pub bytes: Cow<'a, [u8]>,
    pub room: BodyRoom<H>,
}

/// The body, or what is answered instead.
pub(super) fn unpacked<'a, H: Host>(
    host: &H,
    request: &Request<'a>,
) -> Result<Unpacked<'a, H>, Answer> {
    let limits = &host.config().limits;
    let body = match request.upload {
        Upload::None => &[],
        Upload::Whole(body) => body,
        Upload::TooLarge => return Err(too_large(limits.git_body_bytes)),
        Upload::NoRoom => return Err(Answer::failure(Failure::Busy, limits)),
        Upload::Broken => return Err(Answer::text(400, "the body of the request is broken")),
    };
    let most = usize::try_from(limits.git.bytes).unwrap_or(usize::MAX);
    let mut room = BodyRoom::new(host);
    let bytes = match coding(request)? {
        // Whoever received it has taken its room.
        Coding::Identity => Cow::Borrowed(body),
        Coding::Gzip => match gunzipped(body, most, &mut room) {
            Ok(bytes) => Cow::Owned(bytes),
            Err(Trouble::Gzip) => {
                return Err(Answer::text(400, "the body of the request is not gzip"));
            }
            Err(Trouble::TooLong) => return Err(too_large(most)),
            Err(Trouble::NoRoom) => return Err(Answer::failure(Failure::Busy, limits)),
        },
    };
    Ok(Unpacked { bytes, room })
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
    NoRoom,
}

impl From<GzipError> for Trouble {
    fn from(_: GzipError) -> Self {
        Self::Gzip
    }
}

fn gunzipped<H: Host>(
    body: &[u8],
    most: usize,
    room: &mut BodyRoom<H>,
) -> Result<Vec<u8>, Trouble> {
    let (mut gunzip, mut out) = (Gunzip::new(), Vec::new());
    let mut take = |bytes: &[u8]| {
        let length = out.len() + bytes.len();
        if length > most {
            return Err(Trouble::TooLong);
        }
        if !room.holds(length) {
            return Err(Trouble::NoRoom);
        }
        out.extend_from_slice(bytes);
        Ok(())
    };
    gunzip.push(body, &mut take)?;
    gunzip.finish()?;
    Ok(out)
}

fn too_large(most: usize) -> Answer {
    let line = alloc::format!(
        "the body of the request has more than {most} bytes; fetch fewer refs at once"
    );
    Answer::text(413, &line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::gzip::Gzip;
    use crate::drive::fixtures::Memory;
    use crate::drive::memory::FREE;
    use crate::wire::fields::{Fields, Method};

    fn unpack<'a>(
        host: &Memory,
        fields: &'a Fields<'a>,
        body: &'a [u8],
    ) -> Result<Unpacked<'a, Memory>, Answer> {
        let request = Request::new(Method::Post, "/mach/git-upload-pack", fields, None);
        unpacked(host, &request.with_upload(Upload::Whole(body)))
    }

    #[test]
    fn what_bodies_unpack_to_is_bounded_together() {
        let long = alloc::vec![b'0'; 3 * FREE];
        let mut body = Vec::new();
        let mut writer = Gzip::new(&mut body);
        writer.push(&long, &mut body);
        writer.finish(&mut body).unwrap();
        assert!(body.len() < FREE, "such bodies are free as they are sent");
        let fields = Fields {
            content_encoding: Some(b"gzip"),
            ..Fields::default()
        };
        let host = Memory::new(|limits| limits.bodies_bytes = 3 * FREE);
        let first = unpack(&host, &fields, &body).unwrap();
        assert!(*first.bytes == *long);
        assert_eq!(
            unpack(&host, &fields, &body).err().map(|it| it.status),
            Some(503)
        );
        drop(first);
        assert!(unpack(&host, &fields, &body).is_ok());
    }
}
