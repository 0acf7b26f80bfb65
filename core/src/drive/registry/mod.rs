//! The registry as the store has it, and its API.

pub(super) mod api;
pub(super) mod claim;
mod info;
pub(super) mod published;
pub(super) mod troubles;
pub(super) mod wait;
