//! Zlib streams (RFC 1950), inflated as they come or in one piece.
//!
//! The Adler-32 at a stream's end is read and not looked at: what matters is the SHA-1 of all.

use alloc::boxed::Box;

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_IGNORE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER,
    TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// Bytes of the ring that output is written to: what a match may point back to (RFC 1951 2), twice
/// for longer runs. A power of two.
const RING: usize = 64 << 10;

const FLAGS: u32 =
    TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_IGNORE_ADLER32;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// There is more output, for which there was no room.
    MoreOutput,
    /// All input is used up.
    MoreInput,
    /// The stream has ended.
    Done,
}

/// The stream breaks its format's rules.
#[derive(Debug)]
pub(super) struct Corrupt;

/// Inflates one stream after another.
pub(super) struct Inflater {
    core: Box<DecompressorOxide>,
}

/// Where streams are inflated to that nobody holds whole.
pub(super) struct Ring {
    room: Box<[u8]>,
    at: usize,
    /// Whether all of the room belongs to this stream.
    is_full: bool,
}

impl Inflater {
    pub(super) fn new() -> Self {
        let core = Box::default();
        Self { core }
    }

    /// To be called before each stream.
    pub(super) fn restart(&mut self) {
        self.core.init();
    }

    /// Inflates to `out[made..]`; gives how much input it used, and how much output it made. All
    /// output before `made` must still be there.
    pub(super) fn fill(
        &mut self,
        input: &[u8],
        out: &mut [u8],
        made: usize,
    ) -> Result<(Ending, usize, usize), Corrupt> {
        let flags = FLAGS | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        let (status, used, more) = decompress(&mut self.core, input, out, made, flags);
        Ok((Ending::of(status)?, used, more))
    }

    /// Inflates at most 64 KiB to the ring; gives how much input it used, and the output.
    pub(super) fn run<'a>(
        &mut self,
        input: &[u8],
        ring: &'a mut Ring,
    ) -> Result<(Ending, usize, &'a [u8]), Corrupt> {
        // As long as the ring holds bytes of earlier streams, or none, it must not be taken for a
        // ring: a match that points back too far would find them there.
        let flags = if ring.is_full {
            FLAGS
        } else {
            FLAGS | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        };
        let (status, used, more) =
            decompress(&mut self.core, input, &mut ring.room, ring.at, flags);
        Ok((Ending::of(status)?, used, ring.advance(more)))
    }
}

impl Ring {
    pub(super) fn new() -> Self {
        Self {
            room: alloc::vec![0; RING].into(),
            at: 0,
            is_full: false,
        }
    }

    /// To be called before each stream.
    pub(super) const fn restart(&mut self) {
        self.at = 0;
        self.is_full = false;
    }

    fn advance(&mut self, more: usize) -> &[u8] {
        let run = self.at..self.at + more;
        self.is_full |= run.end == RING;
        self.at = run.end % RING;
        self.room.get(run).unwrap_or_default()
    }
}

impl Ending {
    const fn of(status: TINFLStatus) -> Result<Self, Corrupt> {
        match status {
            TINFLStatus::HasMoreOutput => Ok(Self::MoreOutput),
            TINFLStatus::NeedsMoreInput => Ok(Self::MoreInput),
            TINFLStatus::Done => Ok(Self::Done),
            // The last arm: the enum is not ours, and may grow.
            TINFLStatus::FailedCannotMakeProgress
            | TINFLStatus::BadParam
            | TINFLStatus::Adler32Mismatch
            | TINFLStatus::Failed
            | _ => Err(Corrupt),
        }
    }
}
