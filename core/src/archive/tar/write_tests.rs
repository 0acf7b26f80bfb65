use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use super::super::fixtures::{OK, Read, long, read_in_pieces};
use super::super::oracle::oracle;
use super::super::{EntryKind, Event, TarError, TarLimits, TarReader};
use super::*;

/// An archive that grows, and panics when it is not let.
#[derive(Default)]
struct Archive {
    writer: TarWriter,
    bytes: Vec<u8>,
}

impl Archive {
    fn file(mut self, path: impl AsRef<[u8]>, content: &str) -> Self {
        let (path, size) = (path.as_ref(), content.len() as u64);
        self.writer
            .file(path, false, size, &mut self.bytes)
            .unwrap();
        self.writer
            .content(content.as_bytes(), &mut self.bytes)
            .unwrap();
        self
    }

    fn program(mut self, path: &str) -> Self {
        let path = path.as_bytes();
        self.writer.file(path, true, 0, &mut self.bytes).unwrap();
        self
    }

    fn symlink(mut self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        let (path, target) = (path.as_ref(), target.as_ref());
        self.writer.symlink(path, target, &mut self.bytes).unwrap();
        self
    }

    fn directory(mut self, path: &str) -> Self {
        self.writer
            .directory(path.as_bytes(), &mut self.bytes)
            .unwrap();
        self
    }

    fn finish(mut self) -> Vec<u8> {
        self.writer.finish(&mut self.bytes).unwrap();
        self.bytes
    }

    /// What both readers make of it, which must be the same.
    fn read(self) -> Vec<String> {
        let bytes = self.finish();
        let Read { lines, end } = read_in_pieces(&bytes, bytes.len(), TarLimits::default());
        assert_eq!(end, OK);
        assert_eq!(oracle(&bytes).lines, lines);
        lines
    }
}

#[test]
fn a_header_is_what_ustar_says() {
    let bytes = Archive::default().program("p/run.sh").finish();
    assert_eq!(bytes.len(), 3 * BLOCK);
    let field = |at: usize, bytes_of_it: &[u8]| {
        assert_eq!(&bytes[at..at + bytes_of_it.len()], bytes_of_it, "at {at}");
    };
    field(0, b"p/run.sh\0");
    field(100, b"0000755\x000000000\x000000000\0");
    field(124, b"00000000000\0");
    field(136, b"02263523000\0");
    field(156, b"0\0");
    field(257, b"ustar\x0000");
    field(265, &[0; 64]);
    field(329, b"0000000\x000000000\0");
    field(345, &[0; 155 + 12]);
    field(BLOCK, &[0; 2 * BLOCK]);
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes().copy_from_slice(&bytes[..BLOCK]);
    let stated = header.cksum().unwrap();
    field(148, format!("{stated:06o}\0 ").as_bytes());
    header.set_cksum();
    assert_eq!(header.cksum().unwrap(), stated);
    assert_eq!(header.mtime().unwrap(), MTIME);
}

#[test]
fn types_and_modes_are_those_of_files_programs_links_and_directories() {
    let bytes = Archive::default()
        .file("a", "")
        .program("b")
        .symlink("c", "a")
        .directory("d")
        .finish();
    let headers = bytes.chunks(BLOCK).take(4);
    let seen: Vec<_> = headers
        .map(|header| (header[156], header[100..107].escape_ascii()))
        .map(|(kind, mode)| format!("{} {mode}", char::from(kind)))
        .collect();
    assert_eq!(seen, ["0 0000644", "0 0000755", "2 0000777", "5 0000755"]);
}

#[test]
fn content_is_padded_to_whole_blocks() {
    for (length, blocks) in [(0, 0), (1, 1), (511, 1), (512, 1), (513, 2)] {
        let bytes = Archive::default().file("a", &long(length)).finish();
        assert_eq!(bytes.len(), (1 + blocks + 2) * BLOCK);
        let lines = Archive::default()
            .file("a", &long(length))
            .file("b", "x")
            .read();
        assert_eq!(lines[0], format!("file a {length}"));
        assert_eq!(lines[lines.len() - 3..], ["file b 1", "= x", "end"]);
    }
}

