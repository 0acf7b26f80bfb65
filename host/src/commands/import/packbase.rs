//! `packbase`: takes over the tarballs, manifests and repositories of a data directory of packbase.
//!
//! Tarballs keep their bytes, and manifests theirs. A tarball is read before it is taken: it must be
//! what its manifest says, and one without manifest must be whole. It refuses to tell what one was
//! made of; that nobody knows.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zigdepot_core::drive::USER_AGENT;
use zigdepot_core::registry::check::ReleaseCheck;
use zigdepot_core::registry::manifest::{
    MAX_BYTES, Origin, ReleaseManifest, TarballFacts, ZigFacts,
};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::registry::release::{ReleaseFile, ReleasePart};
use zigdepot_core::store::packbase::{Left, release, repository};
use zigdepot_core::store::proof::Proof;
use zigdepot_core::store::{Placing, StoreError, StoreKey};
use zigdepot_core::zig::package::PackageLimits;

use super::{Counts, Opened, copy, open};
use crate::archive::{Broken, read_whole};
use crate::commands::verify::package::rebuild;
use crate::commands::{Call, CommandError, now, say};
use crate::package::{self, HashingError, read_at_most};
use crate::store::FileStore;
use crate::store::walk::{Seen, walk};

/// Directories of our own, which are left alone in place.
const OWN: [&str; 4] = [".zigdepot", "artifact", "pkg", "zig"];

/// An import under way.
struct Import {
    from: PathBuf,
    in_place: bool,
    links: bool,
    root: PathBuf,
    /// None in a dry run.
    store: Option<FileStore>,
    limits: PackageLimits,
    /// Packages that are here, by their names in lower case.
    names: BTreeMap<String, PackageName>,
    done: Counts,
}

/// Why something is not taken.
enum Trouble {
    /// It stays where it is.
    Left(String),
    /// It should have been taken.
    Failed(String),
    /// It is here.
    There,
}

pub(super) fn run(call: &Call) -> Result<ExitCode, CommandError> {
    let Opened { from, root, store } = open(call)?;
    let mut import = Import {
        in_place: root.canonicalize().is_ok_and(|root| root == from),
        links: call.has("link"),
        names: names(&root),
        limits: call.config.limits.package,
        from,
        root,
        store,
        done: Counts::default(),
    };
    import.take_all();
    Ok(import.done.finish(import.store.is_none()))
}

/// The packages that are published.
fn names(root: &Path) -> BTreeMap<String, PackageName> {
    let entries = fs::read_dir(root.join("p")).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| PackageName::parse(entry.file_name().to_str()?).ok());
    names.map(|name| (name.folded(), name)).collect()
}

impl Import {
    fn take_all(&mut self) {
        let mut names: Vec<_> = match fs::read_dir(&self.from) {
            Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
            Err(error) => return self.done.fail(Path::new(""), &error),
        };
        names.sort();
        for name in names {
            match name.to_str() {
                Some("p") => self.take_releases(),
                Some("git") if self.in_place => {}
                Some("git") => self.take_repositories(),
                Some(own) if self.in_place && OWN.contains(&own) => {}
                _ => self.done.leave(Path::new(&name), &Left::Unknown),
            }
        }
    }

    fn take_releases(&mut self) {
        let from = self.from.clone();
        walk(&from, Path::new("p"), &mut |path, seen| match seen {
            Seen::File(meta) => self.handle_file(path, meta.len()),
            Seen::Empty => self.done.leave(path, &"an empty directory"),
            Seen::Other => self.done.leave(path, &"neither a file nor a directory"),
            Seen::Trouble(error) => self.done.fail(path, &error),
        });
    }

    fn handle_file(&mut self, path: &Path, len: u64) {
        let file = match path.to_str().map(release) {
            None => return self.done.leave(path, &"its name is not UTF-8"),
            Some(Err(Left::Unknown)) if self.in_place && is_ours(path) => return,
            Some(Err(left)) => return self.done.leave(path, &left),
            Some(Ok(file)) => file,
        };
        let taken = match file.part {
            ReleasePart::Tarball => self.take(path, &file),
            ReleasePart::Manifest => {
                let tarball = StoreKey::tarball(&file.package, &file.tag);
                if self.from.join(tarball.as_str()).is_file() {
                    return;
                }
                Err(Trouble::Left("its tarball is not there".to_owned()))
            }
        };
        self.settle(path, len, taken);
    }

