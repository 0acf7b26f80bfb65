//! Git's packets, written and read strictly (gitprotocol-common(5), "pkt-line Format").
//!
//! It refuses to be helpful, as the HTTP client does: what is badly framed is a panic that says how.

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// Bytes, at least one.
    Data(Vec<u8>),
    /// `0000`.
    Flush,
    /// `0001`.
    Delimiter,
}

/// A packet with these bytes.
pub fn packet(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("{:04x}", bytes.len() + 4).as_bytes(), bytes].concat()
}

/// Packets of lines, each with its line feed; `0000` and `0001` stand for themselves.
pub fn wire(lines: &[&str]) -> Vec<u8> {
    let packets = lines.iter().map(|line| match *line {
        "0000" | "0001" => line.as_bytes().to_vec(),
        text => packet(format!("{text}\n")),
    });
    packets.collect::<Vec<_>>().concat()
}

/// A request of version 2 for the pack of these objects, at once.
pub fn fetch(wants: &[&str]) -> Vec<u8> {
    let wants: Vec<String> = wants.iter().map(|id| format!("want {id}")).collect();
    let mut lines = vec!["command=fetch", "object-format=sha1", "0001"];
    lines.extend(["ofs-delta", "no-progress", "deepen 1"]);
    lines.extend(wants.iter().map(String::as_str));
    wire(&[&lines[..], &["done", "0000"]].concat())
}

/// All packets; panics if there is an empty one, or one that is cut off.
#[track_caller]
pub fn packets(mut bytes: &[u8]) -> Vec<Packet> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (packet, used) = first(bytes);
        found.push(packet);
        bytes = &bytes[used..];
    }
    found
}

/// The first packet, and its length.
#[track_caller]
fn first(bytes: &[u8]) -> (Packet, usize) {
    let digits = bytes
        .get(..4)
        .and_then(|digits| str::from_utf8(digits).ok());
    let length = digits.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let start = bytes[..bytes.len().min(60)].escape_ascii();
    match length {
        Some(0) => (Packet::Flush, 4),
        Some(1) => (Packet::Delimiter, 4),
        Some(length @ 5..=65520) if length <= bytes.len() => {
            (Packet::Data(bytes[4..length].to_vec()), length)
        }
        _ => panic!("no packet: {start}"),
    }
}

/// An answer to a fetch.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What comes before the pack, each line without its line feed; delimiters are empty.
    pub before: Vec<String>,
    /// The pack.
    pub pack: Vec<u8>,
}

impl Fetched {
    /// Reads an answer of version 2; panics unless it is the whole of a pack, and framed so that
    /// every Zig can read it: data on band 1 alone, at least a byte in each packet, and a flush at
    /// the very end.
    #[track_caller]
    pub fn read(body: &[u8]) -> Self {
        let packets = packets(body);
        let is_start = |packet: &Packet| *packet == Packet::Data(b"packfile\n".into());
        let at = packets.iter().position(is_start);
        let at = at.unwrap_or_else(|| panic!("no pack: {}", body.escape_ascii()));
        Self {
            before: packets[..at].iter().map(text).collect(),
            pack: joined(&packets[at + 1..]),
        }
    }
}

/// The bytes in packets of band 1; panics if one is longer than this, with its digits, or the last
/// one is no flush.
#[track_caller]
pub fn unbanded(bytes: &[u8], longest: usize) -> Vec<u8> {
    let packets = packets(bytes);
    let is_short = |packet: &Packet| match packet {
        Packet::Data(bytes) => bytes.len() + 4 <= longest,
        Packet::Flush | Packet::Delimiter => true,
    };
    assert!(packets.iter().all(is_short), "longer than {longest}");
    joined(&packets)
}

#[track_caller]
fn joined(packets: &[Packet]) -> Vec<u8> {
    let (last, bands) = packets.split_last().expect("a pack has an end");
    assert_eq!(*last, Packet::Flush, "the pack's end");
    bands.iter().flat_map(band).copied().collect()
}

/// The text of a line.
fn text(packet: &Packet) -> String {
    match packet {
        Packet::Data(bytes) => String::from_utf8_lossy(bytes).trim_end().into(),
        Packet::Delimiter => String::new(),
        Packet::Flush => panic!("a flush before the pack"),
    }
}

/// The bytes of band 1.
fn band(packet: &Packet) -> &[u8] {
    match packet {
        Packet::Data(bytes) => match &bytes[..] {
            [1, data @ ..] if !data.is_empty() => data,
            other => panic!("not on band 1: {}", other.escape_ascii()),
        },
        other @ (Packet::Flush | Packet::Delimiter) => panic!("{other:?} in a pack"),
    }
}

/// The text of an error: panics unless the whole body is one packet that says `ERR`, in one line.
#[track_caller]
pub fn error(body: &[u8]) -> String {
    let packets = packets(body);
    let [Packet::Data(line)] = &packets[..] else {
        panic!("no error: {}", body.escape_ascii())
    };
    let line = String::from_utf8_lossy(line).trim_end().to_owned();
    let reason = line.strip_prefix("ERR ");
    let reason = reason.unwrap_or_else(|| panic!("no error: {line}"));
    assert!(!reason.is_empty() && !reason.contains('\n'), "{line:?}");
    reason.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_read_as_they_are_written() {
        let bytes = wire(&["packfile", "0001", "0000"]);
        assert_eq!(bytes, b"000dpackfile\n00010000");
        let read = packets(&bytes);
        let line = Packet::Data(b"packfile\n".into());
        assert_eq!(read, [line, Packet::Delimiter, Packet::Flush]);
        let bands = [packet(b"\x01PA"), packet(b"\x01CK"), b"0000".into()].concat();
        let answer = [wire(&["shallow-info", "0001", "packfile"]), bands].concat();
        let fetched = Fetched::read(&answer);
        assert_eq!(
            (fetched.before[0].as_str(), &fetched.pack[..]),
            ("shallow-info", &b"PACK"[..])
        );
        assert_eq!(error(&packet("ERR not so")), "not so");
    }

    #[test]
    #[should_panic(expected = "no packet")]
    fn empty_packets_are_none() {
        packets(b"0004");
    }
}
