//! One answer: the exchange's head and body, put into `wasi:http`.
//!
//! Content-Length is always sent, so a body that ends early is known to be short by everyone. A
//! body is broken off by finishing it early: dropping it unfinished ends some hosts.

use core::fmt;
use core::time::Duration;

use wasip2::http::types::{
    Fields as WasiFields, IncomingRequest, Method as WasiMethod, OutgoingBody, OutgoingResponse,
    ResponseOutparam,
};
use wasip2::io::streams::{OutputStream, StreamError};
use zigdepot_core::config::{ConfigError, LogLevel};
use zigdepot_core::drive::exchange::{self, Exchange};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::request::{Request, Upload};
use zigdepot_core::wire::fields::{Fields, Method};

use crate::exec::Executor;
use crate::host::Component;
use crate::log;

/// Bytes of a request's body read at once.
const READ: u64 = 8 << 10;
/// Wait for a client to take a line of text.
const REFUSAL_WAIT: Duration = Duration::from_secs(10);

/// Answers a request.
pub(crate) async fn answer(host: Component, request: IncomingRequest, out: ResponseOutparam) {
    let target = request.path_with_query().unwrap_or_else(|| "/".to_owned());
    let lines = request.headers().entries();
    let mut fields = Fields::default();
    for (name, value) in &lines {
        fields.set(name, value);
    }
    let asked = Request::new(method(&request.method()), &target, &fields, None);
    let mut bytes = Vec::new();
    let upload = take(
        &host,
        &request,
        asked.body_wanted(host.config()),
        &mut bytes,
    )
    .await;
    let exchange = exchange::answer(&host, &asked.with_upload(upload)).await;
    send(&host, exchange, out).await;
}

/// Reads a body of at most `most` bytes.
async fn take<'b>(
    host: &Component,
    request: &IncomingRequest,
    most: usize,
    bytes: &'b mut Vec<u8>,
) -> Upload<'b> {
    if most == 0 {
        return Upload::None;
    }
    let Ok(body) = request.consume() else {
        return Upload::Broken;
    };
    let Ok(stream) = body.stream() else {
        return Upload::Broken;
    };
    let wait = host.config().limits.body_wait;
    while bytes.len() <= most {
        match stream.read(READ) {
            Ok(more) if more.is_empty() => {
                let has_come = host.executor().ready_within(stream.subscribe(), wait).await;
                if !has_come {
                    return Upload::Broken;
                }
            }
            Ok(more) => bytes.extend(more),
            Err(StreamError::Closed) => return Upload::Whole(bytes),
            Err(StreamError::LastOperationFailed(_)) => return Upload::Broken,
        }
    }
    Upload::TooLarge
}

/// Answers with the one line that says why nothing can be served. The value is for the log alone:
/// a proxy's holds a password.
pub(crate) async fn refuse(executor: Executor, error: ConfigError, out: ResponseOutparam) {
    log::line(LogLevel::Error, format_args!("{error}"));
    let line = format!("{}: {}\n", error.setting, error.problem);
    let fields = WasiFields::new();
    add(&fields, "Content-Type", "text/plain; charset=utf-8");
    add(&fields, "Content-Length", line.len());
    add(&fields, "Cache-Control", "no-store");
    if let Some(line_out) = Line::open(500, fields, out, &executor, REFUSAL_WAIT) {
        let _ = line_out.send(line.as_bytes()).await;
        line_out.finish();
    }
}

async fn send(host: &Component, mut exchange: Exchange<Component>, out: ResponseOutparam) {
    let fields = WasiFields::new();
    exchange
        .head()
        .each_field(|name, value| add(&fields, name, value));
    let (status, wait) = (exchange.head().status(), host.config().limits.body_wait);
    let Some(line) = Line::open(status, fields, out, host.executor(), wait) else {
        return;
    };
    // Whatever ends this early leaves the body shorter than announced.
    while let Ok(Some(chunk)) = exchange.chunk().await {
        if line.send(&chunk).await.is_err() {
            break;
        }
    }
    line.finish();
}

fn method(method: &WasiMethod) -> Method {
    match method {
        WasiMethod::Get => Method::Get,
        WasiMethod::Head => Method::Head,
        WasiMethod::Post => Method::Post,
        WasiMethod::Put
        | WasiMethod::Delete
        | WasiMethod::Connect
        | WasiMethod::Options
        | WasiMethod::Trace
        | WasiMethod::Patch => Method::Other,
        WasiMethod::Other(name) => Method::parse(name.as_bytes()),
    }
}

/// Adds a field; those that the host of the component sets itself it refuses.
pub(crate) fn add(fields: &WasiFields, name: &str, value: impl fmt::Display) {
    let _ = fields.append(name, value.to_string().as_bytes());
}

/// The way to a client, or to an upstream that a body is sent to.
// The stream belongs to the body and is dropped first.
pub(crate) struct Line<'e> {
    stream: OutputStream,
    body: OutgoingBody,
    executor: &'e Executor,
    wait: Duration,
}

/// The other end is gone, or takes nothing for too long.
pub(crate) struct Gone;

impl<'e> Line<'e> {
    /// Sends the head.
    fn open(
        status: u16,
        fields: WasiFields,
        out: ResponseOutparam,
        executor: &'e Executor,
        wait: Duration,
    ) -> Option<Self> {
        let response = OutgoingResponse::new(fields);
        response.set_status_code(status).ok()?;
        let body = response.body().ok()?;
        ResponseOutparam::set(out, Ok(response));
        Self::of(body, executor, wait)
    }

    /// The way that a body takes.
    pub(crate) fn of(body: OutgoingBody, executor: &'e Executor, wait: Duration) -> Option<Self> {
        let stream = body.write().ok()?;
        Some(Self {
            stream,
            body,
            executor,
            wait,
        })
    }

    /// Sends all of these bytes. A host may fail to say that a client has gone, so each wait ends.
    pub(crate) async fn send(&self, mut bytes: &[u8]) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let room = self.stream.check_write().map_err(|_| Gone)?;
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            if now.is_empty() {
                self.wait_for_room().await?;
            } else {
                self.stream.write(now).map_err(|_| Gone)?;
            }
            bytes = later;
        }
        Ok(())
    }

    async fn wait_for_room(&self) -> Result<(), Gone> {
        let room = self.stream.subscribe();
        let has_room = self.executor.ready_within(room, self.wait).await;
        has_room.then_some(()).ok_or(Gone)
    }

    /// Ends the body. The error says that it is shorter than announced, as it is of a HEAD, a 304
    /// and what is broken off.
    pub(crate) fn finish(self) {
        let Self { stream, body, .. } = self;
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}
