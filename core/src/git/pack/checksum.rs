//! The SHA-1 at a pack's end, which its index repeats and its name shows.

use core::fmt::{self, Write as _};

use crate::git::id::ObjectId;

/// The SHA-1 of a pack's bytes but the last twenty. Written as 40 lower-case hex digits, as it
/// stands in `pack-<checksum>.pack`. It guards against accidents; ids are what proves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackChecksum([u8; Self::BYTES]);

impl PackChecksum {
    /// Bytes of a checksum; its text has twice as many.
    pub const BYTES: usize = 20;

    /// Takes a checksum's bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Parses exactly 40 hex digits, lower-case as Git writes them.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        if hex.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        ObjectId::parse(hex).map(|id| Self(*id.as_bytes()))
    }

    /// The checksum's bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for PackChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PackChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PackChecksum(")?;
        fmt::Display::fmt(self, f)?;
        f.write_char(')')
    }
}
