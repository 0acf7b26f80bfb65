//! Git's objects and the formats that carry them.
//!
//! * [`id`]: object ids, and how an object's bytes become one.
//!
//! It refuses SHA-256 repositories, and objects that take part in a SHA-1 collision attack. It
//! refuses to know refs, work trees and configuration.

pub mod id;
