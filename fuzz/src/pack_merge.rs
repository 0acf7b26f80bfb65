//! Packs, merged into one.
//!
//! Whatever packs share, the new one has each object once and none that the client has; and no
//! index and no bytes make a pack that a reader takes for another.

use std::ops::Range;

use zigdepot_core::git::id::ObjectId;
use zigdepot_core::git::pack::merge::{
    Chosen, Copies, Gathering, MergeError, MergedPack, Selection,
};
use zigdepot_core::git::pack::{IndexEntry, READ_BYTES};
use zigdepot_core::git::server::band::{Bands, Framing};
use zigdepot_core::git::server::frame::BandWriter;

use crate::git::{Contents, contents};
use crate::pack_write::{objects, write};

/// Most ids that a selection keeps here; there are fewer objects than half of it.
const MOST: u32 = 200;

/// The first eight bytes tell which of the objects are in which of four packs, the next how many of
/// these the client has, and where one is damaged; the others are objects, as `pack_write` has them.
/// And all of them are entries of an index.
pub fn pack_merge(data: &[u8]) {
    hostile(data);
    let Some((masks, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let Some((&[had, spot], rest)) = rest.split_first_chunk::<2>() else {
        return;
    };
    let all = objects(rest);
    let masks = masks.as_chunks::<2>().0.iter();
    let packs: Vec<_> = masks
        .map(|mask| Pack::of(&all, u16::from_le_bytes(*mask)))
        .collect();
    let (had, wanted) = packs.split_at(usize::from(had % 5));
    let step = data.len() % 777 + 1;
    let merged = merge(had, wanted, step).expect("sound packs");
    let mut expected: Contents = wanted
        .iter()
        .flat_map(|pack| pack.objects.clone())
        .collect();
    expected.retain(|id, _| !had.iter().any(|pack| pack.objects.contains_key(id)));
    let read = contents(&merged, step, step * 64).expect("a reader takes it");
    assert!(read == expected, "other objects than asked for");
    assert!(merge(had, wanted, usize::MAX).as_ref() == Ok(&merged));
    framed(&merged, step);
    damaged(had, wanted, usize::from(spot), &merged);
}

struct Pack {
    objects: Contents,
    bytes: Vec<u8>,
    entries: Vec<IndexEntry>,
}

impl Pack {
    /// The objects at the places that the mask has bits at.
    fn of(all: &Contents, mask: u16) -> Self {
        let chosen = all.iter().enumerate();
        let chosen = chosen.filter(|(place, _)| mask >> (place % 16) & 1 == 1);
        let objects: Contents = chosen
            .map(|(_, (id, object))| (*id, object.clone()))
            .collect();
        let count = u32::try_from(objects.len()).expect("few objects");
        let (bytes, mut entries, _) = write(count, &objects, usize::MAX);
        entries.sort_unstable();
        Self {
            objects,
            bytes,
            entries,
        }
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }
}

fn merge(had: &[Pack], wanted: &[Pack], step: usize) -> Result<Vec<u8>, MergeError> {
    let mut selection = Selection::new(MOST);
    for entry in had.iter().flat_map(|pack| &pack.entries) {
        assert!(selection.exclude(entry.id));
    }
    let mut chosen = Vec::new();
    for pack in wanted {
        chosen.push(pick(&mut selection, &pack.entries, pack.length())?);
    }
    let mut out = Vec::new();
    let mut merged = MergedPack::new(&selection, &mut out);
    for (pack, chosen) in wanted.iter().zip(&chosen) {
        merged.begin(gather(chosen, &pack.entries, pack.length())?);
        while let Some(range) = merged.poll_read() {
            let bytes = &pack.bytes[usize_range(&range)];
            merged.handle_read(&bytes[..step.min(bytes.len())], &mut out)?;
        }
    }
    merged.finish(&mut out)?;
    assert_eq!(out.len() as u64, selection.pack_length());
    Ok(out)
}

fn pick(
    selection: &mut Selection,
    entries: &[IndexEntry],
    length: u64,
) -> Result<Chosen, MergeError> {
    let mut picking = selection.pick(length);
    for entry in entries {
        picking.handle_entry(entry)?;
    }
    picking.finish()
}

fn gather(chosen: &Chosen, entries: &[IndexEntry], length: u64) -> Result<Copies, MergeError> {
    let mut gathering = Gathering::new(chosen, length);
    for entry in entries {
        gathering.handle_entry(*entry);
    }
    gathering.finish()
}

/// The packets are those of the [`Bands`], however the pack is cut.
fn framed(pack: &[u8], step: usize) {
    for framing in [Framing::Bare, Framing::Small, Framing::Large] {
        let length = pack.len() as u64;
        let mut out = Vec::new();
        let mut writer = BandWriter::new(framing, length);
        for piece in pack.chunks(step) {
            writer.push(piece, &mut out).expect("its length");
        }
        writer.finish(&mut out).expect("its length");
        assert_eq!(writer.wire_length(), Some(out.len() as u64));
        let mut rest = out.as_slice();
        for packet in Bands::new(framing, length).iter() {
            let data = &pack[usize_range(&packet.pack)];
            let behind = rest.strip_prefix(packet.head.as_slice());
            rest = behind
                .and_then(|rest| rest.strip_prefix(data))
                .expect("the packet");
        }
        assert_eq!(
            rest,
            if framing == Framing::Bare { "" } else { "0000" }.as_bytes()
        );
    }
}

/// A pack that is damaged is not merged, or the damage is where nothing is taken from.
fn damaged(had: &[Pack], wanted: &[Pack], spot: usize, sound: &[u8]) {
    let Some((last, others)) = wanted.split_last() else {
        return;
    };
    let mut bytes = last.bytes.clone();
    let spot = spot * 7 % bytes.len();
    bytes[spot] ^= 1 << (spot % 8);
    let last = Pack {
        objects: Contents::new(),
        bytes,
        entries: last.entries.clone(),
    };
    let before = others.iter().map(|pack| Pack {
        objects: Contents::new(),
        bytes: pack.bytes.clone(),
        entries: pack.entries.clone(),
    });
    let wanted: Vec<Pack> = before.chain([last]).collect();
    if let Ok(merged) = merge(had, &wanted, usize::MAX) {
        assert!(merged == sound, "damage passed");
    }
}

/// Entries of 4 bytes each, of a pack that is as long as the first byte says, and holds nothing.
fn hostile(data: &[u8]) {
    let length = data.first().map_or(0, |byte| u64::from(*byte) * 300);
    let entry = |bytes: &[u8; 4]| IndexEntry {
        id: ObjectId::from_bytes([bytes[0]; 20]),
        offset: u64::from(u16::from_le_bytes([bytes[1], bytes[2]])),
        crc32: u32::from(bytes[3]),
    };
    let entries: Vec<_> = data.as_chunks::<4>().0.iter().map(entry).collect();
    let mut selection = Selection::new(50);
    let Ok(chosen) = pick(&mut selection, &entries, length) else {
        return;
    };
    assert!(selection.objects() <= 50 && selection.pack_length() <= length.max(32));
    let others = entries.get(1..).unwrap_or_default();
    assert!(entries.is_empty() || gather(&chosen, others, length).is_err());
    let copies = gather(&chosen, &entries, length).expect("the same as before");
    let mut out = Vec::new();
    let mut merged = MergedPack::new(&selection, &mut out);
    merged.begin(copies);
    let mut last = 0;
    while let Some(range) = merged.poll_read() {
        assert!(last <= range.start && range.start < range.end && range.end <= length - 20);
        assert!(range.end - range.start <= READ_BYTES as u64);
        last = range.end;
        // The first byte of each is that of a blob.
        let bytes = vec![0x31; usize_range(&range).len()];
        if merged.handle_read(&bytes, &mut out).is_err() {
            return;
        }
    }
}

fn usize_range(range: &Range<u64>) -> Range<usize> {
    let at = |at| usize::try_from(at).expect("it is in memory");
    at(range.start)..at(range.end)
}
