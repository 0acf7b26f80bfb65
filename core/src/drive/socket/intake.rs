//! The body of a request, read whole before the request is answered, where a route wants it.
//!
//! It refuses a body that is longer than wanted as soon as that shows, and one that does not come
//! within `Limits::body_wait`.

use alloc::vec::Vec;

use super::{Client, Gone, Patience};
use crate::drive::host::Host;
use crate::drive::request::Upload;
use crate::time::Instant;
use crate::wire::body::{BodyLength, BodyReader};
use crate::wire::head::RequestHead;

/// Bytes read at once.
const CHUNK: usize = 8 << 10;
/// RFC 9110 section 15.2.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What was read of a body.
#[derive(Debug, Default)]
pub(super) struct Intake {
    bytes: Vec<u8>,
    /// Bytes that had come with the head and belong to the body.
    pub used: usize,
    /// Bytes that came behind the body.
    pub spare: Vec<u8>,
    /// Its first byte may have been read.
    pub is_begun: bool,
    /// Its last byte was read.
    pub is_whole: bool,
}

impl Intake {
    /// The body as the application sees it.
    pub(super) fn upload(&self) -> Upload<'_> {
        match (self.is_begun, self.is_whole) {
            (false, _) => Upload::None,
            (true, true) => Upload::Whole(&self.bytes),
            (true, false) => Upload::TooLarge,
        }
    }
}

/// Reads the body behind `head`, of which `rest` has come already, if it has at most `most` bytes.
pub(super) async fn take<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    (rest, most): (&[u8], usize),
    head: &RequestHead<'_>,
) -> Result<Intake, Gone> {
    let mut intake = Intake {
        is_begun: true,
        ..Intake::default()
    };
    if announced(head.body).is_some_and(|len| len > most) {
        return Ok(intake);
    }
    let until = host.now().instant + host.config().limits.body_wait;
    if head.expect_continue && rest.is_empty() {
        send_all(conn, CONTINUE, until).await?;
    }
    let mut reader = BodyReader::new(head.body);
    intake.used = intake.decode(&mut reader, rest, most)?;
    let mut chunk = Vec::new();
    while !reader.is_finished() && intake.bytes.len() <= most {
        chunk.resize(CHUNK, 0);
        let n = conn
            .recv(&mut chunk, Patience { until, idle: false })
            .await?;
        if n == 0 {
            return Err(Gone::Closed);
        }
        chunk.truncate(n);
        let used = intake.decode(&mut reader, &chunk, most)?;
        intake.spare = chunk.split_off(used);
    }
    intake.is_whole = reader.is_finished() && intake.bytes.len() <= most;
    Ok(intake)
}

impl Intake {
    /// Takes what of `input` belongs to the body: so many bytes.
    fn decode(
        &mut self,
        reader: &mut BodyReader,
        input: &[u8],
        most: usize,
    ) -> Result<usize, Gone> {
        let mut used = 0;
        while let Some(rest) = input.get(used..).filter(|rest| !rest.is_empty()) {
            if reader.is_finished() || self.bytes.len() > most {
                break;
            }
            let decoded = reader.decode(rest).map_err(|_| Gone::Closed)?;
            let data = rest.get(decoded.data).unwrap_or_default();
            self.bytes.extend_from_slice(data);
            used += decoded.used;
            if decoded.used == 0 {
                break;
            }
        }
        Ok(used)
    }
}

fn announced(body: BodyLength) -> Option<usize> {
    match body {
        BodyLength::Length(len) => Some(usize::try_from(len).unwrap_or(usize::MAX)),
        BodyLength::Empty | BodyLength::Chunked | BodyLength::UntilClose => None,
    }
}

async fn send_all<C: Client>(conn: &mut C, mut bytes: &[u8], until: Instant) -> Result<(), Gone> {
    while !bytes.is_empty() {
        let sent = conn.send(bytes, false, until).await?;
        bytes = bytes.get(sent..).unwrap_or_default();
    }
    Ok(())
}
