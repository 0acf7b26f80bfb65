//! Members of a JSON object, read with the field's name in every error.
//!
//! `null` is as good as absent. Members that nobody asks for are passed over, so that formats can
//! grow.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::json::Value;

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as `gitlinks[2].path`.
    pub field: String,
    /// What is wrong with it.
    pub problem: FieldProblem,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl core::error::Error for FieldError {}

/// What can be wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// It must be there.
    Missing,
    /// Not a string.
    Text,
    /// Not an integer from 0 to 2^64 - 1.
    Number,
    /// Neither `true` nor `false`.
    Bool,
    /// Not a list.
    List,
    /// Not an object.
    Object,
    /// A string that is none of the form that the field has.
    Form,
    /// Longer than allowed, or more of them.
    Length,
    /// It says something else than this other field.
    Contradicts(&'static str),
    /// Not in order, or there twice.
    Order,
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the field is missing",
            Self::Text => "expected a string",
            Self::Number => "expected an integer from 0 to 2^64 - 1",
            Self::Bool => "expected true or false",
            Self::List => "expected a list",
            Self::Object => "expected an object",
            Self::Form => "the text is malformed",
            Self::Length => "it is too long",
            Self::Contradicts(field) => return write!(f, "it contradicts {field}"),
            Self::Order => "the list is not in order, or holds something twice",
        })
    }
}

/// An object that is being read.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    value: &'a Value,
    path: String,
}

type Read<T> = Result<T, FieldError>;

impl<'a> Fields<'a> {
    /// The object at the top.
    pub(super) fn top(value: &'a Value) -> Read<Self> {
        Self::of(value, String::new())
    }

    fn of(value: &'a Value, path: String) -> Read<Self> {
        if value.members().is_none() {
            let problem = FieldProblem::Object;
            let field = if path.is_empty() {
                "the document".into()
            } else {
                path
            };
            return Err(FieldError { field, problem });
        }
        Ok(Self { value, path })
    }

    /// Says that something is wrong with a field.
    pub(super) fn wrong(&self, key: &str, problem: FieldProblem) -> FieldError {
        let field = self.name(key);
        FieldError { field, problem }
    }

    fn name(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.into(),
            path => format!("{path}.{key}"),
        }
    }

    /// A member that is not `null`.
    fn find(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    /// A member that may be absent.
    fn maybe<T>(
        &self,
        key: &str,
        problem: FieldProblem,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(value) = self.find(key) else {
            return Ok(None);
        };
        read(value)
            .map(Some)
            .ok_or_else(|| self.wrong(key, problem))
    }

    /// Makes a member needed that was read as one that may be absent.
    pub(super) fn need<T>(&self, key: &str, value: Option<T>) -> Read<T> {
        value.ok_or_else(|| self.wrong(key, FieldProblem::Missing))
    }

    pub(super) fn maybe_text(&self, key: &str) -> Read<Option<String>> {
        let text = self.maybe(key, FieldProblem::Text, Value::as_text)?;
        Ok(text.map(Cow::into_owned))
    }

    pub(super) fn text(&self, key: &str) -> Read<String> {
        self.need(key, self.maybe_text(key)?)
    }

    /// A string of a certain form.
    pub(super) fn maybe_parsed<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let text = self.maybe(key, FieldProblem::Text, Value::as_text)?;
        let parsed = text.map(|text| parse(&text));
        parsed
            .map(|parsed| parsed.ok_or_else(|| self.wrong(key, FieldProblem::Form)))
            .transpose()
    }

    pub(super) fn parsed<T>(&self, key: &str, parse: impl FnOnce(&str) -> Option<T>) -> Read<T> {
        self.need(key, self.maybe_parsed(key, parse)?)
    }

    pub(super) fn maybe_number(&self, key: &str) -> Read<Option<u64>> {
        self.maybe(key, FieldProblem::Number, Value::as_u64)
    }

    pub(super) fn number(&self, key: &str) -> Read<u64> {
        self.need(key, self.maybe_number(key)?)
    }

    /// `false` if it is absent.
    pub(super) fn flag(&self, key: &str) -> Read<bool> {
        let flag = self.maybe(key, FieldProblem::Bool, Value::as_bool)?;
        Ok(flag.unwrap_or(false))
    }

    pub(super) fn maybe_object(&self, key: &str) -> Read<Option<Self>> {
        self.find(key)
            .map(|value| Self::of(value, self.name(key)))
            .transpose()
    }

    /// A list of strings of a certain form; none if it is absent.
    pub(super) fn parsed_list<T>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Read<Vec<T>> {
        let one = |(at, value): (usize, &Value)| {
            let wrong = |problem| self.wrong(&format!("{key}[{at}]"), problem);
            let text = value.as_text().ok_or_else(|| wrong(FieldProblem::Text))?;
            parse(&text).ok_or_else(|| wrong(FieldProblem::Form))
        };
        self.items(key)?.iter().enumerate().map(one).collect()
    }

    /// A list of objects; none if it is absent.
    pub(super) fn objects<T>(&self, key: &str, read: impl Fn(&Self) -> Read<T>) -> Read<Vec<T>> {
        let one = |(at, value): (usize, &'a Value)| {
            let path = self.name(&format!("{key}[{at}]"));
            read(&Self::of(value, path)?)
        };
        self.items(key)?.iter().enumerate().map(one).collect()
    }

    fn items(&self, key: &str) -> Read<&'a [Value]> {
        let items = self.maybe(key, FieldProblem::List, Value::items)?;
        Ok(items.unwrap_or_default())
    }
}
