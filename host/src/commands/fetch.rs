//! `fetch`: brings packages from their repositories, as `POST /api/fetch` does.

use core::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use zigdepot_core::app::ingest::{IngestFailure, IngestOrder, Ingested, Origin};
use zigdepot_core::config::LogLevel;
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::ingest::ingest_now;
use zigdepot_core::git::client::remote::Remote;
use zigdepot_core::registry::documents::{Conflict, IngestReport, Refused};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::store::StoreError;
use zigdepot_core::store::path::shown;

use super::{Call, Command, CommandError, Doing, Flag, OnWorker, SOME, say};
use crate::progress::ingest::Intake;
use crate::shared::{Seat, Shared, StartError};
use crate::store::OpenFile;
use crate::task::{Solo, Task};

/// The command.
pub const COMMAND: Command = Command {
    name: "fetch",
    usage: "URL... [--as NAME]",
    summary: "publish the tags of Git repositories",
    help: "URL is a repository, https://host/org/name or git+https://…; the package is called like\n\
           its last part. Its tags that are not published yet are fetched, proven to be the commits\n\
           they name, and published; what is published never changes. One repository after the other;\n\
           a server may run meanwhile, and shows them at once.\n\
           A host that is named here may lie in a private network. Redirects to other hosts may not,\n\
           nor may the same repository when a server updates it, unless UPSTREAM_ALLOW_PRIVATE lists\n\
           the host.\n\
           Exit status 1: a tag was refused, has moved upstream (the published one stays), or a\n\
           repository could not be had. 2: it could not run.\n",
    flags: &[Flag {
        name: "as",
        value: Some("NAME"),
        help: "the package's name, for one URL",
    }],
    run: Doing::OnWorker(OnWorker::Fetch),
};

/// Repositories to bring, one after the other.
struct Fetch {
    orders: Vec<IngestOrder>,
    intake: Intake,
}

impl Task for Fetch {
    type Outcome = bool;

    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> bool {
        let mut is_whole = true;
        for (at, order) in self.orders.iter().enumerate() {
            if at > 0 {
                // The next one may lie on the same host.
                let pace = host.config().limits.ingest_pace;
                host.sleep(host.now().instant + pace).await;
            }
            self.intake.begin(order.package.as_str());
            let outcome = ingest_now(host, order, &mut self.intake).await;
            self.intake.end();
            is_whole &= tell(&order.package, &outcome);
        }
        is_whole
    }
}

/// Brings what was named.
pub fn run<S: Solo>(mut call: Call) -> Result<ExitCode, CommandError> {
    let orders = orders(&call)?;
    for order in &orders {
        if let Origin::Remote(remote) = &order.origin {
            call.config.named.push(remote.info_refs().clone());
        }
    }
    let seat = open(call)?;
    if !seat.shared.store.is_writable() {
        return Err(CommandError::new(&StoreError::ReadOnly));
    }
    let mut task = Fetch {
        orders,
        intake: Intake::new(),
    };
    let is_whole = S::carry_out(seat, &mut task).map_err(|error| CommandError::new(&error))?;
    Ok(status(is_whole))
}

/// A worker's seat in this process. What is told of each package need not be logged, too.
pub(super) fn open(mut call: Call) -> Result<Seat, CommandError> {
    call.config.log = call.config.log.min(LogLevel::Error);
    let port = call.config.http_port;
    let failed = |error: StartError| CommandError::new(&error);
    let shared = Shared::open(call.config, port).map_err(failed)?;
    Ok(Seat::new(Arc::new(shared)))
}

pub(super) fn status(is_whole: bool) -> ExitCode {
    if is_whole {
        ExitCode::SUCCESS
    } else {
        SOME.into()
    }
}

/// What was named, each repository once.
fn orders(call: &Call) -> Result<Vec<IngestOrder>, CommandError> {
    let name =
        match (call.flags.get("as"), call.words.len()) {
            (_, 0) => return Err(CommandError::new(&"name the URL of a repository")),
            (Some(_), 2..) => return Err(CommandError::new(&"--as is for one URL")),
            (Some(name), _) => Some(PackageName::parse(name).map_err(|error| {
                CommandError::new(&format_args!("--as={}: {error}", shown(name)))
            })?),
            (None, _) => None,
        };
    let mut orders: Vec<IngestOrder> = Vec::new();
    for word in &call.words {
        let order = order(&word.to_string_lossy(), name.as_ref())?;
        if let Some(twin) = orders.iter().find(|one| one.package == order.package) {
            if is_same(&twin.origin, &order.origin) {
                continue;
            }
            return Err(CommandError::new(&format_args!(
                "{} and {} are both called {}; give one of them another name with --as",
                twin.origin, order.origin, order.package
            )));
        }
        orders.push(order);
    }
    Ok(orders)
}

