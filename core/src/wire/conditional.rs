//! Conditional requests (RFC 9110 13): is the client's copy good, and may it have a part.
//!
//! It decides for GET and HEAD of one stored file and refuses to know about other methods:
//! If-Match and If-Unmodified-Since protect writes, and there is nothing to overwrite here.

use super::date;
use super::fields::{Field, Fields};
use super::token::trim;
use crate::time::Timestamp;

/// What identifies the present version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validators<'a> {
    /// The strong entity tag, with its quotes.
    pub etag: &'a str,
    /// The time of the last change.
    pub modified: Timestamp,
}

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// The client's copy is good: 304.
    pub not_modified: bool,
    /// The request has a Range and it may be honoured.
    pub use_range: bool,
}

/// Weighs the conditions of a GET or HEAD, in the order of RFC 9110 13.2.2.
pub fn evaluate(fields: &Fields<'_>, validators: &Validators<'_>) -> Conditions {
    Conditions {
        not_modified: is_not_modified(fields, validators),
        use_range: fields.range.is_some() && is_range_current(fields, validators),
    }
}

/// RFC 9110 13.1.3: If-None-Match, even a useless one, silences If-Modified-Since.
fn is_not_modified(fields: &Fields<'_>, validators: &Validators<'_>) -> bool {
    if fields.is_repeated(Field::IfNoneMatch) {
        return false;
    }
    match (fields.if_none_match, fields.if_modified_since) {
        (Some(tags), _) => any_tag_matches(tags, validators.etag.as_bytes()),
        (None, Some(since)) => date::parse(since).is_some_and(|since| validators.modified <= since),
        (None, None) => false,
    }
}

/// RFC 9110 13.1.5: strong comparison, or exactly the same date; an If-Range that is not
/// understood never lets a part through, since the parts would not fit together.
fn is_range_current(fields: &Fields<'_>, validators: &Validators<'_>) -> bool {
    if fields.is_repeated(Field::IfRange) {
        return false;
    }
    match fields.if_range {
        None => true,
        Some(tag @ [b'"', ..]) => tag == validators.etag.as_bytes(),
        Some(date) => date::parse(date) == Some(validators.modified),
    }
}

/// RFC 9110 13.1.2 with weak comparison (8.8.3.2): `W/` does not matter.
fn any_tag_matches(tags: &[u8], etag: &[u8]) -> bool {
    if trim(tags) == b"*" {
        return true;
    }
    let mut rest = tags;
    while let Some((tag, after)) = next_tag(rest) {
        if tag == etag {
            return true;
        }
        rest = after;
    }
    false
}

/// The next tag of a list without `W/`, and what follows it; none at the end or at nonsense.
fn next_tag(list: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = list
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
    let list = &list[start..];
    let list = list.strip_prefix(b"W/").unwrap_or(list);
    let inside = list.strip_prefix(b"\"")?;
    let length = inside.iter().position(|&byte| byte == b'"')? + 2;
    let (tag, rest) = list.split_at_checked(length)?;
    let separated = matches!(trim(rest), [] | [b',', ..]);
    separated.then_some((tag, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn matching_tag_is_304() {
        for tags in [
            r#""v1""#,
            r#"W/"v1""#,
            "*",
            " * ",
            r#""a", "v1""#,
            r#""a,b" , W/"v1" ,"#,
            r#",,"v1""#,
        ] {
            assert!(not_modified(&[("If-None-Match", tags)]), "{tags}");
        }
    }

    #[test]
    fn other_or_malformed_tags_are_answered_in_full() {
        for tags in [
            "",
            r#""v2""#,
            "v1",
            r#""v1"#,
            r#"w/"v1""#,
            r#""a" "v1""#,
            r#""av1""#,
            r#"*, "a""#,
            r#"junk "v1""#,
        ] {
            assert!(!not_modified(&[("If-None-Match", tags)]), "{tags}");
        }
    }

    #[test]
    fn unchanged_since_is_304() {
        assert!(not_modified(&[("If-Modified-Since", DATE)]));
        assert!(not_modified(&[("If-Modified-Since", LATER)]));
        assert!(not_modified(&[(
            "If-Modified-Since",
            "Sunday, 06-Nov-94 08:49:37 GMT"
        )]));
        assert!(!not_modified(&[("If-Modified-Since", EARLIER)]));
        assert!(!not_modified(&[("If-Modified-Since", "yesterday")]));
    }

    #[test]
    fn tag_beats_date() {
        assert!(!not_modified(&[
            ("If-None-Match", r#""v2""#),
            ("If-Modified-Since", DATE)
        ]));
        assert!(not_modified(&[
            ("If-None-Match", r#""v1""#),
            ("If-Modified-Since", EARLIER)
        ]));
    }

    #[test]
    fn repeated_tag_line_silences_the_date_too() {
        let twice = [
            ("If-None-Match", "\"a\""),
            ("If-None-Match", "\"b\""),
            ("If-Modified-Since", DATE),
        ];
        assert!(!not_modified(&twice));
    }

    #[test]
    fn range_without_condition_is_used() {
        assert!(use_range(&[("Range", "bytes=0-1")]));
        assert!(!use_range(&[]));
    }

    #[test]
    fn range_is_used_only_with_the_same_version() {
        let with = |if_range| use_range(&[("Range", "bytes=0-1"), ("If-Range", if_range)]);
        assert!(with(r#""v1""#));
        assert!(with(DATE));
        for other in [
            r#""v2""#,
            r#"W/"v1""#,
            EARLIER,
            LATER,
            "",
            "*",
            r#""v1", "v2""#,
            "v1",
        ] {
            assert!(!with(other), "{other}");
        }
    }

    #[test]
    fn repeated_if_range_never_lets_a_part_through() {
        assert!(!use_range(&[
            ("Range", "bytes=0-1"),
            ("If-Range", DATE),
            ("If-Range", DATE)
        ]));
    }

    fn not_modified(lines: &[(&str, &str)]) -> bool {
        conditions(lines).not_modified
    }

    fn use_range(lines: &[(&str, &str)]) -> bool {
        conditions(lines).use_range
    }

    fn conditions(lines: &[(&str, &str)]) -> Conditions {
        let mut fields = Fields::default();
        for (name, value) in lines {
            fields.set(name, value.as_bytes());
        }
        evaluate(
            &fields,
            &Validators {
                etag: r#""v1""#,
                modified: Timestamp(784_111_777),
            },
        )
    }
}
