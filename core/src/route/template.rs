//! Rewrite templates: from an organisation's name to where its files come from.
//!
//! `ZIG_PKG=hexops::https://github.com/hexops/$REPO/archive/$FILE` sends `/pkg/hexops/mach/v1.tar.gz`
//! to `https://github.com/hexops/mach/archive/v1.tar.gz`. Templates are compiled once, at start;
//! one that could leave its host, or that cannot tell two files apart, stops it. Values are
//! percent-encoded (RFC 3986 section 2.1), so that none can be read as another part of the URL.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use super::mirrored::{Family, MirroredName};
use crate::wire::url::{Url, UrlError};

/// The templates of one setting, by organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    by_org: BTreeMap<String, Template>,
}

/// One compiled template.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Template {
    /// What the URL begins with; its host and port are the template's.
    origin: Url,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(Variable),
}

/// What a template can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    /// `$REPO`
    Repo,
    /// `$VERSION`, in `ZIG_ARTIFACT` only.
    Version,
    /// `$FILE`
    File,
}

/// The entry that is wrong, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The entry as it was written.
    pub entry: String,
    /// Which one it is, from 1.
    pub number: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// It has no `::`.
    NoSeparator,
    /// What is before `::` is not a name.
    Org,
    /// An earlier entry is for the same organisation.
    Doubled,
    /// The URL cannot be read.
    Url(UrlError),
    /// A variable stands where the host is chosen.
    Host,
    /// A `$` is not followed by a variable's name; the text after it.
    Unknown(String),
    /// It has no `$FILE`, so that all files of a repository would be one.
    NoFile,
    /// It has a fragment, which is never sent.
    Fragment,
    /// A `%` is not followed by two hex digits, so that a value could become part of a character.
    Percent,
}

impl Templates {
    /// Compiles `ZIG_PKG`: entries with `$REPO` and `$FILE`.
    pub fn packages(text: &str) -> Result<Self, TemplateError> {
        Self::compile(text, &[Variable::Repo, Variable::File])
    }

    /// Compiles `ZIG_ARTIFACT`: entries with `$REPO`, `$VERSION` and `$FILE`.
    pub fn artifacts(text: &str) -> Result<Self, TemplateError> {
        Self::compile(text, &[Variable::Repo, Variable::Version, Variable::File])
    }

    fn compile(text: &str, variables: &[Variable]) -> Result<Self, TemplateError> {
        let mut by_org = BTreeMap::new();
        let entries = text.split(',').map(str::trim).enumerate();
        for (at, entry) in entries.filter(|(_, entry)| !entry.is_empty()) {
            let compiled = Template::compile(entry, variables).and_then(|(org, template)| {
                match by_org.insert(org.to_owned(), template) {
                    None => Ok(()),
                    Some(_) => Err(Problem::Doubled),
                }
            });
            compiled.map_err(|problem| TemplateError {
                entry: entry.to_owned(),
                number: at + 1,
                problem,
            })?;
        }
        Ok(Self { by_org })
    }

    /// Where this file comes from; `None` if there is no template for its organisation.
    pub fn expand(&self, name: &MirroredName) -> Option<Url> {
        self.by_org.get(name.org())?.expand(name)
    }

    /// Whether there is a template for this organisation.
    pub fn knows(&self, org: &str) -> bool {
        self.by_org.contains_key(org)
    }

    /// The organisations, sorted, each with its template as it was written.
    pub fn entries(&self) -> impl Iterator<Item = (&str, impl fmt::Display)> {
        self.by_org
            .iter()
            .map(|(org, template)| (org.as_str(), template))
    }

    /// The organisations, sorted, each with the URL that its template begins with.
    pub fn origins(&self) -> impl Iterator<Item = (&str, &Url)> {
        self.by_org
            .iter()
            .map(|(org, template)| (org.as_str(), &template.origin))
    }

    /// The name of the file that a URL is, if a template makes that URL of it (spelled with or
    /// without percent-encoding).
    pub fn find(&self, url: &str) -> Option<MirroredName> {
        let parsed = Url::parse(url).ok().filter(|_| !url.contains('#'))?;
        let url = parsed.to_string();
        self.by_org
            .iter()
            .find_map(|(org, template)| template.find(org, &url))
    }
}

