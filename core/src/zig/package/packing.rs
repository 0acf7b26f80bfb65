//! How the files of a package are packed into one.
//!
//! Tar and gzip are read here. Zig reads more, which is refused with the reason and not taken for
//! an unknown kind of file.

use core::fmt;

/// How an archive is packed, of the ways that are read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// A tar archive.
    Tar,
    /// A tar archive in one gzip member.
    TarGz,
}

impl Packing {
    /// Bytes that [`of_bytes`](Self::of_bytes) needs to see.
    pub const HEAD: usize = 512;

    /// By the end of a file's name, as Zig decides for files; letter case does not matter.
    pub fn of_name(name: &str) -> Result<Self, PackingError> {
        let ends = |end: &str| {
            let at = name.len().checked_sub(end.len());
            at.and_then(|at| name.as_bytes().get(at..))
                .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
        };
        let known = BY_NAME.iter().find(|(end, _)| ends(end));
        known.map_or(Err(PackingError::Unknown), |&(_, packing)| packing)
    }

    /// By what a file begins with, for those whose name tells nothing.
    pub fn of_bytes(head: &[u8]) -> Result<Self, PackingError> {
        let known = BY_BYTES
            .iter()
            .find(|(at, magic, _)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
        known.map_or(Err(PackingError::Unknown), |&(_, _, packing)| packing)
    }
}

type Found = Result<Packing, PackingError>;

const XZ: Found = Err(PackingError::NotRead { packing: "xz" });
const ZSTD: Found = Err(PackingError::NotRead { packing: "zstd" });
const ZIP: Found = Err(PackingError::NotRead { packing: "zip" });

/// The endings that Zig 0.17 knows.
const BY_NAME: &[(&str, Found)] = &[
    (".tar", Ok(Packing::Tar)),
    (".tar.gz", Ok(Packing::TarGz)),
    (".tgz", Ok(Packing::TarGz)),
    (".tar.xz", XZ),
    (".txz", XZ),
    (".tar.zst", ZSTD),
    (".tzst", ZSTD),
    (".zip", ZIP),
    (".jar", ZIP),
];

/// Where a magic number stands, and which.
const BY_BYTES: &[(usize, &[u8], Found)] = &[
    (0, &[0x1f, 0x8b], Ok(Packing::TarGz)),
    (257, b"ustar", Ok(Packing::Tar)),
    (0, &[0xfd, b'7', b'z', b'X', b'Z', 0], XZ),
    (0, &[0x28, 0xb5, 0x2f, 0xfd], ZSTD),
    (0, b"PK\x03\x04", ZIP),
];

/// Why an archive is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackingError {
    /// Neither its name nor its beginning is that of an archive.
    Unknown,
    /// It is an archive that Zig reads, but packed in a way that is not read here.
    NotRead {
        /// The way.
        packing: &'static str,
    },
}

impl fmt::Display for PackingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("not a .tar, .tar.gz or .tgz archive"),
            Self::NotRead { packing } => {
                write!(
                    f,
                    "{packing} is not read here; unpack it, or repack it as .tar.gz"
                )
            }
        }
    }
}

impl core::error::Error for PackingError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn endings_of_names_tell_the_packing() {
        for (name, packing) in [
            ("a.tar", Ok(Packing::Tar)),
            ("/p/v1.0.TAR.GZ", Ok(Packing::TarGz)),
            (".tgz", Ok(Packing::TarGz)),
            ("a.tar.xz", XZ),
            ("a.Zip", ZIP),
            ("a.tzst", ZSTD),
            ("a.gz", Err(PackingError::Unknown)),
            ("tar", Err(PackingError::Unknown)),
            ("", Err(PackingError::Unknown)),
        ] {
            assert_eq!(Packing::of_name(name), packing, "{name}");
        }
        let line = XZ.unwrap_err().to_string();
        assert_eq!(
            line,
            "xz is not read here; unpack it, or repack it as .tar.gz"
        );
    }

    #[test]
    fn beginnings_of_files_tell_the_packing() {
        let mut tar = [0; Packing::HEAD];
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(Packing::of_bytes(&tar), Ok(Packing::Tar));
        assert_eq!(Packing::of_bytes(&tar[..261]), Err(PackingError::Unknown));
        assert_eq!(Packing::of_bytes(b"\x1f\x8b\x08"), Ok(Packing::TarGz));
        assert_eq!(Packing::of_bytes(b"PK\x03\x04rest"), ZIP);
        assert_eq!(Packing::of_bytes(b""), Err(PackingError::Unknown));
    }
}
