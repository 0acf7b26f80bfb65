//! What a check of the store says: a line for each file that is not simply right, then a summary.

use core::fmt;
use std::path::Path;
use std::time::Instant;

use zigdepot_core::store::tally::Size;

use crate::commands::say;
use crate::progress::Meter;

/// Counts and lines.
#[derive(Debug)]
pub(super) struct Report {
    started: Instant,
    meter: Meter,
    files: u64,
    bytes: u64,
    right: u64,
    adopted: u64,
    unproven: u64,
    unknown_key: u64,
    odd: u64,
    wrong: u64,
    failed: u64,
    swept: u64,
    unpublished: u64,
    lost: u64,
    unreadable: u64,
    derived: u64,
    orphans: u64,
}

impl Report {
    /// Of a check of so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            started: Instant::now(),
            meter: Meter::new(bytes),
            files: 0,
            bytes: 0,
            right: 0,
            adopted: 0,
            unproven: 0,
            unknown_key: 0,
            odd: 0,
            wrong: 0,
            failed: 0,
            swept: 0,
            unpublished: 0,
            lost: 0,
            unreadable: 0,
            derived: 0,
            orphans: 0,
        }
    }

    /// So many more bytes of a file were read.
    pub(super) fn handle_read(&mut self, bytes: u64, path: &str) {
        self.bytes += bytes;
        self.meter.handle_done(bytes, path);
    }

    /// So many bytes need not be read.
    pub(super) fn handle_skipped(&mut self, bytes: u64) {
        self.meter.handle_skipped(bytes);
    }

    pub(super) fn handle_right(&mut self) {
        self.files += 1;
        self.right += 1;
    }

    pub(super) fn handle_adopted(&mut self, path: &dyn fmt::Display, is_recorded: bool) {
        self.files += 1;
        self.adopted += 1;
        let done = if is_recorded {
            "its digest is recorded now"
        } else {
            "and nothing can be recorded"
        };
        self.line(format_args!("unprovable: {path}: {done}"));
    }

    pub(super) fn handle_unproven(&mut self, path: &dyn fmt::Display, why: &dyn fmt::Display) {
        self.files += 1;
        self.unproven += 1;
        self.line(format_args!("unprovable: {path}: {why}"));
    }

    pub(super) fn handle_unknown_key(&mut self, path: &dyn fmt::Display, why: &dyn fmt::Display) {
        self.files += 1;
        self.unknown_key += 1;
        self.line(format_args!("unknown key: {path}: {why}; left where it is"));
    }

    pub(super) fn handle_odd(&mut self, path: &Path, why: &dyn fmt::Display) {
        self.odd += 1;
        self.line(format_args!(
            "not the store's: {:?}: {why}",
            path.to_string_lossy()
        ));
    }

    /// A wrong file, and what became of it.
    pub(super) fn handle_wrong(
        &mut self,
        path: &dyn fmt::Display,
        why: &dyn fmt::Display,
        done: &dyn fmt::Display,
    ) {
        self.files += 1;
        self.wrong += 1;
        self.line(format_args!("wrong: {path}: {why}; {done}"));
    }

    pub(super) fn handle_failed(&mut self, path: &dyn fmt::Display, why: &dyn fmt::Display) {
        self.files += 1;
        self.failed += 1;
        self.line(format_args!("failed: {path}: {why}"));
    }

    /// A tarball without manifest, which is not served: a crash leaves it, and a server at work.
    pub(super) fn handle_unpublished(&mut self, path: &dyn fmt::Display) {
        self.unpublished += 1;
        self.line(format_args!(
            "no manifest: {path}: it is not published; the next fetch of the package settles it"
        ));
    }

    /// A manifest whose tarball is gone.
    pub(super) fn handle_lost(&mut self, path: &dyn fmt::Display) {
        self.lost += 1;
        self.line(format_args!(
            "no tarball: {path}: fetch or import the package again"
        ));
    }

    /// A manifest or a record that is none.
    pub(super) fn handle_unreadable(&mut self, path: &dyn fmt::Display, why: &dyn fmt::Display) {
        self.unreadable += 1;
        self.line(format_args!("unreadable: {path}: {why}; left where it is"));
    }

    /// A record whose file is gone was removed.
    pub(super) fn handle_swept(&mut self) {
        self.swept += 1;
    }

    /// What was derived from a release is right.
    pub(super) fn handle_derived(&mut self) {
        self.derived += 1;
    }

    /// Something was derived from a release that is gone, or left by a crash; and what became of it.
    pub(super) fn handle_orphan(&mut self, path: &dyn fmt::Display, done: &dyn fmt::Display) {
        self.orphans += 1;
        self.line(format_args!("left over: {path}: {done}"));
    }

    /// A line between, that counts nothing.
    pub(super) fn line(&mut self, text: fmt::Arguments<'_>) {
        self.meter.clear();
        say(text);
    }

    /// The summary; true if nothing is wrong.
    pub(super) fn finish(self) -> bool {
        self.meter.clear();
        let Self {
            files,
            bytes,
            right,
            adopted,
            unproven,
            unknown_key,
            odd,
            wrong,
            failed,
            swept,
            unpublished,
            lost,
            unreadable,
            derived,
            orphans,
            ..
        } = self;
        let (size, seconds) = (Size(bytes), self.started.elapsed().as_secs());
        say(format_args!(
            "{files} files, {size} read in {seconds} s: {right} right, {adopted} adopted, \
             {unproven} unprovable, {unknown_key} by unknown keys, {wrong} wrong, {failed} failed; \
             {odd} not the store's, {swept} records without file removed"
        ));
        if unpublished + lost + unreadable > 0 {
            say(format_args!(
                "releases: {lost} without tarball, {unreadable} unreadable, {unpublished} tarballs \
                 without manifest"
            ));
        }
        if derived + orphans > 0 {
            say(format_args!(
                "Git packs: {derived} right, {orphans} left over"
            ));
        }
        wrong + failed + unknown_key + lost + unreadable == 0
    }
}