    fn settle(&mut self, path: &Path, len: u64, taken: Result<(), Trouble>) {
        match taken {
            Ok(()) => {
                self.done.count(len);
                say(format_args!("{}", path.display()));
            }
            Err(Trouble::There) => self.done.there += 1,
            Err(Trouble::Left(why)) => self.done.leave(path, &why),
            Err(Trouble::Failed(why)) => self.done.fail(path, &why),
        }
    }

    /// Takes a tarball with its manifest, which is the last file to come.
    fn take(&mut self, path: &Path, file: &ReleaseFile) -> Result<(), Trouble> {
        self.check_case(&file.package)?;
        let (tarball, key) = (self.from.join(path), StoreKey::release(file));
        let manifest_key = StoreKey::manifest(&file.package, &file.tag);
        let stored = read_manifest(&self.from.join(manifest_key.as_str()), file)?;
        let (manifest, text) = match stored {
            Some((manifest, text)) => {
                check(&tarball, &manifest)?;
                (manifest, text)
            }
            None => self.make(&tarball, file)?,
        };
        let is_published = self.compare(&manifest_key, file, &manifest)?;
        let was_there = self.root.join(key.as_str()).is_file();
        if !was_there {
            self.bring(&tarball, &key, &manifest)?;
        }
        self.record(&key, &manifest)?;
        if is_published {
            return if was_there {
                Err(Trouble::There)
            } else {
                Ok(())
            };
        }
        self.publish(&manifest_key, &text)
    }

    /// Two names that differ in nothing but case are one package.
    fn check_case(&mut self, package: &PackageName) -> Result<(), Trouble> {
        let known = self.names.entry(package.folded());
        let known = known.or_insert_with(|| package.clone());
        if known == package {
            return Ok(());
        }
        let why = format!("the name differs from {known} in nothing but case");
        Err(Trouble::Left(why))
    }

    /// Whether the release is published here, with the same bytes; those of another one stay.
    fn compare(
        &self,
        manifest_key: &StoreKey,
        file: &ReleaseFile,
        manifest: &ReleaseManifest,
    ) -> Result<bool, Trouble> {
        let published = read_manifest(&self.root.join(manifest_key.as_str()), file)?;
        let sha256 = manifest.tarball.sha256;
        if let Some((published, _)) = &published
            && published.tarball.sha256 != sha256
        {
            return Err(Trouble::Left("it is published with other bytes".to_owned()));
        }
        let here = self.root.join(StoreKey::release(file).as_str());
        if !self.in_place && here.is_file() && check(&here, manifest).is_err() {
            return Err(Trouble::Left("another file has its name".to_owned()));
        }
        Ok(published.is_some())
    }

    /// A manifest for a tarball that has none: what can be computed.
    fn make(
        &self,
        tarball: &Path,
        file: &ReleaseFile,
    ) -> Result<(ReleaseManifest, Vec<u8>), Trouble> {
        let sums = read_whole(tarball).map_err(|broken| match broken {
            Broken::Read(error) => Trouble::Failed(error.to_string()),
            Broken::Archive(why) => {
                Trouble::Left(format!("it has no manifest, and is not whole: {why}"))
            }
        })?;
        let zig = match package::read(tarball, self.limits) {
            Ok(package) => ZigFacts::of(Ok(&package)),
            Err(HashingError::Package(error)) => ZigFacts::of(Err(&error)),
            Err(error) => ZigFacts {
                hash_problem: Some(error.to_string()),
                ..ZigFacts::default()
            },
        };
        let manifest = ReleaseManifest {
            package: file.package.clone(),
            tag: file.tag.clone(),
            upstream: None,
            commit: None,
            tree: None,
            tarball: TarballFacts {
                sha256: sums.sha256,
                md5: Some(*sums.md5.as_bytes()),
                crc32: Some(sums.crc32),
                size: sums.size,
            },
            content: None,
            generated_at: Some(now()),
            packbase_release: None,
            generator: Some(USER_AGENT.to_owned()),
            origin: Origin::Imported,
            zig,
        };
        let text = manifest.to_text();
        let text = text.map_err(|error| Trouble::Failed(format!("its manifest: {error}")))?;
        Ok((manifest, text.into_bytes()))
    }

