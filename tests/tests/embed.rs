//! The tower service in a program of one's own: what is dropped, never polled or absurd leaves
//! nothing behind.

use core::convert::Infallible;
use core::future::Future;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Empty, Full};
use tokio::runtime::{Builder, Runtime};
use tower_service::Service as _;
use zigdepot_core::config::{Config, Given};
use zigdepot_core::limits::Limits;
use zigdepot_tests::conformance::depot::{LARGE, RELEASE, SMALL, bytes_of};
use zigdepot_tests::process::eventually;
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::{File, Gate, Ziglang};
use zigdepot_tokio::embed::{Depot, UnderWay};
use zigdepot_tokio::service::{Answer, Body};

const TOKEN: &str = "embedded-token-0123456789";

/// No body, as GET has.
type Nothing = Empty<&'static [u8]>;

/// A program that has a depot in it.
struct Program {
    depot: Option<Depot>,
    runtime: Runtime,
    upstream: Ziglang,
    _scratch: Scratch,
}

impl Program {
    fn start() -> Self {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2);
        let program = Self::with(Ziglang::start(), builder);
        program.settle();
        program
    }

    /// With this upstream and in a runtime of this kind.
    fn with(upstream: Ziglang, mut builder: Builder) -> Self {
        let scratch = Scratch::new("embed");
        let given: Given = [
            ("DATA_DIR", scratch.path().to_str().expect("it is UTF-8")),
            ("ZIG_UPSTREAM_URL", &upstream.url()),
            ("ZIG_MINISIGN_KEY", &upstream.key().public_text()),
            ("ZIG_NOMINATED_INDEX_URL", ""),
            ("ZIG_PREFETCH", "off"),
            ("MISS_RATE", "off"),
            ("LOG", "error"),
            ("TIMEOUTS", "retry=20ms,drain=5s,follow=2s,body=2s"),
            ("API_TOKEN", TOKEN),
        ]
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
        let runtime = builder.enable_all().build().expect("a runtime");
        let config = Config::parse(&given).expect("good settings");
        let depot = runtime.block_on(async { Depot::open(config) });
        Self {
            depot: Some(depot.expect("the data directory can be made")),
            runtime,
            upstream,
            _scratch: scratch,
        }
    }

    fn depot(&self) -> &Depot {
        self.depot.as_ref().expect("it was not stopped")
    }

    /// Waits until only the housekeeper is left.
    fn settle(&self) {
        let calm = UnderWay {
            jobs: 1,
            ..UnderWay::default()
        };
        eventually("nothing to be under way", || {
            (self.depot().under_way() == calm).then_some(())
        });
    }

    fn call(&self, request: Request<Nothing>) -> Answer {
        self.depot().service().call(request)
    }

    fn get(&self, path: &str) -> Answer {
        self.call(Request::get(path).body(Nothing::new()).expect("a request"))
    }

    fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    fn response(&self, path: &str) -> Response<Body> {
        let Ok(response) = self.wait(self.get(path));
        response
    }

    fn status(&self, request: Request<Nothing>) -> StatusCode {
        let Ok(response): Result<_, Infallible> = self.wait(self.call(request));
        response.status()
    }
}

fn path() -> String {
    format!("/zig/{RELEASE}")
}

/// Polls once, as a server does before its client goes away.
fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    core::pin::Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn cold_file_streams_and_its_end_is_whole() {
    let program = Program::start();
    let (bytes, gate) = (bytes_of(1, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);

    let mut response = program.response(&path());
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-length"],
        LARGE.to_string().as_str()
    );
    let first = program.wait(response.body_mut().frame());
    let first = first.expect("bytes").expect("no error").into_data();
    gate.open();
    let mut all = first.expect("data").to_vec();
    let rest = program.wait(response.into_body().collect()).expect("whole");
    all.extend_from_slice(&rest.to_bytes());

    assert_eq!(all, *bytes);
    program.settle();
}

#[test]
fn stored_file_is_answered_in_one_poll() {
    let program = Program::start();
    let bytes = bytes_of(2, SMALL);
    program.upstream.publish(RELEASE, &bytes);
    let first = program.response(&path());
    drop(program.wait(first.into_body().collect()));

    // Once from the store, then from the shelf.
    drop(program.response(&path()));
    let Poll::Ready(Ok(response)) = poll_once(&mut program.get(&path())) else {
        panic!("it waits");
    };
    assert_eq!(response.headers()["content-type"], "application/x-xz");
    let body = program.wait(response.into_body().collect()).expect("whole");
    assert_eq!(body.to_bytes(), *bytes);
    assert_eq!(program.upstream.asked(RELEASE), 1);
}

