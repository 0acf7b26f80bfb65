//! Tells how far an ingest is: the application, or whoever looks on.

use crate::app::ingest::{IngestFailure, IngestOrder, Ingested, JobId};
use crate::drive::host::Host;
use crate::drive::site::act;
use crate::registry::documents::Progress;

/// Looks on. A host may take a job from thread to thread.
pub trait Observer: Send {
    /// It is so far by now.
    fn handle_progress(&mut self, progress: &Progress);
}

/// How far an ingest is, and who wants to know.
pub(super) struct Watch<'a, H: Host> {
    host: &'a H,
    progress: Progress,
    told: To<'a>,
}

enum To<'a> {
    Job(JobId),
    Observer(&'a mut dyn Observer),
}

impl<'a, H: Host> Watch<'a, H> {
    /// The application wants to know.
    pub(super) fn of_job(host: &'a H, order: &IngestOrder) -> Self {
        Self::new(host, To::Job(order.job))
    }

    /// Somebody looks on.
    pub(super) fn of_observer(host: &'a H, observer: &'a mut dyn Observer) -> Self {
        Self::new(host, To::Observer(observer))
    }

    fn new(host: &'a H, told: To<'a>) -> Self {
        Self {
            host,
            progress: Progress::default(),
            told,
        }
    }

    /// Upstream has so many tags.
    pub(super) fn handle_refs(&mut self, refs: u64) {
        self.progress.refs = refs;
        self.tell();
    }

    /// So many bytes of a pack have come.
    pub(super) fn handle_bytes(&mut self, bytes: usize) {
        self.progress.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
        self.tell();
    }

    /// A pack is here, with so many objects.
    pub(super) fn handle_objects(&mut self, objects: usize) {
        self.progress.objects += u64::try_from(objects).unwrap_or(u64::MAX);
        self.tell();
    }

    /// A tag was published.
    pub(super) fn handle_tarball(&mut self) {
        self.progress.tarballs += 1;
        self.tell();
    }

    fn tell(&mut self) {
        let progress = self.progress;
        match &mut self.told {
            To::Job(job) => act(self.host, |site| {
                site.app.handle_ingest_progress(*job, progress);
            }),
            To::Observer(observer) => observer.handle_progress(&progress),
        }
    }
}

/// Reports when it goes out of scope, so that no job is left without an end. It is made before the
/// ingest is first polled: a host that ends may drop it unpolled.
pub(in crate::drive) struct Report<H: Host> {
    host: H,
    order: IngestOrder,
    outcome: Option<Ingested>,
}

impl<H: Host> Report<H> {
    /// Of an ingest that has not begun.
    pub(in crate::drive) fn new(host: &H, order: &IngestOrder) -> Self {
        Self {
            host: host.clone(),
            order: order.clone(),
            outcome: None,
        }
    }

    /// Reports; until the rest is dropped, the upstream's host is not asked again.
    pub(super) fn end(mut self, outcome: Ingested) -> Rest<H> {
        self.outcome = Some(outcome);
        Rest {
            host: self.host.clone(),
            order: self.order.clone(),
        }
    }
}

impl<H: Host> Drop for Report<H> {
    fn drop(&mut self) {
        let outcome = self.outcome.take();
        let is_over = outcome.is_some();
        let outcome = outcome.unwrap_or(Err(IngestFailure::Stopped));
        act(&self.host, |site| {
            site.app.handle_ingested(&self.order, outcome);
            if !is_over {
                site.app.handle_ingest_rested(&self.order);
            }
        });
    }
}

/// The pause of an upstream's host.
pub(super) struct Rest<H: Host> {
    host: H,
    order: IngestOrder,
}

impl<H: Host> Drop for Rest<H> {
    fn drop(&mut self) {
        act(&self.host, |site| {
            site.app.handle_ingest_rested(&self.order);
        });
    }
}
