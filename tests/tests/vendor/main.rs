//! Offline bundles: the real programs, a stand-in forge that goes away, and real Zigs that build.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

mod bundle;
mod story;
mod trouble;

use std::fs;
use std::path::Path;

use zigdepot_tests::host::SMOL;
use zigdepot_tests::zigs::{Zig, zig};

use self::story::{Story, text};

/// Both kinds of hashes, manifests of both kinds, and both kinds of caches.
const BUILDERS: [&str; 5] = ["0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.0"];
/// Those that build from both kinds of caches, of which 0.16 was the first to have the newer.
const FULLY: [&str; 2] = ["0.14.1", "0.17.0"];
/// What a build comes to.
const ALL: [&str; 4] = ["root", "middle", "leaf", "extra"];
/// The main job: transitive and lazy dependencies of an unchanged project, then no network at all.
#[test]
fn project_builds_when_its_forge_is_gone() {
    for version in BUILDERS {
        let Some(zig) = zig(version) else { return };
        let story = Story::for_zig(&SMOL, zig.minor());
        let project = story.project();
        let (dir, cache) = (story.scratch.join("dir"), story.scratch.join("cache"));
        story.vendor_dir(&project, &dir).expect(0);
        story.vendor(&project, &["--cache", text(&cache)]).expect(0);
        let asked = story.asked();
        story.forge.switch_off();

        let from_dir = zig.build(&project, &["--system", text(&dir)]);
        assert_eq!(built(&zig, &project, &from_dir), ALL, "{version}");
        // Where a version has the same kind of cache as another, finding all is enough.
        let arguments: &[&str] = if FULLY.contains(&version) {
            &[]
        } else {
            &["--fetch"]
        };
        let from_cache = zig.build_with(&cache, &project, arguments);
        let expected = if FULLY.contains(&version) {
            &ALL[..]
        } else {
            &[]
        };
        assert_eq!(built(&zig, &project, &from_cache), expected, "{version}");
        let without = zig.build(&project, &["--fetch"]);
        assert!(without.is_err(), "{version}: the network is off");
        assert_eq!(story.asked(), asked);
    }
}

/// Which packages a build has come to; the project is as it was then.
fn built(zig: &Zig, project: &Path, outcome: &Result<String, String>) -> Vec<String> {
    for dir in ["zig-pkg", ".zig-cache", "zig-cache"] {
        let _ = fs::remove_dir_all(project.join(dir));
    }
    match outcome {
        Ok(said) => said
            .lines()
            .filter_map(|line| line.strip_prefix("building ").map(String::from))
            .collect(),
        Err(said) => panic!("{}: {said}", zig.version()),
    }
}
