//! What Git's clients cost the server that they ask: the Git face against `git http-backend`.
//!
//! Both have the same release of the same repository and answer at the same paths. Single requests
//! are replayed by wrk; then real clones run, eight at once. Clients are the limit of most runs, so
//! rates say little, and the figure is the server's CPU per request, its short-lived children's
//! included. Before anything is timed, both answers must say the same: the same references, the
//! same objects in the pack.

mod answers;
mod clones;
mod costs;
mod replay;
mod stage;

pub(super) use self::replay::Request;
use self::{costs::Costs, stage::Stage};
use super::{
    git::{Git, repository::Repository},
    pairs::Contest,
    report::Figures,
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clients {
    /// Send one request again and again.
    Replay(Request, Repository),
    /// Clone with `--depth 1`.
    Clone(Repository),
    /// Clone as above, once each; the server's memory is looked at.
    CloneMemory(Repository),
}

/// Runs the scenario in alternation and prints its table, or that there is no git.
pub(super) fn run(
    name: &str,
    clients: Clients,
    contest: &Contest<'_>,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let Some(git) = Git::find()? else {
        println!("skipped: no git\n");
        let allowed = !tools::must_have("git");
        return allowed.then_some(()).doing("CI must have git");
    };
    match clients {
        Clients::Replay(request, repository) => {
            let stage = Stage::set(git, repository, contest)?;
            replay::run(request, &stage, contest)?.report(name, figures)
        }
        Clients::Clone(repository) => {
            let stage = Stage::set(git, repository, contest)?;
            clones::run(&stage, contest)?.report(name, figures)
        }
        Clients::CloneMemory(repository) => {
            let stage = Stage::set(git, repository, contest)?;
            clones::memory(name, &stage, contest, figures)
        }
    }
}
