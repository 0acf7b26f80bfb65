//! The main job: a project that pins its packages by upstream's commits builds from here, with
//! nothing changed but the host in its URLs, when upstream is gone.

use std::fs;

use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::Package;
use zigdepot_tests::repo::{Files, Repo};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::GitHost;
use zigdepot_tests::zigs::{Zig, zig};

use crate::story::Story;

/// The versions that build it.
const VERSIONS: [&str; 3] = ["0.14.1", "0.16.0", "0.17.0"];

/// A package at a commit of its upstream: URL and hash.
struct Pin {
    name: String,
    url: String,
    hash: String,
}

/// Commits a package behind others, tags it, and pins it as `zig fetch --save` does.
fn pin(upstream: &GitHost, zig: &Zig, package: &Package) -> Pin {
    let (name, minor) = (package.name().to_owned(), zig.minor());
    let repo: Repo = upstream.add(&format!("git/{name}"));
    let first = repo.commit(&Files::new().file("README", "soon\n"), None);
    let second = repo.commit(&Files::from(&package.tree(minor)), Some(&first));
    repo.annotated_tag("v0.1.0", &second);
    let files = Files::from(&package.tree(minor)).file("later", "later\n");
    let third = repo.commit(&files, Some(&second));
    repo.light_tag("v0.2.0", &third);
    repo.set_main(&third);
    let url = format!("git+{}/git/{name}.git#{second}", upstream.url());
    let hash = zig.fetch(&url, Scratch::new("fetch").path());
    let hash = hash.unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()));
    Pin { name, url, hash }
}

/// Three packages, one of which needs another.
fn pins(upstream: &GitHost, zig: &Zig) -> [Pin; 3] {
    let name = |name: &str| format!("{name}_{}", zig.minor());
    let gamma = Package::new(&name("gamma")).file("src/gamma.zig", b"// gamma\n");
    let gamma = pin(upstream, zig, &gamma);
    let alpha = Package::new(&name("alpha")).needs(&gamma.name, &gamma.url, &gamma.hash);
    let alpha = pin(upstream, zig, &alpha);
    let beta = Package::new(&name("beta")).file("src/beta.zig", b"// beta\n");
    [alpha, pin(upstream, zig, &beta), gamma]
}

pub(crate) fn pinned_project_builds_with_another_host(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let upstream = GitHost::start(&story.git);
    let mut projects = Vec::new();
    for zig in VERSIONS.into_iter().filter_map(zig) {
        let (pins, mut project) = (pins(&upstream, &zig), Package::new("project"));
        for pin in &pins {
            project = project.needs(&pin.name, &pin.url, &pin.hash);
            let url = format!("{}/git/{}.git", upstream.url(), pin.name);
            story.depot.fetch(&url).expect(200);
        }
        // It is sound as it is.
        let dir = Scratch::new("project");
        project.tree(zig.minor()).write(dir.path());
        let built = zig.build(dir.path(), &["--fetch"]);
        built.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
        let names = pins.map(|pin| pin.name);
        projects.push((zig, project, names));
    }
    let hosts = [upstream.url(), story.root()];
    drop(upstream);
    for (zig, project, names) in projects {
        let dir = Scratch::new("project");
        project.tree(zig.minor()).write(dir.path());
        let manifest = dir.join("build.zig.zon");
        let text = fs::read_to_string(&manifest).expect("it was written");
        assert_eq!(text.matches(&hosts[0]).count(), names.len());
        fs::write(&manifest, text.replace(&hosts[0], &hosts[1])).expect("ours");
        let built = zig.build(dir.path(), &[]);
        let said = built.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
        for name in names.iter().map(String::as_str).chain(["project"]) {
            let line = format!("building {name}");
            assert!(said.contains(&line), "{}: {said}", zig.version());
        }
    }
}
