use std::vec;
use std::vec::Vec;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::*;
use crate::archive::gzip::{Gunzip, GzipError};
use crate::zig::digest::Sha256Digest;

fn zip<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = vec![];
    let mut gzip = Gzip::new(&mut out);
    for piece in pieces {
        gzip.push(piece, &mut out);
    }
    gzip.finish(&mut out).unwrap();
    out
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let (mut gunzip, mut content) = (Gunzip::new(), vec![]);
    let mut take = |run: &[u8]| {
        content.extend_from_slice(run);
        Ok::<(), GzipError>(())
    };
    assert_eq!(gunzip.push(bytes, &mut take), Ok(false));
    content
}

/// Bytes without order, by a multiplicative generator.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

/// Text with words that come back at all distances, and runs of zeros as in a tar.
fn text(length: usize) -> Vec<u8> {
    let (words, mut text) = (noise(4096), vec![]);
    for (n, at) in noise(length).into_iter().enumerate() {
        let start = usize::from(at) * 13;
        text.extend_from_slice(&words[start..start + 3 + n % 40]);
        text.extend_from_slice(&vec![0; if n % 97 == 0 { 300 } else { 1 }]);
        if text.len() >= length {
            break;
        }
    }
    text.truncate(length);
    text
}

/// What a compressor may stumble over: nothing, little, runs, noise, and each behind the other.
fn hostile() -> Vec<Vec<u8>> {
    let shallow: Vec<u8> = noise(200_000).iter().map(|byte| byte & 1).collect();
    let skewed: Vec<u8> = (0..200_000_u32)
        .map(|n| u8::try_from(n.trailing_zeros()).unwrap())
        .collect();
    vec![
        vec![],
        vec![7],
        noise(47),
        noise(48),
        vec![0; 47],
        vec![0; 1 << 20],
        noise(300_000),
        [noise(40_000), vec![0; 400_000], noise(40_000)].concat(),
        [noise(1 << 15), noise(1 << 15), noise(1 << 15)].concat(),
        (0..=255).cycle().take(500_000).collect(),
        text(600_000),
        shallow,
        skewed,
    ]
}

#[test]
fn what_goes_in_comes_out_again() {
    for content in hostile() {
        let bytes = zip([&content[..]]);
        assert_eq!(bytes[..10], HEADER);
        assert!(unzip(&bytes) == content, "{} bytes", content.len());
        let trailer = [Crc32::of(&content), u32::try_from(content.len()).unwrap()];
        assert_eq!(
            bytes[bytes.len() - 8..],
            trailer.map(u32::to_le_bytes).concat()
        );
    }
}

#[test]
fn how_the_content_is_cut_does_not_matter() {
    for content in hostile() {
        let whole = zip([&content[..]]);
        for step in [1, 2, 3, 257, 258, 259, 4096, 65_535] {
            let pieces = zip(content.chunks(step));
            assert!(pieces == whole, "{} bytes by {step}", content.len());
        }
        let mut cuts = noise(1000).into_iter().cycle();
        let (mut rest, mut pieces) = (&content[..], vec![]);
        while !rest.is_empty() {
            let cut = usize::from(cuts.next().unwrap()) * 17 % 1023;
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        assert!(zip(pieces) == whole, "{} bytes, odd cuts", content.len());
    }
}

#[test]
fn short_content_cut_in_two_anywhere_is_the_same() {
    let content = &text(1500)[..];
    let whole = zip([content]);
    for cut in 0..=content.len() {
        let (first, second) = content.split_at(cut);
        assert!(zip([first, second]) == whole, "cut at {cut}");
    }
}

#[test]
fn the_compressor_fits_a_small_stack_and_holds_little_back() {
    let inline = size_of::<CompressorOxide>();
    assert!(inline <= 90 << 10, "{inline} bytes pass over the stack");
    let (mut out, mut held) = (vec![], 0);
    let mut gzip = Gzip::new(&mut out);
    for piece in noise(1 << 20).chunks(1000) {
        gzip.push(piece, &mut out);
        held += piece.len();
        if out.len() > 10 {
            held = held.saturating_sub(out.len() - 10);
            out.truncate(10);
        }
        assert!(held < 40 << 10, "{held} bytes are held back");
    }
}

/// The type of each block of deflate (RFC 1951 3.2.3), and how many bytes it inflates to.
fn blocks(deflate: &[u8]) -> Vec<(u8, usize)> {
    let (mut state, mut ring) = (DecompressorOxide::new(), vec![0; 64 << 10]);
    let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY;
    let (mut rest, mut at, mut length, mut blocks) = (deflate, 0, 0, vec![]);
    let mut kind = (deflate[0] >> 1) & 3;
    loop {
        let (status, used, made) = decompress(&mut state, rest, &mut ring, at, flags);
        rest = &rest[used..];
        at = (at + made) % ring.len();
        length += made;
        match status {
            TINFLStatus::HasMoreOutput => {}
            TINFLStatus::BlockBoundary => {
                blocks.push((kind, length));
                let boundary = state.block_boundary_state().unwrap();
                let held = u32::from(boundary.bit_buf) | u32::from(rest[0]) << boundary.num_bits;
                kind = u8::try_from((held >> 1) & 3).unwrap();
                length = 0;
            }
            TINFLStatus::Done => {
                blocks.push((kind, length));
                return blocks;
            }
            TINFLStatus::NeedsMoreInput | _ => panic!("{status:?}"),
        }
    }
}

#[test]
fn blocks_of_fixed_codes_are_never_large() {
    let mut kinds = [0; 4];
    for content in hostile() {
        let bytes = zip([&content[..]]);
        let blocks = blocks(&bytes[10..bytes.len() - 8]);
        let lengths = blocks.iter().map(|(_, length)| length);
        assert_eq!(lengths.sum::<usize>(), content.len());
        for (kind, length) in blocks {
            kinds[usize::from(kind)] += 1;
            assert!(kind != 1 || length < 48, "{length} bytes in fixed codes");
        }
    }
    // The inputs bring forth blocks of every type, or nothing was looked at.
    assert!(kinds[..3].iter().all(|&seen| seen > 0), "{kinds:?}");
    assert_eq!(kinds[3], 0);
}

/// A change here breaks the promise that a tarball's bytes are the same for ever: the compressor
/// changed. Files that are published stay as they are; new ones would differ.
#[test]
fn the_compressor_is_the_one_that_was_promised() {
    let seen = [vec![], text(600_000), noise(100_000)];
    let seen = seen.map(|content| std::format!("{}", Sha256Digest::of(&zip([&content[..]]))));
    assert_eq!(
        seen,
        [
            "ac73670af3abed54ac6fb4695131f4099be9fbe39d6076c5d0264a6bbdae9d83",
            "f935edf7d0d8b79db9424904dd2baab4c80a81cbdccaea6f40dd5ffeb49a8d66",
            "eade446e62e4e0df9b795771b5ec10cadbb38036ddd43bb94da50614236137cd"
        ]
    );
}
