//! Repositories with all that tags, trees and packs can soundly have.

use super::{ELSEWHERE, EMPTY_TREE, Files, Repo};
use crate::conformance::depot::bytes_of;
use crate::packages::Package;

/// The tags of [`every_kind_of_tag`] that come to a commit.
pub const TAGS: [&str; 12] = [
    "100%",
    "a,b;c=d",
    "annotated",
    "feat/x",
    "feat/x-1",
    "light",
    "of-tag",
    "quote\"'<&>",
    "release/2024/v1.0.0",
    "v1.0+b-1",
    "v1.0.0",
    "ünï",
];
/// The tags of [`every_kind_of_tag`] that come to no commit.
pub const WITHOUT_COMMIT: [&str; 2] = ["blob", "tree"];

/// A package with a build script and a manifest as Zig 0.`minor` reads it.
pub fn package(minor: u32) -> Files {
    let package = Package::new("hello").file("src/root.zig", b"pub const hello = 1;\n");
    Files::from(&package.tree(minor))
}

/// The same with links, a program, a submodule, a long path and attributes: all that every Zig takes
/// from Git and from a tarball.
pub fn rich_package(minor: u32) -> Files {
    let deep = format!("{}/{}/file", "d".repeat(120), "e".repeat(160));
    package(minor)
        .file(deep, "deep")
        .file("data.bin", bytes_of(8, 300_000))
        .file("doc/left out.txt", "not by us")
        .file(".gitattributes", "doc export-ignore\n*.txt export-subst\n")
        .file("späte Äpfel/ö.txt", "$Format:%H$\n")
        .program("run.sh", "#!/bin/sh\n")
        .file("empty", "")
        .link("src/link", "root.zig")
        .link("dangling", "no/where")
        .submodule("lib/other", ELSEWHERE)
}

/// Files without a manifest.
pub fn bare_package() -> Files {
    Files::new()
        .file("README", "no manifest\n")
        .file("src/a", "a")
        .program("b", "b")
}

/// Names that are odd and sound, and links that lead anywhere.
pub fn odd_files() -> Files {
    Files::new()
        .file("build.zig", "pub fn build(_: anytype) void {}\n")
        .file("a b/ c /  d", "blanks")
        .file("line\nbreak", "\n")
        .file(b"\xff\xfe/\xc3\x28", "not UTF-8")
        .file("ü/日本語/\u{1f600}", "wide")
        .file("u\u{308}", "decomposed")
        .file("-rf", "no option")
        .file("--checkpoint=1", "no option either")
        .file("back\\slash", "one name")
        .file("tab\tand\u{7f}", "control")
        .file("*?[x]", "no pattern")
        .file("a", "a")
        .file("a.b", "between a and a0")
        .file("a0", "after")
        .file("a-", "before")
        .file("CON", "")
        .file("nul.txt", "")
        .file(".gitignore", "*\n")
        .file(".gitattributes", "secret export-ignore\n* text eol=crlf\n")
        .file("secret", "kept\n")
        .file(".github/workflows/ci.yml", "on: push\n")
        .file("crlf.txt", "a\r\nb\n")
        .file("n".repeat(255), "the longest name")
        .file(
            format!(
                "{}/{}/{}",
                "p".repeat(100),
                "q".repeat(155),
                "r".repeat(101)
            ),
            "long",
        )
        .file(vec!["x"; 300].join("/"), "deep")
        .file("pax_global_header", "a file like another")
        .file(
            "././@LongLink".trim_start_matches("./"),
            "a file like another",
        )
        .link("link-dangling", "no/where")
        .link("link-absolute", "/etc/passwd")
        .link("link-out", "../../../out")
        .link("link-directory", "a b")
        .link("link-self", "link-self")
        .link("link-long", "t".repeat(1000))
        .link(b"link-\xff", b"\xfe\xff")
        .link("l".repeat(200), "u".repeat(200))
        .program("tools/run.sh", "#!/bin/sh\n")
        .program("tools/run.bin", [0; 513])
        .file("sizes/0", "")
        .file("sizes/511", [1; 511])
        .file("sizes/512", [2; 512])
        .file("sizes/513", [3; 513])
        .file("sizes/65536", vec![4; 65536])
        .submodule("lib/other", ELSEWHERE)
}

