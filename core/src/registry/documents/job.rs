//! A long ingest that a client follows: `GET /api/jobs/<id>`, and the body of a 202.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::name::PackageName;
use super::{IngestReport, line, one_line};
use crate::json::Value;

/// A job, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobDocument {
    /// What stands in its path.
    pub id: String,
    /// What it is about.
    pub package: PackageName,
    /// The repository.
    pub url: String,
    /// How far it is.
    pub progress: Progress,
    /// Whether it goes on, or how it ended.
    pub state: JobState,
}

/// How far an ingest is; the numbers only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Tags that upstream has.
    pub refs: u64,
    /// Objects received.
    pub objects: u64,
    /// Bytes received.
    pub bytes: u64,
    /// Tarballs published.
    pub tarballs: u64,
}

/// Whether a job goes on, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It goes on.
    Running,
    /// It ended well.
    Done(IngestReport),
    /// It ended badly.
    Failed {
        /// The status that `POST /api/fetch` would have answered.
        status: u16,
        /// Why, in one line.
        error: String,
    },
}

impl JobState {
    fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done(_) => "done",
            Self::Failed { .. } => "failed",
        }
    }
}

impl JobDocument {
    /// `{"id":…,"state":…,"package":…,"url":…,"progress":{…}}`, then `result`, which is the answer
    /// of a fetch, or `status` and `error`.
    pub fn to_document(&self) -> String {
        let mut members = Vec::from([
            ("id", Value::text(&self.id)),
            ("state", Value::text(self.state.name())),
            ("package", Value::shown(&self.package)),
            ("url", Value::text(&self.url)),
            ("progress", self.progress.to_value()),
        ]);
        match &self.state {
            JobState::Queued | JobState::Running => {}
            JobState::Done(report) => members.push(("result", report.to_value())),
            JobState::Failed { status, error } => members.extend([
                ("status", Value::number(*status)),
                ("error", Value::text(&one_line(error))),
            ]),
        }
        line(&Value::object(members))
    }
}

impl Progress {
    /// Adds what another ingest has come to.
    pub fn add(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.refs, other.refs),
            (&mut self.objects, other.objects),
            (&mut self.bytes, other.bytes),
            (&mut self.tarballs, other.tarballs),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    fn to_value(self) -> Value {
        Value::object([
            ("refs", Value::number(self.refs)),
            ("objects", Value::number(self.objects)),
            ("bytes", Value::number(self.bytes)),
            ("tarballs", Value::number(self.tarballs)),
        ])
    }
}
