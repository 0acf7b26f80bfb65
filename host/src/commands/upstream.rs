//! `upstream`: where a package comes from, and its move to another forge.

use std::process::ExitCode;

use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::upstream::{Moved, Whence, meant, set, whence};
use zigdepot_core::git::client::remote::Remote;
use zigdepot_core::registry::documents::Upstream;
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::store::StoreError;
use zigdepot_core::store::path::shown;
use zigdepot_core::wire::date::rfc3339;

use super::fetch::{open, status};
use super::{Call, Command, CommandError, Doing, OnWorker, say};
use crate::store::OpenFile;
use crate::task::{Solo, Task};

/// The command.
pub const COMMAND: Command = Command {
    name: "upstream",
    usage: "PACKAGE [URL]",
    summary: "where a package comes from, or is to come from by now",
    help: "A name belongs to the repository that it was first published from. With URL, new tags come\n\
           from there from now on, and from nowhere else; what is published stays as it is. That is\n\
           for a project that has moved to another forge, and for a package that was imported and\n\
           whose upstream nobody knows. URL is not asked; the next fetch or update does that. A\n\
           server may run meanwhile.\n\
           Exit status 1: nothing is published under that name. 2: it could not run.\n",
    flags: &[],
    run: Doing::OnWorker(OnWorker::Upstream),
};

/// What is wanted, and of what.
struct Wish {
    package: PackageName,
    remote: Option<Remote>,
}

impl Task for Wish {
    type Outcome = Result<bool, StoreError>;

    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> Self::Outcome {
        let Self { package, remote } = self;
        let is_there = match remote {
            None => show(package, &whence(host, package).await?),
            Some(remote) => moved(package, remote, set(host, package, remote).await?),
        };
        if !is_there && let Some(other) = meant(host, package).await {
            say(format_args!("{other} is published; is that what you mean?"));
        }
        Ok(is_there)
    }
}

/// Shows where a package comes from, or moves it.
pub fn run<S: Solo>(call: Call) -> Result<ExitCode, CommandError> {
    let mut wish = wish(&call)?;
    call.data_dir()?;
    let done = S::carry_out(open(call)?, &mut wish).map_err(|error| CommandError::new(&error))?;
    let is_there =
        done.map_err(|error| CommandError::new(&format_args!("{}: {error}", wish.package)))?;
    Ok(status(is_there))
}

fn wish(call: &Call) -> Result<Wish, CommandError> {
    let (package, url) = match call.words.as_slice() {
        [package] => (package, None),
        [package, url] => (package, Some(url.to_string_lossy())),
        _ => return Err(CommandError::new(&"expected: upstream PACKAGE [URL]")),
    };
    let name = package.to_string_lossy();
    let package = PackageName::parse(&name)
        .map_err(|error| CommandError::new(&format_args!("{}: {error}", shown(&name))))?;
    let remote = url.map(|url| {
        Remote::parse(&url)
            .map_err(|error| CommandError::new(&format_args!("{}: {error}", shown(&url))))
    });
    Ok(Wish {
        package,
        remote: remote.transpose()?,
    })
}

/// False if nothing is published.
fn show(package: &PackageName, whence: &Whence) -> bool {
    match whence {
        Whence::Unpublished => say(format_args!("{package}: {whence}")),
        Whence::Upstream(Upstream {
            url,
            since,
            previous,
        }) => {
            say(format_args!(
                "{package} comes from {url} since {}",
                rfc3339(*since)
            ));
            for former in previous.iter().rev() {
                say(format_args!("  before: {former}"));
            }
        }
        Whence::Manifests(_) | Whence::Unknown => {
            say(format_args!("{package} comes from {whence}"));
        }
    }
    *whence != Whence::Unpublished
}

fn moved(package: &PackageName, remote: &Remote, moved: Moved) -> bool {
    match moved {
        Moved::Unpublished => return show(package, &Whence::Unpublished),
        Moved::Already => say(format_args!("{package} comes from {remote} already")),
        Moved::From(before) => {
            let before = before.to_string();
            say(format_args!(
                "{package} comes from {remote} from now on; before: {before}"
            ));
        }
    }
    true
}
