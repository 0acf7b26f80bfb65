use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;
use crate::git::id::{ObjectKind, object_id};
use crate::zig::manifest::Source;

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text.as_bytes()).unwrap()
}

fn commit_object() -> Vec<u8> {
    format!("tree {TREE}\nauthor A <a@x> 0 +0000\ncommitter A <a@x> 0 +0000\n\nfirst\n")
        .into_bytes()
}

fn tag_of(kind: ObjectKind, object: ObjectId) -> Vec<u8> {
    let kind = kind.name();
    format!("object {object}\ntype {kind}\ntag v1\ntagger A <a@x> 0 +0000\n\nv1\n").into_bytes()
}

/// A release of a tag of a tag of a commit.
pub(in crate::registry) fn released() -> ReleaseManifest {
    let commit = object_id(ObjectKind::Commit, &commit_object()).unwrap();
    let inner = tag_of(ObjectKind::Commit, commit);
    let outer = tag_of(ObjectKind::Tag, object_id(ObjectKind::Tag, &inner).unwrap());
    ReleaseManifest {
        package: PackageName::parse("hello").unwrap(),
        tag: TagName::parse("release/v1").unwrap(),
        upstream: Some("https://forge.test/o/hello".into()),
        commit: Some(commit),
        tree: Some(id(TREE)),
        tarball: TarballFacts {
            sha256: Sha256Digest::of(b"gz"),
            md5: Some([1; 16]),
            crc32: Some(0xab),
            size: 123,
        },
        content: Some(ContentFacts {
            prefix: "hello-release-v1".into(),
            digest: Sha256Digest::of(b"tar"),
            size: 1024,
        }),
        generated_at: Some(Timestamp(1_750_000_000)),
        packbase_release: None,
        generator: Some("zigdepot 0.1.0".into()),
        origin: Origin::Git(Box::new(GitFacts {
            commit_object: commit_object(),
            tag_objects: Vec::from([outer, inner]),
            gitlinks: Vec::from([Gitlink {
                path: b"deps/\xff x".to_vec(),
                id: commit,
            }]),
            empty_trees: Vec::from([b"a".to_vec(), b"b".to_vec()]),
            modes: Vec::from([OddMode {
                path: b"src".to_vec(),
                mode: "040000".into(),
            }]),
        })),
        zig: zig_facts(),
    }
}

fn zig_facts() -> ZigFacts {
    let url = ZigDependency {
        name: "x".into(),
        source: Source::Url {
            url: "https://x".into(),
            hash: Some("1220".into()),
        },
        lazy: true,
    };
    let path = ZigDependency {
        name: "y".into(),
        source: Source::Path("../y".into()),
        lazy: false,
    };
    ZigFacts {
        hash: Some(PackageHash::naked(1, &Sha256Digest::of(b"n"))),
        hash_legacy: Some(PackageHash::legacy(&Sha256Digest::of(b"l"))),
        hash_problem: None,
        manifest: Some(ZigManifest {
            name: "hello".into(),
            version: "1.0.0".into(),
            fingerprint: Some(u64::MAX),
            minimum_zig_version: Some("0.14.0".into()),
            dependencies: Vec::from([url, path]),
        }),
        problem: Some("two\nlines".into()),
    }
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let manifest = released();
    let text = manifest.to_text().unwrap();
    assert!(text.ends_with("}\n"));
    assert!(text.contains("\n  \"upstream_ref\": \"refs/tags/release/v1\",\n"));
    assert!(text.contains("\"path\": \"deps/%FF%20x\""));
    assert!(text.contains("\"tarball_crc32\": \"000000ab\""));
    let again = ReleaseManifest::parse(text.as_bytes()).unwrap();
    assert_eq!(again, manifest);
    assert_eq!(again.to_text(), Ok(text));
}

