//! Why a manifest is not taken.

use alloc::string::String;
use core::fmt;

use super::super::zon::{self, Position, ZonError};

/// Why a manifest is not taken, in which field, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 1.
    pub column: u32,
    /// The field, as `.dependencies.foo.url`; empty for the whole. Printable, at most about 200 bytes.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl ManifestError {
    pub(super) fn new(at: Position, field: &str, problem: Problem) -> Self {
        Self {
            line: at.line,
            column: at.column,
            field: field.into(),
            problem,
        }
    }

    /// A fault inside of a field's value.
    pub(super) fn inside(field: &str, error: ZonError) -> Self {
        Self {
            field: field.into(),
            ..error.into()
        }
    }
}

impl From<ZonError> for ManifestError {
    fn from(error: ZonError) -> Self {
        Self {
            line: error.line,
            column: error.column,
            field: String::new(),
            problem: Problem::Zon(error.problem),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        self.problem.fmt(f)
    }
}

impl core::error::Error for ManifestError {}

/// What is wrong with a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The text, or a literal in it, is not ZON.
    Zon(zon::Problem),
    /// Not `.{ ... }` with fields.
    ExpectedStruct,
    /// Not a string between double quotes.
    ExpectedString,
    /// Not `.{ ... }` with at least one string.
    ExpectedStrings,
    /// Neither `true` nor `false`.
    ExpectedBool,
    /// Not an integer from 0 to 2^64 - 1.
    ExpectedFingerprint,
    /// Neither an enum literal nor a string.
    ExpectedName,
    /// An enum literal with quotes.
    QuotedName,
    /// A name above [`MAX_NAME`](super::MAX_NAME) bytes.
    NameTooLong,
    /// Not a Semantic Version 2.0.
    ExpectedVersion,
    /// A version above [`MAX_VERSION`](super::MAX_VERSION) bytes.
    VersionTooLong,
    /// The field must be there.
    Missing,
    /// Neither `.url` nor `.path` is there.
    NoSource,
    /// `.url` and `.path`, or one of them twice.
    TwoSources,
    /// Text that is not UTF-8.
    NotUtf8,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zon(problem) => return problem.fmt(f),
            Self::ExpectedStruct => "expected a struct, .{ .field = value }",
            Self::ExpectedString => "expected a string",
            Self::ExpectedStrings => "expected a list of strings, .{ \"build.zig\", \"src\" }",
            Self::ExpectedBool => "expected true or false",
            Self::ExpectedFingerprint => "expected an integer below 2^64",
            Self::ExpectedName => "expected a name, .hello or \"hello\"",
            Self::QuotedName => "expected a bare name such as .hello, without @ and quotes",
            Self::NameTooLong => "a name is at most 32 bytes long",
            Self::ExpectedVersion => "expected a semantic version such as \"1.2.3\"",
            Self::VersionTooLong => "a version is at most 32 bytes long",
            Self::Missing => "the field is missing",
            Self::NoSource => "expected .url or .path",
            Self::TwoSources => "expected only one .url or .path",
            Self::NotUtf8 => "the text is not UTF-8",
        })
    }
}
