//! The bytes of a pack, from the files that were derived from releases.

use alloc::vec::Vec;

use super::fetch::{RESULT, Wanted};
use super::{failed, made};
use crate::app::answer::Answer;
use crate::app::failure::Failure;
use crate::app::file::Piece;
use crate::app::shelf::Content;
use crate::app::stats::RouteKind;
use crate::drive::desk::Pack;
use crate::drive::host::{Host, Store};
use crate::drive::parts::Parts;
use crate::drive::reply::Reply;
use crate::drive::request::Request;
use crate::git::server::band::Framing;
use crate::store::git::GitPart;
use crate::store::{StoreError, StoreKey};

/// Answers with these lines and the pack behind them.
pub(super) async fn answer<H: Host>(
    host: &H,
    request: &Request<'_>,
    wanted: &Wanted<'_>,
    lines: Vec<u8>,
) -> Reply<H> {
    match whole(host, wanted).await {
        Ok(Some(pack)) => send(host, request, lines, pack),
        Ok(None) => failed(host, request, Failure::Busy),
        Err(failure) => failed(host, request, failure),
    }
}

/// The pack, if it lies in one file as it is to be sent.
async fn whole<H: Host>(host: &H, wanted: &Wanted<'_>) -> Result<Option<Pack<H::File>>, Failure> {
    let plan = wanted.plan;
    if wanted.framing != Framing::Large || !plan.had.is_empty() {
        return Ok(None);
    }
    if let [one] = plan.wanted.as_slice() {
        let Some(release) = wanted.repository.release(*one) else {
            return Ok(None);
        };
        let key = StoreKey::git_part(wanted.package, &release.tag, GitPart::Sideband);
        return at_hand(host, &key).await;
    }
    Ok(None)
}

/// A pack from this worker's shelf, or from the store.
async fn at_hand<H: Host>(host: &H, key: &StoreKey) -> Result<Option<Pack<H::File>>, Failure> {
    let now = host.now().instant;
    let known = host.with_desk(|desk| desk.packs.get(key.as_str(), now).cloned());
    if known.is_some() {
        return Ok(known);
    }
    let (file, stat) = match host.store().open(key).await {
        Ok(opened) => opened,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let content = crate::drive::find::content(host, &file, stat.len).await;
    let pack = Pack {
        content,
        len: stat.len,
    };
    host.with_desk(|desk| desk.packs.put(key.as_str(), pack.clone(), now));
    Ok(Some(pack))
}

fn send<H: Host>(
    host: &H,
    request: &Request<'_>,
    mut lines: Vec<u8>,
    pack: Pack<H::File>,
) -> Reply<H> {
    match pack.content {
        Content::Bytes(bytes) => {
            // One send for all of it.
            lines.extend_from_slice(&bytes);
            made(host, request, Answer::bytes(RESULT, lines))
        }
        Content::File(file) => {
            let mut parts = Parts::new();
            parts.push_bytes(lines);
            let piece = Piece {
                start: 0,
                len: pack.len,
            };
            parts.push_file(file, piece);
            Reply::of_parts(host, request, RESULT, parts, RouteKind::Git)
        }
    }
}
