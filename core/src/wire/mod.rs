//! HTTP/1.1 on the wire (RFC 9110, RFC 9112): bytes to heads and bodies, answers to bytes.
//!
//! Server side: [`head`] delimits and parses request heads, [`fields`] keeps what anyone above
//! looks at, [`body`] undoes the framing, [`range`] and [`conditional`] decide between 200, 206,
//! 304 and 416, [`response`] writes heads. Upstream side: [`url`], [`client`].
//!
//! The layer refuses to guess: whatever two readers of one byte stream could understand in two
//! ways (line ends, lengths, codings, hosts) is an error. It does no I/O, keeps no buffer, and
//! allocates nothing on the server's path.

mod answer;
mod authority;
pub mod body;
pub mod chunked;
pub mod client;
pub mod conditional;
pub mod date;
pub mod fields;
mod framing;
pub mod head;
#[cfg(test)]
mod pieces;
pub mod prefer;
pub mod range;
mod reject;
pub mod response;
mod scanner;
mod token;
pub mod url;
