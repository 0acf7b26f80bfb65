//! Git: its objects, its packs, and its protocols over HTTP.
//!
//! * [`id`]: object ids, and how an object's bytes become one;
//! * [`object`]: commits, tags and trees, parsed and judged;
//! * [`delta`]: one object told as changes to another;
//! * [`pack`]: many objects in one stream; [`loose`]: one in a file;
//! * [`pktline`]: the lines of the protocol; [`client`]: what is asked of a server;
//! * [`server`]: what clients ask, and what they are answered; [`dumb`]: the protocol without a
//!   server half, where a repository is files.
//!
//! It refuses SHA-256 repositories, objects that take part in a SHA-1 collision attack, and trees
//! that could not be checked out safely. It knows no sockets, work trees and configuration.

mod budget;
pub mod client;
pub mod delta;
pub mod dumb;
pub mod id;
pub mod loose;
pub mod object;
pub mod pack;
pub mod pktline;
pub mod server;
