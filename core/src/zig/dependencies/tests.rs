use alloc::format;
use alloc::string::ToString;

use super::*;

const HASHES: [&str; 2] = [
    "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG",
    "12201bb0dc66b3af5080c4657b7253dedaba71c8b6cb8bd6b0fc064eca96fc8cbd73",
];

fn manifest(dependencies: &str) -> Manifest {
    let text =
        format!(".{{ .name = .a, .version = \"1.0.0\", .dependencies = .{{ {dependencies} }} }}");
    Manifest::parse(text.as_bytes()).unwrap()
}

fn remote(name: &str, url: &str, hash: &str, more: &str) -> String {
    format!(".{name} = .{{ .url = \"{url}\", .hash = \"{hash}\"{more} }}, ")
}

fn path(name: &str, path: &str) -> String {
    format!(".{name} = .{{ .path = \"{path}\" }}, ")
}

fn tree() -> Dependencies {
    Dependencies::new(true, &Limits::default())
}

/// What is wanted, as short words.
fn wants(tree: &mut Dependencies) -> Vec<String> {
    let wants = core::iter::from_fn(|| tree.poll_want());
    wants
        .map(|want| match want {
            Want::Manifest(_, spot) => spot.place().to_string(),
            Want::Package(remote) => remote.url,
        })
        .collect()
}

fn package_spot(tree: &mut Dependencies) -> Spot {
    match tree.poll_want() {
        Some(Want::Package(remote)) => {
            let hash = remote.hash.clone().unwrap();
            tree.handle_had(&hash);
            remote.spot(&hash)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_package_is_wanted_once_for_each_url_until_it_is_had() {
    let mut tree = tree();
    let [a, b] = HASHES;
    let list = [
        remote("one", "u1", a, ""),
        remote("again", "u1", a, ""),
        remote("other", "u2", a, ""),
        remote("two", "u1", b, ""),
    ];
    tree.handle_manifest(&Spot::root(), &manifest(&list.concat()));
    let spot = package_spot(&mut tree);
    // A cycle: it needs itself.
    tree.handle_manifest(&spot, &manifest(&remote("own", "u3", a, "")));
    assert_eq!(wants(&mut tree), ["u1"]);
    assert!(tree.has(&PackageHash::parse(a).unwrap()));
    assert_eq!(tree.poll_refused(), None);
}

#[test]
fn lazy_dependencies_are_followed_only_if_wanted() {
    let list =
        remote("now", "u1", HASHES[0], "") + &remote("later", "u2", HASHES[1], ", .lazy = true");
    for (follow, expected) in [(true, &["u1", "u2"][..]), (false, &["u1"])] {
        let mut tree = Dependencies::new(follow, &Limits::default());
        tree.handle_manifest(&Spot::root(), &manifest(&list));
        assert_eq!(wants(&mut tree), expected);
    }
}

#[test]
fn a_path_of_the_project_may_lead_anywhere_and_comes_back_to_it_once() {
    let mut tree = tree();
    let list =
        path("a", "../beside/./x/") + &path("self", "sub/..") + &path("b", "../beside/y/../x");
    tree.handle_manifest(&Spot::root(), &manifest(&list));
    let Some(Want::Manifest(asker, spot)) = tree.poll_want() else {
        panic!()
    };
    assert_eq!(spot.place(), &Place::Local("../beside/x".into()));
    assert_eq!(asker.to_string(), "build.zig.zon:1:56: a");
    tree.handle_manifest(&spot, &manifest(&path("up", "../../project")));
    assert_eq!(wants(&mut tree), ["../project/build.zig.zon"]);
}

#[test]
fn a_path_of_a_package_stays_in_it() {
    let mut tree = tree();
    tree.handle_manifest(&Spot::root(), &manifest(&remote("p", "u", HASHES[0], "")));
    let spot = package_spot(&mut tree);
    let list = [
        path("ok", "lib/a"),
        path("out", "lib/../.."),
        path("abs", "/etc"),
        path("near", "..x"),
    ];
    tree.handle_manifest(&spot, &manifest(&list.concat()));
    let hash = HASHES[0];
    assert_eq!(
        wants(&mut tree),
        [
            format!("{hash}/lib/a/build.zig.zon"),
            format!("{hash}/..x/build.zig.zon")
        ]
    );
    let refused = core::iter::from_fn(|| tree.poll_refused());
    let refused: Vec<_> = refused
        .map(|(asker, refusal)| (asker.name, refusal))
        .collect();
    assert_eq!(
        refused,
        [
            ("abs".into(), Refusal::AbsolutePath("/etc".into())),
            ("out".into(), Refusal::OutsidePackage("lib/../..".into())),
        ]
    );
}

#[test]
fn what_is_no_hash_is_refused_and_a_missing_one_is_wanted() {
    let mut tree = tree();
    let list = remote("bad", "u1", "../..", "") + ".none = .{ .url = \"u2\" }";
    tree.handle_manifest(&Spot::root(), &manifest(&list));
    assert_eq!(wants(&mut tree), ["u2"]);
    let (asker, refusal) = tree.poll_refused().unwrap();
    assert_eq!(
        (&*asker.name, refusal),
        ("bad", Refusal::Hash(HashError::Length))
    );
}

#[test]
fn a_tree_has_a_greatest_depth_and_a_greatest_size() {
    let limits = Limits {
        tree_depth: 2,
        tree_packages: 3,
        ..Limits::default()
    };
    let mut tree = Dependencies::new(true, &limits);
    let mut spot = Spot::root();
    let mut depth = 0;
    loop {
        tree.handle_manifest(&spot, &manifest(&path("a", "a")));
        let Some(Want::Manifest(_, next)) = tree.poll_want() else {
            break;
        };
        (spot, depth) = (next, depth + 1);
    }
    assert_eq!(depth, 2);
    assert_eq!(tree.poll_refused().unwrap().1, Refusal::TooDeep(2));
    let list = path("a", "x") + &path("b", "y");
    tree.handle_manifest(&Spot::root(), &manifest(&list));
    assert_eq!(wants(&mut tree), ["x/build.zig.zon"]);
    assert_eq!(tree.poll_refused().unwrap().1, Refusal::TooMany(3));
}
