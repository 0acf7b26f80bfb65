//! zigdepot on smol's executor: one thread per worker, each with its own sockets.
//!
//! This host does what [`zigdepot_core::drive::host`] asks and decides nothing. Sockets are driven
//! by an edge-triggered epoll instance per worker ([`zigdepot_reactor`]): a socket is registered once, so a
//! request on a kept connection costs three system calls (wait, read, send). Needs Linux.

pub mod command;
pub mod files;
pub mod net;
pub mod server;
pub mod socket;
pub mod worker;
