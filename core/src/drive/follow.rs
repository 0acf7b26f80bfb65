//! One request that follows a flight: its body comes as the file grows.
//!
//! The body ends only when the flight says that the file is published; a failure is a
//! [`Cut`](super::reply::Cut), never an end, so that a cut file is not taken for a whole one.

use super::host::Host;
use super::race::{First, race};
use super::reply::{Body, Cut, Reply, Segment};
use super::request::Request;
use super::site::act;
use super::voucher::Following;
use crate::app::answer::Answer;
use crate::app::asset::Asset;
use crate::app::failure::{Failure, UpstreamError};
use crate::app::file::Piece;
use crate::app::flight::{Appetite, Follow};
use crate::app::head::Head;
use crate::app::stats::CacheState;
use crate::app::{Cause, Refused};

/// Follows the asset's flight. `None` means that the file is in the store now.
pub(super) async fn follow<H: Host>(
    host: &H,
    request: &Request<'_>,
    asset: &Asset,
) -> Option<Reply<H>> {
    let appetite = if request.fields.range.is_some() {
        Appetite::Outcome
    } else {
        Appetite::Stream
    };
    let following = match join(host, request, asset, appetite) {
        Ok(following) => following,
        Err(refused) => return Some(refuse(host, request, asset, refused)),
    };
    let id = following.id;
    match next(&following, 0).await {
        Follow::Published | Follow::Pending => None,
        Follow::Failed(failure) => Some(refuse(host, request, asset, Refused::Failure(failure))),
        Follow::Bytes { total, released } => {
            // Taken before anything is sent: when the flight ends, the staging file is let go.
            let file = host.with_site(|site| site.staged(id))?;
            let tail = Tail {
                following,
                file,
                total,
                released,
                sent: 0,
            };
            Some(tail.into_reply(host, request, asset))
        }
    }
}

/// Waits for the flight that renews a stored file. No byte is sent before its end: upstream may
/// break off, and the stored file is as good as it was. False if the flight failed or none could be
/// opened.
pub(super) async fn renewed<H: Host>(host: &H, request: &Request<'_>, asset: &Asset) -> bool {
    match join(host, request, asset, Appetite::Outcome) {
        Ok(following) => matches!(next(&following, 0).await, Follow::Published),
        Err(_) => false,
    }
}

fn join<H: Host>(
    host: &H,
    request: &Request<'_>,
    asset: &Asset,
    appetite: Appetite,
) -> Result<Following<H>, Refused> {
    let cause = Cause::Client {
        address: request.client(host.config()),
        spurs_prefetch: !request.is_head(),
    };
    let now = host.now();
    let id = act(host, |site| site.app.join(asset, appetite, cause, now))?;
    Ok(Following {
        host: host.clone(),
        id,
    })
}

fn refuse<H: Host>(host: &H, request: &Request<'_>, asset: &Asset, refused: Refused) -> Reply<H> {
    let answer = Answer::refused(refused, &host.config().limits);
    Reply::made(host, request, answer, asset.route())
}

/// What is left to send of a file that is being fetched.
pub(super) struct Tail<H: Host> {
    following: Following<H>,
    file: H::File,
    total: u64,
    released: u64,
    sent: u64,
}

impl<H: Host> Tail<H> {
    fn into_reply(self, host: &H, request: &Request<'_>, asset: &Asset) -> Reply<H> {
        Reply {
            head: Head::Unverified {
                content_type: asset.content_type(),
                len: self.total,
            },
            date: host.with_desk(|desk| desk.date(host.now().unix)),
            body: if request.is_head() {
                Body::Empty
            } else {
                Body::Flight(self)
            },
            route: asset.route(),
            cache: CacheState::Miss,
        }
    }

    /// Whether all has been handed out.
    pub(super) fn is_done(&self) -> bool {
        self.sent == self.total
    }

    /// What has come since, up to the end.
    pub(super) async fn next(&mut self) -> Result<Option<Segment<H::File>>, Cut> {
        if self.is_done() {
            return Ok(None);
        }
        if self.sent == self.released {
            self.released = match next(&self.following, self.sent).await {
                Follow::Bytes { released, .. } => released,
                Follow::Published => self.total,
                Follow::Failed(_) | Follow::Pending => return Err(Cut),
            };
        }
        let piece = Piece {
            start: self.sent,
            len: self.released - self.sent,
        };
        self.sent = self.released;
        Ok(Some(Segment::File(self.file.clone(), piece)))
    }
}

/// The next thing to do, or a failure if the flight shows no sign of life.
async fn next<H: Host>(following: &Following<H>, sent: u64) -> Follow {
    let host = &following.host;
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
