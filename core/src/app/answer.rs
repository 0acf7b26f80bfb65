//! Answers that are made here: short texts and pages, each with its head.
//!
//! An error is one plain-text line, never HTML with 200. Nothing made here may be cached.

use alloc::format;
use alloc::string::{String, ToString};

use bytes::Bytes;

use super::Refused;
use super::failure::Failure;
use crate::limits::Limits;

/// How the connection goes on after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// HTTP/1.1's default: nothing is said.
    Keep,
    /// HTTP/1.0 that asked for it: `Connection: keep-alive`.
    KeepOld,
    /// `Connection: close`.
    Close,
}

impl Persistence {
    /// The field to send, if any.
    pub fn field(self) -> &'static [u8] {
        match self {
            Self::Keep => b"",
            Self::KeepOld => b"Connection: keep-alive\r\n",
            Self::Close => b"Connection: close\r\n",
        }
    }
}

/// An answer whose body is in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// Retry-After, in seconds.
    pub retry_after: Option<u32>,
    /// Allow, for 405.
    pub allow: Option<&'static str>,
    /// Location, for 202.
    pub location: Option<String>,
    /// Preference-Applied: the request wanted no waiting, and got none (RFC 7240 section 3).
    pub responds_async: bool,
    /// Whether a bearer token is asked for, with 401 (RFC 6750 section 3).
    pub challenges: bool,
}

impl Answer {
    /// One line of plain text.
    pub fn text(status: u16, line: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{line}\n").into(),
            retry_after: None,
            allow: None,
            location: None,
            responds_async: false,
            challenges: false,
        }
    }

    /// A page or document with status 200.
    pub fn document(content_type: &'static str, body: String) -> Self {
        Self {
            content_type,
            body: body.into(),
            ..Self::text(200, "")
        }
    }

    /// Bytes of this media type, with status 200.
    pub fn bytes(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            content_type,
            body: body.into(),
            ..Self::text(200, "")
        }
    }

    /// A JSON document.
    pub fn json(status: u16, body: String) -> Self {
        Self {
            content_type: "application/json",
            body: body.into(),
            ..Self::text(status, "")
        }
    }

    /// Another method than the path takes (RFC 9110 section 15.5.6).
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::text(405, "method not allowed")
        }
    }

    /// The limiter's answer.
    pub fn too_many(seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::text(
                429,
                "too many downloads; files already here are not limited",
            )
        }
    }

    /// The answer to a request whose file could not be had.
    pub fn failure(failure: Failure, limits: &Limits) -> Self {
        let status = failure.status();
        let retry_after = (status >= 500).then_some(limits.retry_after);
        Self {
            retry_after,
            ..Self::text(status, &format!("{failure}"))
        }
    }

    /// The answer to a request that may not follow a flight.
    pub fn refused(refused: Refused, limits: &Limits) -> Self {
        match refused {
            Refused::Failure(failure) => Self::failure(failure, limits),
            Refused::TooMany(seconds) => Self::too_many(seconds),
        }
    }

    /// Bytes of the body.
    pub fn len(&self) -> u64 {
        u64::try_from(self.body.len()).unwrap_or(u64::MAX)
    }

    /// Whether the body is empty.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Calls `field` with each field but Date and Connection.
    pub(super) fn each_field(&self, field: &mut impl FnMut(&'static str, &str)) {
        field("Content-Type", self.content_type);
        field("Content-Length", &self.len().to_string());
        field("Cache-Control", "no-store");
        if let Some(seconds) = self.retry_after {
            field("Retry-After", &seconds.to_string());
        }
        if let Some(allow) = self.allow {
            field("Allow", allow);
        }
        if let Some(location) = &self.location {
            field("Location", location);
        }
        if self.responds_async {
            field("Preference-Applied", "respond-async");
        }
        if self.challenges {
            field("WWW-Authenticate", "Bearer realm=\"zigdepot\"");
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::app::head::Head;

    #[test]
    fn error_is_one_line_of_text_with_its_length() {
        let mut out = Vec::new();
        let head = Head::Made(Answer::text(404, "no such path"));
        head.render(Persistence::Close, b"D", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "HTTP/1.1 404 Not Found\r\nDate: D\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 13\r\n\
             Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn upstream_trouble_is_504_with_retry_after() {
        let failure = Failure::Upstream(super::super::failure::UpstreamError::Timeout);
        let answer = Answer::failure(failure, &Limits::default());
        assert_eq!((answer.status, answer.retry_after), (504, Some(10)));
        assert_eq!(
            Answer::failure(Failure::NotFound, &Limits::default()).retry_after,
            None
        );
    }
}
