//! zigdepot on tokio: one thread per worker, each with a runtime and sockets of its own.
//!
//! This host does what [`zigdepot_core::drive::host`] asks and decides nothing. It is the twin of
//! the host on smol, file by file; tokio brings the event loop. Unlike there, a
//! [`Worker`](worker::Worker) and all its futures are `Send`, so that a program that runs on
//! tokio's many threads already can have one of its own. Needs Linux.

pub mod command;
pub mod embed;
pub mod files;
mod jobs;
pub mod net;
pub mod server;
pub mod service;
pub mod socket;
pub mod worker;
