//! One package: its tags that are not here are fetched, proven and published.
//!
//! ```text
//! whose name is it? ── another's ──> taken
//! references ──> plan: present, moved, missing
//! missing ──fetch──> pack in staging, all ids recomputed
//!    each tag: tag object, commit, tree ──> tarball in staging ──> published ──> its manifest
//! ```
//!
//! The newest tag is fetched alone; it tells how large the others may be, and they share as few
//! fetches as fit. Nothing that is published is touched, and a tag is published with its manifest,
//! the last file of it: a crash in between leaves a tarball that the next run takes over if it is
//! the same.

mod batch;
mod intake;
mod local;
mod objects;
mod publish;
mod trouble;
mod upstream;
mod walk;
mod watch;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use self::intake::{Intake, Source};
use self::local::Repository;
use self::trouble::Trouble;
use self::upstream::Upstream;
pub use self::watch::Observer;
pub(super) use self::watch::Report;
use self::watch::Watch;
use super::git;
use super::host::Host;
use super::race::{First, race};
use super::registry::claim::{self, Claimant};
use super::registry::{published, troubles};
use crate::app::ingest::{IngestFailure, IngestOrder, Ingested, LimitHit, Origin};
use crate::config::LogLevel;
use crate::git::client::Ref;
use crate::git::client::remote::Remote;
use crate::registry::documents::{Conflict, IngestReport};
use crate::registry::plan::Plan;

/// Runs a job and reports its end; then its upstream rests for a while.
pub(super) async fn run<H: Host>(host: &H, order: &IngestOrder, report: Report<H>) {
    let mut watch = Watch::of_job(host, order);
    let outcome = ingest(host, order, &mut watch).await;
    let rest = report.end(outcome);
    let pace = host.config().limits.ingest_pace;
    host.sleep(host.now().instant + pace).await;
    drop(rest);
}

/// The same for a process that does nothing else, told how it goes.
pub async fn ingest_now<H: Host>(
    host: &H,
    order: &IngestOrder,
    observer: &mut dyn Observer,
) -> Ingested {
    ingest(host, order, &mut Watch::of_observer(host, observer)).await
}

async fn ingest<H: Host>(host: &H, order: &IngestOrder, watch: &mut Watch<'_, H>) -> Ingested {
    let started = host.now().instant;
    let most = host.config().limits.ingest.time;
    let brought = match race(bring(host, order, watch), host.sleep(started + most)).await {
        First::Left(outcome) => outcome,
        First::Right(()) => Err(Trouble::Failed(IngestFailure::Limit(LimitHit {
            what: "seconds for one package".into(),
            limit: "time",
            most: most.as_secs(),
        }))),
    };
    let outcome = brought.map_err(|trouble| trouble.into_failure().at(&order.origin));
    troubles::note(host, order, &outcome).await;
    if outcome.is_ok() {
        git::set::renew(host, &order.package).await;
    }
    let millis = host.now().instant.since(started).as_millis();
    let IngestOrder {
        package, origin, ..
    } = order;
    match &outcome {
        Ok(IngestReport {
            created, present, ..
        }) => host.log(
            LogLevel::Info,
            format_args!(
                "{package} from {origin}: {created} tags published, {present} were here ({millis} ms)"
            ),
        ),
        Err(failure) => host.log(
            LogLevel::Warn,
            format_args!("{package} from {origin}: {failure}"),
        ),
    }
    outcome
}

async fn bring<H: Host>(
    host: &H,
    order: &IngestOrder,
    watch: &mut Watch<'_, H>,
) -> Result<IngestReport, Trouble> {
    claim::check_case(host, &order.package).await?;
    let mut taken = attempt(host, order, watch).await;
    if taken == Err(Trouble::Moved) {
        // A tag went elsewhere after it was listed; an old server lists with its first answer.
        taken = attempt(host, order, watch).await;
    }
    taken
}

async fn attempt<H: Host>(
    host: &H,
    order: &IngestOrder,
    watch: &mut Watch<'_, H>,
) -> Result<IngestReport, Trouble> {
    let (source, former) = open(host, order).await?;
    let claimant = Claimant {
        order,
        permanent: source.permanent(),
        former: former.as_deref(),
    };
    take(host, claimant, &source, watch).await
}

/// Finds where the objects are, and whether the name is theirs: then, if need be, the URL that has
/// it and leads here.
async fn open<'a, H: Host>(
    host: &'a H,
    order: &IngestOrder,
) -> Result<(Source<'a, H>, Option<String>), Trouble> {
    let owner = claim::owner(host, &order.package).await?;
    let source = match &order.origin {
        Origin::Local => Source::Local(Repository::new(&order.package)),
        Origin::Remote(remote) => {
            Source::Upstream(Box::new(Upstream::discover(host, remote).await?))
        }
    };
    let claimant = Claimant {
        order,
        permanent: source.permanent(),
        former: None,
    };
    if claim::is_of(&owner, claimant) {
        return Ok((source, None));
    }
    // What has the name may have moved to where this comes from.
    if let claim::Owner::Upstream(url) = &owner
        && let Ok(former) = Remote::parse(url)
        && let Ok(former) = Upstream::discover(host, &former).await
        && source
            .permanent()
            .is_some_and(|own| own.normalised() == former.permanent.normalised())
    {
        let former = Some(url.clone());
        return Ok((source, former));
    }
    Err(claim::taken(&order.package, &owner).into())
}

async fn take<H: Host>(
    host: &H,
    claimant: Claimant<'_>,
    source: &Source<'_, H>,
    watch: &mut Watch<'_, H>,
) -> Result<IngestReport, Trouble> {
    let order = claimant.order;
    let refs: Vec<Ref> = match source {
        Source::Upstream(upstream) => upstream.refs().await?,
        Source::Local(repository) => repository.refs(host).await?,
    };
    let tags = published::tags(host, &order.package).await?;
    let plan = Plan::new(&refs, &tags, &host.config().limits.ingest);
    watch.handle_refs(plan.tags());
    for conflict in &plan.conflicts {
        let package = &order.package;
        let Conflict {
            tag,
            published,
            upstream,
        } = conflict;
        let published = published.map_or_else(|| "unknown".to_string(), |id| id.to_string());
        host.log(
            LogLevel::Warn,
            format_args!(
                "{package}: conflict: tag {tag} was moved upstream to {upstream}; published is {published}, and stays"
            ),
        );
    }
    if plan.tags() == 0 {
        return Err(IngestFailure::NoTags.into());
    }
    let mut intake = Intake::new(host, claimant, source, watch);
    intake.take_all(&plan.missing).await?;
    intake.finish(plan).await
}
