//! Packages to mirror, the same in every run: source-like text in a tar archive, packed by gzip.
//!
//! Files have a few KB each, as sources do.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
};

use super::words::Words;
use crate::{
    failure::{Doing, Failure},
    sample,
};

/// Bytes in a block of a tar archive.
const BLOCK: usize = 512;

/// Files in the large package; with this many it has 50 MB packed.
const FILES: u32 = 20_000;

/// A file of it has fewer lines.
const LINES: u64 = 700;

/// Writes the large package.
pub(super) fn large(path: &Path) -> Result<(), Failure> {
    let mut words = Words::new(1);
    pack(path, |out| {
        for number in 0..FILES {
            let name = format!("large-1.0.0/src/part{}/unit{number}.zig", number % 97);
            out.write_all(&entry(&name, words.file(LINES).as_bytes()))?;
        }
        out.write_all(&[0; 2 * BLOCK])
    })
}

/// A package of exactly `size` bytes: what follows the gzip member counts for nobody.
pub(super) fn of_size(size: usize, scratch: &Path) -> Result<Vec<u8>, Failure> {
    pack(scratch, |out| {
        out.write_all(&entry("small-1.0.0/a.zig", b"const a = 1;\n"))?;
        out.write_all(&[0; 2 * BLOCK])
    })?;
    let mut bytes = fs::read(scratch).doing(scratch.display())?;
    let rest = size.checked_sub(bytes.len());
    let rest = rest.doing(format!("a package of {size} bytes is not to be had"))?;
    bytes.extend(sample::bytes(size as u64, rest));
    Ok(bytes)
}

/// Runs gzip over what `write` writes. `-n`: no name and no time.
fn pack(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let file = File::create(path).doing(path.display())?;
    let mut gzip = Command::new("gzip");
    gzip.args(["-6", "-n", "-c"]).stdin(Stdio::piped());
    let mut child = gzip.stdout(file).spawn().doing("gzip")?;
    let written = child.stdin.take().map(|input| {
        let mut input = BufWriter::new(input);
        write(&mut input)?;
        input.flush()
    });
    let status = child.wait().doing("gzip")?;
    written.doing("gzip")?.doing("gzip")?;
    let failed = || Failure::new(format!("gzip: {status}"));
    status.success().then_some(()).ok_or_else(failed)
}

/// A regular file of a tar archive (POSIX ustar): header, content, zeros up to whole blocks.
fn entry(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(name, content.len()).to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put =
        |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{size:011o}\0"));
    put(136, "14742076200\0");
    // The sum is taken with spaces in its own place.
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_whole_blocks_with_the_sum_over_its_header() {
        let bytes = entry("a/b.zig", b"const b = 2;\n");
        assert_eq!(bytes.len(), 2 * BLOCK);
        assert_eq!(&bytes[124..136], b"00000000015\0");
        let mut block = bytes[..BLOCK].to_vec();
        let said = u32::from_str_radix(core::str::from_utf8(&block[148..154]).unwrap(), 8);
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        assert_eq!(said, Ok(sum));
        assert_eq!(&bytes[BLOCK..BLOCK + 13], b"const b = 2;\n");
    }
}