#[test]
fn dropped_futures_leave_nothing() {
    let program = Program::start();
    let (bytes, gate) = (bytes_of(3, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(0, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);

    let _context = program.runtime.enter();
    for number in 0..200 {
        let mut answer = program.get(&path());
        if number % 2 == 0 {
            assert!(poll_once(&mut answer).is_pending());
        }
    }
    gate.wait_reached();
    // The download itself follows its signature for a moment; the futures that are gone do not.
    eventually("no followers beside a download under way", || {
        let under_way = program.depot().under_way();
        (under_way.downloads == 1 && under_way.followers == 0).then_some(())
    });
    gate.open();
    program.settle();
    assert_eq!(program.upstream.asked(RELEASE), 1, "one download for all");
}

#[test]
fn those_who_wait_for_an_index_take_one_place_each_and_give_it_back() {
    let (upstream, gate) = (Ziglang::start(), Gate::new());
    upstream.on("/download/index.json", File::new(*b"{}").gated(0, &gate));
    let program = Program::with(upstream, Builder::new_multi_thread());
    let cap = Limits::default().index_readers;

    let mut patient = program.get("/zig/index.json");
    for _ in 0..=cap {
        assert!(poll_once(&mut patient).is_pending());
        assert!(poll_once(&mut program.get("/zig/index.json")).is_pending());
    }
    gate.open();
}

#[test]
fn bodies_that_nobody_polls_hold_no_download_up() {
    let program = Program::start();
    let (bytes, gate) = (bytes_of(4, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);

    let bodies: Vec<Body> = (0..50)
        .map(|_| program.response(&path()).into_body())
        .collect();
    gate.open();
    eventually("the download's end", || {
        (program.depot().under_way().downloads == 0).then_some(())
    });
    // Half of them are asked for at last; the others go away as they are.
    for (number, body) in bodies.into_iter().enumerate() {
        if number % 2 == 0 {
            let all = program.wait(body.collect()).expect("whole");
            assert_eq!(all.to_bytes(), *bytes);
        }
    }
    program.settle();
}

#[test]
fn half_read_bodies_leave_nothing() {
    let program = Program::start();
    let (bytes, gate) = (bytes_of(5, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);

    for _ in 0..20 {
        let mut body = program.response(&path()).into_body();
        // All that is here, and then one poll that waits for more.
        let _context = program.runtime.enter();
        while let Poll::Ready(frame) = poll_once(&mut body.frame()) {
            assert!(frame.expect("not the end").is_ok());
        }
        assert!(!body.is_end_stream());
    }
    eventually("no followers beside a download under way", || {
        let under_way = program.depot().under_way();
        (under_way.downloads == 1 && under_way.followers == 0).then_some(())
    });
    gate.open();
    program.settle();
}

#[test]
fn broken_upstream_is_an_error_and_never_an_end() {
    let program = Program::start();
    let bytes = bytes_of(6, LARGE);
    let file = File::new(Arc::clone(&bytes)).cut_after(LARGE / 2);
    program.upstream.publish_as(RELEASE, &bytes, file);

    let response = program.response(&path());
    assert_eq!(response.status(), 200);
    assert!(program.wait(response.into_body().collect()).is_err());
    program.settle();
    drop(program.response(&path()));
    program.settle();
}

#[test]
fn absurd_requests_get_an_answer_and_leave_nothing() {
    let program = Program::start();
    let request = |method: &str, target: &str| {
        let request = Request::builder().method(method).uri(target);
        request.body(Nothing::new()).expect("http takes it")
    };
    let long = format!("/zig/{}", "a".repeat(60_000));
    let deep = "/..".repeat(2_000);
    let archive = path();
    let rows = [
        ("GET", long.as_str(), 414),
        ("GET", &deep, 404),
        ("GET", "*", 404),
        ("CONNECT", "example.org:443", 405),
        ("BREW", &archive, 405),
        ("POST", &archive, 405),
        ("GET", "/zig/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/zig/%00", 400),
        ("GET", "http://example.org/nothing?source=%F0", 404),
        ("HEAD", "/nothing", 404),
    ];
    for (method, target, status) in rows {
        let short = &target[..target.len().min(40)];
        let got = program.status(request(method, target));
        assert_eq!(got, status, "{method} {short}");
    }
    let mut crowded = Request::get("/healthz");
    for number in 0..2_000 {
        crowded = crowded.header("range", format!("bytes={number}-"));
    }
    assert_eq!(
        program.status(crowded.body(Nothing::new()).expect("a request")),
        200
    );
    program.settle();
    assert_eq!(program.upstream.asked(RELEASE), 0);
}

#[test]
fn stop_lets_a_download_come_to_its_end() {
    let mut program = Program::start();
    let (bytes, gate) = (bytes_of(7, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);
    let body = program.response(&path()).into_body();

    let (depot, service) = {
        let depot = program.depot.take().expect("it was not stopped");
        let service = depot.service();
        (depot, service)
    };
    let stopped = program.runtime.spawn(depot.stop());
    gate.open();
    let all = program.wait(body.collect()).expect("whole");
    assert_eq!(all.to_bytes(), *bytes);
    program.wait(stopped).expect("no panic");

    // What is here is still answered, what is not is refused.
    let ask = |target: String| {
        let request = Request::get(target)
            .body(Nothing::new())
            .expect("a request");
        let Ok(response) = program.wait(service.clone().call(request));
        response.status()
    };
    assert_eq!(ask(path()), 200);
    assert_eq!(ask(path().replace("0.14.1", "0.13.0")), 503);
}

#[test]
fn dropped_depot_cuts_what_is_under_way() {
    let mut program = Program::start();
    let (bytes, gate) = (bytes_of(8, LARGE), Gate::new());
    let file = File::new(Arc::clone(&bytes)).gated(LARGE / 2, &gate);
    program.upstream.publish_as(RELEASE, &bytes, file);
    let body = program.response(&path()).into_body();

    drop(program.depot.take());
    assert!(program.wait(body.collect()).is_err(), "it was cut");
    gate.open();
}

#[test]
fn download_that_never_began_ends_with_its_depot() {
    let program = Program::with(Ziglang::start(), Builder::new_current_thread());
    let mut answer = program.get(&path());
    {
        // The download is started, and nobody runs the runtime.
        let _context = program.runtime.enter();
        assert!(poll_once(&mut answer).is_pending());
    }
    let Program { depot, runtime, .. } = program;
    drop(depot);
    let Ok(response) = runtime.block_on(answer);
    assert_eq!(response.status(), 503);
}

#[test]
fn service_outlives_the_runtime_of_its_depot() {
    let program = Program::with(Ziglang::start(), Builder::new_current_thread());
    let (service, target) = (program.depot().service(), path());
    let Program { depot, runtime, .. } = program;
    drop(runtime);
    let request = Request::get(target)
        .body(Nothing::new())
        .expect("a request");
    let mut answer = service.clone().call(request);
    let Poll::Ready(Ok(response)) = poll_once(&mut answer) else {
        panic!("it waits for a runtime that has ended");
    };
    assert_eq!(response.status(), 503);
    drop(depot);
}

#[test]
fn service_needs_no_runtime_around_it() {
    let program = Program::start();
    let bytes = bytes_of(9, SMALL);
    program.upstream.publish(RELEASE, &bytes);
    let mut answer = program.get(&path());
    let response = eventually("an answer", || match poll_once(&mut answer) {
        Poll::Ready(Ok(response)) => Some(response),
        Poll::Pending => None,
    });
    assert_eq!(response.status(), 200);
}

/// A body that never comes: the embedder's server may wait for ever, the service does not.
struct Silent;

impl http_body::Body for Silent {
    type Data = &'static [u8];
    type Error = Infallible;

    fn poll_frame(
        self: core::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Infallible>>> {
        Poll::Pending
    }
}

#[test]
fn bodies_are_read_where_they_are_wanted_and_no_further() {
    fn post<B>(token: &str, body: B) -> Request<B> {
        let request = Request::post("/api/check").header("authorization", token);
        request.body(body).expect("a request")
    }
    let program = Program::start();
    let service = program.depot().service();
    let full = |token: &str, body: &'static [u8]| {
        let answer = service.clone().call(post(token, Full::new(body)));
        let Ok(response) = program.wait(answer);
        response.status()
    };
    let token = format!("Bearer {TOKEN}");
    assert_eq!(full(&token, b"{\"package\":\"unknown\"}"), 404);
    assert_eq!(full(&token, b"{"), 400);
    assert_eq!(full(&token, &[b' '; 65_536]), 400);
    assert_eq!(full(&token, &[b' '; 65_537]), 413);

    let silent = |token: &str| {
        let answer = service.clone().call(post(token, Silent));
        let Ok(response) = program.wait(answer);
        response.status()
    };
    assert_eq!(silent("Bearer wrong"), 403, "it is not waited for");
    assert_eq!(silent(&token), 400, "it is given up");
    program.settle();
}
