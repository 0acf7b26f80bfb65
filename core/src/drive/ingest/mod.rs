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
mod local;
mod objects;
mod publish;
mod trouble;
mod upstream;
mod walk;
mod watch;

use alloc::vec::Vec;

use self::batch::Batches;
use self::local::Repository;
use self::objects::Objects;
use self::trouble::Trouble;
use self::upstream::Upstream;
pub use self::watch::Observer;
use self::watch::Watch;
use super::host::Host;
use super::race::{First, race};
use super::registry::{claim, published, trouble as troubles};
use super::site::act;
use crate::app::ingest::{IngestFailure, IngestOrder, Ingested, LimitHit, Origin};
use crate::config::LogLevel;
use crate::git::pack::PackLimits;
use crate::limits::IngestLimits;
use crate::registry::documents::IngestReport;
use crate::registry::plan::{Plan, Wanted};

/// Runs a job and reports its end; then its upstream rests for a while.
pub(super) async fn run<H: Host>(host: &H, order: &IngestOrder, report: Option<Report<H>>) {
    let mut watch = Watch::of_job(host, order);
    let outcome = ingest(host, order, &mut watch).await;
    let Some(report) = report else {
        return;
    };
    let rest = report.end(outcome);
    host.sleep(host.now().instant + host.config().limits.ingest_pace)
        .await;
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
    let (limits, started) = (&host.config().limits, host.now().instant);
    let until = started + limits.ingest.time;
    let outcome = match race(bring(host, order, watch), host.sleep(until)).await {
        First::Left(outcome) => outcome,
        First::Right(()) => Err(Trouble::Failed(IngestFailure::Limit(LimitHit {
            what: "seconds for one package".into(),
            limit: "time",
            most: limits.ingest.time.as_secs(),
        }))),
    };
    let outcome = outcome.map_err(|trouble| match trouble {
        Trouble::Failed(failure) => failure,
        Trouble::Refused(why) => IngestFailure::NothingPublished(why),
    });
    troubles::note(host, order, &outcome).await;
    let millis = host.now().instant.since(started).as_millis();
    let IngestOrder { package, origin, .. } = order;
    match &outcome {
        Ok(report) => host.log(
            LogLevel::Info,
            format_args!(
                "{package} from {origin}: {} tags published, {} were here ({millis} ms)",
                report.created, report.present
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
    let (source, refs) = match &order.origin {
        Origin::Remote(remote) => {
            let upstream = Upstream::discover(host, remote).await?;
            claim::check(host, order, Some(&upstream)).await?;
            let refs = upstream.refs().await?;
            (Source::Upstream(upstream), refs)
        }
        Origin::Local => {
            claim::check(host, order, None).await?;
            let repository = Repository::new(&order.package);
            let refs = repository.refs(host).await?;
            (Source::Local(repository), refs)
        }
    };
    let tags = published::tags(host, &order.package).await?;
    let plan = Plan::new(&refs, &tags, &host.config().limits.ingest);
    watch.handle_refs(plan.tags());
    for conflict in &plan.conflicts {
        host.log(LogLevel::Warn, format_args!("{}: {conflict}", order.package));
    }
    if plan.tags() == 0 {
        return Err(IngestFailure::NoTags.into());
    }
    let mut intake = Intake {
        host,
        order,
        source,
        created: 0,
        refused: plan.refused.clone(),
        watch,
    };
    intake.take_all(&plan.missing).await?;
    let (created, refused) = (intake.created, intake.refused);
    IngestReport::new(order, &plan, created, refused, published::names(host, &order.package).await?)
}

/// Where objects come from.
enum Source<'a, H: Host> {
    Upstream(Upstream<'a, H>),
    Local(Repository),
}

/// The tags that are missing, on their way.
struct Intake<'a, 'w, H: Host> {
    host: &'a H,
    order: &'a IngestOrder,
    source: Source<'a, H>,
    created: u64,
    refused: Vec<crate::registry::documents::RefusedTag>,
    watch: &'w mut Watch<'a, H>,
}
