//! The sans-io core of zigdepot: it decides, a host does.
//!
//! Two layers. [`wire`] turns bytes into request heads and answers into bytes (HTTP/1.1); only
//! socket hosts use it. [`app`] turns request heads into plans and keeps all that outlives a
//! request. [`drive`] holds the one generic driver that loops over I/O, and the trait that a host
//! implements.
//!
//! The core refuses to know a clock, a socket, a file, a thread, randomness or a hash map: time
//! comes in as [`Now`](time::Now), randomness as one seed, bytes by reference.
#![no_std]
#![cfg_attr(not(test), warn(clippy::cast_possible_truncation))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod app;
pub mod config;
pub mod drive;
pub mod limits;
pub mod page;
pub mod route;
pub mod store;
pub mod time;
pub mod wire;
pub mod zig;
