//! The component as the driver's host: the state of one request, its clocks and its jobs.

use core::cell::RefCell;
use core::fmt;
use core::time::Duration;
use std::rc::Rc;
use std::sync::Arc;

use wasip2::clocks::monotonic_clock;
use zigdepot_core::app::{App, Job};
use zigdepot_core::config::{Config, ConfigError, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::{house, run};
use zigdepot_core::time::{Instant, Now};

use crate::exec::Executor;
use crate::log;
use crate::settings;
use crate::store::{FileStore, OpenFile};

/// What one request works with. A clone is the same.
#[derive(Clone)]
pub(crate) struct Component(Rc<State>);

struct State {
    executor: Executor,
    config: Arc<Config>,
    store: FileStore,
    site: RefCell<Site<OpenFile>>,
    desk: RefCell<Desk<OpenFile>>,
}

impl Component {
    /// Reads the settings and opens the data directory, or says which setting it cannot follow.
    pub(crate) fn open(executor: Executor) -> Result<Self, ConfigError> {
        let config = settings::read(|name| std::env::var(name).ok())?;
        let store = FileStore::open(&config.data_dir)?;
        let base_url = config.base_url_at(config.http_port);
        let config = Arc::new(config);
        Ok(Self(Rc::new(State {
            executor,
            store,
            site: RefCell::new(Site::new(App::new(Arc::clone(&config), base_url))),
            desk: RefCell::new(Desk::new(&config.limits)),
            config,
        })))
    }

    /// What runs this request.
    pub(crate) fn executor(&self) -> &Executor {
        &self.0.executor
    }
}

impl Host for Component {
    type File = OpenFile;
    type Store = FileStore;

    fn store(&self) -> &FileStore {
        &self.0.store
    }

    fn now(&self) -> Now {
        Now {
            instant: Instant(monotonic_clock::now() / 1_000_000),
            unix: log::now(),
        }
    }

    fn config(&self) -> &Arc<Config> {
        &self.0.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        f(&mut self.0.site.borrow_mut())
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        f(&mut self.0.desk.borrow_mut())
    }

    async fn recall(&self) {
        house::visit(self).await;
    }

    fn is_for_one_request(&self) -> bool {
        true
    }

    fn start(&self, job: Job) {
        self.0.executor.spawn(run(self.clone(), job));
    }

    async fn sleep(&self, until: Instant) {
        loop {
            let left = until.since(self.now().instant);
            if left.is_zero() {
                return;
            }
            self.0.executor.sleep(left).await;
        }
    }

    async fn pause(&self) {
        // A wait that is over at once, so that whatever else is ready is found out.
        self.0.executor.sleep(Duration::ZERO).await;
    }

    fn logs(&self, level: LogLevel) -> bool {
        level <= self.0.config.log && level != LogLevel::Off
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        if self.logs(level) {
            log::line(level, line);
        }
    }
}
