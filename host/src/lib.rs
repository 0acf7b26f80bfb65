//! What both socket hosts share: the file store, settings from arguments and environment, TLS
//! settings for upstreams, the log; the program, its threads and what they share; sockets as
//! system calls.
//!
//! Nothing here decides; the core does. Nothing here waits for a network: that is what the hosts
//! differ in.

pub mod archive;
pub mod bundle;
pub mod clock;
pub mod commands;
pub mod files;
pub mod listen;
pub mod log;
pub mod package;
pub mod program;
pub mod progress;
pub mod server;
pub mod settings;
pub mod shared;
pub mod store;
pub mod task;
pub mod tcp;
pub mod tls;
pub mod upstream;
