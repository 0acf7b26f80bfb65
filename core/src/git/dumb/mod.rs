//! Git's dumb HTTP protocol (gitprotocol-http(5), "Dumb Clients"): a repository as files that a
//! client fetches one by one.
//!
//! * [`DumbFile`]: which files those are, read from a path;
//! * [`text`]: the three that say what there is.
//!
//! It refuses all other files of a repository: configuration, hooks, logs, single references, and
//! alternates, which would send a client elsewhere.

mod file;
pub mod text;

pub use file::{Constancy, DumbFile};
