//! The simulator: the real driver in a virtual world, where a seed decides everything.
//!
//! Clock, disk, network, upstreams and clients are made of memory; `drive::socket::serve` and
//! `drive::run` are the ones that ship. A seed gives settings, scripts, faults, a crash and a stop
//! ([`plan`]), and the order in which tasks run; the same seed gives the same trace. After every
//! step and at the end the [`invariants`] are looked at. It refuses to know what the core is made
//! of inside: it sees what a host, an upstream, a client and a disk would see.

pub mod answer;
pub mod catalog;
pub mod client;
pub mod clock;
pub mod disk;
pub mod embedder;
pub mod epilogue;
pub mod executor;
pub mod forge;
pub mod git;
pub mod host;
pub mod invariants;
pub mod memory;
pub mod net;
pub mod plan;
pub mod random;
pub mod registry;
pub mod reply;
pub mod scene;
pub mod store;
#[cfg(test)]
mod stories;
pub mod upstream;
pub mod whim;
pub mod world;
