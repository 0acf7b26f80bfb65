//! Puts an answer on a client's connection.

use alloc::vec::Vec;

use super::{Client, Gone};
use crate::app::answer::Persistence;
use crate::app::file::Piece;
use crate::drive::account::Done;
use crate::drive::host::Host;
use crate::drive::reply::{Cut, Reply, Segment};

/// Sends an answer whole, or as far as it goes; a body that cannot be had to its end makes the
/// connection end with a reset.
pub(super) async fn send_reply<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    mut reply: Reply<H>,
    persistence: Persistence,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let mut done = Done::of(&reply);
    out.clear();
    reply.head.render(persistence, &reply.date, out);
    if let Some(bytes) = reply.take_bytes() {
        // In one piece with the head.
        out.extend_from_slice(&bytes);
        done.bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }
    send_bytes(host, conn, out, !reply.is_empty()).await?;
    let mut taken = 0;
    loop {
        let segment = match reply.next().await {
            Ok(Some(segment)) => segment,
            Ok(None) => return Ok(done),
            Err(Cut) => {
                conn.abort();
                return Ok(done.cut());
            }
        };
        done.bytes += segment.len();
        match segment {
            Segment::Bytes(bytes) => send_all(host, conn, &bytes, !reply.is_empty()).await?,
            Segment::File(file, piece) => send_piece(host, conn, &file, piece, &mut taken).await?,
        }
    }
}

/// Sends all of `out` and empties it.
pub(super) async fn send_bytes<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    out: &mut Vec<u8>,
    more: bool,
) -> Result<(), Gone> {
    send_all(host, conn, out, more).await?;
    out.clear();
    Ok(())
}

async fn send_all<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    bytes: &[u8],
    more: bool,
) -> Result<(), Gone> {
    let mut sent = 0;
    while let Some(rest) = bytes.get(sent..).filter(|rest| !rest.is_empty()) {
        let until = host.now().instant + host.config().limits.body_wait;
        sent += conn.send(rest, more, until).await?;
    }
    Ok(())
}

/// Sends a piece of a file; `taken` counts the bytes since others on this worker last came in between,
/// which they do also if the pieces are small.
async fn send_piece<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    file: &H::File,
    piece: Piece,
    taken: &mut u64,
) -> Result<(), Gone> {
    let limits = &host.config().limits;
    let mut sent = 0;
    while sent < piece.len {
        if *taken >= limits.turn_bytes {
            // A fast client always takes more.
            host.pause().await;
            *taken = 0;
        }
        let until = host.now().instant + limits.body_wait;
        let more = conn
            .send_file(file, piece.start + sent, piece.len - sent, until)
            .await?;
        sent += more;
        *taken += more;
    }
    Ok(())
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
