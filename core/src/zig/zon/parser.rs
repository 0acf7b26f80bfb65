//! Tokens to values.

use alloc::string::String;
use alloc::vec::Vec;

use super::lexer::{Kind, Lexer, Token};
use super::literal;
use super::{Field, MAX_DEPTH, MAX_NODES, MAX_TEXT, Node, Position, Problem, Value, ZonError};

pub(super) fn document(text: &[u8]) -> Result<Node, ZonError> {
    if text.len() > MAX_TEXT {
        let start = Position { line: 1, column: 1 };
        return Err(ZonError::new(start, Problem::TooLong));
    }
    let mut lexer = Lexer::new(text);
    let mut parser = Parser {
        token: lexer.next()?,
        lexer,
        previous: Kind::End,
        nodes: 0,
    };
    let root = parser.value(0)?;
    if parser.token.kind == Kind::End {
        Ok(root)
    } else {
        parser.fail(Problem::ExpectedEnd)
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The token to be read.
    token: Token<'a>,
    /// What was read last.
    previous: Kind,
    nodes: usize,
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, problem: Problem) -> Result<T, ZonError> {
        Err(ZonError::new(self.token.at, problem))
    }

    fn advance(&mut self) -> Result<Token<'a>, ZonError> {
        let token = self.token;
        self.previous = token.kind;
        self.token = self.lexer.next()?;
        Ok(token)
    }

    /// A value, inside of so many brackets.
    fn value(&mut self, depth: usize) -> Result<Node, ZonError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return self.fail(Problem::TooMany);
        }
        let at = self.token.at;
        let mut value = self.literal(depth)?;
        if !self.is_over() {
            if value != Value::Other && self.begins_anew()? {
                return self.fail(missing_end(depth));
            }
            self.skip(depth)?;
            value = Value::Other;
        }
        Ok(Node { at, value })
    }

    /// Whether this is the first token of an expression and cannot go on with a literal.
    fn begins_anew(&self) -> Result<bool, ZonError> {
        let mut lexer = self.lexer;
        let kind = self.token.kind;
        if kind == Kind::Period {
            return Ok(lexer.next()?.kind == Kind::Open(b'}'));
        }
        Ok(is_quoted(kind) || matches!(kind, Kind::Identifier | Kind::Builtin | Kind::Line))
    }

    /// Whether an expression cannot go on here.
    fn is_over(&self) -> bool {
        matches!(self.token.kind, Kind::Comma | Kind::Close(_) | Kind::End)
    }

    /// A literal; of any other expression nothing is read yet.
    fn literal(&mut self, depth: usize) -> Result<Value, ZonError> {
        match self.token.kind {
            Kind::Period => self.dotted(depth),
            Kind::String => Ok(literal::string_value(&self.advance()?)),
            Kind::Char => Ok(literal::char_value(&self.advance()?)),
            Kind::Number => Ok(literal::number_value(&self.advance()?, false)),
            Kind::Minus => self.negative(),
            Kind::Line => self.lines(),
            Kind::Identifier => self.word(),
            Kind::Keyword | Kind::Builtin | Kind::Open(_) | Kind::Operator => Ok(Value::Other),
            Kind::DocComment => self.fail(Problem::DocComment),
            Kind::Close(_)
            | Kind::Comma
            | Kind::Equal
            | Kind::Semicolon
            | Kind::Pipe
            | Kind::End => self.fail(Problem::ExpectedValue),
        }
    }

    fn dotted(&mut self, depth: usize) -> Result<Value, ZonError> {
        self.advance()?;
        if self.token.kind == Kind::Open(b'}') {
            return self.list(depth);
        }
        if self.token.kind != Kind::Identifier {
            return self.fail(Problem::ExpectedValue);
        }
        let token = self.advance()?;
        let wrap = if token.text.starts_with(b"@") {
            Value::QuotedEnum
        } else {
            Value::Enum
        };
        Ok(literal::name(&token).map_or_else(Value::Malformed, wrap))
    }

    fn negative(&mut self) -> Result<Value, ZonError> {
        self.advance()?;
        if self.token.kind == Kind::Number {
            return Ok(literal::number_value(&self.advance()?, true));
        }
        if self.is_over() {
            return self.fail(Problem::ExpectedValue);
        }
        Ok(Value::Other)
    }

    fn lines(&mut self) -> Result<Value, ZonError> {
        let mut out = Vec::new();
        while self.token.kind == Kind::Line {
            if self.previous == Kind::Line {
                out.push(b'\n');
            }
            out.extend_from_slice(self.token.text.get(2..).unwrap_or_default());
            self.advance()?;
        }
        Ok(Value::Lines(out))
    }

    fn word(&mut self) -> Result<Value, ZonError> {
        Ok(match self.advance()?.text {
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"null" => Value::Null,
            _ => Value::Other,
        })
    }

    /// What is in `{ ... }`; the first item decides whether it is a struct.
    fn list(&mut self, depth: usize) -> Result<Value, ZonError> {
        if depth == MAX_DEPTH {
            return self.fail(Problem::TooDeep);
        }
        self.advance()?;
        if self.token.kind == Kind::Close(b'}') {
            self.advance()?;
            return Ok(Value::Struct(Vec::new()));
        }
        if self.field_name()?.is_some() {
            self.items(|parser| parser.field(depth + 1))
                .map(Value::Struct)
        } else {
            self.items(|parser| parser.value(depth + 1))
                .map(Value::Tuple)
        }
    }

    /// Items with commas between, up to the closing brace; a last comma may follow.
    fn items<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, ZonError>,
    ) -> Result<Vec<T>, ZonError> {
        let mut items = Vec::new();
        loop {
            items.push(item(self)?);
            let comma = self.token.kind == Kind::Comma;
            if comma {
                self.advance()?;
            }
            if self.token.kind == Kind::Close(b'}') {
                self.advance()?;
                return Ok(items);
            }
            if !comma {
                return self.fail(Problem::ExpectedComma);
            }
        }
    }

    /// The name, if `.name =` is next.
    fn field_name(&self) -> Result<Option<Token<'a>>, ZonError> {
        if self.token.kind != Kind::Period {
            return Ok(None);
        }
        let mut lexer = self.lexer;
        let name = lexer.next()?;
        let named = name.kind == Kind::Identifier && lexer.next()?.kind == Kind::Equal;
        Ok(named.then_some(name))
    }

    fn field(&mut self, depth: usize) -> Result<Field, ZonError> {
        let Some(token) = self.field_name()? else {
            return self.fail(Problem::ExpectedField);
        };
        let name: String = literal::name(&token)?;
        for _ in [".", "name", "="] {
            self.advance()?;
        }
        let value = self.value(depth)?;
        Ok(Field {
            at: token.at,
            name,
            value,
        })
    }

    /// Steps over the rest of an expression, up to the comma or bracket that ends it.
    fn skip(&mut self, depth: usize) -> Result<(), ZonError> {
        let mut open: Vec<u8> = Vec::new();
        let mut captures = Captures::None;
        loop {
            self.check_glue()?;
            if open.is_empty() {
                captures = captures.after(&self.token);
                let comma = self.token.kind == Kind::Comma && captures == Captures::Inside;
                if self.is_over() && !comma {
                    return Ok(());
                }
                self.check_bare(depth)?;
            }
            self.balance(&mut open, depth)?;
            self.advance()?;
        }
    }

    /// Refuses what stands in no expression outside of brackets.
    fn check_bare(&self, depth: usize) -> Result<(), ZonError> {
        let kind = self.token.kind;
        if matches!(kind, Kind::Equal | Kind::Semicolon) {
            return self.fail(missing_end(depth));
        }
        if kind == Kind::DocComment {
            return self.fail(Problem::DocComment);
        }
        Ok(())
    }

    /// Keeps account of the brackets inside of an expression.
    fn balance(&self, open: &mut Vec<u8>, depth: usize) -> Result<(), ZonError> {
        let kind = self.token.kind;
        if let Kind::Open(partner) = kind {
            if depth + open.len() >= MAX_DEPTH {
                return self.fail(Problem::TooDeep);
            }
            open.push(partner);
        }
        let mut foreign = |byte| open.pop() != Some(byte);
        if kind == Kind::End || matches!(kind, Kind::Close(byte) if foreign(byte)) {
            return self.fail(Problem::Unbalanced);
        }
        Ok(())
    }

    /// Two literals in a row: a comma was forgotten.
    fn check_glue(&self) -> Result<(), ZonError> {
        let (last, next) = (self.previous, self.token.kind);
        let glued = if next == Kind::Line {
            is_quoted(last)
        } else {
            (is_quoted(last) || last == Kind::Line) && (is_quoted(next) || next == Kind::Identifier)
        };
        if glued {
            self.fail(Problem::ExpectedComma)
        } else {
            Ok(())
        }
    }
}

/// What is missing where an expression does not end, inside of so many brackets.
fn missing_end(depth: usize) -> Problem {
    if depth == 0 {
        Problem::ExpectedEnd
    } else {
        Problem::ExpectedComma
    }
}

fn is_quoted(kind: Kind) -> bool {
    matches!(kind, Kind::String | Kind::Char | Kind::Number)
}

/// `for (a, b) |x, y| z` has a comma outside of all brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Captures {
    /// Not in the head of a loop.
    None,
    /// After `for`.
    Word,
    /// After its `(...)`.
    Head,
    /// After the first `|`.
    Inside,
}

impl Captures {
    /// The state with `token` read, which is outside of brackets.
    fn after(self, token: &Token<'_>) -> Self {
        match self {
            Self::None if token.text == b"for" => Self::Word,
            Self::Word if token.kind == Kind::Open(b')') => Self::Head,
            Self::Head if token.kind == Kind::Pipe => Self::Inside,
            Self::Inside if token.kind != Kind::Pipe => Self::Inside,
            Self::None | Self::Word | Self::Head | Self::Inside => Self::None,
        }
    }
}
