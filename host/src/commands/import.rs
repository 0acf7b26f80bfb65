//! `import wrench`: takes over the files of a cache of wrench, or turns one into a store in place.
//!
//! It never replaces a file and never reads what a file holds, so it goes on where it was ended
//! when it is called again. It refuses names that no request could ask for, and leaves them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zigdepot_core::store::path::segment;
use zigdepot_core::store::tally::Size;
use zigdepot_core::store::wrench::place;
use zigdepot_core::store::{Placing, STATE_DIR, StoreError, StoreKey};
use zigdepot_core::time::Timestamp;

use super::{Call, Command, CommandError, Doing, Flag, SOME, say};
use crate::store::walk::{Seen, walk};
use crate::store::{FileStore, of_read};

/// The command.
pub const COMMAND: Command = Command {
    name: "import",
    usage: "wrench DIR --org ORG [--copy] [--dry-run]",
    summary: "take over the files of a cache of wrench",
    help: "zig/{stable,mach,dev} become zig/{stable,nominated,dev}, pkg/<project>/<file> becomes\n\
           pkg/<ORG>/<project>/<file>, and pkg-artifact/<project>/<version>/<file> becomes\n\
           artifact/<ORG>/<project>/<version>/<file>. If DIR is the DATA_DIR itself, files are moved\n\
           within it; else they are hard-linked, or copied where they cannot be, and DIR stays as it\n\
           is. A file that is there is never replaced; called again, it goes on. Zig files are\n\
           verified before they are first served (or at once by `verify`).\n\
           Exit status 1: some could not be imported. What is left because of its name is reported.\n",
    flags: &[
        Flag {
            name: "org",
            value: Some("ORG"),
            help: "the organisation that packages and artifacts belong to, such as hexops",
        },
        Flag {
            name: "copy",
            value: None,
            help: "copy instead of linking, so that DIR may be written to later",
        },
        Flag {
            name: "dry-run",
            value: None,
            help: "print the same lines and change nothing",
        },
    ],
    run: Doing::Here(run),
};

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

#[derive(Default)]
struct Counts {
    imported: u64,
    bytes: u64,
    there: u64,
    left: u64,
    failed: u64,
}

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    let mut import = begin(call)?;
    let from = import.from.clone();
    walk(&from, Path::new(""), &mut |path, seen| {
        import.handle(path, seen);
    });
    let Counts {
        imported,
        bytes,
        there,
        left,
        failed,
    } = import.done;
    let size = Size(bytes);
    let dry = if import.store.is_none() {
        "; nothing was changed (--dry-run)"
    } else {
        ""
    };
    say(format_args!(
        "{imported} imported ({size}), {there} there already, {left} left, {failed} failed{dry}"
    ));
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        SOME.into()
    })
}

fn begin(call: &Call) -> Result<Import<'_>, CommandError> {
    let from = match call.words.as_slice() {
        [kind, dir] if kind == "wrench" => PathBuf::from(dir),
        _ => return Err(CommandError::new(&"expected: import wrench DIR --org ORG")),
    };
    let org = call.flags.get("org");
    let org =
        org.ok_or_else(|| CommandError::new(&"--org is missing: to whom do the packages belong?"))?;
    segment(org).map_err(|error| CommandError::new(&format_args!("--org={org}: {error}")))?;
    let trouble = |problem: &dyn core::fmt::Display| {
        CommandError::new(&format_args!("{}: {problem}", from.display()))
    };
    let from = from.canonicalize().map_err(|error| trouble(&error))?;
    if !from.is_dir() {
        return Err(trouble(&"it is no directory"));
    }
    let root = PathBuf::from(&call.config.data_dir);
    let store = if call.has("dry-run") {
        None
    } else {
        // The store of a new server may begin with an import.
        let _ = fs::create_dir(&root);
        Some(call.writable_store()?)
    };
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
        copy(store, &from, key)
    }

    fn count(&mut self, path: &Path, key: &StoreKey, bytes: u64) {
        self.done.imported += 1;
        self.done.bytes = self.done.bytes.saturating_add(bytes);
        say(format_args!("{} -> {key}", path.display()));
    }

    fn leave(&mut self, path: &Path, why: &dyn core::fmt::Display) {
        self.done.left += 1;
        say(format_args!("left {:?}: {why}", path.to_string_lossy()));
    }

    fn fail(&mut self, path: &Path, error: &dyn core::fmt::Display) {
        self.done.failed += 1;
        say(format_args!("failed {:?}: {error}", path.to_string_lossy()));
    }
}

/// Copies through staging, with the time of the last change.
fn copy(store: &FileStore, from: &Path, key: &StoreKey) -> Result<(), StoreError> {
    const CHUNK: usize = 256 << 10;
    let mut file = File::open(from).map_err(|error| of_read(&error))?;
    let meta = file.metadata().map_err(|error| of_read(&error))?;
    let mut staging = store.stage()?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => staging.append(buffer.get(..n).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(of_read(&error)),
        }
    }
    let modified = u64::try_from(meta.mtime()).ok().map(Timestamp);
    store
        .publish(staging, key, Placing::New, modified)
        .map(drop)
}
