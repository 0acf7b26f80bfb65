//! Packages and artifacts: every real Zig and curl, a stand-in forge, and the mirror between them.
//!
//! Tools that a machine lacks are reported as `skipped: no <tool>`; with `CI=true` that is a failure.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use zigdepot_tests::conformance::depot::bytes_of;
use zigdepot_tests::host::{Host, Settings};
use zigdepot_tests::packages::{Entry, Package, Tree};
use zigdepot_tests::process::{Running, eventually};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{Answer, Forge, Gate, StandIn, archive};
use zigdepot_tests::tools::{find, run};
use zigdepot_tests::zigs::{Zig, zig, zigs};

zigdepot_tests::on_socket_hosts! {
    every_zig_fetches_the_same_package_from_the_mirror
    twenty_zigs_cause_one_download
    artifacts_outlive_their_forge
    every_archive_form_is_unpacked
    projects_build_when_their_forge_is_gone
    zig_is_told_of_trouble_and_gets_the_package_later
    branch_moves_and_stays_when_its_forge_is_gone
}

const CLIENTS: usize = 20;
const FILE: &str = "refs/tags/v0.1.0.tar.gz";
const VERSION: &str = "v0.1.0";

/// The main job: what every Zig has from the forge it has from the mirror, by name and by hash,
/// and the forge is asked once.
fn every_zig_fetches_the_same_package_from_the_mirror(host: &dyn Host) {
    let mirror = Mirror::start(host);
    let mut fetched = Vec::new();
    for zig in zigs() {
        for (repository, tree) in repositories(&zig) {
            mirror.publish(&repository, &tree);
            let straight = mirror.forge.archive_url(&repository, FILE);
            let hash = expect(&zig, &straight);
            assert_eq!(
                expect(&zig, &mirror.package(&repository)),
                hash,
                "{repository}"
            );
            // One for the Zig that went straight to the forge.
            assert_eq!(mirror.forge.asked_archive(&repository, FILE), (2, 2));
            fetched.push((zig.clone(), repository, hash));
        }
    }
    assert!(
        fetched.is_empty() || fetched.len() > zigs().len(),
        "{fetched:?}"
    );
    mirror.forge.switch_off();
    for (zig, repository, hash) in &fetched {
        assert_eq!(
            expect(zig, &mirror.package(repository)),
            *hash,
            "{repository}"
        );
    }
    for (zig, repository, hash) in &fetched {
        let by_hash = format!("{}/hash/{hash}", mirror.url());
        assert_eq!(expect(zig, &by_hash), *hash, "{repository}");
    }
    let formats = |start: &str| {
        fetched
            .iter()
            .filter(|(_, _, hash)| hash.starts_with(start))
            .count()
    };
    assert!(
        fetched.is_empty() || formats("1220") > 0 && formats("N-V-") > 0 && formats("hello-") > 0
    );
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
        // Compiling the build runner is what takes time: a few versions do it, one on each host.
        let compiles = [11, 15, 17].contains(&zig.minor());
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

/// A stand-in forge and a server that mirrors its organisation `org`.
struct Mirror {
    server: Running,
    forge: Forge,
    _scratch: Scratch,
}

impl Mirror {
    fn start(host: &dyn Host) -> Self {
        Self::start_with(host, |_| ())
    }

    fn start_with(host: &dyn Host, set: impl FnOnce(&mut Settings)) -> Self {
        let (forge, scratch) = (Forge::start(), Scratch::new("mirror"));
        let mut settings = Settings::new(&scratch.join("data"), &forge.site().url(), "off");
        settings
            .set("ZIG_PKG", &forge.package_template("org"))
            .set("ZIG_ARTIFACT", &forge.artifact_template("org"))
            // The forge's file server is at another port of this host, and no other is allowed.
            .set("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1");
        set(&mut settings);
        Self {
            server: host.start(&settings),
            forge,
            _scratch: scratch,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    fn publish(&self, repository: &str, tree: &Tree) {
        let repo = repository.rsplit('/').next().unwrap_or(repository);
        let bytes = tree.tar_gz(&format!("{repo}-0.1.0"));
        self.forge.publish_archive(repository, FILE, &bytes);
    }

    fn package(&self, repository: &str) -> String {
        format!("{}/pkg/{repository}/{FILE}", self.url())
    }

    fn artifact(&self, repository: &str, file: &str) -> String {
        format!("{}/artifact/{repository}/{VERSION}/{file}", self.url())
    }

    /// Publishes a project's dependencies for one Zig, lets it fetch them, and returns the project.
    fn project(&self, zig: Zig) -> (Zig, Package) {
        let minor = zig.minor();
        let add = |package: &Package| {
            let repository = format!("org/{}-{minor}", package.name());
            self.publish(&repository, &package.tree(minor));
            let url = self.package(&repository);
            let hash = expect(&zig, &url);
            (url, hash)
        };
        let (url, hash) = add(&Package::new("leaf").file("leaf.txt", b"leaf"));
        let (url, hash) = add(&Package::new("middle").needs("leaf", &url, &hash));
        let root = Package::new("root").needs("middle", &url, &hash);
        let (url, hash) = add(&Package::new("extra"));
        let root = if minor < 12 {
            root.needs("extra", &url, &hash)
        } else {
            root.needs_lazily("extra", &url, &hash)
        };
        (zig, root)
    }

    /// Waits until so many clients have a connection.
    fn wait_for_clients(&self, count: usize) {
        let port = self.server.address().port();
        eventually("all clients are connected", || {
            (connections(port) >= count).then_some(())
        });
    }
}

/// How many connections the kernel has established from this port of 127.0.0.1.
fn connections(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has it");
    let local = format!("0100007F:{port:04X}");
    let rows = table
        .lines()
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    let established =
        |row: &Vec<&str>| row.get(1) == Some(&local.as_str()) && row.get(3) == Some(&"01");
    rows.filter(established).count()
}

/// Packages with all that this Zig can have in one.
fn repositories(zig: &Zig) -> Vec<(String, Tree)> {
    let minor = zig.minor();
    let plain = Package::new("hello").file("src/root.zig", b"pub const hello = 1;\n");
    let rich = plain
        .clone()
        .file(
            &format!("{}/{}/file", "d".repeat(60), "e".repeat(60)),
            b"deep",
        )
        .file("data.bin", &bytes_of(8, 300_000))
        .file("run.sh", b"#!/bin/sh\n")
        .file("empty", b"")
        .link("src/link", "root.zig");
    let mut bare = Tree::default();
    bare.add("README", Entry::File(b"no manifest\n".into()));
    let mut all = vec![(format!("org/plain-{minor}"), plain.tree(minor))];
    if minor > 11 {
        all.push((format!("org/rich-{minor}"), rich.tree(minor)));
        all.push((format!("org/bare-{minor}"), bare));
    }
    all
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

fn fetch(zig: &Zig, url: &str) -> Result<String, String> {
    zig.fetch(url, Scratch::new("fetch").path())
}

#[track_caller]
fn expect(zig: &Zig, url: &str) -> String {
    fetch(zig, url).unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()))
}
