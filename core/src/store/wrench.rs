//! Where the files of a cache of wrench belong in a store.
//!
//! ```text
//! zig/{stable,mach,dev}/<V>/<file>           zig/{stable,nominated,dev}/<V>/<file>
//! pkg/<project>/<file>                       pkg/<org>/<project>/<file>
//! pkg-artifact/<project>/<version>/<file>    artifact/<org>/<project>/<version>/<file>
//! ```
//!
//! A path names no organisation there, so the operator does. Files whose names no request can ask
//! for are refused. Nothing is said about their bytes: Zig files come without proof, and are
//! verified before they are first served.

use alloc::format;
use core::fmt;

use super::path::{PathError, Place, segment};
use super::{StoreKey, ZigKind};
use crate::zig::archive::ArchiveName;
use crate::zig::version::Version;

/// Why a file stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Left {
    /// Nothing of wrench's lies at such a path.
    Unknown,
    /// Its name is none that a path can have.
    Name(PathError),
    /// It is no file of that version that ziglang.org publishes.
    NotZig,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("wrench keeps nothing there"),
            Self::Name(error) => error.fmt(f),
            Self::NotZig => f.write_str("no file of that version on ziglang.org has that name"),
        }
    }
}

impl core::error::Error for Left {}

/// The store path of wrench's file at `path`. In a directory that becomes the store itself
/// (`in_place`) what lies where the store has it stays there.
pub fn place(path: &str, org: &str, in_place: bool) -> Result<StoreKey, Left> {
    path.split('/').try_for_each(check)?;
    if in_place && let Some(key) = at_home(path) {
        return Ok(key);
    }
    let mut parts = path.split('/');
    let parts = [(); 5].map(|()| parts.next());
    match parts {
        [Some("zig"), Some(kind), Some(version), Some(file), None] => zig(kind, version, file),
        [Some("pkg"), Some(project), Some(file), None, None] => {
            key(&format!("pkg/{org}/{project}/{file}"))
        }
        [
            Some("pkg-artifact"),
            Some(project),
            Some(version),
            Some(file),
            None,
        ] => key(&format!("artifact/{org}/{project}/{version}/{file}")),
        _ => Err(Left::Unknown),
    }
}

/// What the store has at this very path; all that is deeper than wrench's own files is not its.
fn at_home(path: &str) -> Option<StoreKey> {
    let key = StoreKey::stored(path).ok()?;
    let is_home = match key.place() {
        Place::Package | Place::Artifact | Place::Registry(_) => true,
        Place::Zig(..) | Place::ZigVersion(..) | Place::Other => false,
    };
    is_home.then_some(key)
}

fn zig(kind: &str, version: &str, file: &str) -> Result<StoreKey, Left> {
    let kind = match kind {
        "stable" => ZigKind::Stable,
        "mach" | "nominated" => ZigKind::Nominated,
        "dev" => ZigKind::Dev,
        _ => return Err(Left::Unknown),
    };
    let version = Version::parse(version).map_err(|_| Left::NotZig)?;
    let name = ArchiveName::parse(file).map_err(|_| Left::NotZig)?;
    if *name.version() != version {
        return Err(Left::NotZig);
    }
    Ok(StoreKey::zig(kind, &name))
}

fn key(path: &str) -> Result<StoreKey, Left> {
    StoreKey::stored(path).map_err(Left::Name)
}

fn check(part: &str) -> Result<(), Left> {
    segment(part).map(drop).map_err(Left::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(path: &str, in_place: bool) -> Result<alloc::string::String, Left> {
        place(path, "hexops", in_place).map(|key| key.as_str().into())
    }

    #[test]
    fn each_kind_has_its_place() {
        let dev = "0.14.0-dev.2577+271452d22";
        for (from, to) in [
            (
                "zig/stable/0.13.0/zig-0.13.0.tar.xz",
                "zig/stable/0.13.0/zig-0.13.0.tar.xz",
            ),
            (
                &format!("zig/mach/{dev}/zig-{dev}.tar.xz"),
                &format!("zig/nominated/{dev}/zig-{dev}.tar.xz"),
            ),
            (
                &format!("zig/dev/{dev}/zig-{dev}.tar.xz.minisig"),
                &format!("zig/dev/{dev}/zig-{dev}.tar.xz.minisig"),
            ),
            ("pkg/mach/0123.tar.gz", "pkg/hexops/mach/0123.tar.gz"),
            (
                "pkg-artifact/dawn/v1/lib.tar.gz",
                "artifact/hexops/dawn/v1/lib.tar.gz",
            ),
        ] {
            assert_eq!(placed(from, false).as_deref(), Ok(to));
            assert_eq!(placed(from, true).as_deref(), Ok(to));
        }
    }

    #[test]
    fn what_has_moved_in_place_stays() {
        for path in [
            "pkg/hexops/mach/0123.tar.gz",
            "artifact/hexops/dawn/v1/lib.tar.gz",
            "p/mach/tag/v1.tar.gz",
        ] {
            assert_eq!(placed(path, true).as_deref(), Ok(path));
            assert_eq!(placed(path, false), Err(Left::Unknown));
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_left() {
        for (path, left) in [
            ("zig/stable/0.13.0/notes.txt", Left::NotZig),
            ("zig/stable/0.13.0/zig-0.12.0.tar.xz", Left::NotZig),
            ("zig/stable/junk/zig-0.12.0.tar.xz", Left::NotZig),
            ("zig/old/0.13.0/zig-0.13.0.tar.xz", Left::Unknown),
            ("pkg/lonely", Left::Unknown),
            ("config.toml", Left::Unknown),
            ("pkg/mach/.tmp", Left::Name(PathError::Character)),
            ("pkg/mach/a\nb", Left::Name(PathError::Character)),
        ] {
            assert_eq!(placed(path, false), Err(left), "{path}");
        }
    }
}
