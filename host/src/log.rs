//! Log lines on standard error: time, level, text.
//!
//! Under systemd's journal (JOURNAL_STREAM is set) the time is left out, for the journal has it.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use zigdepot_core::config::LogLevel;
use zigdepot_core::time::Timestamp;
use zigdepot_core::wire::date::rfc3339;

/// Where lines go.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    level: LogLevel,
    timed: bool,
}

impl Log {
    /// A log that keeps lines up to `level`.
    #[must_use]
    pub fn new(level: LogLevel) -> Self {
        Self {
            level,
            timed: std::env::var_os("JOURNAL_STREAM").is_none(),
        }
    }

    /// Whether lines of this level are kept.
    #[must_use]
    pub fn keeps(self, level: LogLevel) -> bool {
        level <= self.level && level != LogLevel::Off
    }

    /// Writes one line if its level is kept; a closed standard error is no reason to stop.
    pub fn line(self, level: LogLevel, text: fmt::Arguments<'_>) {
        if self.keeps(level) {
            self.write(level, text);
        }
    }

    /// Writes a line that is wanted at every level but off: where the server listens.
    pub fn announce(self, text: fmt::Arguments<'_>) {
        if self.level != LogLevel::Off {
            self.write(LogLevel::Info, text);
        }
    }

    fn write(self, level: LogLevel, text: fmt::Arguments<'_>) {
        let line = if self.timed {
            format!("{} {:5} {text}\n", rfc3339(now()), label(level))
        } else {
            format!("{:5} {text}\n", label(level))
        };
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

fn label(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Off => "",
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(since.map_or(0, |elapsed| elapsed.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn level_includes_those_before() {
        let log = Log::new(LogLevel::Warn);
        assert!(
            log.keeps(LogLevel::Error) && log.keeps(LogLevel::Warn) && !log.keeps(LogLevel::Info)
        );
        assert!(!Log::new(LogLevel::Off).keeps(LogLevel::Off));
    }
}
