//! `purge`: deletes named things, dev versions that are too old, and the least recently used.

use std::path::Path;
use std::process::ExitCode;

use zigdepot_core::config::{age, size};
use zigdepot_core::store::StoreKey;
use zigdepot_core::store::evict::{Evictable, Scope};
use zigdepot_core::store::purge::{Plan, Why, Wish, parse_name, plan};
use zigdepot_core::store::tally::Size;
use zigdepot_core::wire::date::rfc3339;

use super::{Call, Command, CommandError, Doing, Flag, SOME, now, say};
use crate::store::{FileStore, evictables, stored_bytes, weigh_one};

/// The command.
pub const COMMAND: Command = Command {
    name: "purge",
    usage: "[PATH]... [--dev-older-than AGE] [--to-size SIZE] [--dry-run]",
    summary: "delete named things, old dev versions, or the least recently used",
    help: "PATH is one thing: zig/stable/0.11.0, pkg/<org>/<repo>, artifact/<org>/<repo>/<version>,\n\
           or a file below, or .zigdepot/git/<package>: what is derived of it for Git's clients, and is\n\
           derived again. Stable and nominated versions are deleted only when named, and what the\n\
           registry has published (p/, git/) never.\n\
           The age of a dev version is the time since a file was last added to it (the modification\n\
           time of its directory). The last use of a thing is the newest access or modification time\n\
           of its files: right to a day on a disk mounted with relatime, the download on one with\n\
           noatime. A server may run meanwhile; what it still has open is freed some seconds later.\n\
           Exit status 1: something named is not here, could not be deleted, or --to-size cannot be\n\
           reached (then nothing is deleted for it).\n",
    flags: &[
        Flag {
            name: "dev-older-than",
            value: Some("AGE"),
            help: "dev versions older than that: a number and one of s, m, h, d, w, as in 30d",
        },
        Flag {
            name: "to-size",
            value: Some("SIZE"),
            help: "dev versions, packages and artifacts until the store has at most so many bytes: 500M, 50G",
        },
        Flag {
            name: "dry-run",
            value: None,
            help: "print the same lines and delete nothing",
        },
    ],
    run: Doing::Here(run),
};

fn run(call: &Call) -> Result<ExitCode, CommandError> {
    let wish = Wish {
        dev_older_than: call.value("dev-older-than", "an age such as 30d or 12h", age)?,
        to_size: call.value("to-size", "a size such as 500M or 50G", size)?,
    };
    let names = names(call)?;
    if names.is_empty() && wish == Wish::default() {
        return Err(CommandError::new(
            &"nothing to purge: name something, or give --dev-older-than or --to-size",
        ));
    }
    let root = call.data_dir()?;
    let store = if call.has("dry-run") {
        None
    } else {
        Some(call.writable_store()?)
    };
    let (named, missing) = weigh(&root, names);
    let all = evictables(&root, Scope::All)
        .map_err(|error| CommandError::new(&format_args!("{}: {error}", root.display())))?;
    let plan = plan(named, all, stored_bytes(&root), wish, now());
    let whole = delete(&plan, store.as_ref()) && told_whole(&plan, &missing, wish);
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        SOME.into()
    })
}

fn names(call: &Call) -> Result<Vec<StoreKey>, CommandError> {
    let mut names = Vec::new();
    for word in &call.words {
        let text = word.to_str().unwrap_or_default();
        let name = parse_name(text)
            .map_err(|error| CommandError::new(&format_args!("{}: {error}", word.display())))?;
        names.push(name);
    }
    // Part by part, so that what lies below a name comes right after it: it goes with it.
    names.sort_by(|a: &StoreKey, b| a.as_str().split('/').cmp(b.as_str().split('/')));
    names.dedup_by(|later, first| first.holds(later));
    Ok(names)
}

/// What is named as it is, and the names of what is not here.
fn weigh(root: &Path, names: Vec<StoreKey>) -> (Vec<Evictable>, Vec<StoreKey>) {
    let (mut here, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match weigh_one(root, &name) {
            Some(one) => here.push(one),
            None => missing.push(name),
        }
    }
    (here, missing)
}

/// Deletes what was chosen, a line each; false if not all could be.
fn delete(plan: &Plan, store: Option<&FileStore>) -> bool {
    let (mut whole, mut count, mut bytes) = (true, 0_usize, 0_u64);
    for (one, why) in &plan.chosen {
        match store.map_or(Ok(true), |store| store.delete(&one.key)) {
            Ok(true) => {
                tell(one, *why);
                count += 1;
                bytes = bytes.saturating_add(one.bytes);
            }
            // Somebody else was first.
            Ok(false) => {}
            Err(error) => {
                whole = false;
                say(format_args!("{}: {error}", one.key));
            }
        }
    }
    let done = if store.is_some() {
        "deleted"
    } else {
        "to delete; nothing was deleted (--dry-run)"
    };
    let size = Size(bytes);
    say(format_args!(
        "{count} things, {size} ({bytes} bytes) {done}"
    ));
    whole
}

fn tell(one: &Evictable, why: Why) {
    let (key, bytes, size) = (&one.key, one.bytes, Size(one.bytes));
    let (used, published) = (rfc3339(one.used), rfc3339(one.published));
    match why {
        Why::Named => say(format_args!("purge {key}: {size} ({bytes} bytes), named")),
        Why::Old => say(format_args!(
            "purge {key}: {size} ({bytes} bytes), nothing was added since {published}"
        )),
        Why::LeastUsed => say(format_args!(
            "purge {key}: {size} ({bytes} bytes), last used {used}"
        )),
    }
}

/// Says what is missing and what cannot be reached; false if anything.
fn told_whole(plan: &Plan, missing: &[StoreKey], wish: Wish) -> bool {
    for name in missing {
        say(format_args!("{name}: not in the store"));
    }
    if let (Some(stays), Some(wanted)) = (plan.stays, wish.to_size) {
        say(format_args!(
            "{} cannot be reached: {} are of stable and nominated versions, which are deleted only \
             when named, and of the registry, which never are; nothing was deleted for it",
            Size(wanted),
            Size(stays)
        ));
    }
    missing.is_empty() && plan.stays.is_none()
}
