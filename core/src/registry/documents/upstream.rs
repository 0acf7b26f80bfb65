//! Where a package comes from: `p/<package>/upstream.json`, beside its releases.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::fields::{FieldError, Fields};
use super::{line, record};
use crate::json::Value;
use crate::time::Timestamp;

/// The repository that a package's releases are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The repository.
    pub url: String,
    /// Since when.
    pub since: Timestamp,
    /// Where it was before, the newest last; at most [`Upstream::MAX_PREVIOUS`].
    pub previous: Vec<String>,
}

impl Upstream {
    /// Most repositories that are remembered.
    pub const MAX_PREVIOUS: usize = 50;

    /// A package's first repository.
    pub fn new(url: &str, since: Timestamp) -> Self {
        Self {
            url: url.into(),
            since,
            previous: Vec::new(),
        }
    }

    /// Takes in that the package has moved to another repository.
    pub fn handle_move(&mut self, url: &str, at: Timestamp) {
        if self.previous.len() >= Self::MAX_PREVIOUS {
            self.previous.remove(0);
        }
        let old = core::mem::replace(&mut self.url, url.into());
        self.previous.push(old);
        self.since = at;
    }

    /// The record.
    pub fn to_text(&self) -> String {
        line(&Value::object([
            ("upstream_repo_url", Value::text(&self.url)),
            ("since", Value::number(self.since.0)),
            (
                "previous",
                Value::texts(self.previous.iter().map(String::as_str)),
            ),
        ]))
    }

    /// Reads the record; anything else is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        record(bytes, |fields| Self::read(fields).ok())
    }

    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            url: fields.text("upstream_repo_url")?,
            since: Timestamp(fields.number("since")?),
            previous: fields.parsed_list("previous", |url| Some(url.into()))?,
        })
    }
}
