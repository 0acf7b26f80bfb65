//! ZON, the notation of `build.zig.zon`: a value written as a Zig expression.
//!
//! It reads literals, `.{ ... }` and nothing else. Whatever else is an expression is delimited by
//! its brackets and commas and becomes [`Value::Other`]; whether Zig's grammar takes it is not
//! asked. So it refuses less than Zig does, but what it takes as a literal Zig reads alike.
//!
//! It never evaluates, and drops neither of two fields with one name: both are there, in order.
//! Where versions of Zig differ the most lenient counts (a tab in a comment, bytes that are not
//! UTF-8 in a string). A literal that is delimited but badly formed is no error of the document,
//! for Zig looks into a literal only when it is used: it is a [`Value::Malformed`].
//!
//! Refused besides what no Zig reads: a text above [`MAX_TEXT`], brackets deeper than
//! [`MAX_DEPTH`], more than [`MAX_NODES`] values, and names that are not UTF-8.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

mod lexer;
mod literal;
mod parser;
#[cfg(test)]
mod tests;

/// The longest text, in bytes: Zig's own limit for a manifest.
pub const MAX_TEXT: usize = 10 << 20;

/// Most brackets inside each other.
pub const MAX_DEPTH: usize = 128;

/// Most values in a text.
pub const MAX_NODES: usize = 1 << 16;

/// Reads a whole document; what follows its one value is an error.
pub fn parse(text: &[u8]) -> Result<Node, ZonError> {
    parser::document(text)
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1; lines end with a line feed.
    pub line: u32,
    /// The byte in the line, from 1; a byte order mark counts for none.
    pub column: u32,
}

/// A value and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The first byte of the value.
    pub at: Position,
    /// What it is.
    pub value: Value,
}

/// What is written in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `.{ .a = 1 }`, and `.{}`, which may also be an empty tuple. All fields, in order.
    Struct(Vec<Field>),
    /// `.{ 1, 2 }`, with one item at least.
    Tuple(Vec<Node>),
    /// `"text"`, decoded; not always UTF-8.
    String(Vec<u8>),
    /// Lines that begin with `\\`, joined by line feeds; not always UTF-8.
    Lines(Vec<u8>),
    /// `.name`.
    Enum(String),
    /// `.@"name"`, decoded.
    QuotedEnum(String),
    /// An integer in any base.
    Int {
        /// Its amount; none is above 2^64 - 1.
        magnitude: Option<u64>,
        /// Whether a minus sign stands before it.
        negative: bool,
    },
    /// A number with a fraction or an exponent.
    Float,
    /// `'c'`.
    Char,
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A literal with a fault, which makes it unfit for use but not for being passed over.
    Malformed(ZonError),
    /// Any other expression.
    Other,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where the name begins, after the dot.
    pub at: Position,
    /// The name; of `.@"name"` what is between the quotes, decoded.
    pub name: String,
    /// Its value.
    pub value: Node,
}

/// Why a text is not ZON that is taken, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZonError {
    /// The line, from 1.
    pub line: u32,
    /// The byte in the line, from 1.
    pub column: u32,
    /// What is wrong there.
    pub problem: Problem,
}

impl ZonError {
    fn new(at: Position, problem: Problem) -> Self {
        Self {
            line: at.line,
            column: at.column,
            problem,
        }
    }
}

impl fmt::Display for ZonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.problem)
    }
}

impl core::error::Error for ZonError {}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// More than [`MAX_TEXT`] bytes.
    TooLong,
    /// Brackets deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] values.
    TooMany,
    /// A byte that may not stand here.
    Byte(u8),
    /// A string or a character without an end on its line.
    Unterminated,
    /// A comment that belongs to a declaration, where there is none.
    DocComment,
    /// No expression begins here.
    ExpectedValue,
    /// Here another field must begin.
    ExpectedField,
    /// Neither a comma nor the end of the list.
    ExpectedComma,
    /// The text goes on after its value.
    ExpectedEnd,
    /// A closing bracket that is not that of the last one opened, or none where one must be.
    Unbalanced,
    /// `\` with an unknown letter after it.
    Escape,
    /// `\x` or `\u` without the hex digits or braces that belong to it.
    EscapeDigits,
    /// `\u` with a number that is no Unicode scalar value.
    Codepoint,
    /// A number that is none.
    Number,
    /// Not exactly one character between single quotes.
    Char,
    /// A name that is not UTF-8.
    NotUtf8,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the text is longer than 10 MiB",
            Self::TooDeep => "more than 128 brackets inside each other",
            Self::TooMany => "more than 65536 values",
            Self::Byte(byte) => return write!(f, "the byte 0x{byte:02x} may not stand here"),
            Self::Unterminated => "a quote is not closed on its line",
            Self::DocComment => "a doc comment may not stand here, write // instead",
            Self::ExpectedValue => "expected a value",
            Self::ExpectedField => "expected a field such as .name = value",
            Self::ExpectedComma => "expected a comma or the end of the list",
            Self::ExpectedEnd => "expected the end of the text",
            Self::Unbalanced => "a bracket has no partner",
            Self::Escape => "unknown escape; known are \\n \\r \\t \\\\ \\' \\\" \\xNN \\u{N}",
            Self::EscapeDigits => "expected hex digits, as in \\x41 or \\u{41}",
            Self::Codepoint => "not a Unicode scalar value",
            Self::Number => "not a number in Zig's notation",
            Self::Char => "expected one character between single quotes",
            Self::NotUtf8 => "the name is not UTF-8",
        })
    }
}
