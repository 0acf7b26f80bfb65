//! What an archive has used up of its limits.

use super::{TarError, TarLimits};

/// Counts, each up to its limit.
#[derive(Debug)]
pub(super) struct Spent {
    limits: TarLimits,
    headers: u32,
    content_bytes: u64,
    paths_bytes: u64,
}

impl Spent {
    pub(super) const fn new(limits: TarLimits) -> Self {
        Self {
            limits,
            headers: 0,
            content_bytes: 0,
            paths_bytes: 0,
        }
    }

    pub(super) const fn limits(&self) -> &TarLimits {
        &self.limits
    }

    pub(super) const fn count_header(&mut self) -> Result<(), TarError> {
        let limit = self.limits.headers;
        if self.headers == limit {
            return Err(TarError::TooManyHeaders { limit });
        }
        self.headers += 1;
        Ok(())
    }

    pub(super) fn count_content(&mut self, size: u64) -> Result<(), TarError> {
        let limit = self.limits.content_bytes;
        let sum = self.content_bytes.checked_add(size);
        let sum = sum.filter(|&sum| sum <= limit);
        self.content_bytes = sum.ok_or(TarError::TooMuchContent { limit })?;
        Ok(())
    }

    pub(super) fn count_paths(&mut self, length: usize) -> Result<(), TarError> {
        let limit = self.limits.paths_bytes;
        let sum = self.paths_bytes.checked_add(length as u64);
        let sum = sum.filter(|&sum| sum <= limit);
        self.paths_bytes = sum.ok_or(TarError::PathsTooLong { limit })?;
        Ok(())
    }
}
