//! The files of a repository that a client of the dumb protocol asks for, by their paths.
//!
//! Each has one spelling: ids and checksums are 40 lower-case hex digits. No other path is a file,
//! so that none leads out of a repository, nor to what in it is nobody's business.

use core::fmt;

use crate::git::id::ObjectId;
use crate::git::pack::PackChecksum;

/// A file of a repository, as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DumbFile {
    /// `HEAD`: which reference is checked out.
    Head,
    /// `info/refs`: all references.
    InfoRefs,
    /// `objects/info/packs`: all packs.
    Packs,
    /// `objects/pack/pack-<checksum>.pack`
    Pack(PackChecksum),
    /// `objects/pack/pack-<checksum>.idx`
    Index(PackChecksum),
    /// `objects/<2 digits>/<38 digits>`: an object by itself.
    Loose(ObjectId),
    /// `objects/info/alternates`: repositories, by their paths, that objects are borrowed from.
    Alternates,
    /// `objects/info/http-alternates`: the same by their URLs.
    HttpAlternates,
}

/// How long its content is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constancy {
    /// Its name says what is in it.
    Named,
    /// It says what there is at the moment.
    Passing,
}

impl DumbFile {
    /// Reads the segments of a path behind the repository's own, decoded.
    pub fn of_segments(segments: &[&str]) -> Option<Self> {
        match segments {
            ["HEAD"] => Some(Self::Head),
            ["info", "refs"] => Some(Self::InfoRefs),
            ["objects", "info", "packs"] => Some(Self::Packs),
            ["objects", "info", "alternates"] => Some(Self::Alternates),
            ["objects", "info", "http-alternates"] => Some(Self::HttpAlternates),
            ["objects", "pack", name] => Self::of_pack_name(name),
            ["objects", first, rest] => Self::of_object_name(first, rest),
            _ => None,
        }
    }

    fn of_pack_name(name: &str) -> Option<Self> {
        let (sum, suffix) = name.strip_prefix("pack-")?.split_once('.')?;
        let sum = PackChecksum::parse(sum.as_bytes())?;
        match suffix {
            "pack" => Some(Self::Pack(sum)),
            "idx" => Some(Self::Index(sum)),
            _ => None,
        }
    }

    fn of_object_name(first: &str, rest: &str) -> Option<Self> {
        let (first, rest) = (first.as_bytes(), rest.as_bytes());
        let mut hex = [0; 2 * ObjectId::BYTES];
        let (head, tail) = hex.split_first_chunk_mut::<2>()?;
        *head = *first.as_array()?;
        tail.copy_from_slice(rest.as_array::<{ 2 * ObjectId::BYTES - 2 }>()?);
        if hex.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        ObjectId::parse(&hex).map(Self::Loose)
    }

    /// The media type, as Git's own server has it (`http-backend.c`).
    pub const fn content_type(&self) -> &'static str {
        match self {
            Self::Head | Self::InfoRefs | Self::Packs | Self::Alternates | Self::HttpAlternates => {
                "text/plain; charset=utf-8"
            }
            Self::Pack(_) => "application/x-git-packed-objects",
            Self::Index(_) => "application/x-git-packed-objects-toc",
            Self::Loose(_) => "application/x-git-loose-object",
        }
    }

    /// How long its content is the same.
    pub const fn constancy(&self) -> Constancy {
        match self {
            Self::Pack(_) | Self::Index(_) | Self::Loose(_) => Constancy::Named,
            Self::Head | Self::InfoRefs | Self::Packs | Self::Alternates | Self::HttpAlternates => {
                Constancy::Passing
            }
        }
    }
}

