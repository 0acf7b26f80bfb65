//! Git's objects and the formats that carry them.
//!
//! * [`id`]: object ids, and how an object's bytes become one;
//! * [`object`]: commits, tags and trees, parsed and judged;
//! * [`pktline`]: the framing of what is said over HTTP;
//! * [`client`]: asking an upstream repository for its references and for packs.
//!
//! It refuses SHA-256 repositories, objects that take part in a SHA-1 collision attack, and trees
//! that could not be checked out safely. It refuses to know work trees and configuration.

pub mod client;
pub mod delta;
pub mod id;
pub mod loose;
pub mod object;
pub mod pktline;
pub mod pack;