    fn bring(
        &self,
        from: &Path,
        key: &StoreKey,
        manifest: &ReleaseManifest,
    ) -> Result<(), Trouble> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let linked = self.links && store.adopt(from, key).is_ok();
        if linked {
            return Ok(());
        }
        Ok(copy(store, from, key, Some(manifest.tarball.sha256))?)
    }

    /// Records that the tarball is what its manifest says, and which hashes lead to it.
    fn record(&self, key: &StoreKey, manifest: &ReleaseManifest) -> Result<(), Trouble> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let (file, stat) = store.open_file(key)?;
        let digest = manifest.tarball.sha256;
        let proof = Proof { stat, digest };
        store.record(&key.proof(), proof.to_text().as_bytes())?;
        drop(file);
        rebuild(store, key, digest, self.limits).map_err(Trouble::Failed)
    }

    fn publish(&self, key: &StoreKey, text: &[u8]) -> Result<(), Trouble> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let mut staging = store.stage()?;
        staging.append(text)?;
        Ok(store.publish(staging, key, Placing::New, None).map(drop)?)
    }

    fn take_repositories(&mut self) {
        let mut names: Vec<_> = match fs::read_dir(self.from.join("git")) {
            Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
            Err(error) => return self.done.fail(Path::new("git"), &error),
        };
        names.sort();
        for name in names {
            let path = Path::new("git").join(&name);
            let named = name.to_str().ok_or(Left::Unknown).and_then(repository);
            match named {
                Ok(_) => self.take_repository(&path),
                Err(left) => self.done.leave(&path, &left),
            }
        }
    }

    /// A repository comes as a whole; one of its name that is here stays as it is.
    fn take_repository(&mut self, path: &Path) {
        let from = self.from.join(path);
        if !(from.join("HEAD").is_file() && from.join("objects").is_dir()) {
            return self.done.leave(path, &"it is no bare repository");
        }
        if self.root.join(path).exists() {
            self.done.there += 1;
            return;
        }
        let brought = match &self.store {
            None => Ok(0),
            Some(store) => store.adopt_dir(&from, path, self.links),
        };
        match brought {
            Ok(bytes) => self.settle(path, bytes, Ok(())),
            Err(error) => self.settle(path, 0, Err(error.into())),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        if error == StoreError::Exists {
            Self::There
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// `p/<package>/upstream.json`, which is not packbase's.
fn is_ours(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "upstream.json")
}

/// A manifest, as it is and as it was read; none if it is not there.
fn read_manifest(
    path: &Path,
    file: &ReleaseFile,
) -> Result<Option<(ReleaseManifest, Vec<u8>)>, Trouble> {
    let refused = |why: &dyn core::fmt::Display| Trouble::Failed(format!("its manifest: {why}"));
    let text = match read_at_most(path, MAX_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(&error)),
        Ok(None) => return Err(refused(&"it is too long")),
        Ok(Some(text)) => text,
    };
    let manifest = ReleaseManifest::parse(&text).map_err(|error| refused(&error))?;
    if (&manifest.package, &manifest.tag) != (&file.package, &file.tag) {
        let why = format!("it is of {} {}", manifest.package, manifest.tag);
        return Err(refused(&why));
    }
    Ok(Some((manifest, text)))
}

/// Holds a tarball against a manifest.
fn check(tarball: &Path, manifest: &ReleaseManifest) -> Result<(), Trouble> {
    let mut check = ReleaseCheck::new(manifest);
    let read = crate::archive::read(tarball, |bytes| check.update(bytes));
    read.map_err(|error| Trouble::Failed(error.to_string()))?;
    let checked = check.finish();
    checked
        .map(drop)
        .map_err(|fault| Trouble::Failed(fault.to_string()))
}
