use super::*;
use crate::scratch::Scratch;
use crate::tarball::Tarball;

/// A repository in a directory of its own; none where git is missing.
fn repository() -> Option<(Git, Repo, Scratch)> {
    let git = git()?;
    let scratch = Scratch::new("repo");
    let repo = Repo::create(&git, &scratch.join("r.git"));
    Some((git, repo, scratch))
}

/// What git itself makes of a tag, below a top directory.
fn archive(repo: &Repo, tag: &str) -> Vec<u8> {
    let arguments = ["archive", "--format=tar.gz", "--prefix=top/"];
    repo.feed(
        &[&arguments[..], &[&format!("refs/tags/{tag}")]].concat(),
        b"",
    )
}

#[test]
fn ids_are_the_same_on_every_machine() {
    let Some((_, repo, _scratch)) = repository() else {
        return;
    };
    let commit = repo.release("v1", &Files::new().file("a", "a"));
    assert_eq!(
        repo.tree_of("v1"),
        "b39954843ff6e09ec3aa2b942938c30c6bd1629e"
    );
    assert_eq!(commit, "be4aea2d2ea03618c5187138022941e7909eacdb");
}

#[test]
fn every_kind_of_tag_comes_to_its_object() {
    let Some((_, repo, _scratch)) = repository() else {
        return;
    };
    fixtures::every_kind_of_tag(&repo);
    let mut all = [&fixtures::TAGS[..], &fixtures::WITHOUT_COMMIT].concat();
    all.sort_unstable();
    assert_eq!(repo.tags(), all);
    for tag in fixtures::TAGS {
        assert_eq!(repo.tree_of(tag).len(), 40, "{tag}");
    }
    assert_ne!(repo.reference("of-tag"), repo.commit_of("of-tag"));
    assert_eq!(repo.reference("light"), repo.commit_of("light"));
    assert_eq!(
        repo.git(&["cat-file", "-t", &repo.reference("tree")]),
        "tree"
    );
    repo.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn tree_of_a_tarball_is_that_of_its_commit() {
    let Some((git, repo, _scratch)) = repository() else {
        return;
    };
    // git itself leaves out what has this attribute; everything else must come back.
    let odd = fixtures::odd_files().file(".gitattributes", "* -text\n");
    repo.release("odd", &odd);
    let (tar_gz, submodules) = (archive(&repo, "odd"), repo.submodules("odd"));
    assert_eq!(submodules, [(b"lib/other".to_vec(), ELSEWHERE.to_owned())]);
    assert_eq!(
        tree_of_tarball(&git, &tar_gz, &submodules),
        repo.tree_of("odd")
    );
    fixtures::odd_trees(&repo);
    // Which git itself leaves out of its archives.
    let tarball = Tarball::default()
        .dir("top/empty/")
        .dir("top/folder/hollow/")
        .file("top/folder/x", "text\n")
        .file("top/text", "text\n");
    let tree = tree_of_tarball(&git, &tarball.tar_gz(), &[]);
    assert_eq!(tree, repo.tree_of("empty-trees"));
    let tree = tree_of_tarball(&git, &Tarball::default().dir("top/").tar_gz(), &[]);
    assert_eq!(tree, repo.tree_of("nothing"));
}

#[test]
fn changed_tarball_has_another_tree() {
    let Some((git, repo, _scratch)) = repository() else {
        return;
    };
    repo.release("v1", &Files::new().program("a", "a"));
    repo.release("v2", &Files::new().file("a", "a"));
    let tree = tree_of_tarball(&git, &archive(&repo, "v2"), &[]);
    assert_ne!(tree, repo.tree_of("v1"));
    assert_eq!(unpack(&archive(&repo, "v1")).top, "top");
}

#[test]
fn packs_have_chains_of_deltas() {
    let Some((_, repo, _scratch)) = repository() else {
        return;
    };
    fixtures::deep_deltas(&repo);
    let packs = repo.dir().join("objects/pack");
    let packs = fs::read_dir(packs)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let index = packs
        .into_iter()
        .find(|path| path.extension().is_some_and(|end| end == "idx"));
    let listed = repo.git(&["verify-pack", "-s", index.unwrap().to_str().unwrap()]);
    let chains = listed
        .lines()
        .filter_map(|line| line.strip_prefix("chain length = "));
    let lengths = chains.filter_map(|line| line.split(':').next()?.parse::<u32>().ok());
    assert!(lengths.max().unwrap() > 200, "{listed}");
}

#[test]
fn many_tags_have_a_commit_each() {
    let Some((_, repo, _scratch)) = repository() else {
        return;
    };
    fixtures::many_tags(&repo, 300);
    let tags = repo.tags();
    let trees: std::collections::BTreeSet<_> = tags.iter().map(|tag| repo.tree_of(tag)).collect();
    assert_eq!((tags.len(), trees.len()), (300, 300));
}

#[test]
fn hostile_trees_are_what_git_complains_of() {
    let Some((git, repo, _scratch)) = repository() else {
        return;
    };
    hostile::write(&repo);
    assert_eq!(repo.tags().len(), hostile::TAGS.len() + 1);
    for hostile::Hostile { tag, .. } in hostile::TAGS {
        let arguments = [
            "fsck",
            "--strict",
            "--no-dangling",
            &format!("refs/tags/{tag}"),
        ];
        let said = git.try_feed(repo.dir(), &arguments, b"");
        assert!(said.is_err(), "{tag}");
    }
}
