//! The package in an archive that is being written.
//!
//! The same rules as for an archive that is read, told the same events; so the hash of a tarball is
//! known when its last byte is written. It refuses to look at bytes of the archive itself.

use super::PackageLimits;
use super::error::PackageError;
use super::intake::{Intake, Stop};
use super::reader::{Layout, Outcome, Package};
use crate::archive::tar::Event;

/// Takes what is written, entry by entry. All paths lie below one top directory.
#[derive(Debug)]
pub struct PackageEntries {
    intake: Intake,
    failed: Option<PackageError>,
}

impl PackageEntries {
    /// Starts before the first entry.
    pub fn new(limits: PackageLimits) -> Self {
        Self {
            intake: Intake::new(Layout::Rooted, limits),
            failed: None,
        }
    }

    /// Takes the next event. After the first error all others are passed over.
    pub fn handle(&mut self, event: Event<'_>) {
        if self.failed.is_none() {
            self.failed = self.intake.handle(event).err().map(of_stop);
        }
    }

    /// To be called when there are no more entries: the package, or why it has no hash.
    pub fn finish(self) -> Result<Package, PackageError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.intake.finish()? {
            Outcome::Package(package) => Ok(*package),
            Outcome::Again(_) => Err(PackageError::Empty),
        }
    }
}

/// A second top directory is the caller's fault, and never there.
fn of_stop(stop: Stop) -> PackageError {
    match stop {
        Stop::Failed(error) => error,
        Stop::OtherLayout(_) => PackageError::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tar::{Entry, EntryKind};

    fn write(files: &[(&str, &str)]) -> Result<Package, PackageError> {
        let mut entries = PackageEntries::new(PackageLimits::default());
        for (path, content) in files {
            entries.handle(Event::Entry(Entry {
                path: path.as_bytes(),
                kind: EntryKind::File,
                size: content.len() as u64,
                is_executable: false,
            }));
            entries.handle(Event::Data(content.as_bytes()));
            entries.handle(Event::End);
        }
        entries.finish()
    }

    #[test]
    fn hash_is_that_of_the_archive() {
        let package = write(&[("top/a.txt", "just text\n")]).unwrap();
        assert_eq!(
            package.hashes.new.unwrap().as_str(),
            "N-V-__8AAAoAAAAbsNxms69QgMRle3JT3tq6cci2y4vWsPwG"
        );
    }

    #[test]
    fn manifest_that_cannot_be_read_is_the_reason_for_no_hash() {
        let package = write(&[("top/build.zig.zon", "no")]);
        assert!(matches!(package, Err(PackageError::Manifest(_))));
        assert_eq!(write(&[]), Err(PackageError::Empty));
    }
}
