//! The `tar` crate makes archives, and both read them.

use std::string::ToString;
use std::vec::Vec;
use std::{format, vec};

use super::TarLimits;
use super::fixtures::{OK, Read, long, read_in_pieces};

/// What the `tar` crate makes of the same bytes.
pub(super) fn oracle(bytes: &[u8]) -> Read {
    let mut lines = vec![];
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path_bytes().escape_ascii().to_string();
        let link = entry.link_name_bytes().unwrap_or_default();
        let link = link.escape_ascii().to_string();
        let size = entry.size();
        match entry.header().entry_type().as_byte() {
            b'0' => lines.push(format!("file {path} {size}")),
            b'5' => lines.push(format!("dir {path} {size}")),
            b'2' => lines.push(format!("symlink {path} {size} -> {link}")),
            b'1' => lines.push(format!("hardlink {path} {size} -> {link}")),
            other => lines.push(format!("other {} {path} {size}", char::from(other))),
        }
        if entry.header().entry_type() == tar::EntryType::Regular {
            let mut data = vec![];
            std::io::Read::read_to_end(&mut entry, &mut data).unwrap();
            lines.extend((!data.is_empty()).then(|| format!("= {}", data.escape_ascii())));
            lines.push("end".into());
        }
    }
    Read { lines, end: OK }
}

type Builder = tar::Builder<Vec<u8>>;

/// Files whose pax headers rename them; long enough for every kind of padding.
fn add_files(builder: &mut Builder, header: &mut tar::Header) {
    header.set_entry_type(tar::EntryType::Regular);
    for (path, length) in [("a", 0), ("p/b", 1), ("p/c", 512), ("p/d", 5000)] {
        let records = [("mtime", &b"1.25"[..]), ("path", path.as_bytes())];
        builder.append_pax_extensions(records).unwrap();
        let data = long(length);
        header.set_size(length as u64);
        builder.append_data(header, "x/y", data.as_bytes()).unwrap();
    }
    header.set_size(0);
}

fn add_plain(builder: &mut Builder, header: &mut tar::Header) {
    for kind in [tar::EntryType::Directory, tar::EntryType::Fifo] {
        header.set_entry_type(kind);
        builder.append_data(header, long(90), &b""[..]).unwrap();
    }
}

/// Links with a prefix in ustar, long names in GNU's format.
fn add_links(builder: &mut Builder, header: &mut tar::Header, target: &str) {
    let path = format!("{}/{}", long(80), long(90));
    for kind in [tar::EntryType::Symlink, tar::EntryType::Link] {
        header.set_entry_type(kind);
        builder.append_link(header, &path, target).unwrap();
    }
}

fn assert_agree(builder: Builder, lines: usize) {
    let bytes = builder.into_inner().unwrap();
    let expected = oracle(&bytes);
    assert_eq!(expected.lines.len(), lines);
    for step in [1, 511, 512, 513, bytes.len()] {
        assert_eq!(read_in_pieces(&bytes, step, TarLimits::default()), expected);
    }
}

#[test]
fn gnu_archives_are_read_as_the_tar_crate_reads_them() {
    let (mut builder, mut header) = (Builder::new(vec![]), tar::Header::new_gnu());
    add_files(&mut builder, &mut header);
    add_plain(&mut builder, &mut header);
    add_links(&mut builder, &mut header, &long(300));
    assert_agree(builder, 11 + 2 + 2);
}

#[test]
fn ustar_archives_are_read_as_the_tar_crate_reads_them() {
    let (mut builder, mut header) = (Builder::new(vec![]), tar::Header::new_ustar());
    add_files(&mut builder, &mut header);
    add_plain(&mut builder, &mut header);
    add_links(&mut builder, &mut header, &long(100));
    assert_agree(builder, 11 + 2 + 2);
}

#[test]
fn old_archives_are_read_as_the_tar_crate_reads_them() {
    let (mut builder, mut header) = (Builder::new(vec![]), tar::Header::new_old());
    add_files(&mut builder, &mut header);
    add_plain(&mut builder, &mut header);
    assert_agree(builder, 11 + 2);
}
