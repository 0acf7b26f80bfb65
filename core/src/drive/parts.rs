//! A body put together of parts, in the order in which they are sent: lines made here, and ranges of
//! files or a pack made of several behind them.
//!
//! Its length is known before the first part is handed out. It refuses to hold empty parts, which
//! nobody could tell from an end.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use core::ops::Range;

use bytes::Bytes;

use super::git::stream::PackStream;
use super::host::Host;
use super::reply::{Cut, Segment};
use crate::app::file::Piece;
use crate::git::server::sideband;

/// What is left of a body of parts.
pub(super) struct Parts<H: Host>(VecDeque<Part<H>>);

enum Part<H: Host> {
    Bytes(Bytes),
    File(H::File, Piece),
    /// These bytes of a pack, and the file in whose packets it lies.
    Packed(H::File, Range<u64>),
    Pack(Box<PackStream<H>>),
}

impl<H: Host> Parts<H> {
    /// No part yet.
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Adds these bytes. The first ones of a body go out together with its head.
    pub(super) fn push_bytes(&mut self, bytes: impl Into<Bytes>) {
        self.push(Part::Bytes(bytes.into()));
    }

    /// Adds this piece of a file, which is at least so long.
    pub(super) fn push_file(&mut self, file: H::File, piece: Piece) {
        self.push(Part::File(file, piece));
    }

    /// Adds these bytes of a pack, which lies in a file of packets ([`sideband`]) and is at least so
    /// long.
    pub(super) fn push_packed(&mut self, file: H::File, pack: Range<u64>) {
        self.push(Part::Packed(file, pack));
    }

    /// Adds a pack that is made while it is sent.
    pub(super) fn push_pack(&mut self, pack: PackStream<H>) {
        self.push(Part::Pack(Box::new(pack)));
    }

    fn push(&mut self, part: Part<H>) {
        if part.len() > 0 {
            self.0.push_back(part);
        }
    }

    /// Bytes of all parts.
    pub(super) fn len(&self) -> u64 {
        let lengths = self.0.iter().map(Part::len);
        lengths.fold(0, u64::saturating_add)
    }

    /// Whether all has been handed out.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes off the bytes that the body begins with; none if it begins with anything else.
    pub(super) fn take_bytes(&mut self) -> Option<Bytes> {
        match self.0.pop_front()? {
            Part::Bytes(bytes) => Some(bytes),
            part @ (Part::File(..) | Part::Packed(..) | Part::Pack(_)) => {
                self.0.push_front(part);
                None
            }
        }
    }

    /// The next segment; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Segment<H::File>>, Cut> {
        if let Some(Part::Pack(pack)) = self.0.front_mut() {
            let chunk = pack.next().await.map_err(|_| Cut)?;
            if pack.len() == 0 {
                self.0.pop_front();
            }
            // One that ends before its length was told of would leave the client waiting.
            return chunk.map(|chunk| Some(Segment::Bytes(chunk))).ok_or(Cut);
        }
        Ok(match self.0.pop_front() {
            None | Some(Part::Pack(_)) => None,
            Some(Part::Bytes(bytes)) => Some(Segment::Bytes(bytes)),
            Some(Part::File(file, piece)) => Some(Segment::File(file, piece)),
            Some(Part::Packed(file, pack)) => {
                let piece = first_piece(pack.clone()).ok_or(Cut)?;
                let rest = pack.start.saturating_add(piece.len)..pack.end;
                if !rest.is_empty() {
                    self.0.push_front(Part::Packed(file.clone(), rest));
                }
                Some(Segment::File(file, piece))
            }
        })
    }
}

impl<H: Host> Part<H> {
    fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::File(_, piece) => piece.len,
            Self::Packed(_, pack) => pack.end.saturating_sub(pack.start),
            Self::Pack(pack) => pack.len(),
        }
    }
}

/// Where in the file the first of these bytes of the pack lie, as far as one packet has them.
fn first_piece(pack: Range<u64>) -> Option<Piece> {
    let range = sideband::file_ranges(pack).next()?;
    Some(Piece {
        start: range.start,
        len: range.end.saturating_sub(range.start),
    })
}
