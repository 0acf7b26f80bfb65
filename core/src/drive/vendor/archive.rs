//! An archive that is here, and the package in it.

use super::Trouble;
use crate::drive::find::read_up_to;
use crate::drive::host::Host;
use crate::drive::voucher::{PACKED, each_chunk};
use crate::zig::package::{
    Layout, Outcome, Package, PackageHash, PackageReader, Packing, PackingError,
};

/// An archive whose package was read to its end.
#[derive(Debug)]
pub struct Archive<F> {
    /// The file, which does not change.
    pub file: F,
    /// How it is packed.
    pub packing: Packing,
    /// Whether it has a top directory.
    pub layout: Layout,
    /// The package.
    pub package: Package,
}

impl<F> Archive<F> {
    /// Reads the archive in a file; twice, if its last entries say something else than its first.
    /// `name` tells how it is packed where its first bytes do not.
    pub(super) async fn read<H: Host<File = F>>(
        host: &H,
        file: F,
        name: &str,
    ) -> Result<Self, Trouble> {
        let packing = packing(host, &file, name).await?;
        let mut layout = Layout::default();
        for _ in 0..2 {
            let limits = host.config().limits.package;
            let mut reader = PackageReader::new(packing, layout, limits);
            each_chunk(host, &file, PACKED, |bytes| reader.handle_bytes(bytes)).await?;
            match reader.finish().map_err(Trouble::Package)? {
                Outcome::Again(other) => layout = other,
                Outcome::Package(package) => {
                    return Ok(Self {
                        file,
                        packing,
                        layout,
                        package: *package,
                    });
                }
            }
        }
        // It cannot be in doubt twice: the file does not change.
        Err(Trouble::Packing(PackingError::Unknown))
    }

    /// Its hash, of the same form as the one expected.
    pub(super) fn hash(&self, expected: Option<&PackageHash>) -> Result<PackageHash, Trouble> {
        let hashes = &self.package.hashes;
        if expected.is_some_and(|hash| hash.parts().is_none()) {
            return Ok(hashes.legacy.clone());
        }
        hashes.new.clone().map_err(Trouble::Nameless)
    }

    /// Whether its package is the expected one.
    pub(super) fn check(&self, expected: &PackageHash) -> Result<(), Trouble> {
        let found = self.hash(Some(expected))?;
        if found == *expected {
            return Ok(());
        }
        let expected = expected.clone();
        Err(Trouble::WrongHash { expected, found })
    }
}

/// By what the file begins with: a URL's end says less, and servers know less still.
async fn packing<H: Host>(host: &H, file: &H::File, name: &str) -> Result<Packing, Trouble> {
    let head = read_up_to(host.store(), file, Packing::HEAD).await?;
    let packing = match Packing::of_bytes(&head) {
        Err(PackingError::Unknown) => Packing::of_name(name),
        told => told,
    };
    packing.map_err(Trouble::Packing)
}
