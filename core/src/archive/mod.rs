//! Package archives: read while their bytes pass, and never unpacked.
//!
//! [`gzip`] inflates, [`tar`] tells entries from content; each is pushed bytes as they come and
//! calls back with what it makes of them, so that a package is hashed while it is downloaded.
//! What counts is what the Zig client makes of an archive: what it reads past is read past here
//! too, and what it refuses is either refused or delivered so that the caller can refuse it.
//!
//! Nothing here knows a file system. Paths are bytes as they stand in the archive; to normalise
//! and to judge them is for the caller, and nothing here makes `../../etc` harmless.

pub mod crc32;
pub mod gzip;
pub mod tar;
