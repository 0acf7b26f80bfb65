//! `verify`: reads the whole store again and sets aside what is not what it should be.
//!
//! What is right or wrong the core decides ([`zigdepot_core::store::check`]). Nothing is deleted
//! but records whose file is gone, and what can be derived again. A server may publish and delete meanwhile; what vanishes was
//! never there, and downloads under way, which are in staging, are not looked at.

mod derived;
mod file;
pub(super) mod package;
mod release;
mod report;
mod run;
mod sweep;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zigdepot_core::config::size;
use zigdepot_core::store::path::{PATH_MAX, STORE_DIRS, segment};

use super::{Call, Command, CommandError, Doing, Flag, SOME};
use run::Run;

/// Bytes a second that are read without being told: a small machine serves beside it.
const RATE: u64 = 50 << 20;

/// The command.
pub const COMMAND: Command = Command {
    name: "verify",
    usage: "[PATH]... [--restart] [--rate SIZE]",
    summary: "read everything again, and set aside what is wrong",
    help: "PATH is part of the store, such as zig/stable or pkg/hexops; without one, all is read.\n\
           Zig files are checked against their signatures (ZIG_MINISIGN_KEY must be the server's),\n\
           packages and artifacts against the digest that was recorded when they were stored; where\n\
           none was, it is recorded now. A release's tarball is held against its manifest, and if it\n\
           was made of a commit, its tree is computed from the tarball and must be the commit's; one\n\
           that was imported is unprovable, not wrong. What was derived from releases for Git's clients\n\
           is deleted where it is damaged or its release is gone; it is derived again. git/ is not\n\
           looked at. Wrong files go to .zigdepot/quarantine, and the server fetches them anew\n\
           when they are asked for. A file signed by a key that is not configured is reported and\n\
           left. Ended at any time, it goes on where it was. A server may run meanwhile.\n\
           Exit status 0: all is right; 1: something wrong was found; 2: it could not run.\n",
    flags: &[
        Flag {
            name: "restart",
            value: None,
            help: "begin anew instead of going on",
        },
        Flag {
            name: "rate",
            value: Some("SIZE"),
            help: "bytes read a second, such as 20M, or off [default: 50M]",
        },
    ],
    run: Doing::Here(run),
};

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    let scope = scope(call)?;
    let expected = "a size such as 20M, or off";
    let rate = call.value("rate", expected, rate)?.unwrap_or(Some(RATE));
    let store = call.store()?;
    let mut run = Run::begin(&store, &call.config, rate, scope, call.has("restart"));
    run.check_all();
    run.check_derived();
    let is_right = run.finish();
    Ok(if is_right {
        ExitCode::SUCCESS
    } else {
        SOME.into()
    })
}

#[expect(clippy::option_option, reason = "outer: readable; inner: a limit")]
fn rate(text: &str) -> Option<Option<u64>> {
    match text {
        "off" => Some(None),
        text => size(text).filter(|rate| *rate > 0).map(Some),
    }
}

/// The paths to read, in their order, none below another.
fn scope(call: &Call) -> Result<Vec<PathBuf>, CommandError> {
    let mut paths = Vec::new();
    for word in &call.words {
        let text = word.to_str().unwrap_or_default().trim_end_matches('/');
        let is_path = text.len() <= PATH_MAX
            && text.split('/').all(|part| segment(part).is_ok())
            && STORE_DIRS
                .iter()
                .any(|dir| Path::new(text).starts_with(dir));
        if !is_path {
            return Err(CommandError::new(&format_args!(
                "{}: expected a part of the store, such as zig/stable or pkg/hexops",
                word.display()
            )));
        }
        paths.push(PathBuf::from(text));
    }
    paths.sort();
    paths.dedup_by(|later, first| later.starts_with(first));
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use zigdepot_core::config::{Config, Given};

    fn of(words: &[&str]) -> Result<Vec<PathBuf>, CommandError> {
        scope(&Call {
            config: Config::parse(&Given::new()).unwrap(),
            words: words.iter().map(Into::into).collect(),
            flags: BTreeMap::new(),
        })
    }

    #[test]
    fn scope_is_sorted_and_says_nothing_twice() {
        let paths = of(&["zig/stable/", "pkg", "pkg/hexops", "zig/stable/0.14.1"]).unwrap();
        assert_eq!(paths, [Path::new("pkg"), Path::new("zig/stable")]);
        for bad in [".zigdepot", "..", "zig/../..", "", "/etc", "zigzag"] {
            assert!(of(&[bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn rate_is_a_size_or_off() {
        assert_eq!(rate("off"), Some(None));
        assert_eq!(rate("20M"), Some(Some(20 << 20)));
        assert_eq!((rate("0"), rate("fast")), (None, None));
    }
}
