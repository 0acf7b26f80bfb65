//! Values as text.

use alloc::string::String;

use super::Value;
use super::text::escape;

impl Value {
    /// The text on one line, without blanks between values.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write_compact(&mut out);
        out
    }

    /// Appends the text on one line, without blanks between values.
    pub fn write_compact(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Text(raw) => write_quoted(raw, out),
            Self::Array(items) => write_row(['[', ']'], items, out, Self::write_compact),
            Self::Object(members) => write_row(['{', '}'], members, out, |(key, value), out| {
                write_quoted(&escape(key), out);
                out.push(':');
                value.write_compact(out);
            }),
        }
    }

    /// Appends the text, each level indented by two blanks more; the first line is not indented.
    pub fn write(&self, indent: usize, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Text(raw) => write_quoted(raw, out),
            Self::Array(items) => write_list(['[', ']'], items, indent, out, |item, out| {
                item.write(indent + 1, out);
            }),
            Self::Object(members) => {
                write_list(['{', '}'], members, indent, out, |(key, value), out| {
                    write_quoted(&escape(key), out);
                    out.push_str(": ");
                    value.write(indent + 1, out);
                });
            }
        }
    }
}

fn write_row<T>(
    [open, close]: [char; 2],
    items: &[T],
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(close);
}

fn write_quoted(raw: &str, out: &mut String) {
    out.push('"');
    out.push_str(raw);
    out.push('"');
}

fn write_list<T>(
    [open, close]: [char; 2],
    items: &[T],
    indent: usize,
    out: &mut String,
    write: impl Fn(&T, &mut String),
) {
    out.push(open);
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        (0..=indent).for_each(|_| out.push_str("  "));
        write(item, out);
    }
    if !items.is_empty() {
        out.push('\n');
        (0..indent).for_each(|_| out.push_str("  "));
    }
    out.push(close);
}
