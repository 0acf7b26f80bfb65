//! What a client prefers (RFC 7240): an answer at once, or how long it waits for one.
//!
//! Preferences that are not known are passed over, as the RFC wants it; a field that was sent twice
//! counts as absent.

/// The preferences that are honoured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `respond-async`: 202 at once, and the outcome elsewhere.
    pub respond_async: bool,
    /// `wait=N`: most seconds that it waits.
    pub wait: Option<u64>,
}

impl Prefer {
    /// Reads the value of Prefer.
    pub fn parse(value: Option<&[u8]>) -> Self {
        let mut prefer = Self::default();
        for item in value.unwrap_or_default().split(|b| *b == b',') {
            let item = item.split(|b| *b == b';').next().unwrap_or_default();
            let item = item.trim_ascii();
            if item.eq_ignore_ascii_case(b"respond-async") {
                prefer.respond_async = true;
            } else if let Some((b"wait", value)) = name_and_value(item) {
                prefer.wait = core::str::from_utf8(value)
                    .ok()
                    .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|text| text.parse().ok());
            }
        }
        prefer
    }
}

fn name_and_value(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = item.iter().position(|b| *b == b'=')?;
    let (name, value) = item.split_at_checked(at)?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_preferences_are_read_and_others_passed_over() {
        for (value, respond_async, wait) in [
            (&b""[..], false, None),
            (b"respond-async", true, None),
            (b"Respond-Async, wait=10", true, Some(10)),
            (b"return=minimal; foo, wait = 5", false, Some(5)),
            (b"wait=x", false, None),
            (b"wait=-1", false, None),
            (b"wait=99999999999999999999", false, None),
        ] {
            let prefer = Prefer::parse(Some(value));
            assert_eq!((prefer.respond_async, prefer.wait), (respond_async, wait));
        }
        assert_eq!(Prefer::parse(None), Prefer::default());
    }
}
