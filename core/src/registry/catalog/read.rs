//! Reading a catalog, some records at a time.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::string::String;

use super::super::name::{PackageName, last_segment};
use super::{
    Catalog, CatalogError, DEFAULT_LANGUAGE, MAX_BYTES, MAX_REASONS, MAX_RECORDS, MAX_URL, Record,
    SkipReason,
};
use crate::json::{Items, Limits, Value};

/// One record may have these; the published schema's largest has about a hundred values.
const LIMITS: Limits = Limits {
    depth: 16,
    keys: 4096,
    values: 1 << 16,
};
/// Longest language and the like, in bytes.
const MAX_WORD: usize = 255;

/// A catalog that is being read: call [`handle_records`](Self::handle_records) until there are no
/// more, with breaks for others between, then [`finish`](Self::finish).
#[derive(Debug)]
pub struct CatalogReader<'a> {
    items: Items<'a>,
    count: usize,
    ids: BTreeSet<String>,
    names: BTreeSet<String>,
    catalog: Catalog,
}

impl<'a> CatalogReader<'a> {
    /// Starts to read a text.
    pub fn new(bytes: &'a [u8]) -> Result<Self, CatalogError> {
        if bytes.len() > MAX_BYTES {
            return Err(CatalogError::TooLong);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| CatalogError::Encoding)?;
        Ok(Self {
            items: Items::new(text, "packages", &LIMITS),
            count: 0,
            ids: BTreeSet::new(),
            names: BTreeSet::new(),
            catalog: Catalog::default(),
        })
    }

    /// Reads at most so many records; false if there are no more.
    pub fn handle_records(&mut self, most: usize) -> Result<bool, CatalogError> {
        for _ in 0..most {
            let Some(item) = self.items.next() else {
                return Ok(false);
            };
            self.handle_item(&item?)?;
        }
        Ok(true)
    }

    /// The catalog, once all records are read.
    pub fn finish(self) -> Result<Catalog, CatalogError> {
        if !self.items.found() {
            return Err(CatalogError::NoPackages);
        }
        Ok(self.catalog)
    }

    fn handle_item(&mut self, item: &Value) -> Result<(), CatalogError> {
        if self.count == MAX_RECORDS {
            return Err(CatalogError::TooMany);
        }
        let taken = record(item).and_then(|record| self.claim(record));
        match taken {
            Ok(record) => self.catalog.records.push(record),
            Err(reason) => self.skip(reason),
        }
        self.count += 1;
        Ok(())
    }

    /// The first of two records with one id or one name wins.
    fn claim(&mut self, record: Record) -> Result<Record, SkipReason> {
        if self.ids.contains(&record.id) {
            return Err(SkipReason::SameId);
        }
        if !self.names.insert(record.package.folded()) {
            return Err(SkipReason::SameName);
        }
        self.ids.insert(record.id.clone());
        Ok(record)
    }

    fn skip(&mut self, reason: SkipReason) {
        let skipped = &mut self.catalog.skipped;
        if skipped.first.len() < MAX_REASONS {
            skipped.first.push((self.count, reason));
        }
        skipped.count += 1;
    }
}

fn record(item: &Value) -> Result<Record, SkipReason> {
    if item.members().is_none() {
        return Err(SkipReason::NotAnObject);
    }
    let (repository, github) = (item.get("repository"), item.get("github"));
    let url = text(repository, "url")
        .or_else(|| text(Some(item), "url"))
        .or_else(|| text(github, "url"))
        .ok_or(SkipReason::NoUrl)?;
    let is_odd = |c: char| c.is_control() || c.is_whitespace();
    if url.len() > MAX_URL || url.contains(is_odd) {
        return Err(SkipReason::Url);
    }
    let id = text(Some(item), "id");
    let name = name(item, &url, id.as_deref());
    let package = PackageName::parse(&name).map_err(SkipReason::Name)?;
    let language = text(Some(item), "language").unwrap_or(DEFAULT_LANGUAGE.into());
    Ok(Record {
        package,
        id: identity(id, &url)?,
        language: word(language)?,
        updated_at: word(text(Some(item), "updated_at").unwrap_or_default())?,
        default_ref: text(repository, "default_ref").map(word).transpose()?,
        url: url.into_owned(),
    })
}

/// What tells the record apart: a URL where it has no id, so an id may be as long as one.
fn identity(id: Option<Cow<'_, str>>, url: &str) -> Result<String, SkipReason> {
    let id = id.unwrap_or(Cow::Borrowed(url));
    if id.len() > MAX_URL {
        return Err(SkipReason::TooLong);
    }
    Ok(id.into_owned())
}

/// The first of these that is there decides, even if it is none that a package can have.
fn name<'a>(item: &'a Value, url: &'a str, id: Option<&'a str>) -> Cow<'a, str> {
    let segment = || Some(last_segment(url)).filter(|name| !name.is_empty());
    text(Some(item), "title")
        .or_else(|| text(item.get("github"), "name"))
        .or_else(|| segment().map(Cow::Borrowed))
        .or_else(|| id.map(Cow::Borrowed))
        .unwrap_or_default()
}

/// A string that is not empty.
fn text<'a>(object: Option<&'a Value>, key: &str) -> Option<Cow<'a, str>> {
    object?.get(key)?.as_text().filter(|text| !text.is_empty())
}

fn word(text: Cow<'_, str>) -> Result<String, SkipReason> {
    if text.len() > MAX_WORD {
        return Err(SkipReason::TooLong);
    }
    Ok(text.into_owned())
}
