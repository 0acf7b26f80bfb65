//! What went wrong with a package, as it is kept under `.zigdepot/registry/` and shown by
//! `/api/info` and `/api/status`.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::fields::{FieldError, FieldProblem, Fields};
use super::{Conflict, IngestReport, Refused, line, one_line, record};
use crate::json::Value;
use crate::time::Timestamp;

/// The record of a package's troubles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Tags that moved upstream, at the last ingest that worked.
    pub conflicts: Vec<Conflict>,
    /// Tags that were not published then.
    pub refused: Vec<Refused>,
    /// Other repositories that wanted the name.
    pub claims: Vec<Claim>,
    /// How the last ingest ended.
    pub last: Option<LastIngest>,
}

/// Another repository that wanted a package's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The repository.
    pub url: String,
    /// When it last wanted it.
    pub at: Timestamp,
}

/// How an ingest ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastIngest {
    /// When it ended.
    pub at: Timestamp,
    /// Why it failed, in one line, if it did.
    pub error: Option<String>,
}

impl Trouble {
    /// Most conflicts, and most refused tags, that are kept; of more the first stay.
    pub const MAX_TAGS: usize = 1000;
    /// Most claims that are kept; of more the newest stay.
    pub const MAX_CLAIMS: usize = 20;

    /// Takes in an ingest that worked: what it says of tags replaces what was known.
    pub fn handle_ingest(&mut self, report: &IngestReport, at: Timestamp) {
        let conflicts = report.conflicts.iter().take(Self::MAX_TAGS);
        self.conflicts = conflicts.cloned().collect();
        let refused = report.refused.iter().take(Self::MAX_TAGS);
        self.refused = refused.cloned().collect();
        self.last = Some(LastIngest { at, error: None });
    }

    /// Takes in that an ingest failed; what is known of tags stays.
    pub fn handle_failure(&mut self, error: &str, at: Timestamp) {
        let error = Some(one_line(error));
        self.last = Some(LastIngest { at, error });
    }

    /// Takes in that another repository wanted the name.
    pub fn handle_claim(&mut self, url: &str, at: Timestamp) {
        self.claims.retain(|claim| claim.url != url);
        if self.claims.len() >= Self::MAX_CLAIMS {
            self.claims.remove(0);
        }
        self.claims.push(Claim {
            url: url.into(),
            at,
        });
    }

    /// Whether there is anything that somebody should look at.
    pub fn is_worth_a_look(&self) -> bool {
        let failed = self.last.as_ref().is_some_and(|last| last.error.is_some());
        failed || !(self.conflicts.is_empty() && self.refused.is_empty() && self.claims.is_empty())
    }

    /// The record.
    pub fn to_text(&self) -> String {
        line(&Value::object(self.members()))
    }

    /// Reads the record; anything else is none.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        record(bytes, |fields| Self::read(fields).ok())
    }

    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let last = fields.maybe_object("last_ingest")?;
        Ok(Self {
            conflicts: fields.objects("conflicts", Conflict::read)?,
            refused: fields.objects("refused", Refused::read)?,
            claims: fields.objects("claims", Claim::read)?,
            last: last.map(|fields| LastIngest::read(&fields)).transpose()?,
        })
    }

    /// The members that a package's information has, too.
    pub(super) fn members(&self) -> [(&'static str, Value); 4] {
        let last = self.last.as_ref().map(LastIngest::to_value);
        [
            (
                "conflicts",
                Value::array(self.conflicts.iter().map(Conflict::to_value)),
            ),
            (
                "refused",
                Value::array(self.refused.iter().map(Refused::to_value)),
            ),
            (
                "claims",
                Value::array(self.claims.iter().map(Claim::to_value)),
            ),
            ("last_ingest", Value::or_null(last)),
        ]
    }
}

impl Claim {
    fn to_value(&self) -> Value {
        Value::object([
            ("upstream_repo_url", Value::text(&self.url)),
            ("at", Value::number(self.at.0)),
        ])
    }

    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let url = fields.text("upstream_repo_url")?;
        let at = Timestamp(fields.number("at")?);
        Ok(Self { url, at })
    }
}

impl LastIngest {
    /// `{"at":…,"outcome":"ok"}`, or `"failed"` with an `error`.
    fn to_value(&self) -> Value {
        let outcome = if self.error.is_none() { "ok" } else { "failed" };
        Value::object([
            ("at", Value::number(self.at.0)),
            ("outcome", Value::text(outcome)),
            ("error", Value::maybe_text(self.error.as_deref())),
        ])
    }

    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let at = Timestamp(fields.number("at")?);
        let error = fields.maybe_text("error")?;
        let is_ok = fields.text("outcome")? == "ok";
        if is_ok != error.is_none() {
            return Err(fields.wrong("outcome", FieldProblem::Contradicts("error")));
        }
        Ok(Self { at, error })
    }
}
