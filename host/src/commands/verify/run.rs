//! One run over the store: file after file, with a cursor behind it.

use core::time::Duration;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use zigdepot_core::config::Config;
use zigdepot_core::store::check::{Check, Unproven, Verdict};
use zigdepot_core::store::cursor::Cursor;
use zigdepot_core::store::pace::Pace;
use zigdepot_core::store::path::{Place, STORE_DIRS};
use zigdepot_core::store::proof::{Proof, Stat};
use zigdepot_core::store::{StoreError, StoreKey, ZigKind};
use zigdepot_core::time;
use zigdepot_core::wire::date::rfc3339;
use zigdepot_core::zig::archive::ArchiveName;

use super::file::{CHUNK, is_same, open, read_through};
use super::package;
use super::report::Report;
use super::sweep::sweep;
use crate::commands::now;
use crate::store::walk::{Seen, walk};
use crate::store::{FileStore, of_read, stat};

/// How far a check has come, in our own state.
const CURSOR: &str = "verify.cursor";
/// The cursor is written so often at most.
const SAVE: Duration = Duration::from_secs(1);
/// A longer record is none of ours.
const RECORD_MAX: u64 = 4 << 10;

/// A run.
pub(super) struct Run<'a> {
    pub(super) store: &'a FileStore,
    config: &'a Config,
    scope: Vec<PathBuf>,
    cursor: Cursor,
    saved: Instant,
    pace: Pace,
    started: Instant,
    pub(super) report: Report,
    buffer: Vec<u8>,
}

impl<'a> Run<'a> {
    /// Begins, or goes on where an earlier run over the same scope was ended.
    pub(super) fn begin(
        store: &'a FileStore,
        config: &'a Config,
        rate: Option<u64>,
        scope: Vec<PathBuf>,
        restart: bool,
    ) -> Self {
        let names: Vec<_> = scope.iter().map(|p| p.to_string_lossy().into()).collect();
        let scope = if scope.is_empty() {
            STORE_DIRS.map(PathBuf::from).into()
        } else {
            scope
        };
        let earlier = read(store, &StoreKey::state(CURSOR)).and_then(|text| Cursor::parse(&text));
        let earlier = earlier.filter(|cursor| !restart && cursor.scope == names);
        let mut report = Report::new(bytes(store.root(), &scope));
        if let Some(Cursor { started, done, .. }) = &earlier {
            let began = rfc3339(*started);
            report.line(format_args!("going on after {done}; begun at {began}"));
        }
        Self {
            store,
            config,
            scope,
            cursor: earlier.unwrap_or_else(|| Cursor::new(now(), names)),
            saved: Instant::now(),
            pace: Pace::new(rate),
            started: Instant::now(),
            report,
            buffer: vec![0; CHUNK],
        }
    }

    /// Checks all files of the scope.
    pub(super) fn check_all(&mut self) {
        let root = self.store.root().to_path_buf();
        for below in self.scope.clone() {
            walk(&root, &below, &mut |path, seen| match seen {
                Seen::File(meta) => self.handle_file(path, meta.len()),
                Seen::Empty => self.handle_empty(path),
                Seen::Other => self.report.handle_odd(path, &"no regular file"),
                Seen::Trouble(error) => self.report.handle_failed(&path.display(), &error),
            });
        }
    }

    /// What is to be checked.
    pub(super) fn scope(&self) -> &[PathBuf] {
        &self.scope
    }

    /// Sweeps records without files, forgets the cursor, and sums up; true if all is right.
    pub(super) fn finish(mut self) -> bool {
        if self.store.is_writable() {
            sweep(self.store, &self.scope, &mut self.report);
            let _ = std::fs::remove_file(self.path(&StoreKey::state(CURSOR)));
        }
        self.report.finish()
    }

    /// A crash can come between a directory and its first file.
    fn handle_empty(&self, dir: &Path) {
        if self.store.is_writable() {
            self.store.remove_empty_dir(dir);
        }
    }

    fn handle_file(&mut self, path: &Path, len: u64) {
        let key = match path.to_str().map(StoreKey::stored) {
            None => return self.report.handle_odd(path, &"its name is not UTF-8"),
            Some(Err(error)) => return self.report.handle_odd(path, &error),
            Some(Ok(key)) => key,
        };
        if !self.cursor.is_before(key.as_str()) {
            return self.report.handle_skipped(len);
        }
        match key.place() {
            Place::ZigVersion(..) | Place::Other => {
                self.report.handle_odd(path, &"no request can ask for it");
            }
            place @ (Place::Zig(..) | Place::Package | Place::Artifact) => {
                self.check(&key, &place);
            }
            Place::Registry(published) => self.check_published(&key, &published, len),
        }
        self.cursor.done = key.as_str().into();
        self.save();
    }

    /// Writes the cursor; where it cannot be written a run begins anew.
    fn save(&mut self) {
        if self.saved.elapsed() >= SAVE && self.store.is_writable() {
            let text = self.cursor.to_text();
            let _ = self.store.record(&StoreKey::state(CURSOR), text.as_bytes());
            self.saved = Instant::now();
        }
    }

    fn check(&mut self, key: &StoreKey, place: &Place) {
        let checked = open(&self.path(key))
            .map_err(|error| of_read(&error))
            .and_then(|file| Ok((self.judge(key, place, &file)?, file)));
        match checked {
            Ok((verdict, file)) => self.settle(key, place, verdict, &file),
            // It was deleted meanwhile.
            Err(StoreError::NotFound) => {}
            Err(error) => self.report.handle_failed(key, &error),
        }
    }

