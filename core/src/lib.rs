//! The sans-io core of zigdepot: it decides, a host does.
//!
//! # Layers
//!
//! | module | what it is | who needs it |
//! |---|---|---|
//! | [`wire`] | HTTP/1.1: bytes to request heads, answers to bytes, and the upstream side | hosts with sockets |
//! | [`app`] | one machine for the whole process: all that outlives a request | everyone |
//! | [`drive`] | the one generic driver: plain `async` code over the traits that a host implements | everyone |
//! | [`archive`] | package archives read as they pass: gunzip and tar, without files | hosts that look into packages |
//! | [`config`], [`limits`] | the settings; every cap and every wait | everyone |
//! | [`route`], [`zig`], [`store`] | names parsed into types: targets, versions, archives, signatures, places on the disk | the layers above |
//!
//! The core refuses to know a clock, a socket, a file, a thread, randomness or a hash map: time
//! comes in as [`Now`](time::Now), bytes by reference. It is `no_std`, so the compiler sees to it;
//! built for wasm32-unknown-unknown it imports nothing.
//!
//! # Three ways to use it
//!
//! * **With sockets.** Implement [`Host`](drive::host::Host), and
//!   [`Network`](drive::socket::Network) and [`Client`](drive::socket::Client) on your sockets;
//!   give each connection to [`serve`](drive::socket::serve()). The programs `zigdepot` (on smol's
//!   executor) and `zigdepot-tokio` do this.
//! * **Inside a server with HTTP of its own.** Implement [`Host`](drive::host::Host); make a
//!   [`Request`](drive::request::Request) of what your server read, and pull the
//!   [`Exchange`](drive::exchange::Exchange) that [`answer`](drive::exchange::answer) gives. The
//!   tower service, the `wasi:http` component and `examples/blocking` do this; the last one is the
//!   tutorial, on std threads alone.
//! * **By hand.** Drive [`App`](app::App) itself, as below; the simulator's model and the fuzz
//!   targets do this.
//!
//! # The contract
//!
//! 1. Every call that needs the time takes `now`. The core never waits; a wait is the driver's, and
//!    its length comes from [`Limits`](limits::Limits).
//! 2. Methods are of four kinds: getters (bare nouns), `handle_*` (something happened), mutators
//!    that requests call (`join`, `leave`), and `poll_*` (the next output, or none). After each
//!    mutation the output is drained before the next input; [`drive::site::act`] does both.
//! 3. Bulk bytes never cross [`app`]. Effects are coarse ("fill this file from those URLs"), and
//!    each job that is started gets exactly one final report, success or a typed failure; a job
//!    that is dropped half-way reports too.
//! 4. Over a limit there is an answer (503, 431, 413, 429), never a longer queue.
//! 5. No input panics. Errors are enums that name the culprit.
//! 6. The same inputs give the same outputs, on every target.
//!
//! # The loop
//!
//! ```text
//!            handle_*, join, leave                    poll_effect
//!  driver ───────────────────────────▶ App ───────────────────────────▶ driver
//!    ▲                                                                     │
//!    │            exactly one report for each job                          ▼
//!    └──────────────── host: store, upstreams, clock ◀── Start(job), Wake(follower)
//! ```
//!
//! A worked example: a request for a file that is not here, driven by hand.
//!
//! ```
//! use core::net::{IpAddr, Ipv4Addr};
//! use std::sync::Arc;
//!
//! use zigdepot_core::app::asset::Asset;
//! use zigdepot_core::app::flight::{Appetite, Follow};
//! use zigdepot_core::app::{App, Cause, Effect, Job};
//! use zigdepot_core::config::{Config, Given};
//! use zigdepot_core::route::Route;
//! use zigdepot_core::time::{Instant, Now, Timestamp};
//!
//! let config = Arc::new(Config::parse(&Given::new())?);
//! let mut app = App::new(config, "http://localhost:8080".into());
//! let now = Now { instant: Instant(0), unix: Timestamp(1_750_000_000) };
//!
//! // A target becomes a route: from here on there is no raw text.
//! let Route::Toolchain(name) = Route::parse("/zig/zig-x86_64-linux-0.14.1.tar.xz")? else {
//!     panic!("it is a toolchain file");
//! };
//! let asset = Asset::Zig(name);
//! assert_eq!(app.places(&asset)[0].as_str(), "zig/stable/0.14.1/zig-x86_64-linux-0.14.1.tar.xz");
//!
//! // The store does not have it, so the request follows the file's flight, which is opened.
//! let cause = Cause::Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), spurs_prefetch: true };
//! let first = app.join(&asset, Appetite::Stream, cause, now).expect("no cap is reached");
//! let Some(Effect::Start(Job::Fill(order))) = app.poll_effect() else {
//!     panic!("a flight starts with a fill");
//! };
//! let from = &order.sources[0];
//! assert_eq!(from.host(), "ziglang.org");
//!
//! // A second request joins the same flight: nothing more is started.
//! let second = app.join(&asset, Appetite::Stream, cause, now).expect("no cap is reached");
//! assert!(app.poll_effect().is_none());
//! assert_eq!(app.follow(first, 0), Follow::Pending);
//!
//! // The host downloads, and tells how far it is; followers are woken and may read that far. The
//! // last 64 KiB stay back until the file is verified.
//! app.handle_opened(order.flight, Some(1_000_000));
//! app.handle_progress(order.flight, 1_000_000);
//! assert!(matches!(app.poll_effect(), Some(Effect::Wake(id)) if id == first));
//! assert!(matches!(app.poll_effect(), Some(Effect::Wake(id)) if id == second));
//! let released = Follow::Bytes { total: 1_000_000, released: 1_000_000 - 65_536 };
//! assert_eq!(app.follow(first, 0), released);
//!
//! // A client that goes away costs the others nothing.
//! app.leave(second);
//!
//! // The one final report. Published means that the rest may be sent, and that the body may end.
//! app.handle_filled(&order, Ok(order.places[0].clone()), now.instant);
//! assert_eq!(app.follow(first, 1_000_000 - 65_536), Follow::Published);
//! app.leave(first);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What it costs
//!
//! A request for a file at hand takes one short lock, of the worker's own desk. An exchange holds one chunk ([`Limits::chunk_bytes`](limits::Limits), 64
//! KiB) while it is sent; a download one buffer of 128 KiB. Tables are bounded by
//! [`Limits`](limits::Limits), whose documentation is the list.
#![no_std]
#![cfg_attr(not(test), warn(clippy::cast_possible_truncation))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod app;
pub mod archive;
pub mod config;
pub mod drive;
pub mod git;
pub mod limits;
pub mod page;
pub mod registry;
pub mod route;
pub mod store;
pub mod time;
pub mod wire;
pub mod zig;
