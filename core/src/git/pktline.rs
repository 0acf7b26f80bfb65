//! The pkt-line framing of Git's protocols (gitprotocol-common(5), "pkt-line Format").
//!
//! Four hex digits tell how long a line is, themselves included; the lengths 0, 1 and 2 are the
//! special packets. [`decode`] reads from a slice, [`LineReader`] puts lines together that arrive
//! in pieces, and the `push_` functions write.
//!
//! A line is bytes: nothing here takes it for text, and a line feed at its end is the reader's to
//! drop ([`without_line_feed`]). The length 4, an empty line, is read, because servers send it,
//! and never written, because it is discouraged and some clients fail on it. The length 3 and all
//! above [`MAX_LINE`] are refused.

use alloc::vec::Vec;
use core::error::Error;
use core::fmt;

/// Longest line, in bytes, its four digits included.
pub const MAX_LINE: usize = 65520;
/// Most bytes of data in a line.
pub const MAX_DATA: usize = MAX_LINE - DIGITS;
/// Digits of a length.
const DIGITS: usize = 4;

/// A line without its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// `0000`: the end of a message.
    Flush,
    /// `0001`: the end of a section (protocol 2).
    Delimiter,
    /// `0002`: the end of an answer (protocol 2 over connections that keep no state).
    ResponseEnd,
    /// Anything else; may be empty.
    Data(&'a [u8]),
}

/// What stands at the front of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A whole line, and how many bytes it takes up.
    Line {
        /// Bytes from the front, digits included.
        used: usize,
        /// The line.
        line: Line<'a>,
    },
    /// A part of one: it takes at least so many bytes in all, digits included.
    Needs(usize),
}

/// Why bytes are not pkt-lines, or cannot become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PktError {
    /// Where a length has to stand, there is something else.
    NotALength([u8; 4]),
    /// A length is 3, or above [`MAX_LINE`].
    BadLength(u16),
    /// The data to write is empty, or more than [`MAX_DATA`].
    Unwritable(usize),
}

impl fmt::Display for PktError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotALength(found) => write!(
                f,
                "there is \"{}\" where the length of a git packet line has to be",
                found.escape_ascii()
            ),
            Self::BadLength(length) => write!(
                f,
                "a git packet line cannot be {length} bytes long (4 to {MAX_LINE}, or 0 to 2)"
            ),
            Self::Unwritable(length) => write!(
                f,
                "a git packet line cannot hold {length} bytes (1 to {MAX_DATA})"
            ),
        }
    }
}

impl Error for PktError {}

/// What four digits announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    Flush,
    Delimiter,
    ResponseEnd,
    /// So many bytes of data follow.
    Data(usize),
}

impl Length {
    /// Reads four digits, of either case.
    pub(super) fn parse(digits: [u8; DIGITS]) -> Result<Self, PktError> {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|d| u16::try_from(d).ok())
        };
        let length = digits
            .into_iter()
            .try_fold(0_u16, |length, next| Some(length << 4 | digit(next)?))
            .ok_or(PktError::NotALength(digits))?;
        match length {
            0 => Ok(Self::Flush),
            1 => Ok(Self::Delimiter),
            2 => Ok(Self::ResponseEnd),
            _ => usize::from(length)
                .checked_sub(DIGITS)
                .filter(|&data| data <= MAX_DATA)
                .map(Self::Data)
                .ok_or(PktError::BadLength(length)),
        }
    }
}

/// Puts four digits together that may arrive one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Digits {
    digits: [u8; DIGITS],
    known: usize,
}

impl Digits {
    pub(super) const fn new() -> Self {
        Self {
            digits: [0; DIGITS],
            known: 0,
        }
    }

    /// Takes from the front of `input` until there are four; says how many it took.
    pub(super) fn take(&mut self, input: &[u8]) -> (usize, Result<Option<Length>, PktError>) {
        let mut used = 0;
        for (slot, &byte) in self.digits.iter_mut().skip(self.known).zip(input) {
            *slot = byte;
            used += 1;
        }
        self.known += used;
        if self.known < DIGITS {
            return (used, Ok(None));
        }
        self.known = 0;
        (used, Length::parse(self.digits).map(Some))
    }

    /// True if none was taken since the last length.
    pub(super) const fn is_empty(self) -> bool {
        self.known == 0
    }
}

/// Reads the line at the front of `input`.
pub fn decode(input: &[u8]) -> Result<Decoded<'_>, PktError> {
    let Some((digits, rest)) = input.split_first_chunk() else {
        return Ok(Decoded::Needs(DIGITS));
    };
    let (data, line) = match Length::parse(*digits)? {
        Length::Flush => (0, Line::Flush),
        Length::Delimiter => (0, Line::Delimiter),
        Length::ResponseEnd => (0, Line::ResponseEnd),
        Length::Data(length) => match rest.get(..length) {
            Some(data) => (length, Line::Data(data)),
            None => return Ok(Decoded::Needs(DIGITS + length)),
        },
    };
    let used = DIGITS + data;
    Ok(Decoded::Line { used, line })
}

