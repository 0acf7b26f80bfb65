//! Packages and artifacts: every real Zig and curl, a stand-in forge, and the mirror between them.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use zigdepot_tests::conformance::depot::bytes_of;
use zigdepot_tests::host::Host;
use zigdepot_tests::mirror::{FILE, Mirror, VERSION, expect, fetch};
use zigdepot_tests::packages::{Package, Tree};
use zigdepot_tests::process::eventually;
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{Answer, Gate, StandIn, archive};
use zigdepot_tests::tools::{find, run};
use zigdepot_tests::zigs::{Zig, zig, zigs};

zigdepot_tests::on_socket_hosts! {
    every_zig_fetches_the_same_package_from_the_mirror
    packages_are_found_by_hash
    twenty_zigs_cause_one_download
    artifacts_outlive_their_forge
    every_archive_form_is_unpacked
    projects_build_when_their_forge_is_gone
    zig_is_told_of_trouble_and_gets_the_package_later
    branch_moves_and_stays_when_its_forge_is_gone
}

const CLIENTS: usize = 20;

/// The main job: what every Zig has from the forge it has from the mirror, before and after the forge
/// is gone and the mirror was killed, and the forge is asked once.
fn every_zig_fetches_the_same_package_from_the_mirror(host: &dyn Host) {
    let mut mirror = Mirror::start(host);
    let packages = mirror.packages_of_all_zigs();
    for package in &packages {
        assert_eq!(expect(&package.zig, &package.url), package.hash);
        // One for the Zig that went straight to the forge.
        let asked = mirror.forge.asked_archive(&package.repository, FILE);
        assert_eq!(asked, (2, 2), "{}", package.repository);
    }
    mirror.forge.switch_off();
    mirror.crash_and_restart(host);
    for package in &packages {
        let url = mirror.package(&package.repository);
        assert_eq!(expect(&package.zig, &url), package.hash);
    }
}

/// What was fetched once is found by the hash that a manifest names, in every format of hashes.
fn packages_are_found_by_hash(host: &dyn Host) {
    let mut mirror = Mirror::start(host);
    let packages = mirror.packages_of_all_zigs();
    for package in &packages {
        expect(&package.zig, &package.url);
    }
    mirror.forge.switch_off();
    for _ in 0..2 {
        for package in &packages {
            let by_hash = format!("{}/hash/{}", mirror.url(), package.hash);
            assert_eq!(expect(&package.zig, &by_hash), package.hash);
        }
        mirror.crash_and_restart(host);
    }
    for format in ["1220", "hello-0.1.0-", "N-V-"] {
        let is_there = packages.iter().any(|it| it.hash.starts_with(format));
        assert!(is_there || packages.is_empty(), "{format}");
    }
}

/// Twenty Zigs at once, while the forge is half-way: one question to it, the same package for all.
fn twenty_zigs_cause_one_download(host: &dyn Host) {
    let Some(zig) = zig("0.14.1") else { return };
    let (mirror, gate) = (Mirror::start(host), Gate::new());
    let tree = Package::new("large")
        .file("data", &bytes_of(3, 3 << 20))
        .tree(zig.minor());
    let bytes = tree.tar_gz("large-0.1.0");
    let slow = archive("org/large", FILE, &bytes).gated(1 << 20, &gate);
    mirror.forge.publish_archive_as("org/large", FILE, slow);
    let url = mirror.package("org/large");
    let hashes: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| scope.spawn(|| expect(&zig, &url)))
            .collect();
        gate.wait_reached();
        mirror.wait_for_clients(CLIENTS);
        gate.open();
        clients
            .into_iter()
            .map(|client| client.join().expect("a hash"))
            .collect()
    });
    assert_eq!(mirror.forge.asked_archive("org/large", FILE), (1, 1));
    let straight = expect(&zig, &mirror.forge.archive_url("org/large", FILE));
    assert_eq!(hashes, vec![straight; CLIENTS]);
}

/// A release's asset, by curl: whole, in part and again when the forge is gone.
fn artifacts_outlive_their_forge(host: &dyn Host) {
    let Some(curl) = find("curl") else { return };
    let mirror = Mirror::start(host);
    let bytes = bytes_of(9, 2_000_000);
    mirror
        .forge
        .publish_asset("org/tool", VERSION, "tool-x86_64-linux.tar.gz", &bytes);
    let url = mirror.artifact("org/tool", "tool-x86_64-linux.tar.gz");
    let get = |more: &[&str]| {
        let arguments = [&["-qsSf", "--max-time", "30", &url], more].concat();
        run(&curl, &arguments, Path::new("/")).stdout
    };
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| assert!(get(&[]) == *bytes, "the artifact, whole"));
        }
    });
    let asked = mirror
        .forge
        .asked_asset("org/tool", VERSION, "tool-x86_64-linux.tar.gz");
    assert_eq!(asked, (1, 1), "one, however many ask");
    mirror.forge.switch_off();
    assert!(get(&[]) == *bytes, "the artifact, whole");
    assert!(get(&["-r", "1999990-"]) == bytes[1_999_990..], "its end");
    let said = get(&["-o", "/dev/null", "-w", "%{http_code} %{content_type}"]);
    assert_eq!(String::from_utf8_lossy(&said), "200 application/gzip");
}

