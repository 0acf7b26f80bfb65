//! The commands beside serving, each in a file of its own.

pub mod hash;