    /// Reads the file and what vouches for it.
    fn judge(&mut self, key: &StoreKey, place: &Place, file: &File) -> Result<Verdict, StoreError> {
        let before = stat(file)?.ok_or(StoreError::NotFound)?;
        let recorded = self.recorded(key);
        let keys = self.config.minisign_keys.as_ref();
        let signature = self.signature(place);
        let mut check = Check::new(key, keys, signature.as_deref(), recorded.as_ref());
        self.read_all(key, file, before, |bytes| check.update(bytes))?;
        Ok(check.finish(before, keys))
    }

    /// Hands all bytes of a file to `take`, at the pace of this run.
    pub(super) fn read_all(
        &mut self,
        key: &StoreKey,
        file: &File,
        before: Stat,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), StoreError> {
        let (report, pace, started) = (&mut self.report, &mut self.pace, self.started);
        let len = read_through(file, &mut self.buffer, |bytes| {
            take(bytes);
            let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            report.handle_read(count, key.as_str());
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            std::thread::sleep(pace.handle_moved(count, time::Instant(millis)));
        })?;
        let after: Option<Stat> = stat(file)?;
        if after != Some(before) || len != before.len {
            // Somebody writes to it, which no server does.
            return Err(StoreError::Io);
        }
        Ok(())
    }

    fn settle(&mut self, key: &StoreKey, place: &Place, verdict: Verdict, file: &File) {
        match verdict {
            Verdict::Right(proof) => {
                self.record(key, file, &proof);
                if self.rebuild_package(key, place, &proof) {
                    self.report.handle_right();
                }
            }
            Verdict::Adopted(proof) => {
                let is_recorded = self.record(key, file, &proof);
                if self.rebuild_package(key, place, &proof) {
                    self.report.handle_adopted(key, is_recorded);
                }
            }
            Verdict::Unproven(why @ Unproven::Unsigned) => self.report.handle_unproven(key, &why),
            Verdict::Unproven(why @ Unproven::UnknownKey(_)) => {
                self.report.handle_unknown_key(key, &why);
            }
            Verdict::Wrong(why) => self.set_aside(key, file, &why),
        }
    }

    /// Records that the file is right, unless another is there by now; false if it cannot be.
    pub(super) fn record(&self, key: &StoreKey, file: &File, proof: &Proof) -> bool {
        if self.recorded(key).as_ref() == Some(proof) {
            return true;
        }
        let path = self.path(key);
        let text = proof.to_text();
        let recorded =
            is_same(file, &path) && self.store.record(&key.proof(), text.as_bytes()).is_ok();
        if recorded && !is_same(file, &path) {
            let _ = std::fs::remove_file(self.path(&key.proof()));
        }
        recorded
    }

    fn rebuild_package(&mut self, key: &StoreKey, place: &Place, proof: &Proof) -> bool {
        *place != Place::Package || self.rebuild(key, proof)
    }

    /// Makes anew what is derived from a package; false if that failed, which is reported.
    pub(super) fn rebuild(&mut self, key: &StoreKey, proof: &Proof) -> bool {
        if !self.store.is_writable() {
            return true;
        }
        let limits = self.config.limits.package;
        let rebuilt = package::rebuild(self.store, key, proof.digest, limits);
        if let Err(why) = &rebuilt {
            self.report.handle_failed(key, why);
        }
        rebuilt.is_ok()
    }

    pub(super) fn set_aside(&mut self, key: &StoreKey, file: &File, why: &dyn core::fmt::Display) {
        if !is_same(file, &self.path(key)) {
            // It was replaced or deleted meanwhile.
            return;
        }
        let at = now();
        let aside = key.quarantine(at);
        match self.store.relocate(key, &aside) {
            Ok(()) => {
                self.store.forget(key);
                let moved = format_args!("moved to {aside}").to_string();
                self.report.handle_wrong(key, why, &moved);
            }
            Err(StoreError::NotFound) => {}
            Err(error) => {
                let stays = format!("it stays, for {error}");
                self.report.handle_wrong(key, why, &stays);
            }
        }
    }

    fn recorded(&self, key: &StoreKey) -> Option<Proof> {
        Proof::parse(&read(self.store, &key.proof())?)
    }

    /// The signature of a Zig file, wherever its version lies.
    fn signature(&self, place: &Place) -> Option<Vec<u8>> {
        let Place::Zig(kind, name) = place else {
            return None;
        };
        if name.is_signature() {
            return None;
        }
        let signature: ArchiveName = name.signature();
        let [second, third] = kind.others();
        let kinds: [ZigKind; 3] = [*kind, second, third];
        kinds
            .into_iter()
            .find_map(|kind| read(self.store, &StoreKey::zig(kind, &signature)))
    }

    pub(super) fn path(&self, key: &StoreKey) -> PathBuf {
        self.store.root().join(key.as_str())
    }
}

/// A small file; none if it cannot be read.
fn read(store: &FileStore, key: &StoreKey) -> Option<Vec<u8>> {
    let file = open(&store.root().join(key.as_str())).ok()?;
    let meta = file.metadata().ok()?;
    if !meta.is_file() || meta.len() > RECORD_MAX {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(RECORD_MAX).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Bytes of all files of a scope.
fn bytes(root: &Path, scope: &[PathBuf]) -> u64 {
    let mut sum = 0_u64;
    for below in scope {
        walk(root, below, &mut |_, seen| {
            if let Seen::File(meta) = seen {
                sum = sum.saturating_add(meta.len());
            }
        });
    }
    sum
}
