//! Whose a package's name is: `p/<package>/upstream.json`.
//!
//! The first upstream that a package is published from has the name from then on; what comes from
//! elsewhere under that name is refused. Unknown members are ignored, so that the format can grow.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Limits, Value};

/// Most bytes of such a file.
pub const MOST_BYTES: usize = 64 << 10;

/// Whose a name is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The upstream's URL; none if the package comes from this machine.
    pub url: Option<String>,
    /// Where it came from before it was moved, the oldest first.
    pub former: Vec<String>,
}

impl Claim {
    /// A name that nobody had.
    pub fn new(url: Option<String>) -> Self {
        let former = Vec::new();
        Self { url, former }
    }

    /// From now on the package comes from elsewhere.
    #[must_use]
    pub fn moved(mut self, url: &str) -> Self {
        self.former.extend(self.url.take());
        self.url = Some(url.into());
        self
    }

    /// A JSON document.
    pub fn to_text(&self) -> String {
        let url = Value::or_null(self.url.as_deref().map(Value::text));
        let former = Value::texts(self.former.iter().map(String::as_str));
        Value::object([("url", url), ("former", former)]).document()
    }

    /// Reads such a document; anything else is none.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?;
        let value = Value::parse(text, &Limits::DEFAULT).ok()?;
        let url = match value.get("url")? {
            url if url.is_null() => None,
            url => Some(url.as_text()?.into_owned()),
        };
        let former = value.get("former").and_then(Value::items);
        let former = former.unwrap_or_default().iter();
        let former = former.filter_map(|one| Some(one.as_text()?.into_owned()));
        Some(Self {
            url,
            former: former.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for claim in [
            Claim::new(None),
            Claim::new(Some("https://h/a".into())),
            Claim::new(Some("https://h/a".into())).moved("https://h/b\"").moved("https://h/c"),
        ] {
            assert_eq!(Claim::parse(claim.to_text().as_bytes()), Some(claim));
        }
    }

    #[test]
    fn unknown_members_are_ignored_and_damage_is_no_claim() {
        let grown = br#"{"since": 3, "url": "https://h/a"}"#;
        assert_eq!(Claim::parse(grown), Some(Claim::new(Some("https://h/a".into()))));
        for text in ["", "{}", "[]", r#"{"url": 3}"#, r#"{"url": "x""#] {
            assert_eq!(Claim::parse(text.as_bytes()), None, "{text}");
        }
    }
}
