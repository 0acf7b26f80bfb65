//! The core without a runtime: a mirror on std threads, one for each client and each job.
//!
//! This is the tutorial of the boundary. A host brings four things: a store, a way to upstreams, a
//! clock, and a place for the state. What is decided, the core decides; see
//! `zigdepot_core::drive`. It keeps no connection open, speaks no TLS and has no caps on its
//! clients; the settings are the server's, from the environment:
//!
//! ```sh
//! ZIG_UPSTREAM_URL=http://127.0.0.1:8000 cargo run -p zigdepot-examples --example blocking
//! ```

#![expect(
    clippy::std_instead_of_core,
    reason = "one family of names reads better here"
)]

mod upstream;

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use zigdepot_core::app::{App, Job};
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::desk::Desk;
use zigdepot_core::drive::exchange::{Exchange, answer};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::request::{Request, Upload};
use zigdepot_core::drive::site::Site;
use zigdepot_core::drive::{house::keep, run};
use zigdepot_core::time::{Instant, Now};
use zigdepot_core::wire::body::{BodyLength, BodyReader};
use zigdepot_core::wire::head::{HeadLimits, parse_request};
use zigdepot_host::clock::Clock;
use zigdepot_host::files::{Files, Here};
use zigdepot_host::log::Log;
use zigdepot_host::settings::{Order, read};
use zigdepot_host::store::{FileStore, OpenFile};

// 1. The state. One `Site` for the process, one `Desk` for each worker: here there is one worker.

struct Mirror {
    config: Arc<Config>,
    store: Files<Here>,
    site: Mutex<Site<OpenFile>>,
    desk: Mutex<Desk<OpenFile>>,
    log: Log,
    clock: Clock,
}

#[derive(Clone)]
struct Threads(Arc<Mirror>);

impl Threads {
    fn new(config: Config, port: u16) -> Result<Self, Box<dyn std::error::Error>> {
        let config = Arc::new(config);
        let app = App::new(Arc::clone(&config), config.base_url_at(port));
        Ok(Self(Arc::new(Mirror {
            store: Files::new(FileStore::open(config.data_dir.as_ref())?.into(), Here),
            site: Mutex::new(Site::new(app)),
            desk: Mutex::new(Desk::new(&config.limits)),
            log: Log::new(config.log),
            clock: Clock::new(),
            config,
        })))
    }
}

// 2. The host. A job is a future; here it gets a thread of its own.

impl Host for Threads {
    type File = OpenFile;
    type Store = Files<Here>;

    fn store(&self) -> &Files<Here> {
        &self.0.store
    }

    fn now(&self) -> Now {
        self.0.clock.now()
    }

    fn config(&self) -> &Arc<Config> {
        &self.0.config
    }

    fn with_site<R>(&self, f: impl FnOnce(&mut Site<OpenFile>) -> R) -> R {
        f(&mut self.0.site.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_desk<R>(&self, f: impl FnOnce(&mut Desk<OpenFile>) -> R) -> R {
        f(&mut self.0.desk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn start(&self, job: Job) {
        let host = self.clone();
        thread::spawn(move || block_on(run(host, job)));
    }

    async fn sleep(&self, until: Instant) {
        poll_fn(|_| {
            let left = until.since(self.now().instant);
            ALARM.set(ALARM.get().min(left));
            if left.is_zero() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn logs(&self, level: LogLevel) -> bool {
        self.0.log.keeps(level)
    }

    fn log(&self, level: LogLevel, line: fmt::Arguments<'_>) {
        self.0.log.line(level, line);
    }
}

// 3. The executor: a thread that polls one future, and parks until it is woken or a sleep is over.

thread_local! {
    static ALARM: Cell<Duration> = const { Cell::new(Duration::MAX) };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        ALARM.set(Duration::MAX);
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        thread::park_timeout(ALARM.get());
    }
}

// 4. Your server. Whatever reads its requests, the core wants a method, a target and the fields,
//    and gives an exchange: a head to send, then chunks to pull until there are no more.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = read("blocking", std::env::args_os().skip(1), |name| {
        std::env::var(name).ok()
    })?;
    let Order::Serve(config) = settings else {
        return Err("this example only serves".into());
    };
    let listener = TcpListener::bind((config.bind, config.http_port))?;
    let address = listener.local_addr()?;
    let host = Threads::new(*config, address.port())?;
    host.0
        .log
        .announce(format_args!("listening on http://{address}"));
    let housekeeper = host.clone();
    thread::spawn(move || block_on(keep(housekeeper)));
    for stream in listener.incoming() {
        let host = host.clone();
        thread::spawn(move || serve(&host, &stream?));
    }
    Ok(())
}

fn serve(host: &Threads, mut stream: &TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(host.config().limits.head_wait))?;
    stream.set_write_timeout(Some(host.config().limits.body_wait))?;
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") && bytes.len() < host.config().limits.head_bytes {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    match parse_request(&bytes, &HeadLimits::default()) {
        Ok(head) => {
            let peer = stream.peer_addr().ok().map(|peer| peer.ip());
            let request = Request::new(head.method, head.target, &head.fields, peer);
            let most = request.body_wanted(host.config());
            let body = read_body(stream, head.body, most)?;
            let upload = match &body {
                _ if most == 0 => Upload::None,
                Some(bytes) => Upload::Whole(bytes),
                None => Upload::TooLarge,
            };
            let request = request.with_upload(upload);
            block_on(async { send(answer(host, &request).await, stream).await })
        }
        Err(reject) => write!(stream, "HTTP/1.1 {} {reject}\r\n\r\n", reject.status()),
    }
}

/// A body of at most `most` bytes; a longer one is none.
fn read_body(mut stream: &TcpStream, len: BodyLength, most: usize) -> io::Result<Option<Vec<u8>>> {
    let (mut reader, mut bytes) = (BodyReader::new(len), Vec::new());
    while most > 0 && !reader.is_finished() {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        let data = reader.decode(&byte).map_err(io::Error::other)?.data;
        bytes.extend_from_slice(&byte[data]);
        if bytes.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

async fn send(mut exchange: Exchange<Threads>, mut stream: &TcpStream) -> io::Result<()> {
    let (head, mut lines) = (exchange.head(), Vec::new());
    write!(
        lines,
        "HTTP/1.1 {} \r\nDate: {}\r\n",
        head.status(),
        exchange.date()
    )?;
    head.each_field(|name, value| lines.extend(format!("{name}: {value}\r\n").bytes()));
    lines.extend(b"Connection: close\r\n\r\n");
    stream.write_all(&lines)?;
    // An error here is a cut: what is missing is announced, so the client knows.
    while let Ok(Some(chunk)) = exchange.chunk().await {
        stream.write_all(&chunk)?;
    }
    stream.shutdown(std::net::Shutdown::Write)
}
