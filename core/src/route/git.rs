//! The paths that Git's clients ask for, below the four forms of a repository's URL.
//!
//! ```text
//! /git/<package>.git/<path>    /git/<package>/<path>    /<package>.git/<path>    /<package>/<path>
//! ```
//!
//! gitprotocol-http(5) says which paths there are. It refuses all others: a repository has no other
//! files.

use crate::git::dumb::DumbFile;
use crate::registry::name::PackageName;

/// What of a repository is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRoute {
    /// The repository.
    pub package: PackageName,
    /// What of it.
    pub asked: GitAsked,
}

/// What of a repository is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitAsked {
    /// `info/refs`: with a query `service=`, discovery of that service; without, a file.
    Refs,
    /// `git-upload-pack`: what clone and fetch post to.
    UploadPack,
    /// `git-receive-pack`: what push posts to.
    ReceivePack,
    /// A file of the dumb protocol.
    File(DumbFile),
}

impl GitRoute {
    /// Reads decoded segments of a path, from its start on.
    pub fn of_segments(segments: &[&str]) -> Option<Self> {
        let (["git", name, rest @ ..] | [name, rest @ ..]) = segments else {
            return None;
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        // Names are many, and paths are few.
        let asked = GitAsked::of_segments(rest)?;
        let package = PackageName::parse(name).ok()?;
        Some(Self { package, asked })
    }

    /// The methods it takes, as Allow lists them.
    pub const fn allow(&self) -> &'static str {
        match self.asked {
            GitAsked::UploadPack | GitAsked::ReceivePack => "POST",
            GitAsked::Refs | GitAsked::File(_) => "GET, HEAD",
        }
    }
}

impl GitAsked {
    fn of_segments(segments: &[&str]) -> Option<Self> {
        Some(match segments {
            ["info", "refs"] => Self::Refs,
            ["git-upload-pack"] => Self::UploadPack,
            ["git-receive-pack"] => Self::ReceivePack,
            _ => Self::File(DumbFile::of_segments(segments)?),
        })
    }
}

/// The service that the query of `info/refs` names.
pub fn service(query: Option<&str>) -> Option<&str> {
    let mut pairs = query?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("service="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::Route;

    #[test]
    fn four_forms_are_one_repository() {
        for form in ["/git/mach.git", "/git/mach", "/mach.git", "/mach"] {
            for (path, asked) in [
                ("/info/refs", GitAsked::Refs),
                ("/git-upload-pack", GitAsked::UploadPack),
                ("/git-receive-pack", GitAsked::ReceivePack),
                ("/HEAD", GitAsked::File(DumbFile::Head)),
            ] {
                let package = PackageName::parse("mach").unwrap();
                let path = alloc::format!("{form}{path}");
                let route = Route::Git(GitRoute { package, asked });
                assert_eq!(Route::parse(&path), Ok(route), "{path}");
            }
        }
    }

    #[test]
    fn other_paths_are_none() {
        for path in [
            "/mach",
            "/mach.git",
            "/git/mach.git",
            "/mach/info",
            "/mach/config",
            "/mach/info/refs/x",
            "/git/info/refs",
            "/zig/info/refs",
            "/api/info/refs.git",
            "/-mach/info/refs",
            "/mach.git.git/info/refs",
            "/git/git/mach/info/refs",
        ] {
            let route = Route::parse(path);
            assert!(!matches!(route, Ok(Route::Git(_))), "{path}: {route:?}");
        }
    }

    #[test]
    fn service_is_the_querys() {
        assert_eq!(
            service(Some("service=git-upload-pack")),
            Some("git-upload-pack")
        );
        assert_eq!(service(Some("a=b&service=x")), Some("x"));
        assert_eq!(service(Some("xservice=x")), None);
        assert_eq!(service(None), None);
    }
}
