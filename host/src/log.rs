//! Log lines on standard error: time, level, text.
//!
//! Under systemd's journal (JOURNAL_STREAM is set) the time is left out, for the journal has it.

use std::fmt;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use zigdepot_core::config::LogLevel;

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
            format!("{} {:5} {text}\n", utc(SystemTime::now()), label(level))
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

/// RFC 3339 with seconds, in UTC.
fn utc(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The date of a day since 1970-01-01 in the Gregorian calendar; years begin in March, so that
/// the leap day is the last.
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    #[test]
    fn time_is_utc() {
        assert_eq!(
            utc(UNIX_EPOCH + Duration::from_secs(1_709_210_096)),
            "2024-02-29T12:34:56Z"
        );
        assert_eq!(utc(UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn level_includes_those_before() {
        let log = Log::new(LogLevel::Warn);
        assert!(
            log.keeps(LogLevel::Error) && log.keeps(LogLevel::Warn) && !log.keeps(LogLevel::Info)
        );
        assert!(!Log::new(LogLevel::Off).keeps(LogLevel::Off));
    }
}
