//! Zlib streams (RFC 1950), compressed one after another by one compressor.
//!
//! The same content gives the same bytes everywhere, however it is cut: see
//! [`gzip`](crate::archive::gzip), whose compressor this is. It refuses a choice of level.

use alloc::boxed::Box;
use alloc::vec::Vec;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};

/// A pack is made once and sent often. Of 1,500 source files, 7.4 MB, level 1 makes 2.47 MB in
/// 50 ms, 4 makes 2.05 in 106, 6 makes 2.03 in 136, 9 makes 2.02 in 165. Git's own is 6.
const LEVEL: i32 = 6;
/// A window of 32 KiB, with the header and the Adler-32 of zlib.
const WINDOW_BITS: i32 = 15;
const DEFAULT_STRATEGY: i32 = 0;

/// Compresses one stream after another; some 320 KiB, allocated once. To begin a stream clears it,
/// which takes 4 microseconds.
pub(super) struct Deflater {
    compressor: Box<CompressorOxide>,
    /// What the compressor last said: anything but `Okay` stays so until the next stream.
    status: TDEFLStatus,
}

/// The compressor gave up. No content is known to bring it there.
#[derive(Debug)]
pub(super) struct GaveUp;

impl Deflater {
    pub(super) fn new() -> Self {
        let flags = create_comp_flags_from_zip_params(LEVEL, WINDOW_BITS, DEFAULT_STRATEGY);
        Self {
            compressor: Box::new(CompressorOxide::new(flags)),
            status: TDEFLStatus::Okay,
        }
    }

    /// To be called before each stream but the first.
    pub(super) fn restart(&mut self) {
        self.compressor.reset();
        self.status = TDEFLStatus::Okay;
    }

    /// Takes the next bytes, and appends what is compressed by now.
    pub(super) fn push(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), GaveUp> {
        self.compress(content, TDEFLFlush::None, out);
        match self.status {
            TDEFLStatus::Okay => Ok(()),
            TDEFLStatus::Done | TDEFLStatus::BadParam | TDEFLStatus::PutBufFailed => Err(GaveUp),
        }
    }

    /// Ends the stream: appends what is left.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), GaveUp> {
        self.compress(&[], TDEFLFlush::Finish, out);
        match self.status {
            TDEFLStatus::Done => Ok(()),
            TDEFLStatus::Okay | TDEFLStatus::BadParam | TDEFLStatus::PutBufFailed => Err(GaveUp),
        }
    }

    fn compress(&mut self, content: &[u8], flush: TDEFLFlush, out: &mut Vec<u8>) {
        if self.status != TDEFLStatus::Okay {
            return;
        }
        let append = |run: &[u8]| {
            out.extend_from_slice(run);
            true
        };
        let (status, used) = compress_to_output(&mut self.compressor, content, flush, append);
        self.status = if used == content.len() {
            status
        } else {
            TDEFLStatus::PutBufFailed
        };
    }
}
