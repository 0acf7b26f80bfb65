//! The tags of one package that are missing, on their way.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::batch::{Batches, wants};
use super::local::Repository;
use super::objects::{Objects, Pack};
use super::publish::{Place, build, describe, publish};
use super::trouble::Trouble;
use super::upstream::Upstream;
use super::watch::Watch;
use crate::app::ingest::{IngestFailure, IngestOrder};
use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::drive::registry::claim::{self, Claimant};
use crate::drive::registry::published;
use crate::git::client::remote::Remote;
use crate::git::pack::PackLimits;
use crate::limits::IngestLimits;
use crate::registry::documents::{IngestReport, Refused};
use crate::registry::plan::{Missing, Plan};
use crate::registry::tag::TagName;
use crate::store::{StoreError, StoreKey};

/// So many packs in a row that are too much are enough.
const ENOUGH: u32 = 3;

/// Where objects come from.
pub(super) enum Source<'a, H: Host> {
    /// A repository elsewhere.
    Upstream(Box<Upstream<'a, H>>),
    /// One on this machine.
    Local(Repository),
}

impl<H: Host> Source<'_, H> {
    /// Where it is for good, if that is elsewhere.
    pub(super) fn permanent(&self) -> Option<&Remote> {
        match self {
            Self::Upstream(upstream) => Some(&upstream.permanent),
            Self::Local(_) => None,
        }
    }
}

/// What was taken so far.
pub(super) struct Intake<'a, 'w, H: Host> {
    host: &'a H,
    order: &'a IngestOrder,
    claimant: Claimant<'a>,
    source: &'a Source<'a, H>,
    watch: &'a mut Watch<'w, H>,
    limits: PackLimits,
    created: u64,
    refused: Vec<Refused>,
}

impl<'a, 'w, H: Host> Intake<'a, 'w, H> {
    /// Nothing yet.
    pub(super) fn new(
        host: &'a H,
        claimant: Claimant<'a>,
        source: &'a Source<'a, H>,
        watch: &'a mut Watch<'w, H>,
    ) -> Self {
        Self {
            limits: pack_limits(&host.config().limits.ingest),
            host,
            order: claimant.order,
            claimant,
            source,
            watch,
            created: 0,
            refused: Vec::new(),
        }
    }

    /// Takes these tags; what is wrong with one of them does not keep the others.
    pub(super) async fn take_all(&mut self, tags: &[Missing]) -> Result<(), Trouble> {
        match self.source {
            Source::Local(_) if tags.is_empty() => Ok(()),
            Source::Local(repository) => {
                let packs = repository.packs(self.host, self.limits).await?;
                self.take(&packs, Some(repository), tags).await
            }
            Source::Upstream(upstream) => self.fetch_all(upstream, tags).await,
        }
    }

    async fn fetch_all(
        &mut self,
        upstream: &Upstream<'a, H>,
        tags: &[Missing],
    ) -> Result<(), Trouble> {
        let mut batches = Batches::new(tags, self.limits.pack_bytes);
        while let Some(batch) = batches.poll_batch() {
            match self.fetch(upstream, batch).await {
                Ok(bytes) => batches.handle_pack(batch.len(), bytes),
                Err(Trouble::Refused(_)) if batch.len() > 1 => {
                    batches.handle_too_much();
                    self.fetch_apart(upstream, batch).await?;
                }
                Err(trouble) => match batch.first() {
                    Some(one) => self.settle(one, Err(trouble))?,
                    None => return Err(trouble),
                },
            }
        }
        Ok(())
    }

    /// Fetches one after the other what together is too much. Where several in a row are too much by
    /// themselves, those behind them are not asked for.
    async fn fetch_apart(
        &mut self,
        upstream: &Upstream<'a, H>,
        batch: &[Missing],
    ) -> Result<(), Trouble> {
        let (mut in_a_row, mut last) = (0, String::new());
        for one in batch {
            if in_a_row >= ENOUGH {
                let why = format!("not asked for, as the {ENOUGH} before it were refused: {last}");
                self.settle(one, Err(Trouble::Refused(why)))?;
                continue;
            }
            let fetched = self.fetch(upstream, core::slice::from_ref(one)).await;
            in_a_row = match &fetched {
                Err(Trouble::Refused(why)) => {
                    last.clone_from(why);
                    in_a_row + 1
                }
                Ok(_) | Err(Trouble::Failed(_) | Trouble::Moved) => 0,
            };
            self.settle(one, fetched.map(drop))?;
        }
        Ok(())
    }

