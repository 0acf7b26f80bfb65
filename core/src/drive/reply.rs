//! An answer on its way: its head, and a body that is pulled segment by segment.
//!
//! The body is made of bytes and of ranges of files. Whoever sends it asks for the next segment
//! when there is room for it; an answer that is dropped half-way gives back its place among a
//! flight's followers, and nothing else is held.

use alloc::sync::Arc;

use bytes::Bytes;

use super::follow::Tail;
use super::host::Host;
use super::request::Request;
use crate::app::answer::Answer;
use crate::app::file::Piece;
use crate::app::head::Head;
use crate::app::shelf::{Content, Item};
use crate::app::stats::{CacheState, RouteKind};

/// What is answered, and how the answer is counted.
pub struct Reply<H: Host> {
    /// The head.
    pub head: Head,
    /// The value of Date.
    pub date: [u8; 29],
    pub(super) body: Body<H>,
    pub(super) route: RouteKind,
    pub(super) cache: CacheState,
}

/// Where the bytes come from.
pub(super) enum Body<H: Host> {
    /// Nothing, or nothing more.
    Empty,
    /// Memory.
    Bytes(Bytes),
    /// A file of the store.
    File(H::File, Piece),
    /// A file that is being fetched.
    Flight(Tail<H>),
}

/// The next part of a body.
#[derive(Clone, Debug)]
pub enum Segment<F> {
    /// These bytes.
    Bytes(Bytes),
    /// These bytes of a file.
    File(F, Piece),
}

impl<F> Segment<F> {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::File(_, piece) => piece.len,
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The rest of the body cannot be had: the answer must break off, so that nobody takes the part
/// for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut;

impl<H: Host> Reply<H> {
    /// An answer made here.
    pub(super) fn made(host: &H, request: &Request<'_>, answer: Answer, route: RouteKind) -> Self {
        let body = if request.is_head() {
            Body::Empty
        } else {
            Body::Bytes(answer.body.clone())
        };
        Self {
            head: Head::Made(answer),
            date: host.with_desk(|desk| desk.date(host.now().unix)),
            body,
            route,
            cache: CacheState::None,
        }
    }

    /// An answer that sends a file, or what of it was asked for.
    pub(super) fn of_item(
        item: &Item<H::File>,
        request: &Request<'_>,
        cache: CacheState,
        date: [u8; 29],
    ) -> Self {
        let (status, piece) = item.head.judge(request.method, request.fields);
        let body = match &item.content {
            _ if request.is_head() || piece.len == 0 => Body::Empty,
            Content::Bytes(bytes) => Body::Bytes(cut(bytes, piece)),
            Content::File(file) => Body::File(file.clone(), piece),
        };
        Self {
            head: Head::File {
                file: Arc::clone(&item.head),
                status,
                piece,
            },
            date,
            body,
            route: item.route,
            cache,
        }
    }

    /// Whether there is no body, or none of it is left.
    pub fn is_empty(&self) -> bool {
        match &self.body {
            Body::Empty => true,
            Body::Bytes(bytes) => bytes.is_empty(),
            Body::File(_, piece) => piece.len == 0,
            Body::Flight(tail) => tail.is_done(),
        }
    }

    /// The next segment; `None` at the body's proper end. It may be dropped while it waits.
    pub async fn next(&mut self) -> Result<Option<Segment<H::File>>, Cut> {
        if let Body::Flight(tail) = &mut self.body {
            return tail.next().await;
        }
        Ok(match core::mem::replace(&mut self.body, Body::Empty) {
            Body::Empty | Body::Flight(_) => None,
            Body::Bytes(bytes) => Some(Segment::Bytes(bytes)),
            Body::File(file, piece) => Some(Segment::File(file, piece)),
        })
    }
}

fn cut(bytes: &Bytes, piece: Piece) -> Bytes {
    let bound = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
    let start = bound(piece.start);
    bytes.slice(start..bound(piece.start.saturating_add(piece.len)).max(start))
}
