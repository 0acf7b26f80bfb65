//! Git's objects and the formats that carry them.
//!
//! * [`delta`]: one object told as changes to another;
//! * [`id`]: object ids, and how an object's bytes become one;
//! * [`object`]: commits, tags and trees, parsed and judged;
//! * [`pack`]: many objects in one stream.
//!
//! It refuses SHA-256 repositories, objects that take part in a SHA-1 collision attack, and trees
//! that could not be checked out safely. It refuses to know refs, work trees and configuration.

pub mod delta;
pub mod id;
pub mod object;
pub mod pack;
