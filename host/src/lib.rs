//! Blocking parts that both socket hosts share: the file store, settings from arguments and
//! environment, TLS settings for upstreams, the log.
//!
//! Nothing here decides; the core does. Nothing here waits for a network.

pub mod log;
pub mod progress;
pub mod settings;
pub mod store;
pub mod tls;
