//! Where in an answer a line stands, and what comes behind it: the graph of the module above.

use super::Form;
use crate::git::client::ClientError;
use crate::git::id::ObjectId;
use crate::git::pktline::{Line, without_line_feed};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Before a section's name.
    Section,
    Inside(Section),
    Shallows {
        has_bands: bool,
    },
    Negotiation {
        has_bands: bool,
    },
    Bands,
    /// The server is saying why it gives up.
    GivingUp,
    Raw,
    Finished,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Acknowledgments,
    ShallowInfo,
    WantedRefs,
}

impl State {
    pub(super) const fn new(form: Form) -> Self {
        match form {
            Form::Sections => Self::Section,
            Form::Plain {
                is_shallow: true,
                has_bands,
            } => Self::Shallows { has_bands },
            Form::Plain {
                is_shallow: false,
                has_bands,
            } => Self::Negotiation { has_bands },
        }
    }

    /// The state behind a line, and the commit that it says is shallow.
    pub(super) fn handle_line(
        self,
        line: Line<'_>,
    ) -> Result<(Self, Option<ObjectId>), ClientError> {
        match line {
            Line::Data(data) => self.handle_data(without_line_feed(data)),
            Line::Flush => self.handle_flush().map(|state| (state, None)),
            Line::Delimiter => self.handle_delimiter().map(|state| (state, None)),
            Line::ResponseEnd => Err(self.unexpected(b"0002")),
        }
    }

    fn handle_data(self, line: &[u8]) -> Result<(Self, Option<ObjectId>), ClientError> {
        if let Some(error) = ClientError::stated_by(line) {
            return Err(error);
        }
        match self {
            Self::Section => self.handle_name(line).map(|state| (state, None)),
            Self::Inside(Section::Acknowledgments | Section::WantedRefs) => Ok((self, None)),
            Self::Negotiation { has_bands } | Self::Shallows { has_bands } if line == b"NAK" => {
                Ok((Self::pack(has_bands), None))
            }
            Self::Inside(Section::ShallowInfo) | Self::Shallows { .. } => {
                Ok((self, Some(self.shallow(line)?)))
            }
            Self::Negotiation { .. }
            | Self::Bands
            | Self::GivingUp
            | Self::Raw
            | Self::Finished => Err(self.unexpected(line)),
        }
    }

    fn handle_name(self, line: &[u8]) -> Result<Self, ClientError> {
        match line {
            b"acknowledgments" => Ok(Self::Inside(Section::Acknowledgments)),
            b"shallow-info" => Ok(Self::Inside(Section::ShallowInfo)),
            b"wanted-refs" => Ok(Self::Inside(Section::WantedRefs)),
            b"packfile" => Ok(Self::Bands),
            _ => Err(self.unexpected(line)),
        }
    }

    fn handle_flush(self) -> Result<Self, ClientError> {
        match self {
            Self::Section | Self::Inside(_) => Ok(Self::Finished),
            Self::Shallows { has_bands } => Ok(Self::Negotiation { has_bands }),
            Self::Negotiation { .. }
            | Self::Bands
            | Self::GivingUp
            | Self::Raw
            | Self::Finished => Err(self.unexpected(b"0000")),
        }
    }

    fn handle_delimiter(self) -> Result<Self, ClientError> {
        match self {
            Self::Inside(_) => Ok(Self::Section),
            Self::Section
            | Self::Shallows { .. }
            | Self::Negotiation { .. }
            | Self::Bands
            | Self::GivingUp
            | Self::Raw
            | Self::Finished => Err(self.unexpected(b"0001")),
        }
    }

    const fn pack(has_bands: bool) -> Self {
        if has_bands { Self::Bands } else { Self::Raw }
    }

    /// `unshallow` is for clients that have history.
    fn shallow(self, line: &[u8]) -> Result<ObjectId, ClientError> {
        let hex = line.strip_prefix(b"shallow ");
        hex.and_then(ObjectId::parse)
            .ok_or_else(|| self.unexpected(line))
    }

    fn unexpected(self, line: &[u8]) -> ClientError {
        let within = match self {
            Self::Section => "list of sections",
            Self::Inside(Section::Acknowledgments) => "section acknowledgments",
            Self::Inside(Section::ShallowInfo) => "section shallow-info",
            Self::Inside(Section::WantedRefs) => "section wanted-refs",
            Self::Shallows { .. } => "list of shallow commits",
            Self::Negotiation { .. } => "negotiation",
            Self::Bands | Self::GivingUp | Self::Raw | Self::Finished => "pack",
        };
        ClientError::unexpected(within, line)
    }
}
