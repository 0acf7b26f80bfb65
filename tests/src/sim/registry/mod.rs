//! The registry's side of the virtual world: Git hosts, clients of the API, and what was promised.
//!
//! [`repos`] are made once, [`serve`] tells them wrongly in the ways of [`ills`], [`api`] asks the
//! server for them, and [`promises`] says what must hold of what is published. It refuses to run a
//! `git`, and to use the core's readers where it writes.

pub mod api;
pub mod id;
pub mod ills;
pub mod pack;
pub mod plan;
pub mod promises;
pub mod repos;
pub mod serve;
pub mod sha1;
mod speak;
