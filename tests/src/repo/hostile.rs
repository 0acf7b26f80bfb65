//! Trees that no git would make, one tag each.

use super::{Files, Repo};

/// A tag whose tree is not sound.
#[derive(Clone, Copy, Debug)]
pub struct Hostile {
    /// The tag.
    pub tag: &'static str,
    /// What a refusal has to name: the path, or what is left of it without odd characters.
    pub names: &'static str,
}

/// A tag that is sound, beside the others.
pub const SOUND: &str = "v1.0.0";

/// All of them. Names without any byte are missing: git itself does not send such a tree.
pub const TAGS: [Hostile; 14] = [
    hostile("dot", "."),
    hostile("dot-dot", ".."),
    hostile("dot-dot-below", "src/.."),
    hostile("dot-git", ".git"),
    hostile("dot-git-below", "src/.git"),
    hostile("dot-git-upper", ".GIT"),
    hostile("dot-git-blank", ".git "),
    hostile("dot-git-dot", ".git."),
    hostile("dot-git-short", "git~1"),
    hostile("dot-git-ignorable", "it"),
    hostile("duplicate", "twice"),
    hostile("file-and-directory", "twice"),
    hostile("order", "a"),
    hostile("slash", "a/b"),
];

const fn hostile(tag: &'static str, names: &'static str) -> Hostile {
    Hostile { tag, names }
}

/// Writes all these tags and the sound one.
pub fn write(repo: &Repo) {
    let sound = repo.release(SOUND, &Files::new().file("src/a", "a").file("b", "b"));
    let file = repo.object("blob", b"hostile\n");
    let folder = repo.tree(&[("100644", b"x", &file)]);
    let one = |name: &[u8]| repo.tree(&[("100644", name, &file)]);
    let dir = |name: &[u8]| repo.tree(&[("40000", name, &folder)]);
    let below = |tree: &str| repo.tree(&[("40000", b"src", tree)]);
    let both = |first: (&str, &[u8]), second: (&str, &[u8])| {
        let id = |mode: &str| if mode == "40000" { &folder } else { &file };
        repo.tree(&[
            (first.0, first.1, id(first.0)),
            (second.0, second.1, id(second.0)),
        ])
    };
    let tree_of = |tag: &str| match tag {
        "dot" => dir(b"."),
        "dot-dot" => dir(b".."),
        "dot-dot-below" => below(&dir(b"..")),
        "dot-git" => dir(b".git"),
        "dot-git-below" => below(&one(b".git")),
        "dot-git-upper" => dir(b".GIT"),
        "dot-git-blank" => dir(b".git "),
        "dot-git-dot" => one(b".git."),
        "dot-git-short" => dir(b"git~1"),
        "dot-git-ignorable" => dir(".g\u{200c}it".as_bytes()),
        "duplicate" => both(("100644", b"twice"), ("100644", b"twice")),
        "file-and-directory" => both(("100644", b"twice"), ("40000", b"twice")),
        "order" => both(("100644", b"b"), ("100644", b"a")),
        "slash" => one(b"a/b"),
        other => panic!("no tree for {other}"),
    };
    for Hostile { tag, .. } in TAGS {
        repo.light_tag(tag, &repo.commit_tree(&tree_of(tag), Some(&sound)));
    }
}
