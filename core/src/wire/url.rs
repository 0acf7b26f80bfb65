//! The `http` and `https` URLs of upstreams, and redirects from one to another.
//!
//! Only what is connected to needs to be understood: scheme, host, port. Path and query stay as
//! they were written, but for bytes that cannot stand in a request line. Userinfo, other
//! schemes, ambiguous addresses and redirects from https to http are refused; whether an address
//! may be reached is decided elsewhere, on the address connected to.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt::{self, Write};
use core::net::IpAddr;

use super::authority::{parse_host, split_port};
use super::token::decimal;

/// Longer URLs are refused.
const MAX_LENGTH: usize = 8 << 10;

/// The two schemes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Plain TCP, port 80.
    Http,
    /// TLS, port 443.
    Https,
}

impl Scheme {
    /// The port that is left out.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// The name, without `:`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(name: &str) -> Result<Self, UrlError> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
            .ok_or(UrlError::Scheme)
    }
}

/// An absolute `http` or `https` URL without userinfo and fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Url {
    scheme: Scheme,
    host: String,
    ip: Option<IpAddr>,
    port: u16,
    target: String,
}

impl Url {
    /// Parses an absolute URL; a fragment is dropped.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        check_bytes(url)?;
        let (scheme, rest) = url.split_once("://").ok_or(UrlError::NotAbsolute)?;
        Self::parse_after_scheme(Scheme::parse(scheme)?, rest)
    }

    /// The scheme.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host in lower case, an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host's address, if the host is one.
    pub const fn host_ip(&self) -> Option<IpAddr> {
        self.ip
    }

    /// The port, the scheme's own if none is written.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether another URL has the same host and port.
    pub fn is_at(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }

    /// Path and query as they go into a request line, at least `/`.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or(&self.target)
    }

    /// `host[:port]` as it goes into Host; the scheme's own port is left out.
    pub fn authority(&self) -> String {
        let mut authority = bracketed(&self.host, self.ip);
        if self.port != self.scheme.default_port() {
            write!(authority, ":{}", self.port).expect("a String takes all that is written");
        }
        authority
    }

    /// Resolves a Location field against this URL (RFC 3986 5.2).
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        let joined = self.resolve(location)?;
        match (self.scheme, joined.scheme) {
            (Scheme::Https, Scheme::Http) => Err(UrlError::Downgrade),
            (Scheme::Https, Scheme::Https) | (Scheme::Http, _) => Ok(joined),
        }
    }

    fn parse_after_scheme(scheme: Scheme, rest: &str) -> Result<Self, UrlError> {
        let rest = without_fragment(rest);
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlError::Userinfo);
        }
        let (host, port) = split_authority(authority, scheme)?;
        let (host, ip) = parse_host(host).ok_or(UrlError::Host)?;
        Ok(Self {
            scheme,
            host,
            ip,
            port,
            target: encode_target(target)?,
        })
    }

    fn resolve(&self, location: &str) -> Result<Self, UrlError> {
        check_bytes(location)?;
        let location = without_fragment(location);
        if has_scheme(location) {
            return Self::parse(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse_after_scheme(self.scheme, rest);
        }
        let target = match location.as_bytes().first() {
            None => self.target.clone(),
            Some(b'?') => format!("{}{location}", self.path()),
            Some(b'/') => without_dot_segments(location),
            Some(_) => without_dot_segments(&format!("{}{location}", self.directory())),
        };
        Ok(Self {
            target: encode_target(&target)?,
            ..self.clone()
        })
    }

    /// The path up to its last `/`.
    fn directory(&self) -> &str {
        let path = self.path();
        path.rfind('/').map_or("/", |slash| &path[..=slash])
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}{}",
            self.scheme.name(),
            self.authority(),
            self.target
        )
    }
}

/// Why a URL is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// It does not begin with a scheme and `://`.
    NotAbsolute,
    /// The scheme is not http or https.
    Scheme,
    /// It holds a user name or password.
    Userinfo,
    /// The host is not a plain name or a canonical address.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
    /// It holds white space or a control character.
    BadCharacter,
    /// It is longer than 8 KiB.
    TooLong,
    /// A redirect leads from https to http.
    Downgrade,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "the URL does not begin with http:// or https://",
            Self::Scheme => "the scheme of the URL is not http or https",
            Self::Userinfo => "the URL holds a user name or password, which is not supported",
            Self::Host => "the host of the URL is not a plain name or address",
            Self::Port => "the port of the URL is not a number from 1 to 65535",
            Self::BadCharacter => "the URL holds white space or a control character",
            Self::TooLong => "the URL is longer than 8 KiB",
            Self::Downgrade => "the redirect leads from https to http",
        })
    }
}

impl Error for UrlError {}

/// A host as it stands in a URL: an IPv6 address gets its brackets.
pub(super) fn bracketed(host: &str, ip: Option<IpAddr>) -> String {
    match ip {
        Some(IpAddr::V6(_)) => format!("[{host}]"),
        Some(IpAddr::V4(_)) | None => host.into(),
    }
}

fn check_bytes(url: &str) -> Result<(), UrlError> {
    if url.len() > MAX_LENGTH {
        return Err(UrlError::TooLong);
    }
    if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(UrlError::BadCharacter);
    }
    Ok(())
}

fn without_fragment(url: &str) -> &str {
    url.split('#').next().unwrap_or(url)
}

fn split_authority(authority: &str, scheme: Scheme) -> Result<(&str, u16), UrlError> {
    let (host, port) = split_port(authority.as_bytes());
    let host = &authority[..host.len()];
    let port = match port {
        None | Some([]) => scheme.default_port(),
        Some(port) => decimal(port)
            .and_then(|port| u16::try_from(port).ok())
            .filter(|&port| port != 0)
            .ok_or(UrlError::Port)?,
    };
    Ok((host, port))
}

/// RFC 3986 4.2: a colon in the first segment makes what stands before it a scheme.
fn has_scheme(location: &str) -> bool {
    let end = location.find(['/', '?', ':']);
    end.is_some_and(|end| location.as_bytes()[end] == b':')
}

/// Adds the leading `/` and percent-encodes what is not ASCII.
fn encode_target(target: &str) -> Result<String, UrlError> {
    let mut encoded = String::with_capacity(target.len() + 1);
    if !target.starts_with('/') {
        encoded.push('/');
    }
    for byte in target.bytes() {
        if byte.is_ascii() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes all that is written");
        }
    }
    if encoded.len() > MAX_LENGTH {
        return Err(UrlError::TooLong);
    }
    Ok(encoded)
}

/// RFC 3986 5.2.4, on the path alone; `..` above the root is dropped.
fn without_dot_segments(target: &str) -> String {
    let (path, query) = target.split_at(target.find('?').unwrap_or(target.len()));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if segment == ".." {
            kept.pop();
        } else if segment != "." {
            kept.push(segment);
            continue;
        }
        if last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}

#[cfg(test)]
#[path = "url_tests.rs"]
mod tests;
