//! Waits for an ingest to end.

use core::future::poll_fn;
use core::task::{Poll, Waker};

use crate::app::ingest::{IngestFailure, Ingested, JobId, JobState};
use crate::drive::host::Host;
use crate::drive::site::Awaited;

/// The end of a job; one that was forgotten has ended without a word.
pub(in crate::drive) async fn ended<H: Host>(host: &H, job: JobId) -> Ingested {
    let mut waiter = Waiter {
        host,
        job,
        place: None,
    };
    poll_fn(|cx| waiter.poll(cx.waker())).await
}

/// One who waits; its place is given back when dropped.
struct Waiter<'a, H: Host> {
    host: &'a H,
    job: JobId,
    place: Option<u64>,
}

impl<H: Host> Waiter<'_, H> {
    fn poll(&mut self, waker: &Waker) -> Poll<Ingested> {
        let (job, place) = (self.job, self.place);
        self.host.with_site(|site| match site.app.ingest(job) {
            None => Poll::Ready(Err(IngestFailure::Stopped)),
            Some(entry) => match &entry.state {
                JobState::Ended(_, outcome) => Poll::Ready(outcome.clone()),
                JobState::Queued | JobState::Running(_) => {
                    self.place = Some(site.add_waiter(place, Awaited::Ingest(job), waker));
                    Poll::Pending
                }
            },
        })
    }
}

impl<H: Host> Drop for Waiter<'_, H> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            // What it returns is dropped when the site is free again.
            self.host.with_site(|site| site.remove_waiter(place));
        }
    }
}
