//! Finds where a head ends, as its bytes arrive.
//!
//! Every byte is looked at once, however the head is cut. What can never become a head (a bare
//! CR or LF, a NUL, too many bytes) is refused as soon as it is seen, so that a slow sender of
//! nonsense does not hold a buffer. The scanner does not look at words: that is
//! [`parse_request`](super::head::parse_request).

use memchr::memchr3;

use super::head::{HeadLimits, Reject};

/// Empty lines tolerated before a request line (RFC 9112 2.2: at least one should be).
const MAX_EMPTY_LINES: u8 = 4;
/// What a request line holds besides its target: method, two spaces, version.
const REQUEST_LINE_EXTRA: usize = 64;

/// Finds the end of a head as bytes arrive, looking at each byte once.
#[derive(Debug, Clone, Default)]
pub struct HeadScanner {
    /// The next byte to look at.
    at: usize,
    /// Where the current line begins.
    line: usize,
    empty_lines: u8,
    in_fields: bool,
}

impl HeadScanner {
    /// Makes a scanner that stands before the first byte of a head.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the bytes that are new in `buf`, which always begins where the head begins.
    ///
    /// The length of the head, its empty last line included, once that line is there. Bytes
    /// after it belong to the body or to the next request.
    pub fn scan(&mut self, buf: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Reject> {
        let window = buf.get(..limits.head).unwrap_or(buf);
        while let Some(hit) = memchr3(b'\r', b'\n', 0, window.get(self.at..).unwrap_or_default()) {
            self.at += hit;
            self.check_first_line(limits)?;
            match window.get(self.at..) {
                Some([b'\r']) => return self.starve(window, limits),
                Some([b'\r', b'\n', ..]) => {}
                Some([b'\r', ..]) => return Err(Reject::BareCr),
                Some([b'\n', ..]) => return Err(Reject::BareLf),
                _ => return Err(Reject::Nul),
            }
            if self.end_line()? {
                return Ok(Some(self.at));
            }
        }
        self.at = self.at.max(window.len());
        self.check_first_line(limits)?;
        self.starve(window, limits)
    }

    /// Stands before the first byte of the next head again.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    /// Steps over the CR LF at `at`; true if that ends the head.
    fn end_line(&mut self) -> Result<bool, Reject> {
        let empty = self.at == self.line;
        self.at += 2;
        self.line = self.at;
        if empty && !self.in_fields {
            self.empty_lines += 1;
            if self.empty_lines > MAX_EMPTY_LINES {
                return Err(Reject::EmptyLines);
            }
        }
        let done = empty && self.in_fields;
        self.in_fields |= !empty;
        Ok(done)
    }

    fn check_first_line(&self, limits: &HeadLimits) -> Result<(), Reject> {
        let longest = limits.target.saturating_add(REQUEST_LINE_EXTRA);
        if !self.in_fields && self.at - self.line > longest {
            return Err(Reject::TargetTooLong);
        }
        Ok(())
    }

    fn starve(&self, window: &[u8], limits: &HeadLimits) -> Result<Option<usize>, Reject> {
        match (window.len() >= limits.head, self.in_fields) {
            (false, _) => Ok(None),
            (true, true) => Err(Reject::HeadTooLarge),
            (true, false) => Err(Reject::TargetTooLong),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn end_is_found_whole_and_at_every_split() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut wire = Vec::from(head);
        wire.extend_from_slice(b"GET /next HTTP/1.1\r\n");
        assert_eq!(scan_split(&wire, wire.len()), Ok(Some(head.len())));
        for step in 1..wire.len() {
            assert_eq!(scan_split(&wire, step), Ok(Some(head.len())), "step {step}");
        }
    }

    #[test]
    fn head_that_is_not_there_yet_asks_for_more() {
        for part in [
            "",
            "\r",
            "\r\n",
            "GET / HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\n\r",
        ] {
            assert_eq!(scan_split(part.as_bytes(), 1), Ok(None), "{part:?}");
        }
    }

    #[test]
    fn bad_bytes_are_refused_as_soon_as_they_are_seen() {
        let table = [
            ("GET / HTTP/1.1\n", Reject::BareLf),
            ("\n", Reject::BareLf),
            ("GET / HTTP/1.1\r\nA: b\n", Reject::BareLf),
            ("GET / HTTP/1.1\r\nA: b\r\n\n", Reject::BareLf),
            ("GET / HTTP/1.1\rX", Reject::BareCr),
            ("GET / HTTP/1.1\r\r\n", Reject::BareCr),
            ("GET / HTTP/1.1\r\nA: b\rc", Reject::BareCr),
            ("GET /\0", Reject::Nul),
            ("\r\n\r\n\r\n\r\n\r\n", Reject::EmptyLines),
        ];
        for (wire, reject) in table {
            for step in [1, 2, 3, wire.len()] {
                assert_eq!(
                    scan_split(wire.as_bytes(), step),
                    Err(reject),
                    "{wire:?} by {step}"
                );
            }
        }
    }

    #[test]
    fn few_leading_empty_lines_are_part_of_the_head() {
        let wire = b"\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(scan_split(wire, 1), Ok(Some(wire.len())));
    }

    #[test]
    fn head_of_exactly_the_limit_passes_and_one_more_byte_does_not() {
        let mut wire = String::from("GET / HTTP/1.1\r\nA: ");
        wire.push_str(&"b".repeat(SMALL.head - wire.len() - 4));
        wire.push_str("\r\n\r\n");
        assert_eq!(scan_split(wire.as_bytes(), 7), Ok(Some(SMALL.head)));
        wire.insert(20, 'b');
        for step in [1, 7, wire.len()] {
            assert_eq!(scan_split(wire.as_bytes(), step), Err(Reject::HeadTooLarge));
        }
    }

    #[test]
    fn endless_target_is_414_before_its_line_ends() {
        let wire = "GET /".repeat(50);
        for step in [1, 7, wire.len()] {
            assert_eq!(
                scan_split(wire.as_bytes(), step),
                Err(Reject::TargetTooLong)
            );
        }
    }

    #[test]
    fn limit_of_zero_refuses_everything() {
        let limits = HeadLimits { head: 0, ..SMALL };
        assert!(HeadScanner::new().scan(b"G", &limits).is_err());
    }

    #[test]
    fn reset_scanner_finds_the_next_head() {
        let mut scanner = HeadScanner::new();
        let wire = b"GET / HTTP/1.1\r\n\r\n";
        assert_eq!(scanner.scan(wire, &SMALL), Ok(Some(wire.len())));
        scanner.reset();
        assert_eq!(scanner.scan(wire, &SMALL), Ok(Some(wire.len())));
    }

    const SMALL: HeadLimits = HeadLimits {
        head: 256,
        target: 64,
        fields: 8,
    };

    fn scan_split(wire: &[u8], step: usize) -> Result<Option<usize>, Reject> {
        let mut scanner = HeadScanner::new();
        let mut end = 0;
        while end < wire.len() {
            end = wire.len().min(end + step);
            if let Some(length) = scanner.scan(&wire[..end], &SMALL)? {
                return Ok(Some(length));
            }
        }
        Ok(None)
    }
}
