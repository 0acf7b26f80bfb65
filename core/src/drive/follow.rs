//! One request that follows a flight: its body is sent as the file grows.
//!
//! The body ends only when the flight says that the file is published; on a failure the
//! connection is reset, never ended cleanly, so that a cut file is not taken for a whole one.

use alloc::vec::Vec;

use super::host::{Client, Gone, Host};
use super::race::{First, race};
use super::respond::{Done, Request, send_answer, send_bytes, send_piece};
use super::site::act;
use super::voucher::Following;
use crate::app::answer::Answer;
use crate::app::asset::Asset;
use crate::app::failure::{Failure, UpstreamError};
use crate::app::file::{Piece, write_streaming_head};
use crate::app::flight::{Appetite, Follow};
use crate::app::stats::{CacheState, RouteKind};
use crate::app::{Cause, Refused};

/// Follows the asset's flight. `None` means that the file is in the store now and nothing was
/// sent yet.
pub(super) async fn follow<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    asset: &Asset,
    out: &mut Vec<u8>,
) -> Result<Option<Done>, Gone> {
    let fields = &request.head.fields;
    let appetite = if fields.range.is_some() {
        Appetite::Outcome
    } else {
        Appetite::Stream
    };
    let cause = Cause::Client {
        address: request.client(host.config()),
        spurs_prefetch: !request.is_head(),
    };
    let now = host.now();
    let id = match act(host, |site| site.app.join(asset, appetite, cause, now)) {
        Ok(id) => id,
        Err(refused) => return refuse(host, conn, request, refused, out).await.map(Some),
    };
    let following = Following { host, id };
    match next(&following, 0).await {
        Follow::Published | Follow::Pending => Ok(None),
        Follow::Failed(failure) => refuse(host, conn, request, Refused::Failure(failure), out)
            .await
            .map(Some),
        Follow::Bytes { total, released } => {
            // Taken before anything is sent: when the flight ends, the staging file is let go.
            let Some(file) = host.with_site(|site| site.staged(id)) else {
                return Ok(None);
            };
            let date = host.with_desk(|desk| desk.date(host.now().unix));
            write_streaming_head(asset.content_type(), total, request.persistence, &date, out);
            let done = Done::new(RouteKind::Toolchain, 200, CacheState::Miss);
            if request.is_head() {
                send_bytes(host, conn, out, false).await?;
                return Ok(Some(done));
            }
            send_bytes(host, conn, out, true).await?;
            stream(&following, conn, &file, total, released)
                .await
                .map(Some)
        }
    }
}

/// Sends the body as far as it is released, and waits for more, up to the end.
async fn stream<H: Host, C: Client<File = H::File>>(
    following: &Following<'_, H>,
    conn: &mut C,
    file: &H::File,
    total: u64,
    first: u64,
) -> Result<Done, Gone> {
    let host = following.host;
    let mut done = Done::new(RouteKind::Toolchain, 200, CacheState::Miss);
    let (mut sent, mut released) = (0, first);
    while sent < total {
        send_piece(
            host,
            conn,
            file,
            Piece {
                start: sent,
                len: released - sent,
            },
        )
        .await?;
        sent = released;
        done.bytes = sent;
        if sent == total {
            break;
        }
        match next(following, sent).await {
            Follow::Bytes {
                released: further, ..
            } => released = further,
            Follow::Published => released = total,
            Follow::Failed(_) | Follow::Pending => {
                conn.abort();
                return Ok(Done {
                    complete: false,
                    ..done
                });
            }
        }
    }
    Ok(done)
}

/// The next thing to do, or a failure if the flight shows no sign of life.
async fn next<H: Host>(following: &Following<'_, H>, sent: u64) -> Follow {
    let host = following.host;
    let here = || host.with_site(|site| site.app.flights().committed(following.id));
    let mut before = here();
    loop {
        let until = host.now().instant + host.config().limits.follow_wait;
        if let First::Left(follow) = race(following.next(sent), host.sleep(until)).await {
            return follow;
        }
        // One that waits for the outcome is not told of bytes, but they are a sign of life.
        let now = here();
        if now == before {
            return Follow::Failed(Failure::Upstream(UpstreamError::Timeout));
        }
        before = now;
    }
}

async fn refuse<H: Host, C: Client<File = H::File>>(
    host: &H,
    conn: &mut C,
    request: &Request<'_>,
    refused: Refused,
    out: &mut Vec<u8>,
) -> Result<Done, Gone> {
    let answer = Answer::refused(refused, &host.config().limits);
    send_answer(host, conn, request, &answer, RouteKind::Toolchain, out).await
}
