//! Gzip (RFC 1952) over deflate (RFC 1951), read and written as the bytes come.
//!
//! * [`Gunzip`] reads what the Zig client reads, and as leniently.
//! * [`Gzip`] writes one member that depends on nothing but the bytes: no name, no time.
//!
//! Neither knows a file or holds back output for longer than a block of deflate.

mod reader;
mod write;

pub use reader::{Gunzip, GzipError};
pub use write::{Gzip, GzipWriteError};
