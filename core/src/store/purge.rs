//! What a purge deletes: named things, dev versions that are too old, and the least recently used.
//!
//! It refuses to choose stable or nominated versions by itself, and names that are not one thing
//! (`zig/stable`, `pkg/hexops`); of the registry it deletes nothing, for a published tag stays, but what
//! is derived of a package if it is named. Where a size cannot be reached it chooses nothing for it.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::StoreKey;
use super::evict::{Evictable, Scope, choose, is_older};
use super::path::{PathError, first_parts};
use crate::registry::name::PackageName;
use crate::time::Timestamp;

/// Why a name is nothing that can be purged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// It is no path of the store.
    Path(PathError),
    /// It is more than one thing.
    Broad,
    /// It is published, or a repository.
    Registry,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::Broad => f.write_str(
                "that is more than one thing; name zig/<kind>/<version>, pkg/<org>/<repo> or \
                 artifact/<org>/<repo>, or .zigdepot/git/<package>",
            ),
            Self::Registry => f.write_str(
                "what the registry has published is never purged; whoever must take a release back \
                 removes both its files by hand",
            ),
        }
    }
}

impl core::error::Error for NameError {}

/// Reads the name of one thing: a version, a repository's packages or artifacts, or anything below
/// those, or `.zigdepot/git/<package>`. One slash at its end does not matter.
pub fn parse_name(text: &str) -> Result<StoreKey, NameError> {
    let text = text.strip_suffix('/').unwrap_or(text);
    if let Some(package) = text.strip_prefix(".zigdepot/git/") {
        let package = PackageName::parse(package).map_err(|_| NameError::Broad)?;
        return Ok(StoreKey::git(&package));
    }
    if matches!(first_parts(text, 1), "p" | "git") {
        return Err(NameError::Registry);
    }
    let key = StoreKey::stored(text).map_err(NameError::Path)?;
    if text.split('/').count() < 3 {
        return Err(NameError::Broad);
    }
    Ok(key)
}

/// What is wanted beside named things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Dev versions to which nothing was added for longer.
    pub dev_older_than: Option<Duration>,
    /// Most bytes in the store afterwards.
    pub to_size: Option<u64>,
}

impl Wish {
    /// What has to be looked at to know; nothing if nothing is wanted.
    pub fn scope(&self) -> Option<Scope> {
        match (self.to_size, self.dev_older_than) {
            (Some(_), _) => Some(Scope::All),
            (None, Some(_)) => Some(Scope::Dev),
            (None, None) => None,
        }
    }
}

/// Why something is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was named.
    Named,
    /// It is a dev version that is too old.
    Old,
    /// It is the least recently used.
    LeastUsed,
}

/// What is to be deleted, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Each thing once.
    pub chosen: Vec<(Evictable, Why)>,
    /// If the size cannot be reached: the bytes that would stay with all deleted that may be.
    pub stays: Option<u64>,
}

/// Decides: `named` things, then old ones, then of `all` that is left the least recently used until
/// the `used` bytes of the store are few enough.
pub fn plan(
    named: Vec<Evictable>,
    all: Vec<Evictable>,
    used: u64,
    wish: Wish,
    now: Timestamp,
) -> Plan {
    let mut left = all;
    left.retain(|one| !named.iter().any(|name| name.key.holds(&one.key)));
    let mut chosen: Vec<_> = named.into_iter().map(|one| (one, Why::Named)).collect();
    if let Some(age) = wish.dev_older_than {
        let is_old = |one: &Evictable| {
            one.key.as_str().starts_with("zig/dev/") && is_older(one.published, age, now)
        };
        let (mut old, young): (Vec<_>, Vec<_>) = left.into_iter().partition(is_old);
        old.sort_by(|a, b| a.key.cmp(&b.key));
        chosen.extend(old.into_iter().map(|one| (one, Why::Old)));
        left = young;
    }
    let used = used.saturating_sub(sum(chosen.iter().map(|(one, _)| one)));
    let excess = wish.to_size.map_or(0, |size| used.saturating_sub(size));
    let most = sum(left.iter());
    let more = choose(left, excess, &[]);
    let stays = more.is_none().then(|| used.saturating_sub(most));
    let more = more.into_iter().flatten().map(|one| (one, Why::LeastUsed));
    chosen.extend(more);
    Plan { chosen, stays }
}

