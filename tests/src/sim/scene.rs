//! What a run is set up with: settings for small files, the weather, a crash to come.

use core::time::Duration;

use zigdepot_core::config::{Config, Given};

use super::catalog::CATALOG;
use super::disk::Loss;
use super::forge;

/// Settings whose waits and sizes suit small files.
pub fn settings(change: impl FnOnce(&mut Config)) -> Config {
    let pairs = [
        ("ZIG_MINISIGN_KEY", CATALOG.key.as_str()),
        ("MISS_RATE", "off"),
        ("DISK_RESERVE", "0"),
        ("ZIG_PREFETCH", "off"),
        (
            "TIMEOUTS",
            "connect=1s,upstream=5s,retry=200ms,follow=5400s",
        ),
    ];
    let pairs = pairs.into_iter().chain(forge::SETTINGS);
    let given: Given = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let mut config = Config::parse(&given).expect("these settings are right");
    let limits = &mut config.limits;
    limits.held_back_bytes = 256;
    limits.progress_bytes = 64;
    limits.retry_wait_max = Duration::from_secs(2);
    limits.attempts_in_all = 8;
    limits.shelf_file_bytes = 1000;
    limits.shelf_bytes = 4000;
    limits.file_bytes = 1 << 20;
    change(&mut config);
    config
}

/// How often what goes wrong, in percent of the cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Disk steps that take a while.
    pub slow: u64,
    /// Reads that fail.
    pub read_fails: u64,
    /// Writes and flushes that fail.
    pub write_fails: u64,
    /// Writes that find the disk full.
    pub full: u64,
    /// Writes that may not be.
    pub read_only: u64,
    /// Records that cannot be written.
    pub record_fails: u64,
    /// New names that cannot be flushed, once they are there.
    pub names_fail: u64,
    /// Names that are not found.
    pub dns: u64,
    /// Connections that are refused.
    pub refuse: u64,
    /// Connections that nobody answers.
    pub hang: u64,
    /// Certificates that are not valid.
    pub tls: u64,
    /// Steps after which a millisecond has passed.
    pub busy: u64,
    /// A program that pulls a body loses interest in it.
    pub forget: u64,
}

/// A crash to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// Before this step on the disk.
    pub at: u64,
    /// What is lost.
    pub loss: Loss,
    /// The next start comes so many milliseconds later.
    pub down: u64,
}