/// A path of this length, of components of `component` bytes.
fn path(length: usize, component: usize) -> String {
    let slash = |(at, byte)| {
        if at % (component + 1) == component && at + 1 < length {
            '/'
        } else {
            byte
        }
    };
    "abcdefghij"
        .chars()
        .cycle()
        .take(length)
        .enumerate()
        .map(slash)
        .collect()
}

#[test]
fn paths_of_any_length_come_out_as_they_went_in() {
    for component in [1, 9, 54, 99, 100, 101, 155, 255, 5000] {
        for length in (1..300).chain([1000, 4094, 4095]) {
            let path = path(length, component);
            let target = long(length);
            let lines = Archive::default()
                .file(&path, "")
                .symlink(&path, &target)
                .directory(&path)
                .read();
            let expected = [
                format!("file {path} 0"),
                "end".into(),
                format!("symlink {path} 0 -> {target}"),
                format!("dir {path}/ 0"),
            ];
            assert_eq!(lines, expected);
        }
    }
}

#[test]
fn a_pax_header_comes_only_where_prefix_and_name_are_too_short() {
    let first = |path: &str| Archive::default().file(path, "").finish()[156];
    for (path, kind) in [
        (long(100), b'0'),
        (long(101), b'x'),
        (format!("{}/{}", long(155), long(100)), b'0'),
        (format!("{}/{}", long(156), long(100)), b'x'),
        (format!("{}/{}", long(155), long(101)), b'x'),
        (format!("d/{}/{}", long(153), long(100)), b'0'),
        (format!("/{}", long(100)), b'x'),
        (format!("{}/", long(100)), b'x'),
    ] {
        assert_eq!(first(&path), kind, "{path}");
    }
    let first = |target: String| Archive::default().symlink("l", target).finish()[156];
    assert_eq!((first(long(100)), first(long(101))), (b'2', b'x'));
}

#[test]
fn a_path_is_split_at_the_last_slash_that_fits() {
    let path = format!("a/{}/b/c", long(148));
    let bytes = Archive::default().file(&path, "").finish();
    assert_eq!(&bytes[..2], b"c\0");
    let path = format!("a/{}/b/cc/d", long(149));
    let bytes = Archive::default().file(&path, "").finish();
    assert_eq!(&bytes[..5], b"cc/d\0");
}

#[test]
fn a_pax_header_is_short_and_the_same_for_the_same_names() {
    let (path, target) = (format!("p/{}", long(110)), long(101));
    let bytes = Archive::default().symlink(&path, &target).finish();
    assert!(bytes.starts_with(b"././@PaxHeader\0"));
    assert_eq!(&bytes[100..107], b"0000644");
    let records = format!("122 path={path}\n115 linkpath={target}\n");
    let (data, zeros) = bytes[BLOCK..2 * BLOCK].split_at(records.len());
    assert_eq!((data, zeros.iter().max()), (records.as_bytes(), Some(&0)));
    assert_eq!(&bytes[2 * BLOCK..][..100], &path.as_bytes()[..100]);
    assert_eq!(&bytes[2 * BLOCK + 157..][..100], &target.as_bytes()[..100]);
}

