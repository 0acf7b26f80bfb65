//! The one error type of the tasks: a line that says what went wrong and where.
//!
//! Tasks are run by people, so a failure is text; nothing matches on it.

use core::fmt;

/// What a task could not do, in words.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Failure {}

/// Adds what was being done to an error of the system.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Doing<T> for Result<T, E> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

impl<T> Doing<T> for Option<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.ok_or_else(|| Failure(what.to_string()))
    }
}
