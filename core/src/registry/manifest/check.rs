//! What must agree in a manifest, whoever made it.

use alloc::vec::Vec;

use super::super::fields::FieldProblem;
use super::super::text_path::is_path;
use super::{GitFacts, MAX_TAG_OBJECTS, ManifestError, OddMode, Origin, ReleaseManifest};
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::object::{Commit, Mode, Tag};

type Checked = Result<(), ManifestError>;

pub(super) fn check(manifest: &ReleaseManifest) -> Checked {
    if let Some(content) = &manifest.content {
        let prefix = content.prefix.as_bytes();
        let is_one = is_path(prefix) && !prefix.contains(&b'/') && prefix.len() <= 255;
        ensure(is_one, "tarball_prefix", FieldProblem::Form)?;
    }
    let zig = &manifest.zig;
    let is_new = zig.hash.as_ref().is_none_or(|hash| hash.parts().is_some());
    ensure(is_new, "zig_hash", FieldProblem::Form)?;
    let is_legacy = zig
        .hash_legacy
        .as_ref()
        .is_none_or(|hash| hash.parts().is_none());
    ensure(is_legacy, "zig_hash_legacy", FieldProblem::Form)?;
    match &manifest.origin {
        Origin::Imported => Ok(()),
        Origin::Git(facts) => check_git(manifest, facts),
    }
}

fn check_git(manifest: &ReleaseManifest, facts: &GitFacts) -> Checked {
    let tarball = &manifest.tarball;
    for (field, is_there) in [
        ("git_commit_oid", manifest.commit.is_some()),
        ("git_tree_oid", manifest.tree.is_some()),
        ("tarball_md5", tarball.md5.is_some()),
        ("tarball_crc32", tarball.crc32.is_some()),
        ("content_digest", manifest.content.is_some()),
    ] {
        ensure(is_there, field, FieldProblem::Missing)?;
    }
    check_commit(manifest, facts)?;
    check_tags(manifest, facts)?;
    check_lists(facts)
}

fn check_commit(manifest: &ReleaseManifest, facts: &GitFacts) -> Checked {
    const FIELD: &str = "git_commit_object";
    let id = object_id(ObjectKind::Commit, &facts.commit_object).ok();
    let contradiction = FieldProblem::Contradicts("git_commit_oid");
    ensure(id.is_some() && id == manifest.commit, FIELD, contradiction)?;
    let commit = Commit::parse(&facts.commit_object)
        .map_err(|_| ManifestError::field(FIELD, FieldProblem::Form))?;
    let contradiction = FieldProblem::Contradicts("git_tree_oid");
    ensure(Some(commit.tree) == manifest.tree, FIELD, contradiction)
}

/// Each tag object names the next one, and the last the commit.
fn check_tags(manifest: &ReleaseManifest, facts: &GitFacts) -> Checked {
    const FIELD: &str = "git_tag_objects";
    let objects = &facts.tag_objects;
    ensure(
        objects.len() <= MAX_TAG_OBJECTS,
        FIELD,
        FieldProblem::Length,
    )?;
    let mut target = manifest.commit.map(|id| (ObjectKind::Commit, id));
    for object in objects.iter().rev() {
        let tag =
            Tag::parse(object).map_err(|_| ManifestError::field(FIELD, FieldProblem::Form))?;
        let contradiction = FieldProblem::Contradicts("git_commit_oid");
        ensure(Some((tag.kind, tag.object)) == target, FIELD, contradiction)?;
        let id = object_id(ObjectKind::Tag, object)
            .map_err(|_| ManifestError::field(FIELD, FieldProblem::Form))?;
        target = Some((ObjectKind::Tag, id));
    }
    Ok(())
}

pub(super) fn tag_object(manifest: &ReleaseManifest) -> Option<ObjectId> {
    let outermost = manifest.git()?.tag_objects.first()?;
    object_id(ObjectKind::Tag, outermost).ok()
}

fn check_lists(facts: &GitFacts) -> Checked {
    let gitlinks = facts.gitlinks.iter().map(|link| link.path.as_slice());
    check_paths("gitlinks", gitlinks)?;
    check_paths("empty_trees", facts.empty_trees.iter().map(Vec::as_slice))?;
    check_paths("modes", facts.modes.iter().map(|odd| odd.path.as_slice()))?;
    let is_both = |path: &[u8]| {
        let found = facts
            .gitlinks
            .binary_search_by(|link| link.path.as_slice().cmp(path));
        found.is_ok()
    };
    let is_apart = !facts.empty_trees.iter().any(|path| is_both(path));
    ensure(
        is_apart,
        "empty_trees",
        FieldProblem::Contradicts("gitlinks"),
    )?;
    let is_mode = facts.modes.iter().all(is_odd);
    ensure(is_mode, "modes", FieldProblem::Form)
}

/// A mode, and not the text that Git writes for it.
fn is_odd(odd: &OddMode) -> bool {
    Mode::parse(odd.mode.as_bytes()).is_some_and(|mode| mode.text() != odd.mode)
}

fn check_paths<'a>(field: &str, paths: impl Iterator<Item = &'a [u8]> + Clone) -> Checked {
    ensure(paths.clone().all(is_path), field, FieldProblem::Form)?;
    ensure(paths.is_sorted_by(|a, b| a < b), field, FieldProblem::Order)
}

fn ensure(holds: bool, field: &str, problem: FieldProblem) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(ManifestError::field(field, problem))
    }
}
