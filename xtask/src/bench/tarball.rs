//! Packages to mirror, the same in every run: source-like text in a tar archive, packed by gzip.
//!
//! Nothing of it is anybody's source. It is made to compress as source does, about five to one,
//! in files of a few KB.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    failure::{Doing, Failure},
    sample,
};

/// Bytes in a block of a tar archive.
const BLOCK: usize = 512;

/// Files in the large package; with this many it has 50 MB packed.
const FILES: u32 = 20_000;

/// Writes the large package.
pub(super) fn large(path: &Path) -> Result<(), Failure> {
    let mut words = Words::new(1);
    pack(path, |out| {
        for number in 0..FILES {
            let name = format!("large-1.0.0/src/part{}/unit{number}.zig", number % 97);
            out.write_all(&entry(&name, words.file().as_bytes()))?;
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

/// Lines as programs have them; `@` is a name.
const LINES: [&str; 24] = [
    "const @ = @import(\"@\");\n",
    "const @ = @import(\"@.zig\").@;\n",
    "pub fn @(@: *@, @: []const u8) !void {\n",
    "fn @(@: @, @: usize) @ {\n",
    "    const @ = try @.@(allocator, @);\n",
    "    const @: u32 = @intCast(@.len);\n",
    "    var @ = @{ .@ = @, .@ = null };\n",
    "    defer @.deinit(allocator);\n",
    "    errdefer allocator.free(@);\n",
    "    if (@.@ == null) return error.@;\n",
    "    if (@ < @.len and @[@] != 0) {\n",
    "        return @.@(@, .{ .@ = true });\n",
    "        @.@ += 1;\n",
    "        try @.append(allocator, @);\n",
    "    } else {\n",
    "    for (@.items, 0..) |@, i| {\n",
    "    while (@.next()) |@| : (@ += 1) {\n",
    "    }\n",
    "}\n",
    "\n",
    "    /// The @ of a @, as @ wants it; see @.\n",
    "    // Not before the @ is known: @ may still grow.\n",
    "    try testing.expectEqual(@, @.@);\n",
    "    return .{ .@ = @, .@ = @ };\n",
];

const SYLLABLES: [&str; 16] = [
    "path", "node", "read", "list", "type", "token", "len", "index", "buffer", "decl", "state",
    "value", "ast", "map", "offset", "src",
];

/// Text from a seed (xorshift64*).
struct Words {
    state: u64,
}

impl Words {
    fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `count`, small ones more often, as with names in programs.
    fn pick(&mut self, count: u64) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        let (one, other) = ((drawn >> 16) % count, (drawn >> 40) % count);
        usize::try_from(one.min(other)).unwrap_or_default()
    }

    /// A file of 20 to 700 lines.
    fn file(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..20 + self.pick(680) {
            self.line(&mut text);
        }
        text
    }

    fn line(&mut self, text: &mut String) {
        let line = LINES[self.pick(LINES.len() as u64)];
        let mut parts = line.split('@');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            if !part.starts_with("import(") && !part.starts_with("intCast(") {
                text.push_str(SYLLABLES[self.pick(16)]);
                text.push('_');
                text.push_str(SYLLABLES[self.pick(16)]);
            } else {
                text.push('@');
            }
            text.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_each_time() {
        let text = Words::new(1).file();
        assert_eq!(text, Words::new(1).file());
        assert_ne!(text, Words::new(2).file());
        assert!(text.lines().count() >= 20);
    }

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
