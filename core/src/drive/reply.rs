//! An answer on its way: its head, and a body that is pulled segment by segment.
//!
//! The body is made of bytes and of ranges of files. Whoever sends it asks for the next segment
//! when there is room for it; an answer that is dropped half-way gives back its place among a
//! flight's followers, and nothing else is held.

use alloc::sync::Arc;

use bytes::Bytes;

use super::follow::Tail;
use super::host::Host;
use super::parts::Parts;
use super::request::Request;
use crate::app::answer::Answer;
use crate::app::file::{FileHead, Piece};
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
    /// Several of these, one after the other.
    Parts(Parts<H>),
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

    /// An answer whose body is put together of parts and is sent as this media type. It is good for
    /// this request alone.
    pub(super) fn of_parts(
        host: &H,
        request: &Request<'_>,
        content_type: &'static str,
        parts: Parts<H>,
        route: RouteKind,
    ) -> Self {
        let head = Head::Stream {
            status: 200,
            content_type,
            len: parts.len(),
        };
        let body = if request.is_head() {
            Body::Empty
        } else {
            Body::Parts(parts)
        };
        Self {
            head,
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

    /// An answer that sends a file that nowhere lies as a whole, or what of it was asked for: `parts`
    /// gives those of the bytes from a first one on, so many.
    pub(super) fn of_composed(
        host: &H,
        request: &Request<'_>,
        file: Arc<FileHead>,
        parts: impl FnOnce(u64, u64) -> Parts<H>,
        route: RouteKind,
    ) -> Self {
        let (status, piece) = file.judge(request.method, request.fields);
        let body = if request.is_head() || piece.len == 0 {
            Body::Empty
        } else {
            Body::Parts(parts(piece.start, piece.len))
        };
        Self {
            head: Head::File {
                file,
                status,
                piece,
            },
            date: host.with_desk(|desk| desk.date(host.now().unix)),
            body,
            route,
            cache: CacheState::Hit,
        }
    }

    /// Whether there is no body, or none of it is left.
    pub fn is_empty(&self) -> bool {
        match &self.body {
            Body::Empty => true,
            Body::Bytes(bytes) => bytes.is_empty(),
            Body::File(_, piece) => piece.len == 0,
            Body::Flight(tail) => tail.is_done(),
            Body::Parts(parts) => parts.is_empty(),
        }
    }

    /// Takes off the bytes that the body begins with, which may be sent in one piece with the head;
    /// none if it begins with anything else.
    pub(super) fn take_bytes(&mut self) -> Option<Bytes> {
        match core::mem::replace(&mut self.body, Body::Empty) {
            Body::Empty => None,
            Body::Bytes(bytes) => Some(bytes),
            Body::Parts(mut parts) => {
                let bytes = parts.take_bytes();
                self.body = Body::Parts(parts);
                bytes
            }
            body @ (Body::File(..) | Body::Flight(_)) => {
                self.body = body;
                None
            }
        }
    }

    /// The next segment; `None` at the body's proper end. It may be dropped while it waits.
    pub async fn next(&mut self) -> Result<Option<Segment<H::File>>, Cut> {
        match &mut self.body {
            Body::Flight(tail) => return tail.next().await,
            Body::Parts(parts) => return parts.next().await,
            Body::Empty | Body::Bytes(_) | Body::File(..) => {}
        }
        Ok(match core::mem::replace(&mut self.body, Body::Empty) {
            Body::Empty | Body::Flight(_) | Body::Parts(_) => None,
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
