//! What goes on by itself: the indexes and what is read from them, and the hourly purge.
//!
//! The clock is the caller's: [`App::due`] says when to come, [`App::handle_time`] starts what is due.

use alloc::string::String;

use super::indexes::{Document, IndexKind, IndexTrouble, Indexes, RefreshOrder, Refreshed};
use super::{App, Effect, Job};
use crate::store::validators::Validators;
use crate::time::{Instant, Now, Timestamp};
use crate::zig::index::{self, Index};

impl App {
    /// The indexes.
    pub fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    /// When [`Self::handle_time`] is to be called next.
    pub fn due(&self) -> Instant {
        if self.draining {
            Instant::NEVER
        } else {
            self.indexes
                .due()
                .min(self.purge_at)
                .min(self.updates.due())
        }
    }

    /// This process lives on and calls [`Self::handle_time`]: what is due by the hour is due now.
    pub fn handle_keeper(&mut self, now: Instant) {
        if self.config.purge.scope().is_some() {
            self.purge_at = now;
        }
        if self.config.registry.update_every.is_some() {
            self.updates.handle_keeper(now);
        }
    }

    /// Starts what is due; returns when to come again.
    pub fn handle_time(&mut self, now: Instant) -> Instant {
        while let Some(order) = self.indexes.poll_refresh(now).filter(|_| !self.draining) {
            self.effects.push_back(Effect::Start(Job::Refresh(order)));
        }
        self.start_purge(now);
        self.start_update(now);
        self.due()
    }

    fn start_purge(&mut self, now: Instant) {
        if self.purge_at <= now && !self.draining {
            self.purge_at = now + self.config.limits.purge_every;
            let wish = self.config.purge;
            self.effects.push_back(Effect::Start(Job::Purge(wish)));
        }
    }

    /// A copy from an earlier run was read.
    pub fn handle_loaded(&mut self, kind: IndexKind, index: Index, validators: Validators) {
        self.indexes.handle_loaded(kind, index, validators);
        self.read_indexes();
    }

    /// Upstream confirmed the copy of an index at `refreshed`, maybe long before this run.
    pub fn handle_refreshed_at(&mut self, kind: IndexKind, refreshed: Timestamp, now: Now) {
        let every = self.config.limits.index_every;
        self.indexes
            .handle_refreshed_at(kind, refreshed, now, every);
    }

    /// The one answer to a refresh; true if the documents are to be made anew.
    pub fn handle_refreshed(
        &mut self,
        order: &RefreshOrder,
        outcome: Result<Refreshed, IndexTrouble>,
        now: Now,
    ) -> bool {
        let at = (now.instant, now.unix);
        let changed = self
            .indexes
            .handle_refreshed(order.kind, outcome, at, &self.config.limits);
        if changed {
            self.read_indexes();
        }
        if self.prefetch.handle_indexes() {
            self.effects.push_back(Effect::Start(Job::Prefetch));
        }
        changed
    }

    /// A document made of the last good indexes, and when they were had.
    pub fn document(&self, document: Document, now: Timestamp) -> Option<(String, Timestamp)> {
        let official = self.indexes.get(IndexKind::Official)?;
        let nominated = self.indexes.get(IndexKind::Nominated);
        let text = match document {
            Document::Official => index::official_document(official, &self.base_url),
            Document::Merged => {
                index::merged_document(official, nominated.map(|i| &**i), &self.base_url)
            }
        };
        Some((
            text,
            self.indexes.refreshed(IndexKind::Official).unwrap_or(now),
        ))
    }

    fn read_indexes(&mut self) {
        if let Some(official) = self.indexes.get(IndexKind::Official) {
            let nominated = self.indexes.get(IndexKind::Nominated);
            let catalog = index::catalog(official, nominated.map(|i| &**i));
            self.handle_catalog(catalog);
        }
    }
}
