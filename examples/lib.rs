//! How to put zigdepot into a server of your own; each example is a program.
//!
//! | example | shows |
//! |---|---|
//! | `blocking` | the core alone, driven by std threads: the tutorial of the boundary |
