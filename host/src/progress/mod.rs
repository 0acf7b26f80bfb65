//! The progress of a command on standard error: a bar on a terminal, plain lines elsewhere.

pub mod ingest;

use core::time::Duration;
use std::io::{IsTerminal, Write, stderr};
use std::time::Instant;

use zigdepot_core::app::failure::Failure;
use zigdepot_core::app::prefetch::Planned;
use zigdepot_core::drive::prefetch::{Gib, Observer, Progress};
use zigdepot_core::drive::vendor::{Event, From};
use zigdepot_core::zig::dependencies::Remote;
use zigdepot_core::zig::package::PackageHash;

use crate::bundle;

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
        let bar = bar(progress.share(WIDTH));
        let (done, all) = (Gib(progress.bytes_done), Gib(progress.bytes));
        let rate = Gib(progress.bytes_done / self.started.elapsed().as_secs().max(1));
        let text = format!(
            "\r\x1b[K[{bar}] {done} of {all}, {}/{} files, {rate}/s  {}",
            progress.files_done, progress.files, file.asset
        );
        let _ = stderr().write_all(text.as_bytes());
    }
}

/// Shows how far something that reads bytes has come, a few times a second on a terminal and in
/// twenty steps elsewhere.
#[derive(Debug)]
pub struct Meter {
    on_terminal: bool,
    started: Instant,
    drawn: Instant,
    told: u64,
    read: u64,
    done: u64,
    all: u64,
}

impl Meter {
    const PACE: Duration = Duration::from_millis(200);
    /// What takes more bytes is told of where there is no terminal.
    const LONG: u64 = 1 << 30;

    /// Of so many bytes.
    #[must_use]
    pub fn new(all: u64) -> Self {
        Self {
            on_terminal: stderr().is_terminal(),
            started: Instant::now(),
            drawn: Instant::now(),
            told: 0,
            read: 0,
            done: 0,
            all,
        }
    }

    /// So many bytes need not be read.
    pub fn handle_skipped(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
    }

    /// So many more bytes were read.
    pub fn handle_done(&mut self, bytes: u64, file: &str) {
        self.done = self.done.saturating_add(bytes);
        self.read = self.read.saturating_add(bytes);
        if self.on_terminal {
            self.draw(file);
        } else if self.all >= Self::LONG && self.share(20) > self.told {
            self.told = self.share(20);
            let (done, all) = (Gib(self.done), Gib(self.all));
            let _ = stderr().write_all(format!("{done} of {all}\n").as_bytes());
        }
    }

    /// Clears the line for others.
    pub fn clear(&self) {
        if self.on_terminal {
            let _ = stderr().write_all(b"\r\x1b[K");
        }
    }

    /// Of `parts` equal parts, how many are done.
    fn share(&self, parts: u64) -> u64 {
        let share = u128::from(self.done) * u128::from(parts) / u128::from(self.all.max(1));
        u64::try_from(share).unwrap_or(parts).min(parts)
    }

    fn draw(&mut self, file: &str) {
        if self.drawn.elapsed() < Self::PACE {
            return;
        }
        self.drawn = Instant::now();
        let (bar, done, all) = (bar(self.share(WIDTH)), Gib(self.done), Gib(self.all));
        let rate = Gib(self.read / self.started.elapsed().as_secs().max(1));
        let text = format!("\r\x1b[K[{bar}] {done} of {all}, {rate}/s  {file}");
        let _ = stderr().write_all(text.as_bytes());
    }
}

/// Shows how a bundle is made: the package under way on a terminal, a line for each that was fetched
/// elsewhere.
#[derive(Debug)]
pub struct Steps {
    on_terminal: bool,
    drawn: Option<Instant>,
    done: usize,
}

impl Steps {
    /// For this process's standard error.
    #[must_use]
    pub fn new() -> Self {
        Self {
            on_terminal: stderr().is_terminal(),
            drawn: None,
            done: 0,
        }
    }

    fn draw(&mut self, remote: &Remote, bytes: u64) {
        if self.drawn.is_some_and(|at| at.elapsed() < Meter::PACE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let (done, name) = (self.done, remote.asker.name.escape_debug());
        let text = format!("\r\x1b[K{done} packages  {name}: {}", Gib(bytes));
        let _ = stderr().write_all(text.as_bytes());
    }
}

impl Default for Steps {
    fn default() -> Self {
        Self::new()
    }
}

impl bundle::Observer for Steps {
    fn handle(&mut self, event: Event<'_>) {
        match event {
            Event::Progress(remote, bytes) if self.on_terminal => self.draw(remote, bytes),
            Event::Progress(..) => {}
            Event::Had(remote, from) => {
                self.done += 1;
                if !self.on_terminal && from != From::Bundle {
                    let name = remote.hash.as_ref().map_or("", PackageHash::as_str);
                    let _ = stderr().write_all(format!("{name}\n").as_bytes());
                }
            }
        }
    }
}

impl Drop for Steps {
    /// What is said after it begins on a clean line.
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = stderr().write_all(b"\r\x1b[K");
        }
    }
}

fn bar(filled: u64) -> String {
    (0..WIDTH)
        .map(|at| if at < filled { '#' } else { '.' })
        .collect()
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
