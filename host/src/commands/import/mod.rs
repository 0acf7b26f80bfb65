//! `import`: takes over what other servers have kept, a cache of wrench or the data directory of
//! packbase, beside it or in place.
//!
//! It never replaces a file, so it goes on where it was ended when it is called again.

mod packbase;
mod wrench;

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zigdepot_core::store::tally::Size;
use zigdepot_core::store::{Placing, StoreError, StoreKey};
use zigdepot_core::time::Timestamp;
use zigdepot_core::zig::digest::{Hashing, Sha256Digest};

use super::{Call, Command, CommandError, Doing, Flag, SOME, say};
use crate::store::{FileStore, of_read};

/// The command.
pub const COMMAND: Command = Command {
    name: "import",
    usage: "wrench DIR --org ORG | packbase DIR",
    summary: "take over the files of a cache of wrench, or of packbase",
    help: "wrench: zig/{stable,mach,dev} become zig/{stable,nominated,dev}, pkg/<project>/<file>\n\
           becomes pkg/<ORG>/<project>/<file>, and pkg-artifact/<project>/<version>/<file> becomes\n\
           artifact/<ORG>/<project>/<version>/<file>. If DIR is the DATA_DIR itself, files are moved\n\
           within it; else they are hard-linked, or copied where they cannot be. Zig files are\n\
           verified before they are first served (or at once by `verify`).\n\
           packbase: tarballs and manifests of p/ are copied as they are, with provenance `imported`,\n\
           for nothing proves what they were made of. A tarball without manifest gets one; one that\n\
           is not what its manifest says is not taken. Bare repositories of git/ are copied, and the\n\
           next update publishes their tags. If DIR is the DATA_DIR itself, manifests that are missing\n\
           are made and hashes are recorded.\n\
           DIR stays as it is otherwise, and no file is ever replaced; called again, it goes on.\n\
           Exit status 1: some could not be imported. What is left because of its name is reported.\n",
    flags: &[
        Flag {
            name: "org",
            value: Some("ORG"),
            help: "wrench: the organisation that packages and artifacts belong to, such as hexops",
        },
        Flag {
            name: "copy",
            value: None,
            help: "copy instead of linking, so that DIR may be written to later (packbase: always)",
        },
        Flag {
            name: "link",
            value: None,
            help: "link instead of copying where that is possible (wrench: always); packbase writes\n      \
                   into its files, and must not run any more then",
        },
        Flag {
            name: "dry-run",
            value: None,
            help: "print the same lines and change nothing",
        },
    ],
    run: Doing::Here(run),
};

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    if call.has("copy") && call.has("link") {
        return Err(CommandError::new(&"expected --copy or --link, not both"));
    }
    match call.words.first().and_then(|kind| kind.to_str()) {
        Some("wrench") => wrench::run(call),
        Some("packbase") if call.has("org") => Err(CommandError::new(&"--org is for wrench")),
        Some("packbase") => packbase::run(call),
        _ => Err(CommandError::new(
            &"expected: import wrench DIR --org ORG, or import packbase DIR",
        )),
    }
}

/// From where and to where.
struct Opened {
    /// Absolute.
    from: PathBuf,
    /// The data directory, which may not be there in a dry run.
    root: PathBuf,
    /// None in a dry run.
    store: Option<FileStore>,
}

fn open(call: &Call) -> Result<Opened, CommandError> {
    let from = match call.words.as_slice() {
        [_, dir] => PathBuf::from(dir),
        _ => return Err(CommandError::new(&"expected one directory to import from")),
    };
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
    Ok(Opened { from, root, store })
}

/// What an import has come to.
#[derive(Debug, Default)]
struct Counts {
    imported: u64,
    bytes: u64,
    there: u64,
    left: u64,
    failed: u64,
}

impl Counts {
    fn count(&mut self, bytes: u64) {
        self.imported += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn leave(&mut self, path: &Path, why: &dyn core::fmt::Display) {
        self.left += 1;
        say(format_args!("left {:?}: {why}", path.to_string_lossy()));
    }

    fn fail(&mut self, path: &Path, error: &dyn core::fmt::Display) {
        self.failed += 1;
        say(format_args!("failed {:?}: {error}", path.to_string_lossy()));
    }

    /// The summary and the exit status.
    fn finish(&self, is_dry: bool) -> ExitCode {
        let Self {
            imported,
            bytes,
            there,
            left,
            failed,
        } = self;
        let size = Size(*bytes);
        let dry = if is_dry {
            "; nothing was changed (--dry-run)"
        } else {
            ""
        };
        say(format_args!(
            "{imported} imported ({size}), {there} there already, {left} left, {failed} failed{dry}"
        ));
        if *failed == 0 {
            ExitCode::SUCCESS
        } else {
            SOME.into()
        }
    }
}

/// Copies through staging, with the time of the last change; only bytes of the digest that is
/// expected, if one is.
fn copy(
    store: &FileStore,
    from: &Path,
    key: &StoreKey,
    expected: Option<Sha256Digest>,
) -> Result<(), StoreError> {
    const CHUNK: usize = 256 << 10;
    let mut file = File::open(from).map_err(|error| of_read(&error))?;
    let meta = file.metadata().map_err(|error| of_read(&error))?;
    let mut staging = store.stage()?;
    let (mut buffer, mut hashing) = (vec![0; CHUNK], Hashing::new());
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                let read = buffer.get(..n).unwrap_or_default();
                hashing.update(read);
                staging.append(read)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(of_read(&error)),
        }
    }
    if expected.is_some_and(|digest| digest != hashing.finish()) {
        // Somebody writes to it.
        return Err(StoreError::Io);
    }
    let modified = u64::try_from(meta.mtime()).ok().map(Timestamp);
    store
        .publish(staging, key, Placing::New, modified)
        .map(drop)
}
