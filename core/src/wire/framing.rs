//! Where a message ends and whether its connection goes on (RFC 9112 6 and 9.3).
//!
//! Shared by requests and upstream answers. One length, said once, in one way; everything else
//! is refused, because two readers that disagree about an end are how requests are smuggled.

use super::fields::Name;
use super::head::{Reject, Version};
use super::token::{decimal, elements, is_token};

/// What the framing fields of one head say.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Framing {
    length: Option<u64>,
    chunked: bool,
    persistence: Persistence,
    expect: bool,
}

/// What Connection says about the time after this message; `close` beats `keep-alive`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Persistence {
    #[default]
    Unsaid,
    KeepAlive,
    Close,
}

impl Framing {
    /// Takes in one line if it is about framing.
    pub(super) fn handle(&mut self, name: Name, value: &[u8]) -> Result<(), Reject> {
        match name {
            Name::ContentLength => self.handle_length(value),
            Name::TransferEncoding => self.handle_coding(value),
            Name::Connection => {
                self.handle_connection(value);
                Ok(())
            }
            Name::Expect => self.handle_expect(value),
            Name::Field(_) => Ok(()),
        }
    }

    /// Checks the lines against each other once all are in.
    pub(super) fn check(&self, version: Version) -> Result<(), Reject> {
        match (self.chunked, self.length, version) {
            (true, Some(_), _) => Err(Reject::LengthAndCoding),
            (true, None, Version::Http10) => Err(Reject::TransferEncoding),
            (true, None, Version::Http11) | (false, _, _) => Ok(()),
        }
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// RFC 9112 9.3: 1.1 goes on unless told to close, 1.0 only if asked to.
    pub(super) fn keep_alive(&self, version: Version) -> bool {
        match self.persistence {
            Persistence::Unsaid => version == Version::Http11,
            Persistence::KeepAlive => true,
            Persistence::Close => false,
        }
    }

    pub(super) fn expects_continue(&self) -> bool {
        self.expect
    }

    /// RFC 9110 8.6 allows `5, 5` to be read as `5`; nobody honest sends it.
    fn handle_length(&mut self, value: &[u8]) -> Result<(), Reject> {
        let length = decimal(value).ok_or(Reject::ContentLength)?;
        if self.length.replace(length).is_some() {
            return Err(Reject::ContentLength);
        }
        Ok(())
    }

    fn handle_coding(&mut self, value: &[u8]) -> Result<(), Reject> {
        if self.chunked || !elements(value).all(is_token) {
            return Err(Reject::TransferEncoding);
        }
        if !elements(value).all(is_chunked) {
            return Err(Reject::CodingUnknown);
        }
        if elements(value).count() > 1 {
            return Err(Reject::TransferEncoding);
        }
        self.chunked = true;
        Ok(())
    }

    fn handle_connection(&mut self, value: &[u8]) {
        for option in elements(value) {
            if option.eq_ignore_ascii_case(b"close") {
                self.persistence = Persistence::Close;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.persistence = self.persistence.max(Persistence::KeepAlive);
            }
        }
    }

    fn handle_expect(&mut self, value: &[u8]) -> Result<(), Reject> {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Reject::Expectation);
        }
        self.expect = true;
        Ok(())
    }
}

fn is_chunked(coding: &[u8]) -> bool {
    coding.eq_ignore_ascii_case(b"chunked")
}
