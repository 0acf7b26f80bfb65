//! Commands of the program, run to their end.

use std::process::{Child, Command, Stdio};

use crate::host::{Binary, Settings};

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Outcome {
    /// Its exit status; none if it was killed.
    pub status: Option<i32>,
    /// Lines of standard output.
    pub lines: Vec<String>,
    /// What it said on standard error.
    pub errors: String,
}

/// Runs a command with these settings.
pub fn run(program: &Binary, settings: &Settings, words: &[&str]) -> Outcome {
    let output = prepare(program, settings, words).output();
    let output = output.expect("the program can be started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        status: output.status.code(),
        lines: text(&output.stdout).lines().map(String::from).collect(),
        errors: text(&output.stderr),
    }
}

/// Starts a command that is not waited for.
pub fn start(program: &Binary, settings: &Settings, words: &[&str]) -> Child {
    let mut command = prepare(program, settings, words);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program can be started")
}

fn prepare(program: &Binary, settings: &Settings, words: &[&str]) -> Command {
    let mut command = program.command();
    settings.apply(&mut command);
    command.args(words).stdin(Stdio::null());
    command
}

impl Outcome {
    /// Panics unless it ended with this status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    /// Panics unless a line begins so and contains that.
    #[track_caller]
    pub fn expect_line(self, start: &str, part: &str) -> Self {
        let found = self
            .lines
            .iter()
            .any(|line| line.starts_with(start) && line.contains(part));
        assert!(found, "no line {start:?}…{part:?} in {self:#?}");
        self
    }

    /// Panics unless it said one line on standard error, with these words.
    #[track_caller]
    pub fn expect_refusal(self, words: &str) -> Self {
        let is_one = self.errors.trim_end().lines().count() == 1;
        assert!(
            is_one && self.errors.contains(words),
            "{words:?}: {self:#?}"
        );
        self
    }

    /// The lines that begin so.
    pub fn lines_of(&self, start: &str) -> Vec<&str> {
        let lines = self.lines.iter().map(String::as_str);
        lines.filter(|line| line.starts_with(start)).collect()
    }
}
