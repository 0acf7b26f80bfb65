//! What a story is told with: a program, a forge, a project and its bundle.

use std::fs;
use std::path::{Path, PathBuf};

use zigdepot_tests::command::{Outcome, run};
use zigdepot_tests::host::{Binary, Settings};
use zigdepot_tests::packages::Package;
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::Forge;

pub(crate) const FILE: &str = "refs/tags/v0.1.0.tar.gz";
/// The version whose manifests most stories have.
pub(crate) const MINOR: u32 = 14;

/// What a story is about: a program, a forge, a project.
pub(crate) struct Story<'p> {
    program: &'p Binary,
    pub(crate) settings: Settings,
    pub(crate) forge: Forge,
    minor: u32,
    pub(crate) scratch: Scratch,
}

impl<'p> Story<'p> {
    pub(crate) fn new(program: &'p Binary) -> Self {
        Self::for_zig(program, MINOR)
    }

    pub(crate) fn for_zig(program: &'p Binary, minor: u32) -> Self {
        let (forge, scratch) = (Forge::start(), Scratch::new("vendor"));
        let mut settings = Settings::new(&scratch.join("data"), &forge.site().url(), "off");
        settings.set("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1");
        Self {
            program,
            settings,
            forge,
            minor,
            scratch,
        }
    }

    /// Publishes a package; its URL and its hash.
    pub(crate) fn publish(&self, package: &Package) -> (String, String) {
        self.publish_bytes(package.name(), &self.pack(package))
    }

    pub(crate) fn publish_bytes(&self, name: &str, bytes: &[u8]) -> (String, String) {
        let repository = format!("org/{name}");
        self.forge.publish_archive(&repository, FILE, bytes);
        (self.forge.archive_url(&repository, FILE), self.hash(bytes))
    }

    pub(crate) fn pack(&self, package: &Package) -> Vec<u8> {
        let top = format!("{}-0.1.0", package.name());
        package.tree(self.minor).tar_gz(&top)
    }

    /// The hash of an archive, which other stories hold to what Zig says; none of what is no package.
    pub(crate) fn hash(&self, archive: &[u8]) -> String {
        let file = self.scratch.write("hashed.tar.gz", archive);
        let legacy: &[&str] = if self.minor < 14 { &["--legacy"] } else { &[] };
        let words = [&["hash", text(&file)], legacy].concat();
        let outcome = run(self.program, &self.settings, &words);
        outcome.lines.into_iter().next().unwrap_or_default()
    }

    /// A project with a tree: a leaf that two need, a lazy package with a dependency of its own.
    pub(crate) fn project(&self) -> PathBuf {
        let (leaf, leaf_hash) = self.publish(&Package::new("leaf").file("leaf.txt", b"leaf"));
        let middle = Package::new("middle").needs("leaf", &leaf, &leaf_hash);
        let (middle, middle_hash) = self.publish(&middle);
        let extra = Package::new("extra").needs("same_leaf", &leaf, &leaf_hash);
        let (extra, extra_hash) = self.publish(&extra);
        let root = Package::new("root")
            .needs("middle", &middle, &middle_hash)
            .needs_lazily("extra", &extra, &extra_hash);
        self.write_project(&root)
    }

    pub(crate) fn write_project(&self, root: &Package) -> PathBuf {
        let dir = self.scratch.join("project");
        root.tree(self.minor).write(&dir);
        dir
    }

    /// A project with just this manifest.
    pub(crate) fn write_manifest(&self, dependencies: &str) -> PathBuf {
        let text = format!(
            ".{{ .name = .root, .version = \"1.0.0\", .fingerprint = 0x1, .paths = .{{\"\"}},\n.dependencies = .{{\n{dependencies}}} }}\n"
        );
        let path = self.scratch.write("project/build.zig.zon", text.as_bytes());
        path.parent().expect("it has one").to_path_buf()
    }

    /// `vendor`, with these flags.
    pub(crate) fn vendor(&self, project: &Path, flags: &[&str]) -> Outcome {
        let manifest = project.join("build.zig.zon");
        let words = [&["vendor", text(&manifest)], flags].concat();
        run(self.program, &self.settings, &words)
    }

    pub(crate) fn vendor_dir(&self, project: &Path, dir: &Path) -> Outcome {
        self.vendor(project, &["--dir", text(dir)])
    }

    /// How often the forge was asked for anything.
    pub(crate) fn asked(&self) -> usize {
        self.forge.site().requests().len()
    }
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}

/// The names in a directory, hidden ones too.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// The beginnings of the names in a bundle, up to the first `-`.
pub(crate) fn packages(dir: &Path) -> Vec<String> {
    let names = names(dir);
    let words = names
        .iter()
        .map(|name| name.split('-').next().unwrap_or(name));
    words.map(String::from).collect()
}
