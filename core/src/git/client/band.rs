//! The side-band of a pack (gitprotocol-pack(5), "Packfile Data"): each packet's first byte says
//! what the rest is.
//!
//! Packets are not put together: what they hold is passed on as it comes, so that a pack of any
//! size passes through without a copy.

use super::ClientError;
use crate::git::pktline::{Digits, Length};

/// What [`BandReader::take`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken<'a> {
    /// Bytes of the input that are done with.
    pub(super) used: usize,
    /// What they are; none if they only frame.
    pub(super) part: Option<Part<'a>>,
}

/// A part of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// The next bytes of the pack.
    Pack(&'a [u8]),
    /// The next bytes of what is said on the way.
    Progress(&'a [u8]),
    /// The next bytes of why the server gives up; the packet's last ones if `is_last`.
    Error { text: &'a [u8], is_last: bool },
    /// The flush.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Band {
    Pack,
    Progress,
    Error,
}

/// Reads a stream of banded packets up to its flush.
#[derive(Debug, Clone, Copy)]
pub(super) struct BandReader {
    digits: Digits,
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Within the four digits.
    Length,
    /// Before the byte that names the band; so many bytes follow it.
    Band { left: usize },
    /// Within the data, of which so many bytes are left.
    Data { band: Band, left: usize },
}

impl BandReader {
    /// Stands before a packet.
    pub(super) const fn new() -> Self {
        Self {
            digits: Digits::new(),
            state: State::Length,
        }
    }

    /// Takes bytes from the front of `input`, at most one part.
    pub(super) fn take<'a>(&mut self, input: &'a [u8]) -> Result<Taken<'a>, ClientError> {
        match (self.state, input.split_first()) {
            (_, None) => Ok(Taken {
                used: 0,
                part: None,
            }),
            (State::Length, Some(_)) => self.take_length(input),
            (State::Band { left }, Some((&byte, _))) => {
                let band = Band::parse(byte)?;
                self.state = State::within(band, left);
                // An error without words is one, too.
                let is_empty_error = band == Band::Error && left == 0;
                let part = is_empty_error.then(|| band.part(&[], true));
                Ok(Taken { used: 1, part })
            }
            (State::Data { band, left }, Some(_)) => {
                let (data, _) = input.split_at_checked(left).unwrap_or((input, &[]));
                let left = left.saturating_sub(data.len());
                self.state = State::within(band, left);
                Ok(Taken {
                    used: data.len(),
                    part: Some(band.part(data, left == 0)),
                })
            }
        }
    }

    fn take_length<'a>(&mut self, input: &[u8]) -> Result<Taken<'a>, ClientError> {
        let unexpected = |line| Err(ClientError::unexpected("side-band", line));
        let (used, length) = self.digits.take(input);
        let part = match length? {
            None => None,
            Some(Length::Flush) => Some(Part::End),
            Some(Length::Delimiter) => return unexpected(b"0001"),
            Some(Length::ResponseEnd) => return unexpected(b"0002"),
            Some(Length::Data(length)) => {
                let left = length.checked_sub(1);
                let Some(left) = left else {
                    return unexpected(b"");
                };
                self.state = State::Band { left };
                None
            }
        };
        Ok(Taken { used, part })
    }
}

impl State {
    /// An empty packet is what servers send to keep the connection.
    const fn within(band: Band, left: usize) -> Self {
        match left {
            0 => Self::Length,
            _ => Self::Data { band, left },
        }
    }
}

impl Band {
    /// `E` begins an `ERR` line, which some servers put where a band has to be.
    const fn parse(byte: u8) -> Result<Self, ClientError> {
        match byte {
            1 => Ok(Self::Pack),
            2 => Ok(Self::Progress),
            3 | b'E' => Ok(Self::Error),
            other => Err(ClientError::Band(other)),
        }
    }

    const fn part(self, data: &[u8], is_last: bool) -> Part<'_> {
        match self {
            Self::Pack => Part::Pack(data),
            Self::Progress => Part::Progress(data),
            Self::Error => Part::Error {
                text: data,
                is_last,
            },
        }
    }
}
