//! The bodies that the API answers with, and the records that are kept of them.
//!
//! Each is a function of plain facts: it asks nobody and decides nothing, least of all a status. A
//! body is JSON on one line with a newline at the end, with packbase's members under packbase's
//! names. Records are read with whatever members they have; what is not the record at all is none.

mod fetch;
mod job;
mod list;
mod package;
mod request;
mod status;
#[cfg(test)]
mod tests;
mod trouble;
mod update;
mod upstream;

use alloc::string::String;

use super::fields::Fields;
use super::name::PackageName;
use crate::json::{Limits, Value};

pub use fetch::{Conflict, IngestReport, Refused};
pub use job::{JobDocument, JobState, Progress};
pub use list::{ListedNames, SearchQuery};
pub use package::{PackageInfo, Probe, TagFacts, TagInfo};
pub use request::{CheckRequest, FetchRequest, RequestError};
pub use status::{ServiceStatus, TroubleLine};
pub use trouble::{Claim, LastIngest, Trouble};
pub use update::{UpdateAnswer, UpdateState, UpdateStatus};
pub use upstream::Upstream;

/// `/api/openapi.json`: what the API takes and answers, as OpenAPI 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");

/// The body of every failure below `/api` but 404: `{"status":"error","error":"<one line>"}`.
pub fn error_document(error: &str) -> String {
    line(&Value::object([
        ("status", Value::text("error")),
        ("error", Value::text(&one_line(error))),
    ]))
}

/// The body of a 404: `{"status":"not_found","package":"<name>"}`; without a name where the path
/// has none.
pub fn not_found_document(package: Option<&PackageName>) -> String {
    let mut members = alloc::vec![("status", Value::text("not_found"))];
    members.extend(package.map(|name| ("package", Value::shown(name))));
    line(&Value::object(members))
}

fn line(value: &Value) -> String {
    let mut text = value.compact();
    text.push('\n');
    text
}

/// Texts of others, such as names of tags, may hold anything.
fn one_line(text: &str) -> String {
    const MOST: usize = 500;
    let one = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MOST).map(one).collect()
}

/// Reads a record.
fn record<T>(bytes: &[u8], read: impl FnOnce(&Fields<'_>) -> Option<T>) -> Option<T> {
    let text = core::str::from_utf8(bytes).ok()?;
    let value = Value::parse(text, &Limits::DEFAULT).ok()?;
    read(&Fields::top(&value).ok()?)
}