/// Assets come from object stores as mere bytes; every Zig is told how to unpack them all the same.
fn every_archive_form_is_unpacked(host: &dyn Host) {
    let (Some(xz), Some(python)) = (find("xz"), find("python3")) else {
        return;
    };
    let mirror = Mirror::start(host);
    for zig in zigs() {
        let tree = Package::new("hello").file("src/a", b"a").tree(zig.minor());
        let forms = forms(&tree, &xz, &python);
        let straight = format!("hello-{}.tar.gz", zig.minor());
        let mut hashes = Vec::new();
        for (form, bytes) in forms {
            if zig.minor() < since(form) {
                continue;
            }
            let file = straight.replace("tar.gz", form);
            mirror
                .forge
                .publish_asset("org/hello", VERSION, &file, &bytes);
            hashes.push(expect(&zig, &mirror.artifact("org/hello", &file)));
        }
        assert!(hashes.len() > 1, "{}", zig.version());
        hashes.dedup();
        assert_eq!(hashes.len(), 1, "{}: {hashes:?}", zig.version());
    }
}

/// A project with a dependency, its dependency and a lazy one, all of them from the mirror.
fn projects_build_when_their_forge_is_gone(host: &dyn Host) {
    let mirror = Mirror::start(host);
    let projects: Vec<(Zig, Package)> = zigs().into_iter().map(|zig| mirror.project(zig)).collect();
    mirror.forge.switch_off();
    for (zig, root) in &projects {
        // Compiling the build runner takes 5 to 20 seconds: the oldest and the newest do it.
        let compiles = [11, 17].contains(&zig.minor());
        let project = Scratch::new("project");
        root.tree(zig.minor()).write(project.path());
        let arguments: &[&str] = if compiles { &[] } else { &["--fetch"] };
        let said = {
            let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
            zig.build(project.path(), arguments)
        };
        let said = said.unwrap_or_else(|said| panic!("{}: {said}", zig.version()));
        if compiles {
            assert!(said.contains("building leaf"), "{}: {said}", zig.version());
            assert!(said.contains("building extra"), "{}: {said}", zig.version());
        }
    }
}

/// Compilers need the whole machine; they take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Whatever a forge does, Zig ends with an error and not with a part, and nothing of it is kept.
fn zig_is_told_of_trouble_and_gets_the_package_later(host: &dyn Host) {
    let Some(zig) = zig("0.14.1") else { return };
    let mirror = Mirror::start(host);
    let private = StandIn::start_on([127, 0, 0, 2].into());
    let tree = Package::new("hello")
        .file("data", &bytes_of(4, 100_000))
        .tree(zig.minor());
    let bytes = tree.tar_gz("hello-0.1.0");
    let cut = archive("org/cut", FILE, &bytes).cut_after(50_000);
    let troubles = [
        ("gone", Answer::Status(404), "404"),
        ("busy", Answer::Status(429), "504"),
        ("broken", Answer::Status(500), "504"),
        ("cut", cut.into(), "504"),
        (
            "private",
            Answer::found(format!("{}/x", private.url())),
            "504",
        ),
    ];
    for (repo, answer, status) in troubles {
        let repository = format!("org/{repo}");
        mirror.forge.publish_archive_as(&repository, FILE, answer);
        let said = fetch(&zig, &mirror.package(&repository)).expect_err("no package");
        assert!(said.contains(status), "{repo}: {said}");
    }
    mirror.forge.loop_archive("org/loop", FILE);
    let said = fetch(&zig, &mirror.package("org/loop")).expect_err("no package");
    assert!(said.contains("504"), "{said}");
    assert_eq!(private.total(), 0, "nobody is sent into private networks");
    for repo in ["busy", "broken", "cut", "private", "loop"] {
        let repository = format!("org/{repo}");
        mirror.publish(&repository, &tree);
        let hash = expect(&zig, &mirror.package(&repository));
        assert!(hash.starts_with("hello-0.1.0-"), "{repo}: {hash}");
    }
}

/// A branch's archive is asked for again after a while, and kept when the forge is gone.
fn branch_moves_and_stays_when_its_forge_is_gone(host: &dyn Host) {
    let Some(zig) = zig("0.14.1") else { return };
    let mirror = Mirror::start_with(host, |settings| {
        settings
            .timeout("change", "50ms")
            .timeout("change-retry", "50ms");
    });
    let file = "refs/heads/main.tar.gz";
    let publish = |text: &[u8]| {
        let tree = Package::new("hello").file("text", text).tree(zig.minor());
        let forge = &mirror.forge;
        forge.publish_archive("org/hello", file, &tree.tar_gz("hello-main"));
        expect(&zig, &forge.archive_url("org/hello", file))
    };
    let url = format!("{}/pkg/org/hello/{file}", mirror.url());
    let old = publish(b"old");
    assert_eq!(expect(&zig, &url), old);
    let new = publish(b"new");
    assert_ne!(old, new);
    eventually("the branch moves", || {
        let hash = expect(&zig, &url);
        assert!([&old, &new].contains(&&hash), "{hash}");
        (hash == new).then_some(())
    });
    mirror.forge.switch_off();
    for _ in 0..3 {
        assert_eq!(expect(&zig, &url), new);
    }
}

/// A package in every form that some Zig unpacks and this machine's tools make.
fn forms(tree: &Tree, xz: &Path, python: &Path) -> [(&'static str, Vec<u8>); 4] {
    let (scratch, top) = (Scratch::new("forms"), "hello-0.1.0");
    tree.write(&scratch.join(top));
    scratch.write("x.tar", &tree.tar(top));
    run(xz, &["-k", "x.tar"], scratch.path());
    run(
        python,
        &["-m", "zipfile", "-c", "x.zip", top],
        scratch.path(),
    );
    let read = |file: &str| std::fs::read(scratch.join(file)).expect("it was made");
    [
        ("tar.gz", tree.tar_gz(top)),
        ("tar.xz", read("x.tar.xz")),
        ("tar", read("x.tar")),
        ("zip", read("x.zip")),
    ]
}

/// The first minor version that unpacks a form.
fn since(form: &str) -> u32 {
    match form {
        "zip" => 13,
        "tar" => 12,
        _ => 11,
    }
}
