//! Package archives: read while their bytes pass, never unpacked, and written in one form.
//!
//! [`gzip`] inflates, [`tar`] tells entries from content; each is pushed bytes as they come and
//! calls back with what it makes of them, so that a package is hashed while it is downloaded.
//! What counts is what the Zig client makes of an archive: what it reads past is read past here
//! too, and what it refuses is either refused or delivered so that the caller can refuse it.
//!
//! What the registry makes is written by [`tar::TarWriter`] and [`gzip::Gzip`]: the same bytes for
//! the same content, on every run and machine.
//!
//! Nothing here knows a file system. Paths are bytes as they stand in the archive; to normalise
//! and to judge them is for the caller, and nothing here makes `../../etc` harmless.

pub mod crc32;
pub mod gzip;
pub mod tar;
