//! Where a body ends (RFC 9112 6 and 7).
//!
//! The reader says which bytes of the caller's buffer are data; it copies and keeps none. It
//! never takes the end of a connection for the end of a body, unless the framing says so: a cut
//! body is an error, so that nobody stores half a file.

use core::error::Error;
use core::fmt;
use core::ops::Range;

use super::chunked::ChunkReader;

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    Empty,
    /// Exactly so many bytes; may be zero.
    Length(u64),
    /// Chunks, the last of size zero.
    Chunked,
    /// All until the peer closes; only answers may end so.
    UntilClose,
}

impl BodyLength {
    /// True if no byte of a body follows the head.
    pub const fn is_empty(self) -> bool {
        matches!(self, Self::Empty | Self::Length(0))
    }
}

/// What one call of [`BodyReader::decode`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// Bytes of the input that are done with.
    pub used: usize,
    /// Where in the input the data is; may be empty.
    pub data: Range<usize>,
}

/// Why a body is refused; the connection cannot be used further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The connection ended before the body did.
    Truncated,
    /// A chunk size is not 1 to 16 hex digits followed by `;` or CR LF.
    ChunkSize,
    /// A chunk extension is longer than 1 KiB or holds a control character.
    ChunkExtension,
    /// The data of a chunk is not followed by CR LF, or a CR is not followed by LF.
    ChunkEnd,
    /// The trailer is longer than 8 KiB or holds a control character.
    Trailer,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the connection ended before the body did",
            Self::ChunkSize => "a chunk size is not a hexadecimal number",
            Self::ChunkExtension => "a chunk extension is too long or malformed",
            Self::ChunkEnd => "a chunk does not end where its size says",
            Self::Trailer => "the trailer is too long or malformed",
        })
    }
}

impl Error for BodyError {}

/// Undoes the framing of one body.
#[derive(Debug, Clone)]
pub struct BodyReader(State);

#[derive(Debug, Clone)]
enum State {
    /// So many bytes are missing.
    Length(u64),
    Chunked(ChunkReader),
    UntilClose,
    Finished,
}

impl BodyReader {
    /// Makes a reader that stands behind the head.
    pub const fn new(length: BodyLength) -> Self {
        Self(match length {
            BodyLength::Empty | BodyLength::Length(0) => State::Finished,
            BodyLength::Length(length) => State::Length(length),
            BodyLength::Chunked => State::Chunked(ChunkReader::new()),
            BodyLength::UntilClose => State::UntilClose,
        })
    }

    /// Takes bytes from the front of `input`; at most one run of data per call.
    ///
    /// Call it again with what is left until it uses nothing or is finished. Bytes behind the
    /// end of the body are never used.
    pub fn decode(&mut self, input: &[u8]) -> Result<Decoded, BodyError> {
        match &mut self.0 {
            State::Length(left) => {
                let run = take_run(left, input.len());
                if *left == 0 {
                    self.0 = State::Finished;
                }
                Ok(Decoded {
                    used: run,
                    data: 0..run,
                })
            }
            State::Chunked(chunks) => {
                let decoded = chunks.decode(input)?;
                if chunks.is_finished() {
                    self.0 = State::Finished;
                }
                Ok(decoded)
            }
            State::UntilClose => Ok(Decoded {
                used: input.len(),
                data: 0..input.len(),
            }),
            State::Finished => Ok(Decoded {
                used: 0,
                data: 0..0,
            }),
        }
    }

    /// Takes in that the peer sends no more; an error if the body is not complete.
    pub fn handle_eof(&mut self) -> Result<(), BodyError> {
        match self.0 {
            State::Length(_) | State::Chunked(_) => Err(BodyError::Truncated),
            State::UntilClose | State::Finished => {
                self.0 = State::Finished;
                Ok(())
            }
        }
    }

    /// True once the last byte of the body was used.
    pub const fn is_finished(&self) -> bool {
        matches!(self.0, State::Finished)
    }

    /// The bytes that are missing, if that is known.
    pub const fn remaining(&self) -> Option<u64> {
        match self.0 {
            State::Length(left) => Some(left),
            State::Chunked(_) | State::UntilClose => None,
            State::Finished => Some(0),
        }
    }
}

/// Takes as much of `left` as is there, and counts it off.
pub(super) fn take_run(left: &mut u64, available: usize) -> usize {
    let run = usize::try_from(*left).map_or(available, |left| left.min(available));
    *left -= run as u64;
    run
}

#[cfg(test)]
mod tests {
    use super::super::pieces::decode_in_pieces;
    use super::*;

    #[test]
    fn length_ends_where_it_says_at_every_split() {
        for step in 1..=12 {
            let mut reader = BodyReader::new(BodyLength::Length(5));
            let result = decode_in_pieces(b"helloGET / ", step, |piece| reader.decode(piece));
            assert_eq!(result, (b"hello".to_vec(), 5, None));
            assert!(reader.is_finished());
            assert_eq!(reader.handle_eof(), Ok(()));
        }
    }

    #[test]
    fn chunks_end_before_the_next_message() {
        for step in 1..=12 {
            let mut reader = BodyReader::new(BodyLength::Chunked);
            let result = decode_in_pieces(b"1\r\na\r\n0\r\n\r\nGET", step, |p| reader.decode(p));
            assert_eq!(result, (b"a".to_vec(), 11, None));
            assert!(reader.is_finished());
        }
    }

    #[test]
    fn body_without_bytes_is_finished_at_once() {
        for length in [BodyLength::Empty, BodyLength::Length(0)] {
            let mut reader = BodyReader::new(length);
            assert!(reader.is_finished());
            assert_eq!(reader.decode(b"GET").map(|decoded| decoded.used), Ok(0));
        }
    }

    #[test]
    fn early_end_of_a_counted_body_is_an_error() {
        for length in [BodyLength::Length(5), BodyLength::Chunked] {
            let mut reader = BodyReader::new(length);
            assert!(reader.decode(b"4\r\n").is_ok());
            assert_eq!(reader.handle_eof(), Err(BodyError::Truncated));
            assert!(!reader.is_finished());
        }
    }

    #[test]
    fn close_ends_only_the_body_that_says_so() {
        let mut reader = BodyReader::new(BodyLength::UntilClose);
        assert_eq!(
            reader.decode(b"all"),
            Ok(Decoded {
                used: 3,
                data: 0..3
            })
        );
        assert_eq!(reader.remaining(), None);
        assert_eq!(reader.handle_eof(), Ok(()));
        assert!(reader.is_finished());
    }

    #[test]
    fn remaining_counts_down() {
        let mut reader = BodyReader::new(BodyLength::Length(u64::MAX));
        assert!(reader.decode(b"abc").is_ok());
        assert_eq!(reader.remaining(), Some(u64::MAX - 3));
    }
}
