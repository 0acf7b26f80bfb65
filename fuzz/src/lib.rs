//! The properties that fuzzing holds zigdepot's parsers to.
//!
//! Each is a function over any bytes that panics when the property does not hold. The fuzz
//! targets are one line each around these functions; [`TARGETS`] lets a test on stable Rust run
//! them over the corpora. Nothing here knows libFuzzer.
//!
//! To search for new inputs and leave the committed ones as they are:
//!
//! ```text
//! cargo +nightly fuzz run NAME fuzz/new/NAME fuzz/corpus/NAME -- -dict=fuzz/dict/NAME.dict
//! ```
//!
//! An input that broke a property is committed below `corpus/NAME/` with the fix.
#![forbid(unsafe_code)]

pub mod archive;
pub mod face_note;
pub mod flight;
pub mod git;
pub mod git_client;
pub mod git_dumb;
pub mod git_server;
pub mod grammar;
pub mod index;
pub mod pack_merge;
pub mod pack_write;
pub mod package;
pub mod registry;
pub mod tarball;
pub mod template;
pub mod wire;
pub mod zig;
pub mod zon;

/// What a target holds its input to: it panics when that is broken.
pub type Property = fn(&[u8]);

/// Every fuzz target: its name, which is also that of its folder below `corpus/`, and its property.
pub const TARGETS: &[(&str, Property)] = &[
    ("archive_name", zig::archive_name),
    ("version", zig::version),
    ("minisig", zig::minisig),
    ("index", index::index),
    ("zon", zon::zon),
    ("flight", flight::flight),
    ("request_head", wire::request_head),
    ("chunked", wire::chunked),
    ("range", wire::range),
    ("response_head", wire::response_head),
    ("url", wire::url),
    ("template", template::template),
    ("tar", archive::tar),
    ("gunzip", archive::gunzip),
    ("package", package::package),
    ("pkt_line", git_client::pkt_line),
    ("ls_refs", git_client::ls_refs),
    ("fetch_answer", git_client::fetch_answer),
    ("catalog", registry::catalog),
    ("manifest_json", registry::manifest_json),
    ("tar_round_trip", tarball::tar_round_trip),
    ("prover", tarball::prover),
    ("pack", git::pack),
    ("pack_write", pack_write::pack_write),
    ("pack_merge", pack_merge::pack_merge),
    ("idx", pack_write::idx),
    ("face_note", face_note::face_note),
    ("delta", git::delta),
    ("tree", git::tree),
    ("commit", git::commit),
    ("git_request", git_server::git_request),
    ("git_negotiation", git_server::git_negotiation),
    ("dumb_path", git_dumb::dumb_path),
    ("pack_layout", git_dumb::pack_layout),
];
