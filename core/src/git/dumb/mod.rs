//! Git's dumb HTTP protocol (gitprotocol-http(5), "Dumb Clients"): a repository as files that a
//! client fetches one by one.
//!
//! * [`DumbFile`]: which files those are, read from a path;
//! * [`text`]: the three that say what there is;
//! * [`PackLayout`]: a pack that is put together from a head, a part of a file, and a tail.
//!
//! It refuses all other files of a repository: configuration, hooks, logs, single references, and
//! alternates, which would send a client elsewhere.

mod file;
mod layout;
pub mod text;

pub use file::{Constancy, DumbFile};
pub use layout::{PackLayout, PackPart};
