//! `wrench`: takes over the files of a cache of wrench, or turns one into a store in place.
//!
//! It never replaces a file and never reads what a file holds, so it goes on where it was ended
//! when it is called again. It refuses names that no request could ask for, and leaves them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zigdepot_core::store::path::segment;
use zigdepot_core::store::wrench::place;
use zigdepot_core::store::{STATE_DIR, StoreError, StoreKey};

use super::{Counts, Opened, copy, open};
use crate::commands::{Call, CommandError, say};
use crate::store::FileStore;
use crate::store::walk::{Seen, walk};

/// An import under way.
struct Import<'a> {
    from: PathBuf,
    org: &'a str,
    in_place: bool,
    copies: bool,
    root: PathBuf,
    /// None in a dry run.
    store: Option<FileStore>,
    done: Counts,
}

pub(super) fn run(call: &Call) -> Result<ExitCode, CommandError> {
    let mut import = begin(call)?;
    let from = import.from.clone();
    walk(&from, Path::new(""), &mut |path, seen| {
        import.handle(path, seen);
    });
    Ok(import.done.finish(import.store.is_none()))
}

fn begin(call: &Call) -> Result<Import<'_>, CommandError> {
    let org = call.flags.get("org");
    let org =
        org.ok_or_else(|| CommandError::new(&"--org is missing: to whom do the packages belong?"))?;
    segment(org).map_err(|error| CommandError::new(&format_args!("--org={org}: {error}")))?;
    let Opened { from, root, store } = open(call)?;
    let in_place = root.canonicalize().is_ok_and(|root| root == from);
    Ok(Import {
        in_place,
        from,
        org,
        copies: call.has("copy"),
        root,
        store,
        done: Counts::default(),
    })
}

impl Import<'_> {
    fn handle(&mut self, path: &Path, seen: Seen) {
        if self.in_place && path.starts_with(STATE_DIR) {
            return;
        }
        match seen {
            Seen::File(meta) => self.handle_file(path, &meta),
            Seen::Empty if path == Path::new("") => {}
            Seen::Empty => self.leave(path, &"an empty directory"),
            Seen::Other => self.leave(path, &"neither a file nor a directory"),
            Seen::Trouble(error) => self.fail(path, &error),
        }
    }

    fn handle_file(&mut self, path: &Path, meta: &fs::Metadata) {
        let Some(text) = path.to_str() else {
            return self.leave(path, &"its name is not UTF-8");
        };
        let key = match place(text, self.org, self.in_place) {
            Ok(key) => key,
            Err(left) => return self.leave(path, &left),
        };
        if self.in_place && key.as_str() == text {
            self.done.there += 1;
            return;
        }
        match fs::symlink_metadata(self.root.join(key.as_str())) {
            Ok(there) if there.len() == meta.len() && there.is_file() => {
                self.done.there += 1;
                return;
            }
            Ok(_) => return self.leave(path, &format_args!("{key} is another file")),
            Err(_) => {}
        }
        match self.bring(path, &key) {
            Ok(()) => self.count(path, &key, meta.len()),
            Err(StoreError::Exists) => self.done.there += 1,
            // What vanished meanwhile was never there.
            Err(StoreError::NotFound) => {}
            Err(error) => self.fail(path, &error),
        }
    }

    fn bring(&self, path: &Path, key: &StoreKey) -> Result<(), StoreError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let from = self.from.join(path);
        if self.in_place {
            return store.rename_in(path, key);
        }
        if !self.copies {
            match store.adopt(&from, key) {
                Ok(()) => return Ok(()),
                Err(error @ (StoreError::Exists | StoreError::NotFound | StoreError::Full)) => {
                    return Err(error);
                }
                // Another disk, or one that has no links: copied.
                Err(_) => {}
            }
        }
        copy(store, &from, key, None)
    }

    fn count(&mut self, path: &Path, key: &StoreKey, bytes: u64) {
        self.done.count(bytes);
        say(format_args!("{} -> {key}", path.display()));
    }

    fn leave(&mut self, path: &Path, why: &dyn core::fmt::Display) {
        self.done.leave(path, why);
    }

    fn fail(&mut self, path: &Path, error: &dyn core::fmt::Display) {
        self.done.fail(path, error);
    }
}
