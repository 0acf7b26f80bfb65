//! Whether both servers answer the same, before what they spend on it is compared.
//!
//! References must be equal. Packs may differ in order and compression; git reads both and lists
//! what is in them.

use std::{collections::BTreeSet, fs, path::Path};

use super::super::servers::Server;
use super::{Request, Stage};
use crate::failure::{Doing, Failure};

/// Asks both once.
pub(super) fn compare(
    request: Request,
    stage: &Stage,
    servers: &[Server; 2],
) -> Result<(), Failure> {
    let [rival, subject] = servers.each_ref().map(|server| {
        let read = || said(request, &request.ask(server, stage)?, stage);
        read().map_err(|failure| Failure::new(format!("{}: {failure}", server.name)))
    });
    let (rival, subject) = (rival?, subject?);
    if let Some(odd) = rival.symmetric_difference(&subject).next() {
        let whose = &servers[usize::from(!rival.contains(odd))].name;
        return Err(Failure::new(format!("only {whose} answers '{odd}'")));
    }
    Ok(())
}

/// What an answer comes down to.
fn said(request: Request, answer: &[u8], stage: &Stage) -> Result<BTreeSet<String>, Failure> {
    match request {
        Request::Refs => can_fetch(answer),
        Request::LsRefs => references(answer),
        Request::Fetch => objects(&pack(answer)?, stage),
    }
}

/// One of Git's pkt-lines (gitprotocol-common).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packet<'a> {
    Data(&'a [u8]),
    /// 0000: the end of a message.
    Flush,
    /// 0001: the end of a section.
    Delimiter,
}

fn packets(mut rest: &[u8]) -> Result<Vec<Packet<'_>>, Failure> {
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let length = rest.get(..4).and_then(length);
        let length = length.doing("no length of a packet")?;
        let used = length.max(4);
        let data = rest.get(4..used).doing("answer ended in a packet")?;
        packets.push(match length {
            0 => Packet::Flush,
            1 => Packet::Delimiter,
            4.. => Packet::Data(data),
            _ => return Err(Failure::new(format!("a packet of length {length}"))),
        });
        rest = &rest[used..];
    }
    Ok(packets)
}

fn length(digits: &[u8]) -> Option<usize> {
    let digit = |value: usize, &digit: &u8| {
        let digit = char::from(digit).to_digit(16)? as usize;
        Some(value * 16 + digit)
    };
    digits.iter().try_fold(0, digit)
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).trim_end().to_owned()
}

/// The capabilities that the requests measured here need.
fn can_fetch(answer: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let needed = ["version 2", "ls-refs", "fetch", "object-format=sha1"];
    let mut found = BTreeSet::new();
    for packet in packets(answer)? {
        if let Packet::Data(data) = packet {
            let said = text(data);
            let is = |need: &&&str| said == **need || said.starts_with(&format!("{need}="));
            found.extend(needed.iter().find(is).map(|&need| need.to_owned()));
        }
    }
    match needed.iter().find(|&&need| !found.contains(need)) {
        None => Ok(found),
        Some(need) => Err(Failure::new(format!("info/refs says no {need}"))),
    }
}

/// The lines of `ls-refs`.
fn references(answer: &[u8]) -> Result<BTreeSet<String>, Failure> {
    let mut lines = BTreeSet::new();
    for packet in packets(answer)? {
        match packet {
            Packet::Data(data) => lines.insert(text(data)),
            Packet::Flush => return Ok(lines),
            Packet::Delimiter => break,
        };
    }
    Err(Failure::new("ls-refs was not answered to its end"))
}

/// The bytes of band 1 of the section `packfile`.
fn pack(answer: &[u8]) -> Result<Vec<u8>, Failure> {
    let packets = packets(answer)?;
    let start = packets
        .iter()
        .position(|packet| *packet == Packet::Data(b"packfile\n"));
    let first = packets.first().map(|packet| format!("{packet:.60?}"));
    let start = start.doing(format!("no packfile: {}", first.unwrap_or_default()))?;
    let mut pack = Vec::new();
    for packet in &packets[start + 1..] {
        match packet {
            Packet::Data([1, data @ ..]) => pack.extend_from_slice(data),
            Packet::Data([2, ..]) => {}
            Packet::Flush => return Ok(pack),
            Packet::Data(data) => return Err(Failure::new(text(data))),
            Packet::Delimiter => break,
        }
    }
    Err(Failure::new("the pack was not sent to its end"))
}

/// The ids and kinds of a pack's objects, if git takes it.
fn objects(pack: &[u8], stage: &Stage) -> Result<BTreeSet<String>, Failure> {
    let file = stage.empty_scratch()?.join("answer.pack");
    fs::write(&file, pack).doing(file.display())?;
    let index = file.with_extension("idx");
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let (file, index) = (name(&file), name(&index));
    let check = ["index-pack", "--fsck-objects", "-o", &index, &file];
    stage.git.stdout(&stage.bare, &check)?;
    let list = stage
        .git
        .stdout(&stage.bare, &["verify-pack", "-v", &index])?;
    Ok(list.lines().filter_map(object).collect())
}

/// `ID KIND SIZE …` of a line about an object; others are about the whole.
fn object(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let (id, kind) = (words.next()?, words.next()?);
    let is_id = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| format!("{id} {kind}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_is_what_band_1_carries() {
        let answer = b"0011shallow-info\n0012shallow abcdef0001000dpackfile\n\
            0009\x01PACK0008\x02...0007\x01v20000";
        assert_eq!(pack(answer).unwrap(), b"PACKv2");
        let cut = &answer[..answer.len() - 4];
        assert!(pack(cut).is_err());
        assert!(pack(b"000dpackfile\n0008\x03no!0000").is_err());
        assert!(pack(b"000eERR no way").is_err());
    }

    #[test]
    fn broken_packets_are_noticed() {
        for bytes in ["0003", "00", "0010short", "zzzz", "+004"] {
            assert!(packets(bytes.as_bytes()).is_err(), "{bytes}");
        }
        let both = [Packet::Delimiter, Packet::Data(b""), Packet::Flush];
        assert_eq!(packets(b"000100040000").unwrap(), both);
    }

    #[test]
    fn a_server_without_version_2_is_no_match() {
        let good = b"000eversion 2\n000cls-refs\n0012fetch=shallow\n0017object-format=sha1\n0000";
        assert_eq!(can_fetch(good).unwrap().len(), 4);
        let old = b"001e# service=git-upload-pack\n0000";
        assert!(can_fetch(old).is_err());
    }

    #[test]
    fn references_end_with_a_flush() {
        let lines = references(b"000bab HEAD0008cd x0000").unwrap();
        assert_eq!(lines.len(), 2);
        assert!(references(b"000bab HEAD").is_err());
    }

    #[test]
    fn only_lines_about_objects_are_objects() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let line = format!("{id} blob   12 20 345");
        assert_eq!(object(&line), Some(format!("{id} blob")));
        assert_eq!(object("non delta: 12 objects"), None);
        assert_eq!(object("/x/answer.pack: ok"), None);
    }
}
