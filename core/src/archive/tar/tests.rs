use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::fixtures::{Block, OK, Tar, long, read, read_in_pieces, record};
use super::*;

fn assert_reads(tar: &Tar, lines: &[&str], end: Result<(), TarError>) {
    let seen = tar.read();
    assert_eq!((&seen.lines[..], seen.end), (&owned(lines)[..], end));
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn files_directories_and_links_come_in_order() {
    let tar = Tar::default()
        .entry(b'5', "p/", b"")
        .file("p/a.txt", "hello")
        .file("p/empty", "")
        .header(Block::new(b'2', "p/link", 0).link("../../etc"))
        .header(Block::new(b'1', "p/hard", 0).link("p/a.txt"))
        .entry(b'6', "p/fifo", b"")
        .entry(b'7', "p/contiguous", b"data")
        .zeros(2);
    let lines = [
        "dir p/ 0",
        "file p/a.txt 5",
        "= hello",
        "end",
        "file p/empty 0",
        "end",
        "symlink p/link 0 -> ../../etc",
        "hardlink p/hard 0 -> p/a.txt",
        "other 6 p/fifo 0",
        "other 7 p/contiguous 4",
    ];
    assert_reads(&tar, &lines, OK);
}

#[test]
fn data_of_what_is_no_file_is_read_past() {
    for (kind, line) in [
        (b'5', "dir d 600"),
        (b'2', "symlink d 600 -> "),
        (b'1', "hardlink d 600 -> "),
        (b'Q', "other Q d 600"),
    ] {
        let tar = Tar::default().entry(kind, "d", &[b'x'; 600]).file("a", "");
        assert_reads(&tar, &[line, "file a 0", "end"], OK);
    }
}

#[test]
fn an_archive_may_end_with_two_one_or_no_block_of_zeros_and_then_junk() {
    let lines = ["file a 1", "= x", "end"];
    let tar = Tar::default().file("a", "x");
    for zeros in 0..=2 {
        assert_reads(&tar.clone().zeros(zeros), &lines, OK);
    }
    assert_reads(&tar.clone().zeros(1).file("b", "y"), &lines, OK);
    assert_reads(&tar.zeros(1).raw(b"junk"), &lines, OK);
    assert_reads(&Tar::default(), &[], OK);
}

#[test]
fn the_reader_says_when_nothing_more_is_wanted() {
    let mut reader = TarReader::new(TarLimits::default());
    let mut ignore = |_: Event<'_>| Ok::<(), TarError>(());
    assert_eq!(
        reader.push(&Tar::default().file("a", "x").0, &mut ignore),
        OK
    );
    assert!(!reader.is_ended());
    assert_eq!(reader.push(&[0; BLOCK], &mut ignore), OK);
    assert!(reader.is_ended());
}

#[test]
fn bytes_that_end_within_an_entry_are_truncated() {
    let whole = Tar::default()
        .entry(b'L', "././@LongLink", b"long\0")
        .file("a", "hello");
    for end in 1..whole.0.len() {
        let cut = Tar(whole.0[..end].to_vec());
        let expected = match end {
            1024 => OK,
            _ => Err(TarError::Truncated { offset: end as u64 }),
        };
        assert_eq!(cut.read().end, expected, "cut at {end}");
    }
}

#[test]
fn prefix_and_name_make_a_path_where_the_magic_is_ustar() {
    let block = |magic: &[u8]| {
        Block::new(b'0', &long(100), 0)
            .put(257, magic)
            .put(345, long(155).as_bytes())
    };
    let both = format!("file {}/{} 0", long(155), long(100));
    let name = format!("file {} 0", long(100));
    for (magic, line) in [
        (&b"ustar\x0000"[..], &both),
        (b"ustar  \0", &both),
        (&[0; 8], &name),
        (b"ustar!00", &name),
    ] {
        assert_reads(&Tar::default().header(block(magic)), &[line, "end"], OK);
    }
}

#[test]
fn a_v7_header_has_a_nul_for_its_type() {
    let block = Block::new(0, "dir/", 0).put(257, &[0; 8]);
    assert_reads(&Tar::default().header(block), &["file dir/ 0", "end"], OK);
}

#[test]
fn paths_are_the_bytes_of_the_archive() {
    for path in ["/etc/x", "./a//b/../c", "..", "a\\b:c\nd ", "\u{e9}"] {
        let line = format!("file {} 0", path.as_bytes().escape_ascii());
        assert_reads(&Tar::default().file(path, ""), &[&line, "end"], OK);
    }
    let latin1 = Block::new(b'0', "", 0).put(0, b"\xff\xfe\0ignored");
    assert_reads(
        &Tar::default().header(latin1),
        &["file \\xff\\xfe 0", "end"],
        OK,
    );
}

#[test]
fn gnu_long_names_hold_for_the_next_entry_alone() {
    let (path, target) = (long(2019), long(300));
    let tar = Tar::default()
        .entry(b'L', "././@LongLink", format!("{path}\0").as_bytes())
        .entry(b'K', "././@LongLink", format!("{target}\0").as_bytes())
        .header(Block::new(b'2', "short", 0).link("short"))
        .header(Block::new(b'2', "l", 0).link("t"));
    let first = format!("symlink {path} 0 -> {target}");
    assert_reads(&tar, &[&first, "symlink l 0 -> t"], OK);
}

#[test]
fn pax_path_linkpath_and_size_hold_for_the_next_entry_alone() {
    let tar = Tar::default()
        .pax(
            b'x',
            &[("path", "p\u{e9}/x"), ("size", "3"), ("mtime", "1.5")],
        )
        .header(Block::new(b'0', "x", 0))
        .data(b"abc")
        .pax(b'x', &[("linkpath", "far\naway"), ("comment", "a=b")])
        .header(Block::new(b'2', "l", 0).link("t"))
        .file("y", "");
    let lines = [
        "file p\\xc3\\xa9/x 3",
        "= abc",
        "end",
        "symlink l 0 -> far\\naway",
        "file y 0",
        "end",
    ];
    assert_reads(&tar, &lines, OK);
}

#[test]
fn an_empty_pax_value_leaves_what_the_header_has() {
    let records = [("path", "lost"), ("path", ""), ("size", "0")];
    let tar = Tar::default().pax(b'x', &records).file("a", "xyz");
    assert_reads(&tar, &["file a 3", "= xyz", "end"], OK);
}

#[test]
fn a_pax_header_forgets_what_came_before_it_and_a_long_name_does_not() {
    let late = Tar::default()
        .entry(b'L', "l", b"gnu\0")
        .pax(b'x', &[("mtime", "1")])
        .file("own", "");
    assert_reads(&late, &["file own 0", "end"], OK);
    let early = Tar::default()
        .pax(b'x', &[("path", "pax"), ("size", "1")])
        .entry(b'L', "l", b"gnu\0")
        .file("own", "z");
    assert_reads(&early, &["file gnu 1", "= z", "end"], OK);
}

#[test]
fn a_global_header_is_read_past_even_if_it_names_a_path_or_is_long_or_broken() {
    let comment = long(100_000);
    let tar = Tar::default()
        .pax(
            b'g',
            &[("comment", &comment), ("path", "all"), ("linkpath", "all")],
        )
        .entry(b'g', "pax_global_header", b"not pax")
        .file("a", "");
    assert_reads(&tar, &["file a 0", "end"], OK);
}

#[test]
fn a_global_header_does_not_stand_between_a_name_and_its_entry() {
    let tar = Tar::default()
        .pax(b'x', &[("path", "named")])
        .pax(b'g', &[("comment", "c")])
        .file("a", "");
    assert_reads(&tar, &["file named 0", "end"], OK);
}

#[test]
fn malformed_pax_records_are_refused() {
    let long_number = format!("{} path=x\n", "9".repeat(30));
    for body in [
        &b"path=x\n"[..],
        b"12 path=abc!",
        b"11 path=abc\n",
        b"13 path=abc\n",
        b"5 path=abc\n",
        b"-1 path=abc\n",
        b" path=abc\n",
        b"6 key\n",
        b"13 path=a\0bc\n",
        b"12 p\0th=abc\n",
        b"8 size=\n",
        b"10 size=x\n",
        b"29 size=99999999999999999999\n",
        b"12 path=abc\n\0\0",
        long_number.as_bytes(),
    ] {
        let tar = Tar::default()
            .file("a", "")
            .entry(b'x', "x", body)
            .file("b", "");
        let lines = ["file a 0", "end"];
        assert_reads(&tar, &lines, Err(TarError::Pax { offset: 512 }));
    }
    // A NUL in a value that nobody reads hurts nobody.
    let fine = Tar::default()
        .entry(b'x', "x", b"12 junk=a\0c\n")
        .file("b", "");
    assert_reads(&fine, &["file b 0", "end"], OK);
}

#[test]
fn sparse_files_are_no_files() {
    let pax = Tar::default()
        .pax(b'x', &[("GNU.sparse.major", "1"), ("GNU.sparse.name", "a")])
        .file("GNUSparseFile.0/a", "1\n0\n1\n")
        .file("b", "");
    let lines = ["other S GNUSparseFile.0/a 6", "file b 0", "end"];
    assert_reads(&pax, &lines, OK);

    let mut more = [0; BLOCK];
    more[504] = 1;
    let gnu = Tar::default()
        .header(Block::new(b'S', "a", 700).put(482, &[1]))
        .raw(&more)
        .zeros(1)
        .data(&[b'x'; 700])
        .file("b", "");
    assert_reads(&gnu, &["other S a 700", "file b 0", "end"], OK);
}

#[test]
fn sizes_are_octal_or_base_256() {
    let data = [b'd'; 0o12];
    for field in [
        &b"00000000012\0"[..],
        b"         12 ",
        b"000000000012",
        b"12\0\0\0\0\0\0\0\0\0\0",
        b"\x80\0\0\0\0\0\0\0\0\0\0\x0a",
    ] {
        let tar = Tar::default()
            .header(Block::new(b'0', "a", 0).put(124, field))
            .data(&data);
        assert_reads(&tar, &["file a 10", "= dddddddddd", "end"], OK);
    }
    for field in [
        &b"00000000018\0"[..],
        b"1 2         ",
        b"-0000000001\0",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\x01\0\0\0\0\0\0\0\0",
    ] {
        let tar = Tar::default().header(Block::new(b'0', "a", 0).put(124, field));
        assert_reads(&tar, &[], Err(TarError::Size { offset: 0 }));
    }
}

#[test]
fn the_checksum_may_be_the_signed_one() {
    let block = Block::new(b'0', "\u{e9}", 0);
    let signed = format!("{:06o}\0 ", block.sum() - 2 * 256);
    let tar = Tar::default().raw(&block.put(148, signed.as_bytes()).0);
    assert_reads(&tar, &["file \\xc3\\xa9 0", "end"], OK);
}

#[test]
fn a_damaged_header_is_named_by_its_offset() {
    let mut tar = Tar::default().file("a", "x").file("b", "");
    tar.0[1024] ^= 1;
    let lines = ["file a 1", "= x", "end"];
    assert_reads(&tar, &lines, Err(TarError::Checksum { offset: 1024 }));
    let html = Tar(b"<!doctype html>"
        .iter()
        .copied()
        .cycle()
        .take(600)
        .collect());
    assert_reads(&html, &[], Err(TarError::Checksum { offset: 0 }));
}

/// An archive with all that there is, short enough to be cut everywhere.
fn medley() -> Tar {
    Tar::default()
        .pax(b'g', &[("comment", "c0ffee")])
        .entry(b'5', "p/", b"")
        .entry(
            b'L',
            "././@LongLink",
            &[long(150).as_bytes(), b"\0"].concat(),
        )
        .file("p/short", &long(513))
        .pax(b'x', &[("path", "p/pax"), ("size", "2")])
        .header(Block::new(b'0', "x", 0))
        .data(b"ab")
        .header(Block::new(b'S', "p/sparse", 5).put(482, &[1]))
        .zeros(1)
        .data(b"holes")
        .header(Block::new(b'2', "p/link", 0).link("t"))
        .file("p/last", "")
        .zeros(2)
        .raw(b"junk")
}

#[test]
fn whole_cut_in_two_anywhere_and_byte_by_byte_are_the_same() {
    let limits = TarLimits::default();
    let damaged = Tar(medley().0).file("x", "").0;
    for bytes in [medley().0, damaged, medley().0[..4000].to_vec()] {
        let whole = read_in_pieces(&bytes, bytes.len(), limits);
        assert_eq!(whole, read_in_pieces(&bytes, 1, limits));
        for cut in 0..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let split = read([first, second].into_iter(), limits);
            assert_eq!(whole, split, "cut at {cut}");
        }
    }
}

#[test]
fn pax_records_of_the_fixtures_count_their_own_length() {
    assert_eq!(record("path", "abc"), "12 path=abc\n");
    assert_eq!(record("k", &long(93)).len(), 99);
    assert_eq!(record("k", &long(94)).len(), 101);
}