fn sum<'a>(all: impl Iterator<Item = &'a Evictable>) -> u64 {
    all.fold(0, |sum, one| sum.saturating_add(one.bytes))
}

impl StoreKey {
    /// Whether `other` is this, or lies below it.
    pub fn holds(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named => "named",
            Self::Old => "old",
            Self::LeastUsed => "least used",
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec;

    use super::*;

    const DAY: u64 = 24 * 3600;

    fn one(path: &str, bytes: u64, used: u64, published: u64) -> Evictable {
        Evictable {
            key: StoreKey::stored(path).unwrap(),
            bytes,
            used: Timestamp(used * DAY),
            published: Timestamp(published * DAY),
        }
    }

    fn store() -> Vec<Evictable> {
        vec![
            one("zig/dev/new", 10, 99, 99),
            one("zig/dev/old", 10, 98, 1),
            one("pkg/o/r/a", 10, 1, 1),
            one("pkg/o/r/b", 10, 97, 97),
            one("artifact/o/r/v", 10, 2, 2),
        ]
    }

    fn planned(named: &[&str], wish: Wish) -> (Vec<String>, Option<u64>) {
        let named = named.iter().map(|path| one(path, 10, 0, 0)).collect();
        let plan = plan(named, store(), 100, wish, Timestamp(100 * DAY));
        let line = |(one, why): &(Evictable, Why)| [one.key.as_str(), &why.to_string()].join(" ");
        (plan.chosen.iter().map(line).collect(), plan.stays)
    }

    fn wish(days: Option<u64>, to_size: Option<u64>) -> Wish {
        let dev_older_than = days.map(|days| Duration::from_secs(days * DAY));
        Wish {
            dev_older_than,
            to_size,
        }
    }

    #[test]
    fn old_dev_versions_go_and_nothing_else() {
        let (lines, _) = planned(&[], wish(Some(30), None));
        assert_eq!(lines, ["zig/dev/old old"]);
    }

    #[test]
    fn least_used_go_until_the_size_is_reached() {
        let (lines, stays) = planned(&[], wish(None, Some(75)));
        assert_eq!(
            lines,
            [
                "pkg/o/r/a least used",
                "artifact/o/r/v least used",
                "pkg/o/r/b least used"
            ]
        );
        assert_eq!(stays, None);
        assert_eq!(planned(&[], wish(None, Some(100))).0, [""; 0]);
    }

    #[test]
    fn size_that_cannot_be_reached_deletes_nothing_for_it() {
        let (lines, stays) = planned(&["zig/stable/0.11.0"], wish(Some(30), Some(39)));
        assert_eq!(lines, ["zig/stable/0.11.0 named", "zig/dev/old old"]);
        assert_eq!(stays, Some(40));
    }

    #[test]
    fn what_is_named_is_chosen_once() {
        let (lines, _) = planned(&["pkg/o/r", "zig/dev/old"], wish(Some(30), Some(70)));
        assert_eq!(
            lines,
            [
                "pkg/o/r named",
                "zig/dev/old named",
                "artifact/o/r/v least used"
            ]
        );
    }

    #[test]
    fn name_is_one_thing() {
        for name in ["zig/stable/0.11.0", "pkg/o/r/", "artifact/o/r/v"] {
            assert!(parse_name(name).is_ok(), "{name}");
        }
        for name in ["zig", "zig/stable", "pkg/o", "artifact/o/", "p"] {
            assert!(parse_name(name).is_err(), "{name}");
        }
        let derived = parse_name(".zigdepot/git/mach/").unwrap();
        assert_eq!(derived.as_str(), ".zigdepot/git/mach");
        for name in ["..", "mach/tag", "mach/../../p"] {
            let name = alloc::format!(".zigdepot/git/{name}");
            assert_eq!(parse_name(&name), Err(NameError::Broad), "{name}");
        }
        for name in ["p/mach", "p/mach/tag/v1.tar.gz", "git/own.git/HEAD"] {
            assert_eq!(parse_name(name), Err(NameError::Registry), "{name}");
        }
        assert_eq!(
            parse_name(".zigdepot/index/x"),
            Err(NameError::Path(PathError::Character))
        );
    }
}
