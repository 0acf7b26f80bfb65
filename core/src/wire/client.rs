//! The upstream side of the wire: requests out, answer heads in.
//!
//! Requests always ask for `Accept-Encoding: identity`, because what is fetched is stored and
//! verified byte for byte. Answers are read by [`parse_response`]. Redirects, retries and
//! timeouts are decided above; nothing here knows of a connection.

use alloc::vec::Vec;

pub use super::answer::{ContentRange, ResponseError, ResponseHead, parse_response};
use super::response::{push_clean, push_field, push_number};
use super::url::Url;
use crate::git::client;

/// A request to an upstream: a GET, or a POST if it carries a command of Git.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is asked for.
    pub url: &'a Url,
    /// Write the whole URL into the request line, as a plain http proxy wants it.
    pub absolute_form: bool,
    /// The value of Proxy-Authorization.
    pub proxy_authorization: Option<&'a str>,
    /// The value of User-Agent.
    pub user_agent: &'a str,
    /// The value of Accept.
    pub accept: &'a str,
    /// Ask only for what is missing.
    pub resume: Option<Resume<'a>>,
    /// The value of If-None-Match.
    pub if_none_match: Option<&'a str>,
    /// The value of If-Modified-Since.
    pub if_modified_since: Option<&'a str>,
    /// What is asked of a Git server.
    pub git: Option<Git<'a>>,
    /// Leave the connection open; otherwise `Connection: close` is sent.
    pub keep_alive: bool,
}

/// What is asked of a server of Git's smart HTTP protocol (gitprotocol-http). Version 2 is asked for
/// every time; a server that knows only older ones ignores that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Git<'a> {
    /// What it has and can: a GET of `info/refs`.
    Discover,
    /// A POST to `git-upload-pack` with this body.
    Command(&'a [u8]),
}

impl<'a> Git<'a> {
    fn each_field(self, mut field: impl FnMut(&'static str, &[u8])) {
        let (protocol, version) = client::PROTOCOL;
        field(protocol, version.as_bytes());
        if let Self::Command(_) = self {
            field("Content-Type", client::REQUEST_TYPE.as_bytes());
        }
    }

    /// The body of a POST.
    fn body(self) -> Option<&'a [u8]> {
        match self {
            Self::Discover => None,
            Self::Command(body) => Some(body),
        }
    }
}

impl<'a> Request<'a> {
    /// The body; with one the method is POST, else GET.
    pub fn body(&self) -> Option<&'a [u8]> {
        self.git.and_then(Git::body)
    }

    /// Calls `field` with the name and value of each field but those about the connection (Host,
    /// Proxy-Authorization, Content-Length, Connection).
    pub fn each_field(&self, mut field: impl FnMut(&'static str, &[u8])) {
        field("User-Agent", self.user_agent.as_bytes());
        field("Accept", self.accept.as_bytes());
        field("Accept-Encoding", b"identity");
        if let Some(git) = self.git {
            git.each_field(&mut field);
        }
        if let Some(tag) = self.if_none_match {
            field("If-None-Match", tag.as_bytes());
        }
        if let Some(date) = self.if_modified_since {
            field("If-Modified-Since", date.as_bytes());
        }
        if let Some(resume) = &self.resume {
            // RFC 9110 14.2 and 13.1.5
            let mut range = Vec::from(*b"bytes=");
            push_number(&mut range, resume.offset);
            range.push(b'-');
            field("Range", &range);
            field("If-Range", resume.validator.as_bytes());
        }
    }
}

/// Where a broken download goes on.
#[derive(Debug, Clone, Copy)]
pub struct Resume<'a> {
    /// The first byte that is missing.
    pub offset: u64,
    /// A strong ETag or a Last-Modified, sent as If-Range: if the file changed it comes whole.
    pub validator: &'a str,
}

/// Appends a request, its body included.
pub fn write_request(out: &mut Vec<u8>, request: &Request<'_>) {
    let body = request.body();
    out.extend_from_slice(if body.is_some() { b"POST " } else { b"GET " });
    if request.absolute_form {
        push_clean(out, request.url.scheme().name().as_bytes());
        out.extend_from_slice(b"://");
        push_clean(out, request.url.authority().as_bytes());
    }
    push_clean(out, request.url.target().as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    push_field(out, "Host", request.url.authority().as_bytes());
    push_optional(out, "Proxy-Authorization", request.proxy_authorization);
    request.each_field(|name, value| push_field(out, name, value));
    if let Some(body) = body {
        let mut length = Vec::new();
        push_number(&mut length, u64::try_from(body.len()).unwrap_or(u64::MAX));
        push_field(out, "Content-Length", &length);
    }
    push_optional(out, "Connection", (!request.keep_alive).then_some("close"));
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body.unwrap_or_default());
}

