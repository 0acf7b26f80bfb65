//! `du`: what takes the space of the data directory. It changes nothing.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use zigdepot_core::store::tally::Tally;

use super::{Call, Command, CommandError, Doing, Flag, SOME};
use crate::store::walk::{Links, Seen, walk};

/// The command.
pub const COMMAND: Command = Command {
    name: "du",
    usage: "[--json]",
    summary: "what takes the space, by kind, version and repository",
    help: "Bytes are the lengths of files, which STORE_MAX counts too; a file with several names\n\
           (hard links) counts once. `registry` is releases, `repositories` what lies in git/ (which\n\
           STORE_MAX does not count), `derived` what is made of releases for Git's clients, `staging` downloads under way, `quarantine` what failed a check,\n\
           `state` the rest of .zigdepot, `other` what is not the store's.\n\
           Exit status 1: something could not be read.\n",
    flags: &[Flag {
        name: "json",
        value: None,
        help: "the same as one JSON object",
    }],
    run: Doing::Here(run),
};

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    call.expect_no_words()?;
    let (tally, whole) = count(&call.data_dir()?);
    let text = if call.has("json") {
        tally.to_json()
    } else {
        tally.to_text()
    };
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        SOME.into()
    })
}

/// What takes the space, and whether all could be read.
fn count(root: &Path) -> (Tally, bool) {
    let (mut tally, mut links, mut whole) = (Tally::default(), Links::default(), true);
    walk(root, Path::new(""), &mut |path, seen| match seen {
        Seen::File(meta) => {
            if links.is_first(&meta) {
                tally.add(&path.to_string_lossy(), meta.len());
            }
        }
        Seen::Trouble(error) => {
            whole = false;
            let _ = writeln!(std::io::stderr(), "{}: {error}", path.display());
        }
        Seen::Empty | Seen::Other => {}
    });
    (tally, whole)
}
