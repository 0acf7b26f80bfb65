//! The pax header that the writer puts before an entry whose names do not fit.

use alloc::format;
use alloc::vec::Vec;

use super::block::{Block, Kind};
use super::padding;

const NAME: &[u8] = b"././@PaxHeader";

/// Appends a pax header with these values, if there are any.
pub(super) fn append(path: Option<&[u8]>, target: Option<&[u8]>, out: &mut Vec<u8>) {
    let values = [(&b"path"[..], path), (b"linkpath", target)];
    let mut records = Vec::new();
    if values.iter().any(|(_, value)| is_binary(*value)) {
        append_record(b"hdrcharset", b"BINARY", &mut records);
    }
    for (key, value) in values {
        if let Some(value) = value {
            append_record(key, value, &mut records);
        }
    }
    if !records.is_empty() {
        append_header(&mut records, out);
    }
}

fn is_binary(value: Option<&[u8]>) -> bool {
    value.is_some_and(|value| str::from_utf8(value).is_err())
}

fn append_header(records: &mut Vec<u8>, out: &mut Vec<u8>) {
    let size = records.len() as u64;
    out.extend_from_slice(&Block::new(Kind::Pax, NAME, size).finish());
    out.append(records);
    out.resize(out.len() + padding(size), 0);
}

/// `length SP key = value LF`, where the length counts its own digits.
fn append_record(key: &[u8], value: &[u8], records: &mut Vec<u8>) {
    let rest = key.len() + value.len() + 3;
    // The digits may make it longer by one digit more, and never by two.
    let length = rest + digits(rest + digits(rest));
    records.extend_from_slice(format!("{length} ").as_bytes());
    records.extend_from_slice(key);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
