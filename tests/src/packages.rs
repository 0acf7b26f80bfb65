//! Zig packages, and the archives that a forge makes of them.
//!
//! A [`Package`] writes its own build script, which uses every dependency and says so, and its
//! manifest in the form that a Zig version reads. Its archives are laid out as `git archive` does for
//! GitHub: a global header with the commit id, one top directory, directories before their files.
//!
//! It refuses to know any package hash: that is what a real Zig is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

/// The version that all packages have.
pub const VERSION: &str = "0.1.0";
/// A commit, as all archives name one.
pub const COMMIT: &str = "7b8fbec15a71714619a7e06d617045ffdd6d176b";

/// The first minor version whose manifests have enum names and fingerprints.
const FINGERPRINTS: u32 = 14;

/// A package: files, and what it depends on.
#[derive(Clone, Debug)]
pub struct Package {
    name: String,
    tree: Tree,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug)]
struct Dependency {
    name: String,
    url: String,
    hash: String,
    lazy: bool,
}

impl Package {
    /// A package with a build script and a manifest; the name is a Zig identifier of at most 32 bytes.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            tree: Tree::default(),
            dependencies: Vec::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: &[u8]) -> Self {
        self.tree.add(path, Entry::File(bytes.into()));
        self
    }

    /// Adds a symbolic link, which 0.11 cannot unpack.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.tree.add(path, Entry::Link(target.into()));
        self
    }

    /// Adds a dependency that every build fetches.
    #[must_use]
    pub fn needs(self, name: &str, url: &str, hash: &str) -> Self {
        self.depends(name, url, hash, false)
    }

    /// Adds a dependency that is fetched when the build script asks for it, as this one does; 0.12 is
    /// the first to know that.
    #[must_use]
    pub fn needs_lazily(self, name: &str, url: &str, hash: &str) -> Self {
        self.depends(name, url, hash, true)
    }

    fn depends(mut self, name: &str, url: &str, hash: &str, lazy: bool) -> Self {
        self.dependencies.push(Dependency {
            name: name.into(),
            url: url.into(),
            hash: hash.into(),
            lazy,
        });
        self
    }

    /// What a build prints when it has come to this package.
    pub fn said(&self) -> String {
        format!("building {}", self.name)
    }

    /// `build.zig.zon` for Zig 0.`minor`.
    pub fn manifest(&self, minor: u32) -> String {
        let name = &self.name;
        let identity = if minor < FINGERPRINTS {
            format!(".name = \"{name}\"")
        } else {
            let high = u64::from(crc32(name.as_bytes())) << 32;
            let fingerprint = high | 0x1234_5678;
            format!(".name = .{name},\n    .fingerprint = 0x{fingerprint:016x}")
        };
        let dependencies: String = self.dependencies.iter().map(Dependency::entry).collect();
        format!(
            ".{{\n    {identity},\n    .version = \"{VERSION}\",\n    .dependencies = .{{\n{dependencies}    }},\n    .paths = .{{\"\"}},\n}}\n"
        )
    }

    /// `build.zig`, the same for every version.
    pub fn script(&self) -> String {
        let uses: String = self.dependencies.iter().map(Dependency::usage).collect();
        format!(
            "const std = @import(\"std\");\n\npub fn build(b: *std.Build) void {{\n    _ = &b;\n    std.debug.print(\"{}\\n\", .{{}});\n{uses}}}\n",
            self.said()
        )
    }

    /// All its files, for Zig 0.`minor`.
    pub fn tree(&self, minor: u32) -> Tree {
        let mut tree = self.tree.clone();
        let own = [
            ("build.zig", self.script()),
            ("build.zig.zon", self.manifest(minor)),
        ];
        for (path, text) in own {
            tree.add(path, Entry::File(text.into_bytes()));
        }
        tree
    }
}

impl Dependency {
    fn entry(&self) -> String {
        let Self {
            name, url, hash, ..
        } = self;
        let lazy = if self.lazy { ", .lazy = true" } else { "" };
        format!("        .{name} = .{{ .url = \"{url}\", .hash = \"{hash}\"{lazy} }},\n")
    }

    fn usage(&self) -> String {
        let function = if self.lazy {
            "lazyDependency"
        } else {
            "dependency"
        };
        format!("    _ = b.{function}(\"{}\", .{{}});\n", self.name)
    }
}

/// Files and links by their paths, in the order of the paths' bytes.
#[derive(Clone, Debug, Default)]
pub struct Tree(BTreeMap<String, Entry>);

/// One entry of a [`Tree`].
#[derive(Clone, Debug)]
pub enum Entry {
    /// A file.
    File(Vec<u8>),
    /// A symbolic link and its target.
    Link(String),
}

impl Tree {
    /// Adds an entry, or replaces it.
    pub fn add(&mut self, path: &str, entry: Entry) {
        self.0.insert(path.into(), entry);
    }