/// The path in a repository, from which [`DumbFile::of_segments`] reads the same file again.
impl fmt::Display for DumbFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("HEAD"),
            Self::InfoRefs => f.write_str("info/refs"),
            Self::Packs => f.write_str("objects/info/packs"),
            Self::Alternates => f.write_str("objects/info/alternates"),
            Self::HttpAlternates => f.write_str("objects/info/http-alternates"),
            Self::Pack(sum) => write!(f, "objects/pack/pack-{sum}.pack"),
            Self::Index(sum) => write!(f, "objects/pack/pack-{sum}.idx"),
            Self::Loose(id) => {
                let [first, rest @ ..] = id.as_bytes();
                write!(f, "objects/{first:02x}/")?;
                rest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef01234567";

    fn file(path: &str) -> Option<DumbFile> {
        DumbFile::of_segments(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn paths_of_the_protocol_are_read_and_written_the_same() {
        let sum = PackChecksum::parse(HEX.as_bytes()).unwrap();
        let id = ObjectId::parse(HEX.as_bytes()).unwrap();
        for (path, expected) in [
            ("HEAD", DumbFile::Head),
            ("info/refs", DumbFile::InfoRefs),
            ("objects/info/packs", DumbFile::Packs),
            ("objects/info/alternates", DumbFile::Alternates),
            ("objects/info/http-alternates", DumbFile::HttpAlternates),
            (
                &format!("objects/pack/pack-{HEX}.pack"),
                DumbFile::Pack(sum),
            ),
            (
                &format!("objects/pack/pack-{HEX}.idx"),
                DumbFile::Index(sum),
            ),
            (&format!("objects/01/{}", &HEX[2..]), DumbFile::Loose(id)),
        ] {
            assert_eq!(file(path), Some(expected));
            assert_eq!(expected.to_string(), path);
        }
    }

    #[test]
    fn nothing_else_of_a_repository_is_a_file() {
        let upper = HEX.to_uppercase();
        for path in [
            "",
            "config",
            "description",
            "head",
            "HEAD/",
            "packed-refs",
            "hooks/update",
            "info/exclude",
            "info/refs/",
            "logs/HEAD",
            "refs/heads/main",
            "objects",
            "objects/info/commit-graph",
            "objects/pack/multi-pack-index",
            "objects/pack/pack-.pack",
            &format!("objects/pack/pack-{HEX}"),
            &format!("objects/pack/pack-{HEX}.rev"),
            &format!("objects/pack/pack-{HEX}.keep"),
            &format!("objects/pack/pack-{HEX}.pack.idx"),
            &format!("objects/pack/pack-{HEX}.PACK"),
            &format!("objects/pack/pack-{upper}.pack"),
            &format!("objects/pack/pack-{HEX}0.pack"),
            &format!("objects/pack/pack-{}.pack", &HEX[1..]),
            &format!("objects/pack/../pack-{HEX}.pack"),
            &format!("objects/pack/pack-{HEX}.pack/x"),
            &format!("objects/01/{}", &HEX[3..]),
            &format!("objects/0/{}", &HEX[1..]),
            &format!("objects/012/{}", &HEX[3..]),
            &format!("objects/AB/{}", &HEX[2..]),
            &format!("objects/ab/{}", &upper[2..]),
            &format!("objects/{HEX}"),
            &format!("objects/é/{}", &HEX[2..]),
            &format!("objects/../{}", &HEX[2..]),
        ] {
            assert_eq!(file(path), None, "{path}");
        }
        // A slash that was percent-encoded is in a segment, where none belongs.
        assert_eq!(DumbFile::of_segments(&["info/refs"]), None);
        assert_eq!(DumbFile::of_segments(&[]), None);
    }

    #[test]
    fn only_what_a_name_states_stays_the_same() {
        for path in ["HEAD", "info/refs", "objects/info/packs"] {
            let file = file(path).unwrap();
            assert_eq!(file.constancy(), Constancy::Passing);
            assert_eq!(file.content_type(), "text/plain; charset=utf-8");
        }
        let named = file(&format!("objects/pack/pack-{HEX}.idx")).unwrap();
        assert_eq!(named.constancy(), Constancy::Named);
        assert_eq!(named.content_type(), "application/x-git-packed-objects-toc");
    }
}