/// Light and annotated tags, tags of tags, with slashes and odd characters, and of no commit.
pub fn every_kind_of_tag(repo: &Repo) {
    let files = package(14);
    let commit = |text: &str, parent| repo.commit(&files.clone().file("text", text), parent);
    let first = commit("first", None);
    let second = commit("second", Some(&first));
    let third = commit("third", Some(&second));
    repo.set_main(&third);
    let annotated = repo.annotated_tag("annotated", &first);
    let outer = repo.annotated_tag("of-tag", &annotated);
    repo.annotated_tag("of-tag", &outer);
    for (tag, at) in TAGS
        .into_iter()
        .zip([&first, &second, &third].into_iter().cycle())
    {
        if !["annotated", "of-tag"].contains(&tag) {
            repo.light_tag(tag, at);
        }
    }
    repo.annotated_tag("v1.0.0", &second);
    repo.annotated_tag("release/2024/v1.0.0", &third);
    repo.light_tag(
        "tree",
        &repo.git(&["rev-parse", &format!("{first}^{{tree}}")]),
    );
    repo.annotated_tag("blob", &repo.object("blob", b"no commit\n"));
}

/// A commit whose root has a tree without entries, and one in a folder; tagged `empty-trees`.
/// `unusual` has the mode that early gits gave files.
pub fn odd_trees(repo: &Repo) {
    let file = repo.object("blob", b"text\n");
    repo.object("tree", b"");
    let folder = repo.tree(&[("40000", b"hollow", EMPTY_TREE), ("100644", b"x", &file)]);
    let root = repo.tree(&[
        ("40000", b"empty", EMPTY_TREE),
        ("40000", b"folder", &folder),
        ("100644", b"text", &file),
    ]);
    let commit = repo.commit_tree(&root, None);
    repo.light_tag("empty-trees", &commit);
    repo.set_main(&commit);
    let unusual = repo.tree(&[("100664", b"group", &file), ("100644", b"text", &file)]);
    repo.light_tag("unusual", &repo.commit_tree(&unusual, None));
    repo.light_tag("nothing", &repo.commit_tree(EMPTY_TREE, None));
}

/// Three hundred files that differ a little, packed as chains of up to 250 deltas; tagged `v1`.
pub fn deep_deltas(repo: &Repo) {
    let mut text: Vec<String> = (0..200)
        .map(|line| format!("line {line} of many\n"))
        .collect();
    let mut files = package(14);
    for number in 0..300_usize {
        text[number % 200] = format!("line changed by {number}\n");
        files = files.file(format!("src/{number:03}.txt"), text.concat());
    }
    // Each file becomes a delta of the one before it; git's own search prefers short chains.
    repo.git(&["config", "fastimport.unpackLimit", "0"]);
    let stream = files.stream("refs/heads/main", None);
    repo.feed(&["fast-import", "--quiet", "--depth=250"], &stream);
    repo.light_tag("v1", &repo.git(&["rev-parse", "refs/heads/main"]));
    // A server cuts longer chains than this when it answers.
    repo.git(&["config", "pack.depth", "250"]);
    repo.git(&["repack", "-q", "-ad", "--depth=250"]);
}

/// So many tags `v0.0.<n>`, each of a commit of its own; every other one is annotated.
pub fn many_tags(repo: &Repo, count: usize) {
    let mut stream = Vec::new();
    for number in 1..=count {
        let parent = (number > 1).then(|| format!(":{}", number - 1));
        let files = package(14)
            .file("number", number.to_string())
            .file(format!("each/{number}"), "x");
        files.write_commit(
            &mut stream,
            "refs/heads/main",
            Some(number),
            parent.as_deref(),
        );
    }
    let marks = repo.dir().join("marks");
    let arguments = ["fast-import", "--quiet", "--export-marks=marks"];
    repo.feed(&arguments, &stream);
    let marks = std::fs::read_to_string(marks).expect("git wrote it");
    for line in marks.lines() {
        let (mark, commit) = line.split_once(' ').expect("a mark and an id");
        let number: usize = mark[1..].parse().expect("a mark is a number");
        let tag = format!("v0.0.{number}");
        if number.is_multiple_of(2) {
            repo.annotated_tag(&tag, commit);
        } else {
            repo.light_tag(&tag, commit);
        }
    }
}

/// About so many MiB that no compressor makes smaller, half of them in three files; tagged `v1`.
pub fn big(repo: &Repo, mebibytes: usize) {
    let mut files = package(14);
    let large = mebibytes * (1 << 20) / 6;
    for number in 0..3 {
        files = files.file(format!("large/{number}.bin"), bytes_of(number, large));
    }
    let small = mebibytes * (1 << 20) / 4000;
    for number in 0..2000 {
        let path = format!("small/{:02}/{number}", number % 40);
        files = files.file(path, bytes_of(1000 + number, small));
    }
    repo.git(&["config", "core.compression", "0"]);
    repo.git(&["config", "fastimport.unpackLimit", "0"]);
    repo.git(&["config", "pack.window", "0"]);
    repo.release("v1", &files);
}
