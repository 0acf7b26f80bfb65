//! Git, as far as a registry of packages needs it.

pub mod pktline;