/// As packbase writes them: one line, no more fields than these.
const PACKBASE: &str = concat!(
    r#"{"package":"hello","tag":"v0.1.0","upstream_repo_url":null,"#,
    r#""git_commit_oid":"ce919ccf45951856a762ffdb8ef850301cd8c588","#,
    r#""git_tree_oid":"ce919ccf45951856a762ffdb8ef850301cd8c588","#,
    r#""tarball_sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","#,
    r#""tarball_md5":"900150983cd24fb0d6963f7d28e17f72","tarball_crc32":"352441c2","#,
    r#""size_bytes":371,"generated_at":1776183143,"packbase_release":"r0007"}"#
);

#[test]
fn packbases_own_manifests_are_imported() {
    let manifest = ReleaseManifest::parse(PACKBASE.as_bytes()).unwrap();
    assert_eq!(manifest.origin, Origin::Imported);
    assert_eq!(manifest.tarball.size, 371);
    assert_eq!(manifest.tarball.crc32, Some(0x3524_41c2));
    assert_eq!(manifest.packbase_release.as_deref(), Some("r0007"));
    assert_eq!(
        (manifest.tag_object(), manifest.content.clone()),
        (None, None)
    );
    let text = manifest.to_text().unwrap();
    assert_eq!(ReleaseManifest::parse(text.as_bytes()), Ok(manifest));
}

