//! Which objects the releases have, which of them are published, and what is in a pack.

use std::collections::BTreeSet;

use zigdepot_core::git::pack::{IndexFile, PackLimits, Resolver, Scanner};
use zigdepot_core::registry::manifest::ReleaseManifest;

use super::super::registry::repos::{BLOB, COMMIT, Id, REPOS, TREE, Target, hex, id_of};
use super::super::registry::sha1::sha1;
use super::super::world::World;
use crate::pkt::unbanded;

/// The longest packet of the large side-band, and of the small one.
pub const LARGE: usize = 65520;
/// See [`LARGE`].
pub const SMALL: usize = 1000;

/// Ids of objects.
pub type Ids = BTreeSet<Id>;

/// A release that is published, as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its tag.
    pub tag: String,
    /// Where its manifest lies.
    pub path: String,
    /// What the tag names.
    pub target: Target,
    /// The root.
    pub tree: Id,
}

/// The releases of a package whose manifests are there now.
pub fn published(world: &World, package: &str) -> Vec<Release> {
    let disk = world.disk.borrow();
    let paths = disk.below(&format!("p/{package}/tag"));
    let manifests = paths
        .into_iter()
        .filter(|path| path.ends_with(".manifest.json"));
    let release = |path: String| {
        let file = disk.open(&path).ok()?;
        let manifest = ReleaseManifest::parse(&file.bytes.borrow()).ok()?;
        let commit = *manifest.commit?.as_bytes();
        let id = manifest.tag_object().map_or(commit, |id| *id.as_bytes());
        Some(Release {
            tag: manifest.tag.as_str().to_owned(),
            path,
            target: Target { id, commit },
            tree: *manifest.tree?.as_bytes(),
        })
    };
    manifests.filter_map(release).collect()
}

impl Release {
    /// Whether this is one of its names.
    pub fn has(&self, id: &Id) -> bool {
        [self.target.id, self.target.commit].contains(id)
    }

    /// The commit that stands for it where history cannot be cut off.
    pub fn synthetic(&self, package: &str) -> Id {
        let who = "zigdepot <zigdepot@localhost> 315532800 +0000";
        let (tree, tag) = (hex(&self.tree), &self.tag);
        let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{package} {tag}\n");
        id_of(COMMIT, text.as_bytes())
    }
}

/// All objects that these lead to, themselves included.
pub fn reach<'i>(ids: impl IntoIterator<Item = &'i Id>) -> Ids {
    let ids: Vec<Id> = ids.into_iter().copied().collect();
    let of = |repo: &'static super::super::registry::repos::Repo| {
        repo.reachable(&ids).into_iter().map(|(id, _)| id)
    };
    REPOS.iter().flat_map(of).collect()
}

/// The trees and blobs among these.
pub fn contents(ids: &Ids) -> Ids {
    let is_content = |id: &&Id| {
        let mut found = REPOS.iter().filter_map(|repo| repo.objects.get(*id));
        found.any(|object| [TREE, BLOB].contains(&object.kind))
    };
    ids.iter().filter(is_content).copied().collect()
}

/// All objects of a pack, each of which is there whole and once.
pub fn objects(pack: &[u8]) -> Result<Ids, String> {
    let mut scanner = Scanner::new(PackLimits::default());
    let scanned = scanner.handle_bytes(pack).and_then(|()| scanner.finish());
    let scanned = scanned.map_err(|error| format!("{} bytes are no pack: {error}", pack.len()))?;
    let count = scanned.objects();
    let resolver = Resolver::new(scanned);
    if resolver.unresolved() > 0 {
        return Err("there are deltas".into());
    }
    let index = resolver.finish().map_err(|error| error.to_string())?;
    let ids: Ids = index.ids().map(|id| *id.as_bytes()).collect();
    if u32::try_from(ids.len()) == Ok(count) {
        Ok(ids)
    } else {
        Err(format!("of {count} objects {} are different", ids.len()))
    }
}

/// Everything that a tag of this package has ever named, where it can be published.
fn targets(package: &str) -> impl Iterator<Item = (&'static str, Target)> + use<'_> {
    let own = REPOS.iter().filter(move |repo| repo.package == package);
    own.flat_map(|repo| {
        let tags = repo.generations.iter().flatten();
        let tags = tags.filter(|(tag, target)| repo.tarballs.contains_key(&(**tag, target.commit)));
        tags.map(|(tag, target)| (*tag, *target))
    })
}

/// Whether a file may have this name below `.zigdepot/git/`. What is derived of packages that no
/// virtual host has, nobody knows.
pub fn judge(path: &str, bytes: &[u8]) -> Result<(), String> {
    let mut parts = path.splitn(3, '/');
    let (Some(package), Some(dir), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("nothing has such a name".into());
    };
    if targets(package).next().is_none() {
        return Ok(());
    }
    let name = name.replace("%2F", "/");
    match (dir, name.rsplit_once('.')) {
        ("tag", Some((tag, "sideband"))) => judge_release(package, tag, bytes),
        ("all", Some((set, "sideband"))) => judge_set(package, set, bytes),
        ("tag", Some((_, "idx" | "plain-idx"))) => {
            let index = IndexFile::parse(bytes).map_err(|error| error.to_string())?;
            index.verify().map_err(|error| error.to_string())
        }
        // Nothing waits until it is durable, so that after a crash it may be anything.
        ("tag", Some((_, "note"))) => Ok(()),
        _ => Err("nothing has such a name".into()),
    }
}

fn judge_release(package: &str, tag: &str, bytes: &[u8]) -> Result<(), String> {
    let found = objects(&unbanded(bytes, LARGE))?;
    let mut own = targets(package).filter(|(own, _)| *own == tag);
    if own.any(|(_, target)| reach([&target.id]) == found) {
        Ok(())
    } else {
        Err(format!("its {} objects are no release's", found.len()))
    }
}

/// A set is named after the tags in it, and has their objects and no others.
fn judge_set(package: &str, set: &str, bytes: &[u8]) -> Result<(), String> {
    let found = objects(&unbanded(bytes, LARGE))?;
    let all: BTreeSet<(&str, Id, Id)> = targets(package)
        .map(|(tag, Target { id, commit })| (tag, id, commit))
        .collect();
    let signed: Ids = all
        .iter()
        .filter(|one| one.1 != one.2)
        .map(|one| one.2)
        .collect();
    let is_needed = |one: &&(&str, Id, Id)| {
        found.contains(&one.1) && (one.1 != one.2 || !signed.contains(&one.2))
    };
    let members: Vec<_> = all.iter().filter(is_needed).collect();
    let mut lines: Vec<String> = members
        .iter()
        .map(|(tag, id, _)| format!("{} {tag}\n", hex(id)))
        .collect();
    lines.sort_unstable();
    let name = hex(&sha1(lines.concat().as_bytes()));
    if name != set {
        return Err(format!("the set of its tags is {name}"));
    }
    if reach(members.iter().map(|one| &one.1)) == found {
        Ok(())
    } else {
        Err("its objects are not those of its tags".into())
    }
}
