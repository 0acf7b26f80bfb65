//! Log lines on standard error: time, level, text.

use core::fmt;
use std::io::Write;

use wasip2::clocks::wall_clock;
use zigdepot_core::config::LogLevel;
use zigdepot_core::time::Timestamp;
use zigdepot_core::wire::date::rfc3339;

/// Writes one line; a closed standard error is no reason to stop.
pub(crate) fn line(level: LogLevel, text: fmt::Arguments<'_>) {
    let label = match level {
        LogLevel::Off => return,
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let line = format!("{} {label:5} {text}\n", rfc3339(now()));
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// The wall clock.
pub(crate) fn now() -> Timestamp {
    Timestamp(wall_clock::now().seconds)
}
