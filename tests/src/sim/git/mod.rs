//! Git's clients in the virtual world: what they ask, and what of an answer must be true.
//!
//! [`ask`] writes requests of the smart and the dumb protocol, [`truth`] knows which objects a
//! release has, [`judge`] holds answers and derived files to that, and [`plan`] mixes such clients
//! into random runs. Packs are read by the core's own scanner, which hashes every object; it refuses
//! to run a `git`.

pub mod ask;
pub mod judge;
pub mod plan;
pub mod truth;
