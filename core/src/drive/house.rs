//! Housekeeping: what is due by the clock, for the whole process or for one request.

use core::future::poll_fn;
use core::task::Poll;

use super::host::Host;
use super::race::race;
use super::refresh;
use super::site::act;

/// Reads the copies of the indexes, then starts what is due, for ever. A process runs this once.
pub async fn keep<H: Host>(host: H) {
    refresh::load(host.clone()).await;
    let start = host.now().instant;
    host.with_site(|site| site.app.handle_keeper(start));
    loop {
        let now = host.now();
        let due = act(&host, |site| site.app.handle_time(now.instant));
        race(host.sleep(due), changed(&host, due)).await;
    }
}

/// For a host that lives as long as one request: reads the copies of the indexes from the disk, and
/// starts a refresh only of those that upstream has not confirmed for `Limits::index_every` by the
/// wall clock. What is stale is used meanwhile.
pub async fn visit<H: Host>(host: &H) {
    refresh::recall(host).await;
    let now = host.now().instant;
    act(host, |site| site.app.handle_time(now));
}

/// Ends when something becomes due earlier than `due`.
async fn changed<H: Host>(host: &H, due: crate::time::Instant) {
    poll_fn(|cx| {
        host.with_site(|site| {
            if site.app.due() < due {
                return Poll::Ready(());
            }
            site.set_keeper(due, cx.waker());
            Poll::Pending
        })
    })
    .await;
}