#[test]
fn names_that_are_no_utf8_say_so_only_in_a_pax_header() {
    let lines = Archive::default().file(b"\xff\xfe", "").read();
    assert_eq!(lines, ["file \\xff\\xfe 0", "end"]);
    let odd = [b"\xff".repeat(101), b"=".to_vec()].concat();
    for (path, target) in [(&odd[..], &b"x"[..]), (b"x", &odd), (&odd, &odd)] {
        let bytes = Archive::default().symlink(path, target).finish();
        assert!(bytes[BLOCK..].starts_with(b"21 hdrcharset=BINARY\n"));
        let lines = Archive::default().symlink(path, target).read();
        let (path, target) = (path.escape_ascii(), target.escape_ascii());
        assert_eq!(lines, [format!("symlink {path} 0 -> {target}")]);
    }
    // The tar crate ends a value at a newline in it; the length counts it.
    let newline = [b"\n".repeat(101), b"\xff".to_vec()].concat();
    let bytes = Archive::default().file(&newline, "").finish();
    let read = read_in_pieces(&bytes, 1, TarLimits::default());
    assert_eq!(read.lines[0], format!("file {} 0", newline.escape_ascii()));
    let text = "\u{e9}".repeat(60);
    let bytes = Archive::default().file(&text, "").finish();
    assert!(bytes[BLOCK..].starts_with(b"130 path="));
}

#[test]
fn the_length_of_a_pax_record_counts_its_own_digits() {
    for length in (101..130).chain(980..1010).chain(9980..10_010) {
        let bytes = Archive::default().symlink("l", long(length)).finish();
        let mut records = tar::PaxExtensions::new(&bytes[BLOCK..]);
        let record = records.next().unwrap().unwrap();
        assert_eq!(record.key(), Ok("linkpath"));
        assert_eq!(record.value_bytes(), long(length).as_bytes());
    }
}

#[test]
fn whether_a_file_may_be_executed_is_read_again() {
    let bytes = Archive::default().program("a").file("b", "").finish();
    let (mut reader, mut seen) = (TarReader::new(TarLimits::default()), vec![]);
    let mut take = |event: Event<'_>| {
        if let Event::Entry(entry) = event {
            seen.push((entry.kind == EntryKind::File, entry.is_executable));
        }
        Ok::<(), TarError>(())
    };
    reader.push(&bytes, &mut take).unwrap();
    assert_eq!(seen, [(true, true), (true, false)]);
}

#[test]
fn what_is_refused_leaves_no_trace() {
    let (mut writer, mut out) = (TarWriter::new(), vec![1]);
    let nul = |error| (Err(error), 1);
    for (result, error) in [
        (
            writer.file(b"", false, 0, &mut out),
            TarWriteError::EmptyPath,
        ),
        (writer.directory(b"", &mut out), TarWriteError::EmptyPath),
        (
            writer.symlink(b"a\0b", b"c", &mut out),
            TarWriteError::NulInPath,
        ),
        (
            writer.symlink(b"a", b"c\0d", &mut out),
            TarWriteError::NulInTarget,
        ),
        (
            writer.file(b"a", false, 1 << 33, &mut out),
            TarWriteError::TooLarge { size: 1 << 33 },
        ),
        (
            writer.content(b"x", &mut out),
            TarWriteError::TooMuchContent { left: 0 },
        ),
    ] {
        assert_eq!((result, out.len()), nul(error));
    }
    assert_eq!(writer.content(b"", &mut out), Ok(()));
    assert_eq!(out.len(), 1);
}

#[test]
fn content_must_be_as_long_as_announced() {
    let (mut writer, mut out) = (TarWriter::new(), vec![]);
    writer.file(b"a", false, 3, &mut out).unwrap();
    writer.content(b"ab", &mut out).unwrap();
    let missing = Err(TarWriteError::ContentMissing { left: 1 });
    assert_eq!(writer.directory(b"d", &mut out), missing);
    assert_eq!(
        writer.content(b"cd", &mut out),
        Err(TarWriteError::TooMuchContent { left: 1 })
    );
    assert_eq!(writer.content(b"c", &mut out), Ok(()));
    assert_eq!(out.len(), 2 * BLOCK);
    writer.file(b"b", false, 1, &mut out).unwrap();
    assert_eq!(writer.finish(&mut out), missing);
}

#[test]
fn the_largest_file_fits_its_field() {
    let (mut writer, mut out) = (TarWriter::new(), vec![]);
    writer.file(b"a", false, LARGEST, &mut out).unwrap();
    assert_eq!(&out[124..136], b"77777777777\0");
}
