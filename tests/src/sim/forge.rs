//! What the virtual forge has: packages and artifacts, fixed ones and ones that move on.
//!
//! Each file has a last segment of its own, which is its name in the [catalog](super::catalog). Nobody
//! signs these files, so an upstream here may break off and lie about lengths, but only in ways that
//! a mirror can notice. It refuses to know how a package hash is computed: the core says it of each
//! genuine content, and what is told apart here is which content an answer may have.

use zigdepot_core::zig::package::{Layout, Outcome, PackageLimits, PackageReader, Packing};

use super::random::Random;
use crate::tarball::Tarball;

/// A commit's archive.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567.tar.gz";
/// A version's archive, whose package is that of the branch's first generation.
pub const VERSION: &str = "v1.0.0.tar.gz";
/// A version's archive that no Zig can unpack.
pub const BROKEN: &str = "v2.0.0.tar.gz";
/// A branch whose second generation no Zig can unpack.
pub const BRANCH: &str = "main.tar.gz";
/// A branch whose generations have one length.
pub const TRUNK: &str = "trunk.tar";
/// What accompanies a release.
pub const ARTIFACT: &str = "tool-x86_64.zip";
/// What accompanies a release that is made anew each night.
pub const NIGHTLY: &str = "tool-nightly.zip";

/// A file of the forge.
#[derive(Debug)]
pub struct Mirrored {
    /// Its last segment.
    pub name: &'static str,
    /// The path of a request, and in the store.
    pub path: &'static str,
    /// The path at the forge.
    pub source: &'static str,
    /// Whether it may change.
    pub changes: bool,
}

const fn fixed(name: &'static str, path: &'static str, source: &'static str) -> Mirrored {
    let changes = false;
    Mirrored {
        name,
        path,
        source,
        changes,
    }
}

const fn moving(name: &'static str, path: &'static str, source: &'static str) -> Mirrored {
    Mirrored {
        changes: true,
        ..fixed(name, path, source)
    }
}

/// All files of the forge.
pub const FILES: [Mirrored; 7] = [
    fixed(
        COMMIT,
        "pkg/org/hello/0123456789abcdef0123456789abcdef01234567.tar.gz",
        "/hello/archive/0123456789abcdef0123456789abcdef01234567.tar.gz",
    ),
    fixed(
        VERSION,
        "pkg/org/hello/v1.0.0.tar.gz",
        "/hello/archive/v1.0.0.tar.gz",
    ),
    fixed(
        BROKEN,
        "pkg/org/hello/v2.0.0.tar.gz",
        "/hello/archive/v2.0.0.tar.gz",
    ),
    moving(
        BRANCH,
        "pkg/org/hello/refs/heads/main.tar.gz",
        "/hello/archive/refs/heads/main.tar.gz",
    ),
    moving(TRUNK, "pkg/org/other/trunk.tar", "/other/archive/trunk.tar"),
    fixed(
        ARTIFACT,
        "artifact/org/tool/v1.0.0/tool-x86_64.zip",
        "/tool/releases/v1.0.0/tool-x86_64.zip",
    ),
    moving(
        NIGHTLY,
        "artifact/org/tool/nightly/tool-nightly.zip",
        "/tool/releases/nightly/tool-nightly.zip",
    ),
];

/// The settings that send requests to the forge.
pub const SETTINGS: [(&str, &str); 2] = [
    ("ZIG_PKG", "org::https://forge.test/$REPO/archive/$FILE"),
    (
        "ZIG_ARTIFACT",
        "org::https://forge.test/$REPO/releases/$VERSION/$FILE",
    ),
];

/// The file of this name.
pub fn find(name: &str) -> Option<&'static Mirrored> {
    FILES.iter().find(|file| file.name == name)
}

/// Whether a path is one of the store's.
pub fn is_stored(path: &str) -> bool {
    ["zig/", "pkg/", "artifact/"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// Whether a file of that path may be replaced.
pub fn may_change(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    find(name).is_some_and(|file| file.changes)
}

/// The contents that a file has in turn.
pub fn contents(name: &str) -> Vec<Vec<u8>> {
    let random = Random::new(3);
    let noise = |len: usize| -> Vec<u8> { random_bytes(&random, len) };
    match name {
        COMMIT => vec![package(1, "commit").tar_gz()],
        VERSION => vec![package(2, "v1.0.0").tar_gz()],
        BROKEN => vec![noise(900)],
        BRANCH => vec![
            package(2, "main").tar_gz(),
            noise(1100),
            package(3, "main").tar_gz(),
        ],
        TRUNK => [4, 5, 6].map(|seed| package(seed, "t").tar()).into(),
        ARTIFACT => vec![noise(1500)],
        NIGHTLY => vec![noise(1200), noise(700), noise(1200)],
        _ => Vec::new(),
    }
}

/// A package whose files a seed decides; its directory is no part of it.
fn package(seed: u64, top: &str) -> Tarball {
    let source = random_bytes(&Random::new(seed), 1000);
    Tarball::default()
        .file(&format!("{top}/build.zig"), b"// nothing to build\n")
        .file(&format!("{top}/src/noise.bin"), source)
}

fn random_bytes(random: &Random, len: usize) -> Vec<u8> {
    let words = core::iter::repeat_with(|| random.bits().to_le_bytes());
    words.flatten().take(len).collect()
}

/// The hashes of the package in these bytes, if the core says that there is one.
pub fn hashes(name: &str, bytes: &[u8]) -> Vec<String> {
    let is_package = find(name).is_some_and(|file| file.path.starts_with("pkg/"));
    let packing = Packing::of_name(name).ok().filter(|_| is_package);
    let Some(packing) = packing else {
        return Vec::new();
    };
    let mut reader = PackageReader::new(packing, Layout::default(), PackageLimits::default());
    reader.handle_bytes(bytes);
    match reader.finish() {
        Ok(Outcome::Package(package)) => {
            let new = package.hashes.new.ok().into_iter();
            new.chain([package.hashes.legacy])
                .map(|hash| hash.as_str().to_owned())
                .collect()
        }
        Ok(Outcome::Again(_)) | Err(_) => Vec::new(),
    }
}