    /// Fetches and takes some tags; how many bytes their pack had.
    async fn fetch(
        &mut self,
        upstream: &Upstream<'a, H>,
        batch: &[Missing],
    ) -> Result<u64, Trouble> {
        let pack = upstream
            .fetch(&wants(batch), self.limits, self.watch)
            .await?;
        let bytes = pack.bytes;
        self.take(core::slice::from_ref(&pack), None, batch).await?;
        Ok(bytes)
    }

    async fn take(
        &mut self,
        packs: &[Pack<H>],
        repository: Option<&Repository>,
        tags: &[Missing],
    ) -> Result<(), Trouble> {
        let loose = repository.map(|repository| repository.loose(&self.limits));
        let mut objects = Objects::new(self.host, packs, loose, self.limits);
        for one in tags {
            let done = self.take_tag(&mut objects, one).await;
            self.settle(one, done)?;
        }
        Ok(())
    }

    async fn take_tag(
        &mut self,
        objects: &mut Objects<'_, H>,
        one: &Missing,
    ) -> Result<(), Trouble> {
        let built = build(self.host, objects, &self.order.package, one).await?;
        let upstream = self.source.permanent().map(ToString::to_string);
        let place = Place {
            package: &self.order.package,
            tag: &one.tag,
            upstream: upstream.as_deref(),
        };
        let ready = describe(self.host, built, &place).await?;
        // The name is taken with the first tarball that can be published, not before.
        claim::take(self.host, self.claimant).await?;
        publish(self.host, ready).await?;
        self.created += 1;
        self.watch.handle_tarball();
        Ok(())
    }

    /// Notes a tag that is refused; any other trouble ends it all.
    fn settle(&mut self, one: &Missing, done: Result<(), Trouble>) -> Result<(), Trouble> {
        match done {
            Err(Trouble::Refused(reason)) => {
                let (package, tag) = (&self.order.package, &one.tag);
                self.host.log(
                    LogLevel::Warn,
                    format_args!("{package}: tag {tag} is not published: {reason}"),
                );
                self.refused
                    .push(Refused::new(tag.as_str().as_bytes(), &reason));
                Ok(())
            }
            done => done,
        }
    }

    /// What it has come to.
    pub(super) async fn finish(mut self, plan: Plan) -> Result<IngestReport, Trouble> {
        let tags = published::names(self.host, &self.order.package).await?;
        if self.created < u64::try_from(tags.len()).unwrap_or(u64::MAX) {
            // What was there may have its name from a process that did not live to flush it, and is
            // told of as published from now on.
            settle(self.host, &StoreKey::tags(&self.order.package)).await?;
        }
        let mut refused = plan.refused;
        refused.append(&mut self.refused);
        if tags.is_empty() {
            let first = refused.into_iter().next();
            let why = first.map(|one| alloc::format!("{}: {}", one.tag, one.reason));
            return Err(IngestFailure::NothingPublished(why.unwrap_or_default()).into());
        }
        Ok(IngestReport {
            package: self.order.package.clone(),
            latest: TagName::latest(&tags).cloned(),
            count: u64::try_from(tags.len()).unwrap_or(u64::MAX),
            created: self.created,
            present: plan.present,
            conflicts: plan.conflicts,
            refused,
        })
    }
}

/// A directory that cannot be written was not written by a process that died a moment ago.
async fn settle<H: Host>(host: &H, dir: &StoreKey) -> Result<(), Trouble> {
    match host.store().settle(dir).await {
        Ok(()) | Err(StoreError::ReadOnly) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn pack_limits(limits: &IngestLimits) -> PackLimits {
    PackLimits {
        objects: u32::try_from(limits.objects).unwrap_or(u32::MAX),
        object_bytes: limits.object,
        delta_bytes: limits.delta,
        pack_bytes: limits.pack,
        inflated_bytes: limits.inflated,
        work_bytes: limits.work,
        ..PackLimits::default()
    }
}
