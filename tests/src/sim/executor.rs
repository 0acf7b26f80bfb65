//! Tasks of one thread, run in an order that chance decides.
//!
//! It knows no time: when nothing is ready it says so, and the world moves its clock.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;

use super::random::Random;

/// Tasks that live and die together: those of one server process, or [`OUTSIDE`].
pub type Group = u64;
/// The group of clients, upstreams and whatever else is not the server.
pub const OUTSIDE: Group = 0;

type Ready = Arc<Mutex<Vec<u64>>>;

/// All tasks.
#[derive(Default)]
pub struct Executor {
    tasks: RefCell<BTreeMap<u64, Task>>,
    ready: Ready,
    next: Cell<u64>,
}

struct Task {
    group: Group,
    name: String,
    bell: Arc<Bell>,
    waker: Waker,
    /// Empty while it is being polled.
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

/// Puts a task into the queue once, however often it is rung.
struct Bell {
    task: u64,
    rung: AtomicBool,
    ready: Ready,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::Relaxed) {
            lock(&self.ready).push(self.task);
        }
    }
}

fn lock(ready: &Ready) -> std::sync::MutexGuard<'_, Vec<u64>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor {
    /// Adds a task, ready to run.
    pub fn spawn(&self, group: Group, name: String, future: impl Future<Output = ()> + 'static) {
        let id = self.next.get();
        self.next.set(id + 1);
        let bell = Arc::new(Bell {
            task: id,
            rung: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        });
        bell.wake_by_ref();
        let waker = Waker::from(Arc::clone(&bell));
        let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
        let task = Task {
            group,
            name,
            bell,
            waker,
            future: Some(future),
        };
        self.tasks.borrow_mut().insert(id, task);
    }

    /// Runs one of the ready tasks for one step; false if none is ready.
    pub fn step(&self, random: &Random) -> bool {
        let id = {
            let mut ready = lock(&self.ready);
            if ready.is_empty() {
                return false;
            }
            let at = random.index(ready.len());
            ready.swap_remove(at)
        };
        let taken = self.tasks.borrow_mut().get_mut(&id).and_then(|task| {
            task.bell.rung.store(false, Ordering::Relaxed);
            Some((task.future.take()?, task.waker.clone()))
        });
        let Some((mut future, waker)) = taken else {
            return true;
        };
        let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
        let mut tasks = self.tasks.borrow_mut();
        let ended = match (poll, tasks.get_mut(&id)) {
            (Poll::Pending, Some(task)) => {
                task.future = Some(future);
                None
            }
            (Poll::Ready(()) | Poll::Pending, _) => Some((tasks.remove(&id), future)),
        };
        drop(tasks);
        drop(ended);
        true
    }

    /// Drops all tasks of a group where they are.
    pub fn kill(&self, group: Group) {
        let mut killed = Vec::new();
        self.tasks.borrow_mut().retain(|_, task| {
            let dies = task.group == group;
            if dies {
                killed.extend(task.future.take());
            }
            !dies
        });
        drop(killed);
    }

    /// Names of a group's tasks that have not ended.
    pub fn unfinished(&self, group: Group) -> Vec<String> {
        let tasks = self.tasks.borrow();
        let own = tasks.values().filter(|task| task.group == group);
        own.map(|task| task.name.clone()).collect()
    }

    /// Tasks that have not ended.
    pub fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    /// Whether all have ended.
    pub fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("tasks", &self.len())
            .finish_non_exhaustive()
    }
}

/// Lets others go first, once.
pub async fn pause() {
    let mut begun = false;
    core::future::poll_fn(|cx| {
        if core::mem::replace(&mut begun, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
