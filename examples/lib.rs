//! How to put zigdepot into a server of your own; each example is a program.
//!
//! | example | shows |
//! |---|---|
//! | `axum` | the mirror under a path of a server that has routes of its own |
//! | `hyper` | the service behind hyper, HTTP/1.1 and HTTP/2 |
//! | `hyper_files` | no zigdepot at all: the file server that `cargo xtask bench` measures `hyper` against |
//! | `blocking` | the core alone, driven by std threads: the tutorial of the boundary |
