//! Proof that a host behaves: a conformance suite, and what it needs to drive a server as a process.
//!
//! * [`stand_in`]: an upstream on loopback that misbehaves on command and counts what it is asked.
//! * [`client`]: an HTTP/1.1 client that sends literal bytes and reads answers strictly.
//! * [`signer`]: minisign keys and signatures, from a seed.
//! * [`host`] and [`process`]: the kinds of host under test, and one running server.
//! * [`command`]: the program's commands, run to their end.
//! * [`component`]: the hosts that run the WebAssembly component.
//! * [`conformance`]: the cases, in two suites, `app` for every host and `wire` for socket hosts.
//! * [`gits`]: real Git clients, all that the machine has.
//! * [`mirror`]: a forge, its mirror, and Zigs between them.
//! * [`openapi`]: whether the description of an API is true.
//! * [`packages`]: Zig packages and their archives.
//! * [`pkt`]: packets of the Git protocol.
//! * [`repo`]: Git repositories, made by the real git.
//! * [`zigs`]: real Zig clients of every version.
//! * [`sim`]: the driver in a virtual world, where a seed decides everything.
//!
//! All but [`sim`] refuse to link the server: what they know of it is what a user could see, which is
//! its settings, its answers, its log and its data directory.

// Every function here may panic: that is how a test says no.
#![allow(clippy::missing_panics_doc)]
// `answer.expect(404)` is an assertion; what it returns is for those who want to look further.
#![allow(clippy::return_self_not_must_use)]
// Text is put together once a test, so that it reads well matters more than one allocation.
#![allow(clippy::format_push_string)]

pub mod client;
pub mod command;
pub mod component;
pub mod conformance;
pub mod gits;
pub mod host;
pub mod mirror;
pub mod mount;
pub mod openapi;
pub mod packages;
pub mod pkt;
pub mod process;
pub mod repo;
pub mod scratch;
pub mod signer;
pub mod sim;
pub mod stand_in;
pub mod tarball;
pub mod toolchain;
pub mod tools;
pub mod zigs;
