//! The progress of a command on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write, stderr};
use std::time::Instant;

use zigdepot_core::app::failure::Failure;
use zigdepot_core::app::prefetch::Planned;
use zigdepot_core::drive::prefetch::{Gib, Observer, Progress};

const WIDTH: u64 = 30;

/// Shows a prefetch.
#[derive(Debug)]
pub struct Bar {
    on_terminal: bool,
    started: Instant,
    told: u64,
}

impl Bar {
    /// A bar for this process's standard error.
    #[must_use]
    pub fn new() -> Self {
        Self {
            on_terminal: stderr().is_terminal(),
            started: Instant::now(),
            told: 0,
        }
    }

    fn line(&self, text: &str) {
        let clear = if self.on_terminal { "\r\x1b[K" } else { "" };
        let _ = stderr().write_all(format!("{clear}{text}\n").as_bytes());
    }

    fn draw(&self, progress: &Progress, file: &Planned) {
        let filled = progress.share(WIDTH);
        let bar: String = (0..WIDTH)
            .map(|at| if at < filled { '#' } else { '.' })
            .collect();
        let (done, all) = (Gib(progress.bytes_done), Gib(progress.bytes));
        let rate = Gib(progress.bytes_done / self.started.elapsed().as_secs().max(1));
        let text = format!(
            "\r\x1b[K[{bar}] {done} of {all}, {}/{} files, {rate}/s  {}",
            progress.files_done, progress.files, file.asset
        );
        let _ = stderr().write_all(text.as_bytes());
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Bar {
    fn handle_plan(&mut self, progress: &Progress, free: Option<u64>) {
        let (bytes, free) = (Gib(progress.bytes), Gib(free.unwrap_or(0)));
        self.line(&format!(
            "{} files to fetch, {bytes}; {free} free on the disk",
            progress.files
        ));
    }

    fn handle_progress(&mut self, progress: &Progress, file: &Planned) {
        if self.on_terminal {
            self.draw(progress, file);
        } else if progress.share(20) > self.told {
            self.told = progress.share(20);
            let (done, all) = (Gib(progress.bytes_done), Gib(progress.bytes));
            self.line(&format!(
                "{done} of {all}, {} of {} files",
                progress.files_done, progress.files
            ));
        }
    }

    fn handle_failure(&mut self, file: &Planned, failure: Failure) {
        self.line(&format!("{}: {failure}", file.asset));
    }

    fn handle_end(&mut self, progress: &Progress) {
        let Progress {
            files,
            files_done,
            failed,
            full,
            ..
        } = progress;
        let why = if *full {
            "; stopped, for the disk has no room"
        } else {
            ""
        };
        self.line(&format!(
            "{files_done} of {files} files done, {failed} could not be had{why}"
        ));
    }
}
