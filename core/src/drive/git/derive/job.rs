//! Derivations that requests wait for.

use core::future::poll_fn;
use core::task::{Poll, Waker};

use super::{derive, note};
use crate::app::derivation::{DerivationId, DeriveOrder, DeriveTrouble, Outcome};
use crate::config::LogLevel;
use crate::drive::host::Host;
use crate::drive::site::{Awaited, act};
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;

/// Carries out a job and reports its end.
pub(in crate::drive) async fn run<H: Host>(host: &H, order: &DeriveOrder, mut report: Report<H>) {
    let (package, tag) = (&order.package, &order.tag);
    // It may have been derived after it was missed and before this was asked for.
    let outcome = match note(host, package, tag).await {
        Some(note) => Ok(note),
        None => derive(host, package, tag).await,
    };
    if let Err(trouble) = &outcome {
        host.log(
            LogLevel::Warn,
            format_args!("{package} {tag} has no Git pack: {trouble}"),
        );
    }
    report.outcome = Some(outcome);
}

/// Waits for the job of this release, which is asked for if there is none.
pub(super) async fn wait<H: Host>(host: &H, package: &PackageName, tag: &TagName) -> Outcome {
    let id = act(host, |site| site.app.join_derivation(package, tag))?;
    let mut waiter = Waiter {
        host,
        id,
        place: None,
    };
    poll_fn(|cx| waiter.poll(cx.waker())).await
}

/// Reports when it goes out of scope, so that no job is left without an end. It is made before the
/// derivation is first polled: a host that ends may drop it unpolled.
pub(in crate::drive) struct Report<H: Host> {
    host: H,
    order: DeriveOrder,
    outcome: Option<Outcome>,
}

impl<H: Host> Report<H> {
    /// Of a derivation that has not begun.
    pub(in crate::drive) fn new(host: &H, order: &DeriveOrder) -> Self {
        Self {
            host: host.clone(),
            order: order.clone(),
            outcome: None,
        }
    }
}

impl<H: Host> Drop for Report<H> {
    fn drop(&mut self) {
        let outcome = self.outcome.take();
        let outcome = outcome.unwrap_or(Err(DeriveTrouble::Stopped));
        act(&self.host, |site| {
            site.app.handle_derived(&self.order, outcome);
        });
    }
}

/// One who waits; what it holds is given back when dropped.
struct Waiter<'a, H: Host> {
    host: &'a H,
    id: DerivationId,
    place: Option<u64>,
}

impl<H: Host> Waiter<'_, H> {
    fn poll(&mut self, waker: &Waker) -> Poll<Outcome> {
        let (id, place) = (self.id, self.place);
        self.host.with_site(|site| {
            if let Some(outcome) = site.app.derivations().outcome(id) {
                return Poll::Ready(outcome);
            }
            let awaited = Awaited::Derivation(id);
            self.place = Some(site.add_waiter(place, awaited, waker));
            Poll::Pending
        })
    }
}

impl<H: Host> Drop for Waiter<'_, H> {
    fn drop(&mut self) {
        // What it returns is dropped when the site is free again.
        self.host.with_site(|site| {
            site.app.leave_derivation(self.id);
            self.place.and_then(|place| site.remove_waiter(place))
        });
    }
}
