//! Tar archives of packages, put together entry by entry, so that any of them may be odd.
//!
//! It refuses nothing: two entries may have one path, paths may lead anywhere. What a tool would
//! write is in [`packages`](crate::packages).

use crate::packages::gzip;

/// Longest name in a header of its own.
const NAME: usize = 100;

/// How a name that is too long for a header is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongNames {
    /// In a pax header.
    Pax,
    /// In a header `L` or `K`, as GNU tar does.
    Gnu,
    /// In two parts, as POSIX.1-1988 has it; up to 255 bytes.
    Prefix,
}

/// An archive in the making.
#[derive(Clone, Debug)]
pub struct Tarball {
    bytes: Vec<u8>,
    long_names: LongNames,
}

impl Default for Tarball {
    fn default() -> Self {
        Self::new(LongNames::Pax)
    }
}

impl Tarball {
    /// Without entries.
    pub fn new(long_names: LongNames) -> Self {
        Self {
            bytes: Vec::new(),
            long_names,
        }
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.entry(path.as_bytes(), b'0', b"", bytes.as_ref())
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Self {
        self.entry(path.as_bytes(), b'2', target.as_bytes(), b"")
    }

    /// Adds a directory.
    #[must_use]
    pub fn dir(self, path: &str) -> Self {
        self.entry(path.as_bytes(), b'5', b"", b"")
    }

    /// Adds an entry of any type.
    #[must_use]
    pub fn entry(mut self, path: &[u8], kind: u8, target: &[u8], data: &[u8]) -> Self {
        let (mut prefix, mut name) = (&b""[..], path);
        if path.len() > NAME {
            match self.long_names {
                LongNames::Pax => self = self.pax(&[("path", path)]),
                LongNames::Gnu => self = self.raw(b"././@LongLink", b"", b'L', b"", &nul(path)),
                LongNames::Prefix => {
                    let cut = path.len() - NAME - 1;
                    let slash = path[cut..].iter().position(|byte| *byte == b'/');
                    let at = cut + slash.expect("a path with parts");
                    (prefix, name) = (&path[..at], &path[at + 1..]);
                }
            }
        }
        if target.len() > NAME {
            self = match self.long_names {
                LongNames::Pax => self.pax(&[("path", path), ("linkpath", target)]),
                LongNames::Gnu | LongNames::Prefix => {
                    self.raw(b"././@LongLink", b"", b'K', b"", &nul(target))
                }
            };
        }
        self.raw(name, prefix, kind, target, data)
    }

    /// Adds a pax header for the next entry.
    #[must_use]
    pub fn pax(self, fields: &[(&str, &[u8])]) -> Self {
        let records = fields.iter().flat_map(|(key, value)| record(key, value));
        let records: Vec<u8> = records.collect();
        self.raw(b"pax", b"", b'x', b"", &records)
    }

    /// Adds one header, names cut off where they do not fit, and its data.
    #[must_use]
    pub fn raw(mut self, name: &[u8], prefix: &[u8], kind: u8, target: &[u8], data: &[u8]) -> Self {
        let mut header = [0; 512];
        let mut put = |at: usize, bytes: &[u8], room: usize| {
            let bytes = &bytes[..bytes.len().min(room)];
            header[at..at + bytes.len()].copy_from_slice(bytes);
        };
        put(0, name, NAME);
        put(100, b"0000644\x000000000\x000000000\0", 24);
        put(
            124,
            format!("{:011o}\x0000000000000\0", data.len()).as_bytes(),
            24,
        );
        put(148, b"        ", 8);
        put(157, target, NAME);
        put(257, b"ustar\x0000", 8);
        put(345, prefix, 155);
        header[156] = kind;
        self.bytes.extend_from_slice(&sealed(header));
        self.bytes.extend_from_slice(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(512), 0);
        self
    }

    /// Changes the last 512 bytes, which are a header if its entry has no data, and its checksum.
    #[must_use]
    pub fn edit_header(mut self, edit: impl Fn(&mut [u8; 512])) -> Self {
        let last = self.bytes.last_chunk_mut::<512>().expect("an entry");
        edit(last);
        *last = sealed(*last);
        self
    }

    /// Adds bytes as they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// The archive, with two blocks of zeros at its end.
    pub fn tar(&self) -> Vec<u8> {
        let mut tar = self.bytes.clone();
        tar.resize(tar.len() + 1024, 0);
        tar
    }

    /// The same, compressed.
    pub fn tar_gz(&self) -> Vec<u8> {
        gzip(&self.tar())
    }
}

/// With its checksum.
fn sealed(mut header: [u8; 512]) -> [u8; 512] {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

fn nul(name: &[u8]) -> Vec<u8> {
    [name, b"\0"].concat()
}

/// A line of a pax header, which begins with its own length.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    [length.to_string().as_bytes(), &rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::{Scratch, files_below};
    use crate::tools::{find, run};

    #[test]
    fn real_tar_reads_names_of_every_kind() {
        let Some(tar) = find("tar") else { return };
        let long = format!("{}/{}", "d".repeat(90), "f".repeat(90));
        for long_names in [LongNames::Pax, LongNames::Gnu, LongNames::Prefix] {
            let tarball = Tarball::new(long_names);
            let tarball = tarball.file(&long, "text").link("l", &long).dir("e");
            let scratch = Scratch::new("tarball");
            scratch.write("a.tar.gz", &tarball.tar_gz());
            run(&tar, &["-xzf", "a.tar.gz"], scratch.path());
            assert_eq!(files_below(scratch.path()), ["a.tar.gz", &long, "l"]);
        }
    }
}
