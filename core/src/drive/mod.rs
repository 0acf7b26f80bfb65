//! The driver: the only place with loops over I/O, generic over the [`Host`] that does it.
//!
//! Plain `async` code over [`host`]'s traits, so each host gets the same behaviour, and a simulator
//! can be a host too. Decisions stay in [`crate::app`] and [`crate::wire`].
//!
//! # What a host does
//!
//! | it has | it gives | to |
//! |---|---|---|
//! | a client's connection | [`Client`](socket::Client) | [`socket::serve()`], for as long as the connection lives |
//! | a request that its own server read | [`Request`](request::Request) | [`exchange::answer`], and pulls the body |
//! | a job that [`Host::start`] was called with | the job | [`run`], beside everything else |
//! | one process | itself, once | [`house::keep`], for as long as the process lives |
//!
//! The state lies in a [`Site`](site::Site), one for the process, and a [`Desk`](desk::Desk) for
//! each worker; the host keeps them where its workers can reach them, and lends them for one call.
//! Every future here may be dropped at any point: what it held is given back, a download reports
//! that it was stopped, and a published file was flushed before anyone was told of it.
//!
//! # Where a request goes
//!
//! ```text
//!  bytes ─▶ socket::serve ─▶ Request ─┐                      ┌─▶ socket::send ─▶ bytes, sendfile
//!                                     ├─▶ respond ─▶ Reply ──┤
//!  a server of one's own ─▶ Request ──┘      │               └─▶ Exchange ─▶ head, chunks
//!                                            ├ at hand: the desk's shelf
//!                                            ├ find: the store, with a proof
//!                                            └ follow: App::join ─▶ Effect ─▶ run(Fill)
//! ```

#![expect(
    async_fn_in_trait,
    reason = "a host chooses whether its futures are Send; see ARCHITECTURE.md"
)]

mod account;
pub mod desk;
mod download;
pub mod exchange;
mod fetch;
mod fill;
mod find;
#[cfg(test)]
mod fixtures;
mod follow;
mod git;
pub mod host;
pub mod house;
pub mod ingest;
pub mod memory;
mod package;
mod parts;
pub mod prefetch;
mod purge;
mod race;
mod refresh;
mod registry;
mod release;
mod renew;
pub mod reply;
pub mod request;
mod respond;
mod room;
pub mod site;
pub mod socket;
pub mod update;
pub mod upstream;
pub mod vendor;
mod voucher;

use core::future::Future;

pub use fetch::USER_AGENT;
use host::{Host, Store};
use site::act;

use crate::app::{Job, MoveOrder};
use crate::config::LogLevel;

/// Carries out one job to its end. A fill reports its end also if the future is dropped, even
/// before it was polled.
pub fn run<H: Host>(host: H, job: Job) -> impl Future<Output = ()> {
    let report = Report::new(&host, &job);
    async move {
        match (job, report) {
            (Job::Fill(order), Report::Fill(report)) => fill::fill(&host, &order, report).await,
            (Job::Ingest(order), Report::Ingest(report)) => {
                ingest::run(&host, &order, report).await;
            }
            (Job::Derive(order), Report::Derive(report)) => {
                git::derive::run(&host, &order, report).await;
            }
            (Job::Set(package), Report::Set(report)) => {
                git::set::renew(&host, &package).await;
                drop(report);
            }
            (Job::Update, Report::Update(report)) => update::run(&host, report).await,
            (Job::Move(order), _) => relocate(host, order).await,
            (Job::Refresh(order), _) => refresh::refresh(host, order).await,
            (Job::Prefetch, _) => prefetch::prefetch(host).await,
            (Job::Purge(wish), _) => purge::purge(host, wish).await,
            (Job::Fill(_) | Job::Ingest(_) | Job::Derive(_) | Job::Set(_) | Job::Update, _) => {}
        }
    }
}

/// What reports the end of a job, also of one that is dropped.
enum Report<H: Host> {
    Fill(fill::Report<H>),
    Ingest(ingest::Report<H>),
    Derive(git::derive::Report<H>),
    Set(git::set::Report<H>),
    Update(update::Report<H>),
    Nothing,
}

impl<H: Host> Report<H> {
    fn new(host: &H, job: &Job) -> Self {
        match job {
            Job::Fill(order) => Self::Fill(fill::Report::new(host, order)),
            Job::Ingest(order) => Self::Ingest(ingest::Report::new(host, order)),
            Job::Derive(order) => Self::Derive(git::derive::Report::new(host, order)),
            Job::Set(package) => Self::Set(git::set::Report::new(host, package)),
            Job::Update => Self::Update(update::Report::new(host)),
            Job::Move(_) | Job::Refresh(_) | Job::Prefetch | Job::Purge(_) => Self::Nothing,
        }
    }
}

/// Moves a version's directory and the records about it.
async fn relocate<H: Host>(host: H, order: MoveOrder) {
    match host.store().relocate(&order.from, &order.to).await {
        Ok(()) => host.log(
            LogLevel::Info,
            format_args!("moved {} to {}", order.from, order.to),
        ),
        Err(crate::store::StoreError::NotFound) => {}
        Err(error) => host.log(
            LogLevel::Warn,
            format_args!("moving {} to {}: {error}", order.from, order.to),
        ),
    }
    // Records that stay behind are harmless: their files are verified again.
    let _ = host
        .store()
        .relocate(&order.from.proof(), &order.to.proof())
        .await;
    act(&host, |site| site.app.handle_moved(&order));
}
