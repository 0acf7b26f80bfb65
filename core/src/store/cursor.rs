//! How far a check of the whole store has come, so that it goes on where it was ended.
//!
//! Files are checked in the order of their paths, part by part. A cursor says nothing about files
//! that came later to a place before it: they were verified when they were published.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::time::Timestamp;

/// The last path that is done, of a run over these paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the run began.
    pub started: Timestamp,
    /// The paths that were asked for, in their order; none means the whole store.
    pub scope: Vec<String>,
    /// The last path that is done; empty before the first.
    pub done: String,
}

impl Cursor {
    /// A run that has done nothing.
    pub fn new(started: Timestamp, scope: Vec<String>) -> Self {
        Self {
            started,
            scope,
            done: String::new(),
        }
    }

    /// Lines of text: `v1 <seconds>`, the last path, the paths of the scope, `end`.
    pub fn to_text(&self) -> String {
        let mut text = format!("v1 {}\n{}\n", self.started.0, self.done);
        for path in &self.scope {
            text.push_str(path);
            text.push('\n');
        }
        text.push_str("end\n");
        text
    }

    /// Reads them; anything else is no cursor.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?.strip_suffix("end\n")?;
        let mut lines = text.split_terminator('\n');
        let started = lines.next()?.strip_prefix("v1 ")?.parse().ok()?;
        Some(Self {
            started: Timestamp(started),
            done: lines.next()?.to_owned(),
            scope: lines.map(ToOwned::to_owned).collect(),
        })
    }

    /// Whether `path` comes after what is done.
    pub fn is_before(&self, path: &str) -> bool {
        self.done.split('/').lt(path.split('/'))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn text_round_trips() {
        let mut cursor = Cursor::new(Timestamp(7), vec!["pkg/a".into(), "zig".into()]);
        assert_eq!(
            Cursor::parse(cursor.to_text().as_bytes()),
            Some(cursor.clone())
        );
        cursor.done = "pkg/a/b/c".into();
        assert_eq!(cursor.to_text(), "v1 7\npkg/a/b/c\npkg/a\nzig\nend\n");
        assert_eq!(Cursor::parse(cursor.to_text().as_bytes()), Some(cursor));
    }

    #[test]
    fn torn_cursor_is_none() {
        let cursor = Cursor::new(Timestamp(7), vec!["pkg/a".into()]);
        let text = cursor.to_text();
        for end in 0..text.len() {
            assert_eq!(Cursor::parse(&text.as_bytes()[..end]), None, "{end}");
        }
    }

    #[test]
    fn order_is_that_of_parts() {
        let mut cursor = Cursor::new(Timestamp(0), vec![]);
        assert!(cursor.is_before("artifact/a"));
        cursor.done = "pkg/a/z".into();
        assert!(!cursor.is_before("pkg/a/z"));
        assert!(!cursor.is_before("pkg/a/b"));
        assert!(
            cursor.is_before("pkg/a-b/c"),
            "a parts order, not a bytes order"
        );
        assert!(cursor.is_before("zig/stable"));
    }
}