impl Template {
    fn compile<'a>(entry: &'a str, allowed: &[Variable]) -> Result<(&'a str, Self), Problem> {
        let (org, url) = entry.split_once("::").ok_or(Problem::NoSeparator)?;
        if !is_org(org) {
            return Err(Problem::Org);
        }
        if url.contains('#') {
            return Err(Problem::Fragment);
        }
        let origin = origin(url)?;
        // As it is written when it is expanded, so that an expanded one is found again.
        let url = Url::parse(url).map_err(Problem::Url)?.to_string();
        let pieces = pieces(&url, allowed)?;
        if !pieces.contains(&Piece::Variable(Variable::File)) {
            return Err(Problem::NoFile);
        }
        let template = Self { origin, pieces };
        Ok((org, template))
    }

    fn expand(&self, name: &MirroredName) -> Option<Url> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Variable(variable) => encode(variable.value_in(name)?, &mut text),
            }
        }
        let url = Url::parse(&text).ok()?;
        // The compiled template sees to it; what is asked for must never depend on that alone.
        let is_home = url.host() == self.origin.host() && url.port() == self.origin.port();
        (is_home && url.scheme() == self.origin.scheme()).then_some(url)
    }

    /// Reads a URL backwards: each variable is what stands between its neighbours' texts.
    fn find(&self, org: &str, url: &str) -> Option<MirroredName> {
        let mut values = BTreeMap::new();
        let mut rest = url;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Piece::Variable(variable) => {
                    let end = match pieces.peek() {
                        Some(Piece::Text(text)) => rest.find(text.as_str())?,
                        Some(Piece::Variable(_)) => return None,
                        None => rest.len(),
                    };
                    let (value, after) = rest.split_at(end);
                    if value.contains(['?', '#', '&']) {
                        return None;
                    }
                    let value = super::decode(value).ok()?;
                    if *values.entry(*variable).or_insert(value.clone()) != value {
                        return None;
                    }
                    rest = after;
                }
            }
        }
        rest.is_empty().then(|| name(org, &values)).flatten()
    }
}

fn name(org: &str, values: &BTreeMap<Variable, String>) -> Option<MirroredName> {
    let file: Vec<&str> = values.get(&Variable::File)?.split('/').collect();
    let repo = values.get(&Variable::Repo)?;
    match values.get(&Variable::Version) {
        None => MirroredName::package(org, repo, &file),
        Some(version) => MirroredName::artifact(org, repo, version, &file),
    }
}

impl Variable {
    const ALL: [Self; 3] = [Self::Repo, Self::Version, Self::File];

    fn name(self) -> &'static str {
        match self {
            Self::Repo => "REPO",
            Self::Version => "VERSION",
            Self::File => "FILE",
        }
    }

    fn value_in(self, name: &MirroredName) -> Option<&str> {
        match (self, name.family()) {
            (Self::Repo, _) => Some(name.repo()),
            (Self::File, _) => Some(name.file()),
            (Self::Version, Family::Artifact { version }) => Some(version),
            (Self::Version, Family::Package) => None,
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Variable(variable) => write!(f, "${}", variable.name()),
        })
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "entry {} ({}): {}",
            self.number, self.entry, self.problem
        )
    }
}

impl core::error::Error for TemplateError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSeparator => f.write_str(
                "it has no ::, expected <org>::<template URL> (a comma within a URL is written %2C)",
            ),
            Self::Org => f.write_str(
                "the name before :: is 1 to 100 of A-Z a-z 0-9 . _ + -, and begins with none of . + -",
            ),
            Self::Doubled => f.write_str("an earlier entry is for the same name"),
            Self::Url(error) => write!(f, "{error}; expected http://… or https://…"),
            Self::Host => {
                f.write_str("a variable cannot choose the host; it may stand in path and query only")
            }
            Self::Unknown(text) => write!(
                f,
                "${text} is no variable here (a $ within a URL is written %24)"
            ),
            Self::NoFile => f.write_str("it has no $FILE, so all files would be one"),
            Self::Percent => {
                f.write_str("a % is not followed by two hex digits (a % within a URL is written %25)")
            }
            Self::Fragment => f.write_str("a URL's fragment (#…) is never sent; leave it out"),
        }
    }
}

/// Organisations are names as Git forges have them.
fn is_org(org: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-');
    let begins = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    org.len() <= 100 && org.as_bytes().first().is_some_and(begins) && org.bytes().all(known)
}

/// Scheme, host and port, which no variable may touch.
fn origin(url: &str) -> Result<Url, Problem> {
    let authority = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let path = url.get(authority..).and_then(|rest| rest.find(['/', '?']));
    let end = path.map_or(url.len(), |path| authority + path);
    let (origin, _) = url.split_at(end);
    if origin.contains('$') {
        return Err(Problem::Host);
    }
    Url::parse(origin).map_err(Problem::Url)
}

fn pieces(url: &str, allowed: &[Variable]) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut parts = url.split('$');
    pieces.extend(text_piece(parts.next().unwrap_or_default())?);
    for part in parts {
        let (variable, rest) = variable(part, allowed)?;
        pieces.push(Piece::Variable(variable));
        pieces.extend(text_piece(rest)?);
    }
    Ok(pieces)
}

fn text_piece(text: &str) -> Result<Option<Piece>, Problem> {
    let is_whole = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_whole) {
        return Err(Problem::Percent);
    }
    Ok((!text.is_empty()).then(|| Piece::Text(text.to_owned())))
}

/// The variable whose name is all the capital letters and `_` at the beginning.
fn variable<'a>(text: &'a str, allowed: &[Variable]) -> Result<(Variable, &'a str), Problem> {
    let end = text
        .find(|c: char| !c.is_ascii_uppercase() && c != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    Variable::ALL
        .into_iter()
        .find(|variable| variable.name() == name && allowed.contains(variable))
        .map(|variable| (variable, rest))
        .ok_or_else(|| Problem::Unknown(name.to_owned()))
}

/// Writes a value, `/` between its segments kept; all but unreserved characters are encoded.
fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests;
