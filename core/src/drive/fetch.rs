//! What upstreams answer, redirects followed.
//!
//! Each hop of a redirect is a request of its own, and checked anew. It refuses to retry; the fill
//! decides that.

use alloc::string::String;

use super::host::{Ask, Fetch, Host};
use crate::app::failure::UpstreamError;
use crate::config::LogLevel;
use crate::wire::client::ResponseHead;
use crate::wire::url::Url;

/// How we name ourselves to upstreams.
pub const USER_AGENT: &str = concat!("zigdepot/", env!("CARGO_PKG_VERSION"));

/// An upstream's answer, its body still to be read.
pub(super) struct Response<H: Fetch> {
    /// The head.
    pub head: ResponseHead,
    body: H::Incoming,
}

impl<H: Fetch> Response<H> {
    /// The next bytes of the body; `None` at its proper end.
    pub(super) async fn next(&mut self, host: &H) -> Result<Option<&[u8]>, UpstreamError> {
        host.next(&mut self.body).await
    }
}

/// Asks for `url`, follows redirects, and returns the first answer that is none.
pub(super) async fn get<H: Host>(
    host: &H,
    url: &Url,
    conditions: Ask<'_>,
) -> Result<Response<H>, UpstreamError> {
    let mut url = url.clone();
    for _ in 0..=host.config().limits.redirects {
        let (head, body) = host.fetch(&url, conditions).await?;
        if !matches!(head.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(Response { head, body });
        }
        let location = head.location.as_deref().ok_or(UpstreamError::Redirect)?;
        url = url.join(location).map_err(|_| UpstreamError::Redirect)?;
        host.log(LogLevel::Debug, format_args!("upstream redirects to {url}"));
    }
    Err(UpstreamError::Redirect)
}

/// An owned validator of the answer whose body is being stored, for a resume. Of a file that may
/// change only the entity tag is one: two versions may have one date (RFC 9110 section 8.8.2.2).
pub(super) fn validator(head: &ResponseHead, may_change: bool) -> Option<String> {
    let is_tag = |validator: &&str| validator.starts_with('"');
    let validator = head.strong_validator();
    validator
        .filter(|validator| !may_change || is_tag(validator))
        .map(Into::into)
}
