//! The chunked transfer coding (RFC 9112 7.1), strictly.
//!
//! ```text
//! Size ─┬────────────► SizeLf ─┬─► Data ─► DataCr ─► DataLf ─► Size
//!       └► Extension ──┘       └─► Trailer ◄─► TrailerLf ─► Finished      (size 0)
//! ```
//!
//! Extensions and trailers are counted, checked for control characters, and dropped. Nothing
//! is read past the last LF. Signs, `0x`, spaces and bare line ends are refused: each was once
//! somebody's request smuggling.

use super::body::{BodyError, Decoded, take_run};

/// As many hex digits as a u64 has, leading zeros included: a size cannot overflow.
const MAX_SIZE_DIGITS: u8 = 16;
/// Bytes of extensions per chunk.
const MAX_EXTENSION: u16 = 1 << 10;
/// Bytes of all trailer lines together.
const MAX_TRAILER: u16 = 8 << 10;

/// Undoes the chunked coding of one body.
#[derive(Debug, Clone)]
pub struct ChunkReader(State);

#[derive(Debug, Clone, Copy)]
enum State {
    Size { digits: u8, size: u64 },
    Extension { size: u64, length: u16 },
    SizeLf { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailer { length: u16, line: u16 },
    TrailerLf { length: u16, last: bool },
    Finished,
}

impl ChunkReader {
    /// Makes a reader that stands before the first chunk.
    pub const fn new() -> Self {
        Self(State::Size { digits: 0, size: 0 })
    }

    /// Takes bytes from the front of `input`; at most one run of data per call.
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        let mut used = 0;
        while let Some(&byte) = input.get(used) {
            match &mut self.0 {
                State::Finished => break,
                State::Data { left } => {
                    let run = take_run(left, input.len() - used);
                    if *left == 0 {
                        self.0 = State::DataCr;
                    }
                    return Ok(Decoded {
                        used: used + run,
                        data: used..used + run,
                    });
                }
                State::Size { .. }
                | State::Extension { .. }
                | State::SizeLf { .. }
                | State::DataCr
                | State::DataLf
                | State::Trailer { .. }
                | State::TrailerLf { .. } => self.0 = self.0.handle_byte(byte)?,
            }
            used += 1;
        }
        Ok(Decoded {
            used,
            data: used..used,
        })
    }

    /// True once the empty line after the last chunk was used.
    pub const fn is_finished(&self) -> bool {
        matches!(self.0, State::Finished)
    }
}

impl Default for ChunkReader {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn handle_byte(self, byte: u8) -> Result<Self, BodyError> {
        match self {
            Self::Size { digits, size } => Self::handle_size(digits, size, byte),
            Self::Extension { size, length } => Self::handle_extension(size, length, byte),
            Self::SizeLf { size: 0 } => expect(byte, b'\n', Self::Trailer { length: 0, line: 0 }),
            Self::SizeLf { size } => expect(byte, b'\n', Self::Data { left: size }),
            Self::DataCr => expect(byte, b'\r', Self::DataLf),
            Self::DataLf => expect(byte, b'\n', Self::new_chunk()),
            Self::Trailer { length, line } => Self::handle_trailer(length, line, byte),
            Self::TrailerLf { last: true, .. } => expect(byte, b'\n', Self::Finished),
            Self::TrailerLf {
                length,
                last: false,
            } => expect(byte, b'\n', Self::Trailer { length, line: 0 }),
            Self::Data { .. } | Self::Finished => Ok(self),
        }
    }

    const fn new_chunk() -> Self {
        Self::Size { digits: 0, size: 0 }
    }

    fn handle_size(digits: u8, size: u64, byte: u8) -> Result<Self, BodyError> {
        match (char::from(byte).to_digit(16), byte) {
            (Some(digit), _) if digits < MAX_SIZE_DIGITS => Ok(Self::Size {
                digits: digits + 1,
                size: size << 4 | u64::from(digit),
            }),
            (None, b'\r') if digits > 0 => Ok(Self::SizeLf { size }),
            (None, b';') if digits > 0 => Ok(Self::Extension { size, length: 0 }),
            _ => Err(BodyError::ChunkSize),
        }
    }

    /// A quoted string cannot hold CR or LF (RFC 9110 5.6.4), so quotes need no tracking.
    fn handle_extension(size: u64, length: u16, byte: u8) -> Result<Self, BodyError> {
        match byte {
            b'\r' => Ok(Self::SizeLf { size }),
            byte if is_text(byte) && length < MAX_EXTENSION => Ok(Self::Extension {
                size,
                length: length + 1,
            }),
            _ => Err(BodyError::ChunkExtension),
        }
    }

