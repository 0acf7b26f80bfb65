//! What clients send.
//!
//! Members that are not known are refused, with their names: a misspelt one would be passed over
//! in silence. All errors are answered 400.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

use super::super::fields::{FieldError, FieldProblem, Fields};
use super::super::name::{NameError, PackageName};
use crate::json::{JsonError, Limits, Value};

/// Longest URL, in bytes.
const MAX_URL: usize = 2048;

/// The body of `POST /api/fetch`: `{"url":"…","package":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchRequest {
    /// The repository, without `git+` before it; not checked beyond its length.
    pub url: String,
    /// What the package is to be called; without it its URL tells.
    pub package: Option<PackageName>,
}

/// The body of `POST /api/check`: `{"package":"…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRequest {
    /// The package.
    pub package: PackageName,
}

impl FetchRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let value = object(body, &["url", "package"])?;
        let fields = Fields::top(&value)?;
        let url = fields.text("url")?;
        if url.is_empty() {
            return Err(fields.wrong("url", FieldProblem::Missing).into());
        }
        if url.len() > MAX_URL {
            return Err(fields.wrong("url", FieldProblem::Length).into());
        }
        let package = fields.maybe_text("package")?;
        let package = package.map(|name| PackageName::parse(&name)).transpose();
        Ok(Self {
            url: url.strip_prefix("git+").unwrap_or(&url).to_owned(),
            package: package.map_err(RequestError::Name)?,
        })
    }
}

impl CheckRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let value = object(body, &["package"])?;
        let name = Fields::top(&value)?.text("package")?;
        let package = PackageName::parse(&name).map_err(RequestError::Name)?;
        Ok(Self { package })
    }
}

fn object(body: &[u8], known: &[&str]) -> Result<Value, RequestError> {
    if body.trim_ascii().is_empty() {
        return Err(RequestError::Empty);
    }
    let text = core::str::from_utf8(body).map_err(|_| RequestError::Encoding)?;
    let value = Value::parse(text, &Limits::DEFAULT).map_err(RequestError::Json)?;
    let members = value.members().unwrap_or_default();
    let other = members
        .iter()
        .find(|(key, _)| !known.contains(&key.as_str()));
    match other {
        Some((key, _)) => Err(RequestError::Unknown(key.chars().take(40).collect())),
        None => Ok(value),
    }
}

/// Why a body is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// There is none.
    Empty,
    /// It is not UTF-8.
    Encoding,
    /// It is not JSON.
    Json(JsonError),
    /// It has a member of this name.
    Unknown(String),
    /// A member is not as it must be.
    Field(FieldError),
    /// No package can have that name.
    Name(NameError),
}

impl From<FieldError> for RequestError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty body"),
            Self::Encoding => f.write_str("invalid json: it is not UTF-8"),
            Self::Json(error) => write!(f, "invalid json: {error}"),
            Self::Unknown(key) => write!(f, "invalid json: nothing is known of {key:?}"),
            Self::Field(error) => write!(f, "invalid json: {error}"),
            Self::Name(error) => write!(f, "invalid package name: {error}"),
        }
    }
}

impl core::error::Error for RequestError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_url_is_taken_without_its_git_prefix() {
        let request = FetchRequest::parse(br#" {"url":"git+https://f.test/o/r"} "#).unwrap();
        assert_eq!(
            (request.url.as_str(), request.package),
            ("https://f.test/o/r", None)
        );
        let request = FetchRequest::parse(br#"{"url":"x","package":"name"}"#).unwrap();
        assert_eq!(request.package.unwrap().as_str(), "name");
    }

    #[test]
    fn a_bad_body_is_refused_in_one_line_that_names_the_culprit() {
        let long = alloc::format!("{{\"url\":\"{}\"}}", "x".repeat(2049));
        for (body, line) in [
            ("", "empty body"),
            (" \n", "empty body"),
            ("{", "invalid json: it is not JSON (byte 1)"),
            ("[]", "invalid json: the document: expected an object"),
            ("{}", "invalid json: url: the field is missing"),
            (r#"{"url":""}"#, "invalid json: url: the field is missing"),
            (r#"{"url":1}"#, "invalid json: url: expected a string"),
            (&long, "invalid json: url: it is too long"),
            (
                r#"{"url":"x","pakcage\n":1}"#,
                r#"invalid json: nothing is known of "pakcage\n""#,
            ),
            (
                r#"{"url":"x","package":"API"}"#,
                "invalid package name: that package name is reserved",
            ),
        ] {
            let error = FetchRequest::parse(body.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), line, "{body}");
        }
        assert_eq!(FetchRequest::parse(b"\xff"), Err(RequestError::Encoding));
    }

    #[test]
    fn a_check_names_its_package() {
        let check = CheckRequest::parse(br#"{"package":"a"}"#).unwrap();
        assert_eq!(check.package.as_str(), "a");
        assert!(CheckRequest::parse(br#"{"package":"a/b"}"#).is_err());
        assert!(CheckRequest::parse(br#"{"package":"a","url":"x"}"#).is_err());
    }
}
