//! Notes of what was derived from releases, and the packets that they speak of.

use zigdepot_core::archive::crc32::Crc32;
use zigdepot_core::git::server::sideband::{Framer, file_length, file_ranges, pack_length};
use zigdepot_core::git::server::sideband_check::SidebandCheck;
use zigdepot_core::registry::face::note::{FaceNote, MAX_BYTES};
use zigdepot_core::store::git::GitPart;

/// What is read as a note is written as it was, also where the sum at its end is put right, which no
/// search would find; and any bytes as a pack are found in their packets.
pub fn face_note(data: &[u8]) {
    note(data);
    let sum = format!("crc32 {:08x}\n", Crc32::of(data));
    note(&[data, sum.as_bytes()].concat());
    packets(data);
}

fn note(text: &[u8]) {
    let Ok(note) = FaceNote::parse(text) else {
        return;
    };
    assert!(text.len() <= MAX_BYTES);
    assert_eq!(note.to_text().as_bytes(), text, "another spelling");
    let length = note.sideband_length().expect("it was checked");
    assert!(note.fits(GitPart::Sideband, length) && !note.fits(GitPart::Sideband, length ^ 1));
    assert!(note.fits(GitPart::Note, text.len() as u64));
    assert!(note.content_end < note.length && note.plain_length() > note.content_end);
    let mut cut = text.to_vec();
    cut.pop();
    assert!(FaceNote::parse(&cut).is_err(), "cut off and still a note");
}

/// The input over and over is a pack of some packets; its first bytes say where it is cut.
fn packets(data: &[u8]) {
    let Some((&[first, second, times], rest)) = data.split_first_chunk::<3>() else {
        return;
    };
    let pack = rest.repeat(usize::from(times) + 1);
    let pack = &pack[..pack.len().min(140_000)];
    let (mut framer, mut file) = (Framer::default(), Vec::new());
    for piece in pack.chunks(usize::from(first) * 257 + 1) {
        framer.push(piece, &mut file);
    }
    let length = framer.finish(&mut file);
    assert_eq!(length, pack.len() as u64);
    assert_eq!(file_length(length), Some(file.len() as u64));
    assert_eq!(pack_length(file.len() as u64), Some(length));
    let at = |share: u8| length * u64::from(share) / 255;
    let (start, end) = (at(first.min(second)), at(first.max(second)));
    let usize = |offset: u64| usize::try_from(offset).expect("it fits");
    let found: Vec<u8> = file_ranges(start..end)
        .flat_map(|range| file[usize(range.start)..usize(range.end)].to_vec())
        .collect();
    assert!(found == pack[usize(start)..usize(end)], "{start}..{end}");
    let Some(mut check) = SidebandCheck::new(file.len() as u64) else {
        return;
    };
    check.update(&file);
    let sum = check.finish();
    assert!(sum.is_err() || pack.ends_with(sum.expect("it is").as_bytes()));
}