fn order(url: &str, name: Option<&PackageName>) -> Result<IngestOrder, CommandError> {
    let refused = |problem: &dyn core::fmt::Display| {
        CommandError::new(&format_args!("{}: {problem}", shown(url)))
    };
    let remote = Remote::parse(url).map_err(|error| refused(&error))?;
    let package = match name {
        Some(name) => name.clone(),
        None => PackageName::parse(remote.name())
            .map_err(|error| refused(&format_args!("{error}; give it one with --as")))?,
    };
    Ok(IngestOrder::alone(package, Origin::Remote(remote)))
}

fn is_same(one: &Origin, other: &Origin) -> bool {
    match (one, other) {
        (Origin::Remote(one), Origin::Remote(other)) => one.normalised() == other.normalised(),
        (Origin::Local, Origin::Local) => true,
        (Origin::Remote(_), Origin::Local) | (Origin::Local, Origin::Remote(_)) => false,
    }
}

/// Says what became of a package: a line, and one below for each tag that somebody should look at.
/// False if there is any such tag, or none could be had.
pub(super) fn tell(package: &PackageName, outcome: &Ingested) -> bool {
    let report = match outcome {
        Ok(report) => report,
        Err(IngestFailure::Taken { package, upstream }) => {
            say(format_args!(
                "{package}: failed: the name belongs to {upstream}; fetch --as gives this one \
                 another name, and `upstream` lets a package move"
            ));
            return false;
        }
        Err(failure) => {
            say(format_args!("{package}: failed: {failure}"));
            return false;
        }
    };
    say(format_args!("{package}: {}", summary(report)));
    for Conflict { tag, upstream, .. } in &report.conflicts {
        say(format_args!(
            "  {tag}: in conflict: upstream moved it to {upstream}; the published one stays"
        ));
    }
    for Refused { tag, reason } in &report.refused {
        say(format_args!("  {tag}: refused: {reason}"));
    }
    is_smooth(report)
}

pub(super) fn is_smooth(report: &IngestReport) -> bool {
    report.conflicts.is_empty() && report.refused.is_empty()
}

fn summary(report: &IngestReport) -> String {
    let IngestReport {
        created, present, ..
    } = report;
    let mut text = format!("{created} tags published, {present} were here");
    for (tags, what) in [
        (report.conflicts.len(), "in conflict"),
        (report.refused.len(), "refused"),
    ] {
        if tags > 0 {
            let _ = write!(text, ", {tags} {what}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use zigdepot_core::config::{Config, Given};

    fn of(words: &[&str], name: Option<&str>) -> Result<Vec<String>, String> {
        let call = Call {
            config: Config::parse(&Given::new()).unwrap(),
            words: words.iter().map(Into::into).collect(),
            flags: name
                .map(|name| ("as", name.to_owned()))
                .into_iter()
                .collect::<BTreeMap<_, _>>(),
        };
        let orders = orders(&call).map_err(|error| error.to_string())?;
        let shown = |order: &IngestOrder| format!("{} {}", order.package, order.origin);
        Ok(orders.iter().map(shown).collect())
    }

    #[test]
    fn packages_are_called_like_their_repositories() {
        let orders = of(
            &[
                "https://h.test/o/one.git",
                "git+https://h.test/o/two",
                "https://h.test/o/one",
            ],
            None,
        );
        let expected = [
            "one https://h.test/o/one.git".to_owned(),
            "two https://h.test/o/two".to_owned(),
        ];
        assert_eq!(orders.unwrap(), expected);
        let named = of(&["https://h.test/o/zig"], Some("my-zig")).unwrap();
        assert_eq!(named, ["my-zig https://h.test/o/zig"]);
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused_before_anything_is_fetched() {
        for (words, name, part) in [
            (&[][..], None, "name the URL"),
            (&["file:///etc"], None, "file:///etc: "),
            (&["https://h.test/o/zig"], None, "--as"),
            (
                &["https://h.test/a", "https://h.test/b"],
                Some("c"),
                "one URL",
            ),
            (&["https://h.test/a"], Some("../x"), "--as=../x: "),
            (
                &["https://h.test/a/x", "https://h.test/b/x"],
                None,
                "both called x",
            ),
        ] {
            let problem = of(words, name).unwrap_err();
            assert!(problem.contains(part), "{problem}");
        }
    }
}