/// Puts lines together from pieces of any size.
///
/// It keeps at most one line ([`MAX_DATA`] bytes), and none that arrives whole.
#[derive(Debug, Clone, Default)]
pub struct LineReader {
    digits: Digits,
    /// The data of a line that has begun, and how much it will be.
    begun: Option<usize>,
    held: Vec<u8>,
}

/// What [`LineReader::take`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken<'a> {
    /// Bytes of the input that are done with.
    pub used: usize,
    /// The line, if it is complete; without one, all of the input was used.
    pub line: Option<Line<'a>>,
}

impl LineReader {
    /// Makes a reader that stands before a line.
    pub const fn new() -> Self {
        Self {
            digits: Digits::new(),
            begun: None,
            held: Vec::new(),
        }
    }

    /// Takes bytes from the front of `input`, at most one line.
    ///
    /// Call it again with what is left while there is some. After an error it is of no more use.
    pub fn take<'a>(&'a mut self, input: &'a [u8]) -> Result<Taken<'a>, PktError> {
        let mut used = 0;
        let length = if let Some(length) = self.begun {
            length
        } else {
            let (digits, length) = self.digits.take(input);
            used = digits;
            match length? {
                None => return Ok(Taken { used, line: None }),
                Some(Length::Flush) => return Ok(taken(used, Line::Flush)),
                Some(Length::Delimiter) => return Ok(taken(used, Line::Delimiter)),
                Some(Length::ResponseEnd) => return Ok(taken(used, Line::ResponseEnd)),
                Some(Length::Data(length)) => {
                    self.held.clear();
                    length
                }
            }
        };
        self.begun = Some(length);
        Ok(self.take_data(input, used, length))
    }

    /// True between two lines: the input may end here.
    pub const fn is_between_lines(&self) -> bool {
        self.digits.is_empty() && self.begun.is_none()
    }

    fn take_data<'a>(&'a mut self, input: &'a [u8], used: usize, length: usize) -> Taken<'a> {
        let rest = input.get(used..).unwrap_or_default();
        let missing = length.saturating_sub(self.held.len());
        let Some(end) = rest.get(..missing) else {
            self.held.reserve_exact(missing);
            self.held.extend_from_slice(rest);
            let used = input.len();
            return Taken { used, line: None };
        };
        self.begun = None;
        let used = used + missing;
        if self.held.is_empty() {
            return taken(used, Line::Data(end));
        }
        self.held.extend_from_slice(end);
        taken(used, Line::Data(&self.held))
    }
}

const fn taken(used: usize, line: Line<'_>) -> Taken<'_> {
    let line = Some(line);
    Taken { used, line }
}

/// A line of text without the line feed that senders should end it with.
pub fn without_line_feed(data: &[u8]) -> &[u8] {
    data.strip_suffix(b"\n").unwrap_or(data)
}

/// Appends a line of data, or nothing if it cannot be one line.
pub fn push_data(out: &mut Vec<u8>, data: &[u8]) -> Result<(), PktError> {
    push_parts(out, &[data])
}

/// Appends a line of text, which gets its line feed here; `text` should not have one.
pub fn push_text(out: &mut Vec<u8>, text: impl AsRef<[u8]>) -> Result<(), PktError> {
    push_parts(out, &[text.as_ref(), b"\n"])
}

/// Appends `0000`.
pub fn flush(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0000");
}

/// Appends `0001`.
pub fn delimiter(out: &mut Vec<u8>) {
    out.extend_from_slice(b"0001");
}

/// Appends a line that is put together of these parts, a line feed among them if there is to be one.
pub fn push_parts(out: &mut Vec<u8>, parts: &[&[u8]]) -> Result<(), PktError> {
    let data = parts
        .iter()
        .fold(0, |sum, part| part.len().saturating_add(sum));
    if data == 0 || data > MAX_DATA {
        return Err(PktError::Unwritable(data));
    }
    out.extend_from_slice(&length(data + DIGITS));
    for part in parts {
        out.extend_from_slice(part);
    }
    Ok(())
}

/// Four hex digits; no line is longer than they can tell.
fn length(bytes: usize) -> [u8; DIGITS] {
    [12, 8, 4, 0].map(|shift| b"0123456789abcdef"[(bytes >> shift) & 15])
}

#[cfg(test)]
#[path = "pktline_tests.rs"]
mod tests;
