//! The body of a request, read whole before the request is answered, where a route wants it.
//!
//! It refuses a body that is longer than wanted as soon as that shows, one whose chunks do not follow
//! the grammar, and one that does not come within `Limits::body_wait`.

use alloc::vec::Vec;

use super::{Client, Gone, Patience};
use crate::drive::host::Host;
use crate::drive::memory::BodyRoom;
use crate::drive::request::Upload;
use crate::time::Instant;
use crate::wire::body::{BodyLength, BodyReader};
use crate::wire::head::RequestHead;

/// Bytes read at once.
const CHUNK: usize = 8 << 10;
/// RFC 9110 section 15.2.1.
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What was read of a body.
#[derive(Debug)]
pub(super) struct Intake<H: Host> {
    bytes: Vec<u8>,
    room: BodyRoom<H>,
    /// Bytes that had come with the head and belong to the body.
    pub used: usize,
    /// Bytes that came behind the body.
    pub spare: Vec<u8>,
    /// How far it was read.
    pub extent: Extent,
}

/// How much of a body was read. Where that is not known the connection cannot go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing.
    #[default]
    Nothing,
    /// All.
    Whole,
    /// A part; there is more than is wanted.
    TooMuch,
    /// A part; there is no memory for more.
    NoRoom,
    /// A part; where it ends cannot be told.
    Malformed,
}

impl<H: Host> Intake<H> {
    /// Nothing yet.
    pub(super) fn new(host: &H) -> Self {
        Self {
            bytes: Vec::new(),
            room: BodyRoom::new(host),
            used: 0,
            spare: Vec::new(),
            extent: Extent::Nothing,
        }
    }

    /// The body as the application sees it.
    pub(super) fn upload(&self) -> Upload<'_> {
        match self.extent {
            Extent::Nothing => Upload::None,
            Extent::Whole => Upload::Whole(&self.bytes),
            Extent::TooMuch => Upload::TooLarge,
            Extent::NoRoom => Upload::NoRoom,
            Extent::Malformed => Upload::Broken,
        }
    }

    /// Gives back the memory of the body, which nobody needs any more.
    pub(super) fn forget_body(&mut self, host: &H) {
        self.bytes = Vec::new();
        self.room = BodyRoom::new(host);
    }
}

/// Reads the body behind `head`, of which `rest` has come already, if it has at most `most` bytes.
pub(super) async fn take<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    (rest, most): (&[u8], usize),
    head: &RequestHead<'_>,
) -> Result<Intake<H>, Gone> {
    let mut intake = Intake::new(host);
    if announced(head.body).is_some_and(|len| len > most) {
        intake.extent = Extent::TooMuch;
        return Ok(intake);
    }
    let until = host.now().instant + host.config().limits.body_wait;
    if head.expect_continue && rest.is_empty() {
        send_all(conn, CONTINUE, until).await?;
    }
    let mut reader = BodyReader::new(head.body);
    intake.used = intake.decode(&mut reader, rest, most);
    let mut chunk = Vec::new();
    while intake.extent == Extent::Nothing {
        chunk.resize(CHUNK, 0);
        let n = conn
            .recv(&mut chunk, Patience { until, idle: false })
            .await?;
        if n == 0 {
            return Err(Gone::Closed);
        }
        chunk.truncate(n);
        let used = intake.decode(&mut reader, &chunk, most);
        intake.spare = chunk.split_off(used);
    }
    Ok(intake)
}

impl<H: Host> Intake<H> {
    /// Takes what of `input` belongs to the body: so many bytes. Says how far it is once that shows.
    fn decode(&mut self, reader: &mut BodyReader, input: &[u8], most: usize) -> usize {
        let mut used = 0;
        while let Some(rest) = input.get(used..).filter(|rest| !rest.is_empty()) {
            let Ok(decoded) = reader.decode(rest) else {
                self.extent = Extent::Malformed;
                break;
            };
            let data = rest.get(decoded.data).unwrap_or_default();
            self.bytes.extend_from_slice(data);
            used += decoded.used;
            if self.bytes.len() > most {
                self.extent = Extent::TooMuch;
                break;
            }
            if !self.room.holds(self.bytes.len()) {
                self.extent = Extent::NoRoom;
                break;
            }
            if reader.is_finished() {
                self.extent = Extent::Whole;
                break;
            }
        }
        used
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
