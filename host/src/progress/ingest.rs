//! The progress of packages that are brought from their upstreams.

use core::time::Duration;
use std::io::{IsTerminal, Write, stderr};
use std::time::Instant;

use zigdepot_core::drive::ingest::Observer;
use zigdepot_core::registry::documents::Progress;
use zigdepot_core::store::tally::Size;

/// A terminal is drawn on so often at most.
const PACE: Duration = Duration::from_millis(200);
/// Elsewhere a line comes so often at most.
const LINE: Duration = Duration::from_secs(10);

/// Shows how far it is: one line that is drawn over on a terminal, plain lines now and then and one
/// at the end elsewhere.
#[derive(Debug)]
pub struct Intake {
    on_terminal: bool,
    is_drawn: bool,
    told: Instant,
    what: String,
    progress: Progress,
}

impl Intake {
    /// For this process's standard error.
    #[must_use]
    pub fn new() -> Self {
        Self {
            on_terminal: stderr().is_terminal(),
            is_drawn: false,
            told: Instant::now(),
            what: String::new(),
            progress: Progress::default(),
        }
    }

    /// Something begins.
    pub fn begin(&mut self, what: &str) {
        self.progress = Progress::default();
        self.told = Instant::now();
        self.name(what);
    }

    /// What goes on is called like that now.
    pub fn name(&mut self, what: &str) {
        what.clone_into(&mut self.what);
    }

    /// It has ended. Elsewhere than on a terminal its last word is told if anything was received.
    pub fn end(&mut self) {
        self.clear();
        if !self.on_terminal && self.progress.bytes > 0 {
            self.line();
        }
    }

    /// Clears the line for others.
    pub fn clear(&mut self) {
        if self.is_drawn {
            let _ = stderr().write_all(b"\r\x1b[K");
            self.is_drawn = false;
        }
    }

    fn line(&self) {
        let _ = stderr().write_all(format!("{}\n", self.text()).as_bytes());
    }

    fn text(&self) -> String {
        let Progress {
            refs,
            objects,
            bytes,
            tarballs,
        } = self.progress;
        let (what, size) = (&self.what, Size(bytes));
        format!("{what}: {refs} tags, {objects} objects, {size} received, {tarballs} tarballs")
    }
}

impl Default for Intake {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Intake {
    fn handle_progress(&mut self, progress: &Progress) {
        self.progress = *progress;
        let pace = if self.on_terminal { PACE } else { LINE };
        if self.told.elapsed() < pace {
            return;
        }
        self.told = Instant::now();
        if self.on_terminal {
            let _ = stderr().write_all(format!("\r\x1b[K{}", self.text()).as_bytes());
            self.is_drawn = true;
        } else {
            self.line();
        }
    }
}

impl Drop for Intake {
    /// What is said after it begins on a clean line.
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_tells_what_has_come() {
        let mut intake = Intake::new();
        intake.begin("hello");
        intake.handle_progress(&Progress {
            refs: 3,
            objects: 40,
            bytes: 2048,
            tarballs: 1,
        });
        assert_eq!(
            intake.text(),
            "hello: 3 tags, 40 objects, 2.0 KiB received, 1 tarballs"
        );
        intake.begin("other");
        assert!(intake.text().starts_with("other: 0 tags, 0 objects, 0 B"));
    }
}
