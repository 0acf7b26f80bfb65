//! Text to tokens.
//!
//! A token is delimited, not judged: strings keep their quotes and escapes, numbers may be none.
//! Operators come apart except where an `=` in them must not be taken for that of a field.

use super::{Position, Problem, ZonError};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `.`
    Period,
    /// A name, `@"..."` too.
    Identifier,
    /// A word that cannot be a name.
    Keyword,
    /// `@name`
    Builtin,
    /// Begins with a digit.
    Number,
    /// `"..."`
    String,
    /// `'...'`
    Char,
    /// One line from `\\` on, without its end.
    Line,
    /// An opening bracket; this one closes it.
    Open(u8),
    /// A closing bracket.
    Close(u8),
    /// `,`
    Comma,
    /// `=`
    Equal,
    /// `;`
    Semicolon,
    /// `-`
    Minus,
    /// `|`
    Pipe,
    /// `///` or `//!` and the rest of the line.
    DocComment,
    /// Anything else that expressions are made with.
    Operator,
    /// The end of the text.
    End,
}

/// A token and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) at: Position,
    pub(super) text: &'a [u8],
}

/// A place in a text; a copy of it looks ahead.
#[derive(Clone, Copy)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    /// Starts after a byte order mark.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self {
            text: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text),
            at: 0,
            line: 1,
            line_start: 0,
        }
    }

    /// The next token; after the last one it is [`Kind::End`] again and again.
    pub(super) fn next(&mut self) -> Result<Token<'a>, ZonError> {
        self.blank()?;
        let (start, at) = (self.at, self.position());
        let kind = match self.peek() {
            Some(byte) => self.token(byte)?,
            None => Kind::End,
        };
        let text = self.text.get(start..self.at).unwrap_or_default();
        let kind = if kind == Kind::Identifier && is_keyword(text) {
            Kind::Keyword
        } else {
            kind
        };
        Ok(Token { kind, at, text })
    }

    fn peek(&self) -> Option<u8> {
        self.ahead(0)
    }

    fn ahead(&self, bytes: usize) -> Option<u8> {
        self.text.get(self.at + bytes).copied()
    }

    fn position(&self) -> Position {
        let column = u32::try_from(self.at - self.line_start).unwrap_or(u32::MAX - 1);
        Position {
            line: self.line,
            column: column + 1,
        }
    }

    fn fail<T>(&self, problem: Problem) -> Result<T, ZonError> {
        Err(ZonError::new(self.position(), problem))
    }

    /// Steps over blanks, ends of lines and plain comments.
    fn blank(&mut self) -> Result<(), ZonError> {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' if self.is_comment() => self.rest_of_line()?,
                _ => break,
            }
        }
        Ok(())
    }

    /// Whether `//` is here, and it is not a doc comment; four slashes make none.
    fn is_comment(&self) -> bool {
        let doc = match self.ahead(2) {
            Some(b'/') => self.ahead(3) != Some(b'/'),
            other => other == Some(b'!'),
        };
        self.ahead(1) == Some(b'/') && !doc
    }

    /// Stops before the end of the line, which may be CR LF.
    fn rest_of_line(&mut self) -> Result<(), ZonError> {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => break,
                b'\r' if self.ahead(1) == Some(b'\n') => break,
                b'\t' => self.at += 1,
                0..0x20 | 0x7f => return self.fail(Problem::Byte(byte)),
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn token(&mut self, byte: u8) -> Result<Kind, ZonError> {
        match byte {
            b'"' | b'\'' => self.quoted(byte),
            b'@' => self.at_sign(),
            b'\\' => self.line(),
            b'/' if self.ahead(1) == Some(b'/') => {
                self.rest_of_line()?;
                Ok(Kind::DocComment)
            }
            b'0'..=b'9' => Ok(self.number()),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Ok(self.word(Kind::Identifier)),
            _ => self.sign(byte),
        }
    }

    fn sign(&mut self, byte: u8) -> Result<Kind, ZonError> {
        let kind = match byte {
            b'.' => Kind::Period,
            b',' => Kind::Comma,
            b';' => Kind::Semicolon,
            b'-' => Kind::Minus,
            b'|' => Kind::Pipe,
            b'(' => Kind::Open(b')'),
            b'[' => Kind::Open(b']'),
            b'{' => Kind::Open(b'}'),
            b')' | b']' | b'}' => Kind::Close(byte),
            b'=' | b'!' | b'<' | b'>' => return Ok(self.comparison(byte)),
            b'+' | b'*' | b'/' | b'%' | b'&' | b'^' | b'~' | b'?' | b':' => Kind::Operator,
            _ => return self.fail(Problem::Byte(byte)),
        };
        self.at += 1;
        Ok(kind)
    }

    /// `=` alone is that of a field; in `==`, `=>`, `!=`, `<=`, `>=` it is not.
    fn comparison(&mut self, byte: u8) -> Kind {
        let two = match self.ahead(1) {
            Some(b'=') => true,
            next => byte == b'=' && next == Some(b'>'),
        };
        self.at += 1 + usize::from(two);
        if byte == b'=' && !two {
            Kind::Equal
        } else {
            Kind::Operator
        }
    }

    fn word(&mut self, kind: Kind) -> Kind {
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        kind
    }

    fn at_sign(&mut self) -> Result<Kind, ZonError> {
        match self.ahead(1) {
            Some(b'"') => {
                self.at += 1;
                self.quoted(b'"')?;
                Ok(Kind::Identifier)
            }
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => {
                self.at += 1;
                Ok(self.word(Kind::Builtin))
            }
            _ => self.fail(Problem::Byte(b'@')),
        }
    }

    /// From a quote to its partner on the same line; a backslash hides what follows it.
    fn quoted(&mut self, quote: u8) -> Result<Kind, ZonError> {
        let begin = *self;
        self.at += 1;
        loop {
            match self.peek() {
                None | Some(b'\n') => return begin.fail(Problem::Unterminated),
                Some(b'\\') if self.ahead(1).is_some_and(|next| next >= b' ') => self.at += 2,
                Some(byte) if byte == quote => break,
                Some(b'\r') if self.ahead(1) == Some(b'\n') => {
                    return begin.fail(Problem::Unterminated);
                }
                Some(byte @ (0..0x20 | 0x7f)) => return self.fail(Problem::Byte(byte)),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        Ok(if quote == b'"' {
            Kind::String
        } else {
            Kind::Char
        })
    }

    fn line(&mut self) -> Result<Kind, ZonError> {
        if self.ahead(1) != Some(b'\\') {
            return self.fail(Problem::Byte(b'\\'));
        }
        self.rest_of_line()?;
        Ok(Kind::Line)
    }

    /// Everything that Zig keeps together: `0x1p-3`, `1.5`, `1_000`, but of `1..2` the first digit.
    fn number(&mut self) -> Kind {
        while let Some(byte) = self.peek() {
            let next = self.ahead(1);
            let signed = matches!(byte, b'e' | b'E' | b'p' | b'P')
                && next.is_some_and(|sign| sign == b'+' || sign == b'-');
            let inside = is_word(byte) || (byte == b'.' && next.is_some_and(is_word));
            if !inside {
                break;
            }
            self.at += 1 + usize::from(signed);
        }
        Kind::Number
    }
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Whether every version of Zig keeps this word for itself.
fn is_keyword(text: &[u8]) -> bool {
    str::from_utf8(text).is_ok_and(|word| KEYWORDS.binary_search(&word).is_ok())
}

/// Zig 0.17's; `async`, `await` and `usingnamespace` were once more, and are names again.
pub(super) const KEYWORDS: [&str; 46] = [
    "addrspace",
    "align",
    "allowzero",
    "and",
    "anyframe",
    "anytype",
    "asm",
    "break",
    "callconv",
    "catch",
    "comptime",
    "const",
    "continue",
    "defer",
    "else",
    "enum",
    "errdefer",
    "error",
    "export",
    "extern",
    "fn",
    "for",
    "if",
    "inline",
    "linksection",
    "noalias",
    "noinline",
    "nosuspend",
    "opaque",
    "or",
    "orelse",
    "packed",
    "pub",
    "resume",
    "return",
    "struct",
    "suspend",
    "switch",
    "test",
    "threadlocal",
    "try",
    "union",
    "unreachable",
    "var",
    "volatile",
    "while",
];