    fn handle_trailer(length: u16, line: u16, byte: u8) -> Result<Self, BodyError> {
        match byte {
            b'\r' => Ok(Self::TrailerLf {
                length,
                last: line == 0,
            }),
            byte if is_text(byte) && length < MAX_TRAILER => Ok(Self::Trailer {
                length: length + 1,
                line: line + 1,
            }),
            _ => Err(BodyError::Trailer),
        }
    }
}

fn expect(byte: u8, wanted: u8, next: State) -> Result<State, BodyError> {
    if byte == wanted {
        Ok(next)
    } else {
        Err(BodyError::ChunkEnd)
    }
}

/// What a field value may hold (RFC 9110 5.5): no control characters but the tab.
const fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::super::pieces::decode_in_pieces;
    use super::*;

    #[test]
    fn chunks_are_joined_whole_and_at_every_split() {
        assert_decodes("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "hello!");
        assert_decodes(
            "A\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n",
            "01234567890123456789",
        );
    }

    #[test]
    fn extensions_and_trailers_are_dropped() {
        assert_decodes(
            "1;a=b;c=\"d;e\"\r\nx\r\n0;last\r\nA: b\r\nC: d\r\n\r\n",
            "x",
        );
    }

    #[test]
    fn nothing_is_used_behind_the_end() {
        let (data, used, error) = decode(b"1\r\nx\r\n0\r\n\r\n1\r\ny\r\n", 100);
        assert_eq!((data.as_slice(), used, error), (&b"x"[..], 11, None));
    }

    #[test]
    fn largest_size_is_taken_and_a_seventeenth_digit_is_not() {
        assert_eq!(
            decode(b"ffffffffffffffff\r\nabc", 4),
            (b"abc".to_vec(), 21, None)
        );
        assert_refused("00000000000000001\r\n", BodyError::ChunkSize);
    }

    #[test]
    fn chunk_size_with_sign_prefix_or_space_is_refused() {
        for size in ["+5", "-5", "0x5", " 5", "5 ", "5\t", "", ";a", "g", "5,5"] {
            let wire = String::from(size) + "\r\nhello\r\n0\r\n\r\n";
            assert_refused(&wire, BodyError::ChunkSize);
        }
    }

    #[test]
    fn bare_line_ends_are_refused_everywhere() {
        assert_refused("5\nhello\r\n", BodyError::ChunkSize);
        assert_refused("5\rhello\r\n", BodyError::ChunkEnd);
        assert_refused("5\r\nhello\n", BodyError::ChunkEnd);
        assert_refused("5\r\nhello\rX", BodyError::ChunkEnd);
        assert_refused("5;a\nhello\r\n", BodyError::ChunkExtension);
        assert_refused("5;\"a\rb\"\r\n", BodyError::ChunkEnd);
        assert_refused("0\r\n\n", BodyError::Trailer);
        assert_refused("0\r\nA: b\n\r\n", BodyError::Trailer);
        assert_refused("0\r\n\rX", BodyError::ChunkEnd);
    }

    #[test]
    fn chunk_longer_than_its_size_is_refused() {
        assert_refused("5\r\nhello!\r\n0\r\n\r\n", BodyError::ChunkEnd);
    }

    #[test]
    fn endless_extension_is_refused() {
        let fits = "1;".to_string() + &"e".repeat(1024) + "\r\nx\r\n0\r\n\r\n";
        assert_decodes(&fits, "x");
        assert_refused(
            &("1;".to_string() + &"e".repeat(1025)),
            BodyError::ChunkExtension,
        );
    }

    #[test]
    fn endless_trailer_is_refused() {
        let line = "t".repeat(1023) + "\r\n";
        assert_decodes(&("0\r\n".to_string() + &line.repeat(8) + "\r\n"), "");
        assert_refused(&("0\r\n".to_string() + &line.repeat(9)), BodyError::Trailer);
    }

    fn assert_decodes(wire: &str, data: &str) {
        for step in 1..=wire.len() {
            let expected = (data.as_bytes().to_vec(), wire.len(), None);
            assert_eq!(
                decode(wire.as_bytes(), step),
                expected,
                "{wire:?} by {step}"
            );
        }
    }

    fn assert_refused(wire: &str, error: BodyError) {
        for step in [1, 2, 3, wire.len()] {
            assert_eq!(
                decode(wire.as_bytes(), step).2,
                Some(error),
                "{wire:?} by {step}"
            );
        }
    }

    fn decode(wire: &[u8], step: usize) -> (Vec<u8>, usize, Option<BodyError>) {
        let mut chunks = ChunkReader::new();
        decode_in_pieces(wire, step, |piece| chunks.decode(piece))
    }
}