#[test]
fn members_that_are_not_known_are_passed_over() {
    let grown = PACKBASE.replacen('{', r#"{"later":{"a":[1]},"format":1,"#, 1);
    let manifest = ReleaseManifest::parse(PACKBASE.as_bytes());
    assert!(manifest.is_ok());
    assert_eq!(ReleaseManifest::parse(grown.as_bytes()), manifest);
}

fn problem_of(text: &str) -> (String, FieldProblem) {
    match ReleaseManifest::parse(text.as_bytes()) {
        Err(ManifestError::Field(error)) => (error.field, error.problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_malformed_field_is_named() {
    for (from, to, field, problem) in [
        (
            r#""package":"hello","#,
            "",
            "package",
            FieldProblem::Missing,
        ),
        (r#""hello""#, r#""../x""#, "package", FieldProblem::Form),
        (r#""v0.1.0""#, r#""a..b""#, "tag", FieldProblem::Form),
        (r#""v0.1.0""#, "1", "tag", FieldProblem::Text),
        ("371", "-1", "size_bytes", FieldProblem::Number),
        ("371", "null", "size_bytes", FieldProblem::Missing),
        ("352441c2", "352441c", "tarball_crc32", FieldProblem::Form),
        ("ba7816", "+a7816", "tarball_sha256", FieldProblem::Form),
        ("\"ce919", "\"e919", "git_commit_oid", FieldProblem::Form),
        ("{", r#"{"format":2,"#, "format", FieldProblem::Form),
        (
            "{",
            r#"{"provenance":"x","#,
            "provenance",
            FieldProblem::Form,
        ),
        ("{", r#"{"zig":[],"#, "zig", FieldProblem::Object),
        ("{", r#"{"zig_hash":"x","#, "zig_hash", FieldProblem::Form),
        (
            "{",
            r#"{"provenance":"git","#,
            "git_commit_object",
            FieldProblem::Missing,
        ),
    ] {
        let text = PACKBASE.replacen(from, to, 1);
        assert_eq!(problem_of(&text), (field.to_string(), problem), "{to}");
    }
    let deep = PACKBASE.replacen(
        '{',
        r#"{"zig":{"name":"a","version":"1","dependencies":[{}]},"#,
        1,
    );
    assert_eq!(problem_of(&deep).0, "zig.dependencies[0].url");
    assert_eq!(
        ReleaseManifest::parse(b"{}x"),
        Err(ManifestError::Json(JsonError::Syntax(2)))
    );
    assert_eq!(
        ReleaseManifest::parse(b"\xff"),
        Err(ManifestError::Encoding)
    );
    let long = " ".repeat(MAX_BYTES + 1);
    assert_eq!(
        ReleaseManifest::parse(long.as_bytes()),
        Err(ManifestError::TooLong)
    );
}

fn refusal(change: impl FnOnce(&mut ReleaseManifest, &mut GitFacts)) -> (String, FieldProblem) {
    let mut manifest = released();
    let Origin::Git(mut facts) = core::mem::replace(&mut manifest.origin, Origin::Imported) else {
        panic!("it is a release");
    };
    change(&mut manifest, &mut facts);
    manifest.origin = Origin::Git(facts);
    match manifest.to_text() {
        Err(ManifestError::Field(error)) => (error.field, error.problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn facts_that_contradict_each_other_are_refused() {
    let commit = FieldProblem::Contradicts("git_commit_oid");
    let is = |field: &str, problem| (field.to_string(), problem);
    let got = refusal(|_, git| git.commit_object.push(b'x'));
    assert_eq!(got, is("git_commit_object", commit));
    let got = refusal(|it, _| it.tree = it.commit);
    let tree = FieldProblem::Contradicts("git_tree_oid");
    assert_eq!(got, is("git_commit_object", tree));
    let got = refusal(|_, git| git.tag_objects.reverse());
    assert_eq!(got, is("git_tag_objects", commit));
    let got = refusal(|_, git| drop(git.tag_objects.pop()));
    assert_eq!(got, is("git_tag_objects", commit));
    let got = refusal(|it, _| it.tarball.md5 = None);
    assert_eq!(got, is("tarball_md5", FieldProblem::Missing));
    let got = refusal(|_, git| git.empty_trees.push(b"a".to_vec()));
    assert_eq!(got, is("empty_trees", FieldProblem::Order));
    let got = refusal(|_, git| git.empty_trees.push(b"deps/\xff x".to_vec()));
    assert_eq!(
        got,
        is("empty_trees", FieldProblem::Contradicts("gitlinks"))
    );
    let got = refusal(|_, git| git.modes[0].mode = "40000".into());
    assert_eq!(got, is("modes", FieldProblem::Form));
    let got = refusal(|_, git| git.gitlinks[0].path = b"../x".to_vec());
    assert_eq!(got, is("gitlinks", FieldProblem::Form));
    let got = refusal(|it, _| core::mem::swap(&mut it.zig.hash, &mut it.zig.hash_legacy));
    assert_eq!(got, is("zig_hash", FieldProblem::Form));
    let got = refusal(|it, _| it.content.as_mut().unwrap().prefix = "a/b".into());
    assert_eq!(got, is("tarball_prefix", FieldProblem::Form));
}

#[test]
fn lists_are_written_in_the_order_of_paths() {
    let mut manifest = released();
    let text = manifest.to_text().unwrap();
    let Origin::Git(facts) = &mut manifest.origin else {
        panic!("it is a release");
    };
    facts.empty_trees.reverse();
    assert_eq!(manifest.to_text().as_ref(), Ok(&text));
    let swapped = text.replacen("\"a\",\n    \"b\"", "\"b\",\n    \"a\"", 1);
    let order = ("empty_trees".to_string(), FieldProblem::Order);
    assert_eq!(problem_of(&swapped), order);
}

#[test]
fn what_is_said_twice_must_agree() {
    let text = released().to_text().unwrap();
    for (from, to, field) in [
        ("refs/tags/release/v1", "refs/tags/v2", "upstream_ref"),
        (
            "\"git_tag_oid\": \"",
            "\"git_tag_oid\": null, \"x\": \"",
            "git_tag_oid",
        ),
    ] {
        assert_eq!(problem_of(&text.replacen(from, to, 1)).0, field);
    }
}

#[test]
fn a_manifest_that_would_be_too_long_is_not_written() {
    let mut manifest = released();
    manifest.zig.problem = Some("x".repeat(MAX_BYTES));
    assert_eq!(manifest.to_text(), Err(ManifestError::TooLong));
}