/// Appends a CONNECT to `host:port` (RFC 9110 9.3.6).
///
/// Its answer is read with `request_was_head`: a 2xx has no body, whatever its fields say.
pub fn write_connect(
    out: &mut Vec<u8>,
    host: &str,
    port: u16,
    proxy_authorization: Option<&str>,
    user_agent: &str,
) {
    let mut authority = Vec::with_capacity(host.len() + 8);
    push_host(&mut authority, host);
    authority.push(b':');
    push_number(&mut authority, u64::from(port));
    out.extend_from_slice(b"CONNECT ");
    out.extend_from_slice(&authority);
    out.extend_from_slice(b" HTTP/1.1\r\n");
    push_field(out, "Host", &authority);
    push_field(out, "User-Agent", user_agent.as_bytes());
    push_optional(out, "Proxy-Authorization", proxy_authorization);
    out.extend_from_slice(b"\r\n");
}

fn push_optional(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        push_field(out, name, value.as_bytes());
    }
}

fn push_host(out: &mut Vec<u8>, host: &str) {
    let is_ipv6 = host.contains(':');
    out.extend_from_slice(if is_ipv6 { b"[" } else { b"" });
    push_clean(out, host.as_bytes());
    out.extend_from_slice(if is_ipv6 { b"]" } else { b"" });
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    #[test]
    fn plain_get() {
        let url = Url::parse("https://ziglang.org/download/index.json?a=b").unwrap();
        let expected = "GET /download/index.json?a=b HTTP/1.1\r\nHost: ziglang.org\r\n\
            User-Agent: zigdepot\r\nAccept: */*\r\nAccept-Encoding: identity\r\n\r\n";
        assert_eq!(written(&get(&url)), expected);
    }

    #[test]
    fn get_through_a_proxy_names_the_whole_url() {
        let url = Url::parse("http://[::1]:8080/a").unwrap();
        let wire = written(&Request {
            absolute_form: true,
            proxy_authorization: Some("Basic eDp5"),
            ..get(&url)
        });
        assert!(wire.starts_with("GET http://[::1]:8080/a HTTP/1.1\r\nHost: [::1]:8080\r\n"));
        assert!(wire.contains("\r\nProxy-Authorization: Basic eDp5\r\n"));
    }

    #[test]
    fn resume_asks_for_the_rest_of_the_same_file() {
        let url = Url::parse("http://a/").unwrap();
        let resume = Some(Resume {
            offset: 1000,
            validator: "\"v1\"",
        });
        let wire = written(&Request {
            resume,
            keep_alive: false,
            ..get(&url)
        });
        assert!(
            wire.ends_with(
                "\r\nRange: bytes=1000-\r\nIf-Range: \"v1\"\r\nConnection: close\r\n\r\n"
            )
        );
    }

    #[test]
    fn conditional_get() {
        let url = Url::parse("http://a/").unwrap();
        let wire = written(&Request {
            if_none_match: Some("\"v1\""),
            if_modified_since: Some("Sun, 06 Nov 1994 08:49:37 GMT"),
            ..get(&url)
        });
        assert!(wire.contains("\r\nIf-None-Match: \"v1\"\r\nIf-Modified-Since: Sun, 06 "));
    }

    #[test]
    fn value_from_an_earlier_answer_cannot_forge_a_field() {
        let url = Url::parse("http://a/").unwrap();
        let wire = written(&Request {
            if_none_match: Some("\"\r\nX: y\""),
            ..get(&url)
        });
        assert!(wire.contains("If-None-Match: \"  X: y\"\r\n"));
    }

    #[test]
    fn command_of_git_is_a_post_with_its_length() {
        let url = Url::parse("http://a/r.git/git-upload-pack").unwrap();
        let wire = written(&Request {
            git: Some(Git::Command(b"0000")),
            ..get(&url)
        });
        assert!(wire.starts_with("POST /r.git/git-upload-pack HTTP/1.1\r\n"));
        assert!(wire.contains("\r\nGit-Protocol: version=2\r\n"));
        assert!(wire.ends_with(
            "Content-Type: application/x-git-upload-pack-request\r\nContent-Length: 4\r\n\r\n0000"
        ));
    }

    #[test]
    fn connect_names_host_and_port_twice() {
        let mut out = Vec::new();
        write_connect(&mut out, "::1", 443, Some("Basic eDp5"), "zigdepot");
        let expected = "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: zigdepot\r\n\
            Proxy-Authorization: Basic eDp5\r\n\r\n";
        assert_eq!(core::str::from_utf8(&out), Ok(expected));
    }

    fn get(url: &Url) -> Request<'_> {
        Request {
            url,
            absolute_form: false,
            proxy_authorization: None,
            user_agent: "zigdepot",
            accept: "*/*",
            resume: None,
            if_none_match: None,
            if_modified_since: None,
            git: None,
            keep_alive: true,
        }
    }

    fn written(request: &Request<'_>) -> String {
        let mut out = Vec::new();
        write_request(&mut out, request);
        String::from_utf8(out).unwrap()
    }
}
