//! The registry's files: tarballs against their manifests and the commits these name, manifests
//! against their names, and both against each other.
//!
//! A manifest is never moved: it says what was published, so that the same bytes can be had again.

use std::fs::File;
use std::io;

use zigdepot_core::registry::check::{Culprit, ReleaseCheck, ReleaseFault, Standing};
use zigdepot_core::registry::documents::Upstream;
use zigdepot_core::registry::manifest::{MAX_BYTES, ReleaseManifest};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::registry::release::{ReleaseFile, ReleasePart};
use zigdepot_core::store::proof::Proof;
use zigdepot_core::store::release::Published;
use zigdepot_core::store::{StoreError, StoreKey};

use super::file::open;
use super::run::Run;
use crate::package::read_at_most;
use crate::store::{of_read, stat};

/// What is right, and as what it is to be recorded.
type Judged = Result<(Standing, Proof), ReleaseFault>;

impl Run<'_> {
    /// Checks a file of `len` bytes below `p/`.
    pub(super) fn check_published(&mut self, key: &StoreKey, published: &Published, len: u64) {
        match published {
            Published::File(file) if file.part == ReleasePart::Tarball => {
                self.check_tarball(key, file, len);
            }
            Published::File(file) => {
                self.report.handle_skipped(len);
                self.check_manifest(key, file);
            }
            Published::Upstream(package) => {
                self.report.handle_skipped(len);
                self.check_upstream(key, package);
            }
            Published::Tags(_) => {
                let path = self.path(key);
                self.report.handle_odd(&path, &"no directory");
            }
        }
    }

    fn check_tarball(&mut self, key: &StoreKey, file: &ReleaseFile, len: u64) {
        let manifest = match self.manifest(file) {
            Ok(Some(manifest)) => manifest,
            Ok(None) => {
                self.report.handle_skipped(len);
                return self.report.handle_unpublished(key);
            }
            Err(_) => {
                self.report.handle_skipped(len);
                let why = &"its manifest cannot be read";
                return self.report.handle_unproven(key, why);
            }
        };
        let checked = open(&self.path(key))
            .map_err(|error| of_read(&error))
            .and_then(|opened| Ok((self.judge_release(key, &manifest, &opened)?, opened)));
        match checked {
            Ok((judged, opened)) => self.settle_release(key, file, judged, &opened),
            // It was deleted meanwhile.
            Err(StoreError::NotFound) => {}
            Err(error) => self.report.handle_failed(key, &error),
        }
    }

    fn judge_release(
        &mut self,
        key: &StoreKey,
        manifest: &ReleaseManifest,
        file: &File,
    ) -> Result<Judged, StoreError> {
        let stat = stat(file)?.ok_or(StoreError::NotFound)?;
        let mut check = ReleaseCheck::new(manifest);
        self.read_all(key, file, stat, |bytes| check.update(bytes))?;
        let digest = manifest.tarball.sha256;
        Ok(check
            .finish()
            .map(|standing| (standing, Proof { stat, digest })))
    }

    fn settle_release(
        &mut self,
        key: &StoreKey,
        release: &ReleaseFile,
        judged: Judged,
        file: &File,
    ) {
        let fault = match judged {
            Ok((standing, proof)) => {
                self.record(key, file, &proof);
                if self.rebuild(key, &proof) {
                    self.handle_standing(key, standing);
                }
                return;
            }
            Err(fault) => fault,
        };
        match fault.culprit() {
            Culprit::Tarball => {
                self.set_aside(key, file, &fault);
                // It came of the same wrong bytes, or of a tarball that is not there any more.
                self.delete_derived(&release.package, &release.tag);
            }
            Culprit::Manifest => {
                let key = StoreKey::manifest(&release.package, &release.tag);
                self.report.handle_wrong(&key, &fault, &"it stays");
            }
            Culprit::Unknown => self.report.handle_unproven(key, &fault),
        }
    }

    fn handle_standing(&mut self, key: &StoreKey, standing: Standing) {
        match standing {
            Standing::Proven => self.report.handle_right(),
            Standing::Imported => {
                let why = &"imported; it is what its manifest says, and no commit vouches for it";
                self.report.handle_unproven(key, why);
            }
        }
    }

    fn check_manifest(&mut self, key: &StoreKey, file: &ReleaseFile) {
        match self.manifest(file) {
            Err(why) => self.report.handle_unreadable(key, &why),
            Ok(Some(_)) => {
                let tarball = StoreKey::tarball(&file.package, &file.tag);
                if !self.path(&tarball).is_file() {
                    self.report.handle_lost(key);
                }
            }
            // It was deleted meanwhile.
            Ok(None) => {}
        }
    }

    /// The manifest of a release; none if there is none, and why it is none if it cannot be used.
    pub(super) fn manifest(&self, file: &ReleaseFile) -> Result<Option<ReleaseManifest>, String> {
        let path = self.path(&StoreKey::manifest(&file.package, &file.tag));
        let bytes = match read_at_most(&path, MAX_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
            Ok(None) => return Err("it is longer than a manifest".to_owned()),
            Ok(Some(bytes)) => bytes,
        };
        let manifest = ReleaseManifest::parse(&bytes).map_err(|error| error.to_string())?;
        if (&manifest.package, &manifest.tag) != (&file.package, &file.tag) {
            let (package, tag) = (&manifest.package, &manifest.tag);
            return Err(format!("it is the manifest of {package} {tag}"));
        }
        Ok(Some(manifest))
    }

    fn check_upstream(&mut self, key: &StoreKey, package: &PackageName) {
        /// A longer one is none of ours.
        const MOST: usize = 256 << 10;
        let record = match read_at_most(&self.path(key), MOST) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            read => read.ok().flatten(),
        };
        if record.is_none_or(|text| Upstream::parse(&text).is_none()) {
            let why =
                format_args!("nobody has the name; zigdepot upstream {package} URL settles it");
            self.report.handle_unreadable(key, &why);
        }
    }
}
