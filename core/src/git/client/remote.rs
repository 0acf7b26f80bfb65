//! Where an upstream repository is, and which URLs its two requests go to.
//!
//! A [`Remote`] is made of what a catalog or a `build.zig.zon` says. Rules:
//!
//! * `git+http` and `git+https`, Zig's names, mean http and https; nothing else is spoken.
//! * A fragment is cut off, and so is a query that is one `ref=...` alone: in Zig's dependency URLs
//!   (`git+https://host/repo?ref=v1#commit`) they name a version of the repository, and neither Zig
//!   nor Git sends them. Any other query is refused, since it may be what names the repository.
//! * A user name or password is refused: catalogs are public.
//! * `.` and `..` in the path are refused, so that one repository is not named in two ways.
//!
//! The path stays as it is written, with or without `.git`: some servers know one form only. For
//! comparing there is [`Remote::normalised`].

use alloc::format;
use alloc::string::String;
use core::error::Error;
use core::fmt;

use crate::wire::url::{Url, UrlError};

/// What is asked for by GET, below the repository.
const INFO_REFS: &str = "/info/refs";
/// The query that tells a smart client from a dumb one.
const SERVICE: &str = "service=git-upload-pack";
/// What is posted to, below the repository.
const UPLOAD_PACK: &str = "/git-upload-pack";

/// The checked URL of an upstream repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    info_refs: Url,
    upload_pack: Url,
    base: String,
}

impl Remote {
    /// Checks a repository's URL, by the rules above.
    pub fn parse(url: &str) -> Result<Self, RemoteError> {
        Self::of(&Url::parse(without_git_plus(url))?)
    }

    /// Where the references are asked for: GET.
    pub const fn info_refs(&self) -> &Url {
        &self.info_refs
    }

    /// Where commands are sent: POST.
    pub const fn upload_pack(&self) -> &Url {
        &self.upload_pack
    }

    /// The name that the repository goes by: the last segment of its path without `.git`, as it is
    /// written, percent-encoded or not. Never empty.
    pub fn name(&self) -> &str {
        let path = without_suffix(&self.base);
        path.rsplit('/').next().unwrap_or(path)
    }

    /// One form of all URLs that name this repository in the same way: scheme and host in lower
    /// case, without the scheme's own port, slashes at the end, and `.git`.
    ///
    /// http and https stay two, and so do paths that differ in case.
    pub fn normalised(&self) -> &str {
        without_suffix(&self.base)
    }

    /// The repository that a redirect from [`info_refs`](Self::info_refs) leads to, for the
    /// commands have to follow (gitprotocol-http(5), "Smart Clients").
    ///
    /// Whether the redirect may be followed at all is [`Url::join`]'s to say.
    pub fn redirected(&self, target: &Url) -> Result<Self, RemoteError> {
        let (path, query) = split_query(target);
        let path = path.strip_suffix(INFO_REFS);
        match (path, query) {
            (Some(path), None | Some(SERVICE)) => Self::at(target, path),
            (None, _) | (_, Some(_)) => Err(RemoteError::Redirect),
        }
    }

    fn of(url: &Url) -> Result<Self, RemoteError> {
        let (path, query) = split_query(url);
        match query {
            None => Self::at(url, path),
            Some(query) if query.starts_with("ref=") && !query.contains('&') => Self::at(url, path),
            Some(_) => Err(RemoteError::Query),
        }
    }

    fn at(url: &Url, path: &str) -> Result<Self, RemoteError> {
        let path = path.trim_end_matches('/');
        if path.split('/').any(is_dots) {
            return Err(RemoteError::Dots);
        }
        let base = format!("{}://{}{path}", url.scheme().name(), url.authority());
        let remote = Self {
            info_refs: Url::parse(&format!("{base}{INFO_REFS}?{SERVICE}"))?,
            upload_pack: Url::parse(&format!("{base}{UPLOAD_PACK}"))?,
            base,
        };
        if path.is_empty() || remote.name().is_empty() {
            return Err(RemoteError::NoName);
        }
        Ok(remote)
    }
}

/// The URL itself, as it is asked, without slashes at its end.
impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// Why a URL is not taken for that of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteError {
    /// It is no URL that we connect to.
    Url(UrlError),
    /// It has a query other than `?ref=...`.
    Query,
    /// Its path holds `.` or `..`.
    Dots,
    /// Its path is empty, or ends in a bare `.git`.
    NoName,
    /// A redirect leads to something that is not a repository's references.
    Redirect,
}

impl From<UrlError> for RemoteError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Url(error) => return error.fmt(f),
            Self::Query => "the URL of the repository has a query other than ?ref=",
            Self::Dots => "the path of the repository's URL holds . or ..",
            Self::NoName => "the URL does not name a repository",
            Self::Redirect => "the redirect does not lead to a Git repository (.../info/refs)",
        })
    }
}

impl Error for RemoteError {}

/// Drops `git+`, in any case, before what may be a scheme.
fn without_git_plus(url: &str) -> &str {
    match url.split_at_checked(4) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("git+") => rest,
        Some(_) | None => url,
    }
}

fn split_query(url: &Url) -> (&str, Option<&str>) {
    match url.target().split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url.target(), None),
    }
}

