//! A forge, a server that mirrors it, and the Zigs that fetch from both.

use crate::conformance::depot::bytes_of;
use crate::host::{Host, Settings};
use crate::packages::{Entry, Package, Tree};
use crate::process::{Running, eventually};
use crate::scratch::Scratch;
use crate::stand_in::Forge;
use crate::zigs::{Zig, zigs};

/// The archive that all repositories have.
pub const FILE: &str = "refs/tags/v0.1.0.tar.gz";
/// The release that all assets belong to.
pub const VERSION: &str = "v0.1.0";

/// A stand-in forge and a server that mirrors its organisation `org`.
pub struct Mirror {
    server: Running,
    settings: Settings,
    /// The forge.
    pub forge: Forge,
    _scratch: Scratch,
}

/// A package that a forge has, and the hash that a Zig gave it there.
pub struct Published {
    /// The Zig that it is for.
    pub zig: Zig,
    /// `org/repo`.
    pub repository: String,
    /// The hash that this Zig gave it.
    pub hash: String,
    /// Where the mirror has it.
    pub url: String,
}

impl Mirror {
    /// Starts both.
    pub fn start(host: &dyn Host) -> Self {
        Self::start_with(host, |_| ())
    }

    /// Starts both, with changed settings.
    pub fn start_with(host: &dyn Host, set: impl FnOnce(&mut Settings)) -> Self {
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
            settings,
            forge,
            _scratch: scratch,
        }
    }

    /// Ends the server as a power cut does; the next has another port.
    pub fn crash_and_restart(&mut self, host: &dyn Host) {
        self.server.kill();
        self.server = host.start(&self.settings);
    }

    /// `http://<address>` of the server.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Publishes an archive of `org/repo` under [`FILE`].
    pub fn publish(&self, repository: &str, tree: &Tree) {
        let repo = repository.rsplit('/').next().unwrap_or(repository);
        let bytes = tree.tar_gz(&format!("{repo}-0.1.0"));
        self.forge.publish_archive(repository, FILE, &bytes);
    }

    /// Where the server has that archive.
    pub fn package(&self, repository: &str) -> String {
        format!("{}/pkg/{repository}/{FILE}", self.url())
    }

    /// Where the server has an asset of the release [`VERSION`].
    pub fn artifact(&self, repository: &str, file: &str) -> String {
        format!("{}/artifact/{repository}/{VERSION}/{file}", self.url())
    }

    /// Publishes packages for every Zig, and lets each fetch its own straight from the forge.
    pub fn packages_of_all_zigs(&self) -> Vec<Published> {
        let mut published = Vec::new();
        for zig in zigs() {
            for (repository, tree) in repositories(&zig) {
                self.publish(&repository, &tree);
                published.push(Published {
                    hash: expect(&zig, &self.forge.archive_url(&repository, FILE)),
                    url: self.package(&repository),
                    zig: zig.clone(),
                    repository,
                });
            }
        }
        published
    }

    /// Publishes a project's dependencies for one Zig, lets it fetch them, and returns the project.
    pub fn project(&self, zig: Zig) -> (Zig, Package) {
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
    pub fn wait_for_clients(&self, count: usize) {
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

/// Fetches a package in a directory of its own.
pub fn fetch(zig: &Zig, url: &str) -> Result<String, String> {
    zig.fetch(url, Scratch::new("fetch").path())
}

/// Fetches a package and returns its hash; panics with what Zig said.
#[track_caller]
pub fn expect(zig: &Zig, url: &str) -> String {
    fetch(zig, url).unwrap_or_else(|said| panic!("{} {url}: {said}", zig.version()))
}