    /// All entries, in the order of their paths' bytes.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// Writes everything below a directory, which is made.
    pub fn write(&self, dir: &Path) {
        for (path, entry) in &self.0 {
            let path = dir.join(path);
            let parent = path.parent().expect("a joined path has a parent");
            fs::create_dir_all(parent).expect("the directory can be made");
            match entry {
                Entry::File(bytes) => fs::write(path, bytes),
                Entry::Link(target) => symlink(target, path),
            }
            .expect("the directory is writable");
        }
    }

    /// The tar archive that GitHub makes, below the directory `top`, which names the repository and
    /// the reference, as `hello-0.1.0`.
    pub fn tar(&self, top: &str) -> Vec<u8> {
        let mut tar = Vec::new();
        let comment = format!("52 comment={COMMIT}\n");
        record(&mut tar, "pax_global_header", b'g', "", comment.as_bytes());
        let mut directories = BTreeSet::new();
        for (path, entry) in &self.0 {
            let path = format!("{top}/{path}");
            for (slash, _) in path.match_indices('/') {
                if directories.insert(path[..=slash].to_owned()) {
                    record(&mut tar, &path[..=slash], b'5', "", b"");
                }
            }
            match entry {
                Entry::File(bytes) => record(&mut tar, &path, b'0', "", bytes),
                Entry::Link(target) => record(&mut tar, &path, b'2', target, b""),
            }
        }
        tar.resize(tar.len() + 1024, 0);
        tar
    }

    /// The same, compressed.
    pub fn tar_gz(&self, top: &str) -> Vec<u8> {
        gzip(&self.tar(top))
    }
}

/// Compresses with the real gzip, without name and time, so that the same bytes give the same bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut command = Command::new("gzip");
    command
        .args(["-n", "-6"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .expect("gzip, which every Linux has, starts");
    let mut input = child.stdin.take().expect("standard input is piped");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(bytes).expect("gzip reads all"));
        child.wait_with_output().expect("gzip ends")
    });
    assert!(output.status.success(), "gzip: {}", output.status);
    output.stdout
}

/// One entry of a tar archive; a path that does not fit gets an extended header, as from git.
fn record(tar: &mut Vec<u8>, path: &str, kind: u8, target: &str, bytes: &[u8]) {
    const NAME: usize = 100;
    if path.len() > NAME {
        let field = extended("path", path);
        record(
            tar,
            &format!("{COMMIT}.paxheader"),
            b'x',
            "",
            field.as_bytes(),
        );
    }
    let mut header = [0; 512];
    let mut put =
        |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, &path[..path.len().min(NAME)]);
    put(100, mode(kind));
    put(108, "0000000\x000000000\0");
    put(124, &format!("{:011o}\x0015013047400\0", bytes.len()));
    put(148, "        ");
    put(157, target);
    put(257, "ustar\x0000root");
    put(297, "root");
    put(329, "0000000\x000000000\0");
    header[156] = kind;
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:07o}").as_bytes());
    header[155] = 0;
    tar.extend_from_slice(&header);
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

/// The modes that GitHub writes, which Zig ignores.
fn mode(kind: u8) -> &'static str {
    match kind {
        b'5' => "0000775\0",
        b'2' => "0000777\0",
        b'g' | b'x' => "0000666\0",
        _ => "0000664\0",
    }
}

/// A line of an extended header, which begins with its own length.
fn extended(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

/// CRC-32 as in zlib: the polynomial 0xedb88320, reflected.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tools::{find, run};

    #[test]
    fn checksum_is_that_of_zlib() {
        assert_eq!(crc32(b"hello"), 0x3610_a686);
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn extended_header_counts_its_own_length() {
        assert_eq!(
            extended("comment", COMMIT),
            format!("52 comment={COMMIT}\n")
        );
        assert_eq!(extended("a", &"b".repeat(4)), "9 a=bbbb\n");
        assert_eq!(extended("a", &"b".repeat(5)), "11 a=bbbbb\n");
        assert_eq!(extended("path", &"b".repeat(90)).len(), 99);
        assert_eq!(extended("path", &"b".repeat(91)).len(), 101);
    }

    #[test]
    fn real_tar_unpacks_what_was_put_in() {
        let Some(tar) = find("tar") else { return };
        let long = format!("{}/{}/file", "d".repeat(60), "e".repeat(60));
        let package = Package::new("hello")
            .file(&long, b"deep")
            .link("a/link", "../build.zig");
        let scratch = Scratch::new("packages");
        scratch.write("p.tar.gz", &package.tree(14).tar_gz("hello-0.1.0"));
        run(&tar, &["-xzf", "p.tar.gz"], scratch.path());
        let read = |path: &str| fs::read(scratch.join("hello-0.1.0").join(path)).unwrap();
        assert_eq!(read(&long), b"deep");
        assert_eq!(read("a/link"), package.script().as_bytes());
        assert!(
            read("build.zig.zon")
                .starts_with(b".{\n    .name = .hello,\n    .fingerprint = 0x3610a68612345678,")
        );
        let listed = run(&tar, &["-tzf", "p.tar.gz"], scratch.path());
        assert!(
            listed
                .stdout
                .starts_with(b"hello-0.1.0/\nhello-0.1.0/a/\nhello-0.1.0/a/link\n")
        );
    }
}