/// `.` or `..`, as it is or percent-encoded (RFC 3986 6.2.2.2: both are one).
fn is_dots(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

/// Drops one `.git`; a slash before it is not dropped, so that `/.git` has no name.
fn without_suffix(base: &str) -> &str {
    base.strip_suffix(".git").unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn requests_go_below_the_url_as_it_is_written() {
        for (url, info_refs, upload_pack) in [
            (
                "https://codeberg.org/a/b",
                "https://codeberg.org/a/b/info/refs?service=git-upload-pack",
                "https://codeberg.org/a/b/git-upload-pack",
            ),
            (
                "git+https://GitHub.com:443/A/b.git/",
                "https://github.com/A/b.git/info/refs?service=git-upload-pack",
                "https://github.com/A/b.git/git-upload-pack",
            ),
            (
                "git+http://[::1]:8080/~u/b%20c?ref=v1.0#0123",
                "http://[::1]:8080/~u/b%20c/info/refs?service=git-upload-pack",
                "http://[::1]:8080/~u/b%20c/git-upload-pack",
            ),
        ] {
            let remote = remote(url);
            assert_eq!(remote.info_refs().to_string(), info_refs);
            assert_eq!(remote.upload_pack().to_string(), upload_pack);
        }
    }

    #[test]
    fn name_is_the_last_segment_without_git() {
        for (url, name) in [
            ("https://h/a/b.git", "b"),
            ("https://h/a/b/", "b"),
            ("https://h/b.git.git", "b.git"),
            ("https://h/a.github", "a.github"),
            ("https://h/zig-%C3%A9.git//", "zig-%C3%A9"),
            ("https://h/é", "%C3%A9"),
        ] {
            assert_eq!(remote(url).name(), name, "{url}");
        }
    }

    #[test]
    fn one_repository_has_one_normalised_form() {
        for url in [
            "https://h.example/a/b",
            "HTTPS://H.example/a/b.git",
            "Git+https://h.example:443/a/b.git/?ref=v1#c",
            "https://h.example/a/b//",
        ] {
            assert_eq!(remote(url).normalised(), "https://h.example/a/b", "{url}");
        }
        for other in [
            "http://h.example/a/b",
            "https://h.example:8443/a/b",
            "https://h.example/a/B",
            "https://h.example/a/b.git/c",
        ] {
            assert_ne!(remote(other).normalised(), "https://h.example/a/b");
        }
    }

    #[test]
    fn what_is_no_public_repository_is_refused() {
        for (url, error) in [
            ("ssh://h/a", RemoteError::Url(UrlError::Scheme)),
            ("git://h/a", RemoteError::Url(UrlError::Scheme)),
            ("git+ssh://h/a", RemoteError::Url(UrlError::Scheme)),
            ("git@h:a/b.git", RemoteError::Url(UrlError::NotAbsolute)),
            ("https://me:pw@h/a", RemoteError::Url(UrlError::Userinfo)),
            ("https://token@h/a", RemoteError::Url(UrlError::Userinfo)),
            ("https://h/a b", RemoteError::Url(UrlError::BadCharacter)),
            ("https://h/a?p=1", RemoteError::Query),
            ("https://h/a?ref=v1&p=1", RemoteError::Query),
            ("https://h/a?", RemoteError::Query),
            ("https://h/a/../b", RemoteError::Dots),
            ("https://h/./b", RemoteError::Dots),
            ("https://h/a/%2e%2E/b", RemoteError::Dots),
            ("https://h/.%2e", RemoteError::Dots),
            ("https://h", RemoteError::NoName),
            ("https://h//", RemoteError::NoName),
            ("https://h/.git", RemoteError::NoName),
            ("https://h/a/.git/", RemoteError::NoName),
        ] {
            assert_eq!(Remote::parse(url), Err(error), "{url}");
        }
    }

    #[test]
    fn url_that_leaves_no_room_for_the_request_is_refused() {
        let long = "https://h/".to_string() + &"a".repeat(8100);
        assert!(Remote::parse(&long).is_ok());
        let longer = "https://h/".to_string() + &"a".repeat(8170);
        assert_eq!(
            Remote::parse(&longer),
            Err(RemoteError::Url(UrlError::TooLong))
        );
    }

    #[test]
    fn redirect_of_the_references_moves_the_repository() {
        let old = remote("https://h/old");
        for location in [
            "/new.git/info/refs?service=git-upload-pack",
            "https://h/new.git/info/refs",
            "https://h/new.git//info/refs",
        ] {
            let target = old.info_refs().join(location).expect("a URL");
            let new = old.redirected(&target).expect("a repository");
            assert_eq!(new, remote("https://h/new.git"), "{location}");
        }
    }

    #[test]
    fn redirect_to_another_page_is_refused() {
        let old = remote("https://h/old");
        for (location, error) in [
            ("/login?next=/old/info/refs", RemoteError::Redirect),
            (
                "/new/info/refs?service=git-receive-pack",
                RemoteError::Redirect,
            ),
            (
                "/new/info/refs?a=b&service=git-upload-pack",
                RemoteError::Redirect,
            ),
            ("/new/info/refs/", RemoteError::Redirect),
            ("/new", RemoteError::Redirect),
            ("/info/refs", RemoteError::NoName),
        ] {
            let target = old.info_refs().join(location).expect("a URL");
            assert_eq!(old.redirected(&target), Err(error), "{location}");
        }
    }

    fn remote(url: &str) -> Remote {
        Remote::parse(url).expect("a repository's URL")
    }
}
