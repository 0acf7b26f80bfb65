//! zigdepot inside another server: a [`tower_service::Service`] over the application layer.
//!
//! The service answers requests; it owns no socket, and reads a request's body only where a route
//! takes one, up to `Limits::request_body_bytes`. Bodies of answers are pulled:
//! a chunk of at most `Limits::chunk_bytes` is made when the server has room for it. Every future
//! and body may be dropped at any point. What outlives a request (downloads, refreshes of the
//! indexes, prefetches) belongs to the [`Depot`](crate::embed::Depot) that the service comes from.
//! hyper cannot sendfile, so files are copied; the program `zigdepot-tokio` sends them.

use core::convert::Infallible;
use core::fmt;
use core::future::{Future, poll_fn};
use core::net::IpAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use zigdepot_core::drive::exchange::{Exchange, answer, answer_at_hand};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::memory::BodyRoom;
use zigdepot_core::drive::reply::Cut;
use zigdepot_core::drive::request::{Request as Asked, Upload};
use zigdepot_core::wire::fields::{Fields, Method};

use crate::worker::Worker;

/// The address at the other end of a request's connection: an extension of the request that the
/// embedder sets. Requests without it count as one client where clients are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Answers requests. Clones are cheap and the same service.
#[derive(Clone)]
pub struct Service(Worker);

impl Service {
    pub(crate) fn new(worker: Worker) -> Self {
        Self(worker)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").finish_non_exhaustive()
    }
}

impl<B> tower_service::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    /// Always ready: over a cap the answer is 503.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let (head, body) = request.into_parts();
        if let Some(exchange) = with_request(&head, |asked| answer_at_hand(&self.0, asked)) {
            return Answer(Waiting::Ready(Some(respond(exchange))));
        }
        let worker = self.0.clone();
        Answer(Waiting::Answer(Box::pin(async move {
            let fields = fields(&head);
            let asked = asked(&head, &fields);
            let most = asked.body_wanted(worker.config());
            let (mut bytes, mut room) = (Vec::new(), BodyRoom::new(&worker));
            let until = worker.now().instant + worker.config().limits.body_wait;
            let late = worker.sleep(until);
            let upload = before(late, take(body, most, (&mut bytes, &mut room))).await;
            let upload = upload.unwrap_or(Upload::Broken);
            respond(answer(&worker, &asked.with_upload(upload)).await)
        })))
    }
}

/// What the work comes to, unless that takes too long.
async fn before<T>(late: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let (mut late, mut work) = (pin!(late), pin!(work));
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => late.as_mut().poll(cx).map(|()| None),
    })
    .await
}

/// Reads a body of at most `most` bytes.
async fn take<'b, B: http_body::Body>(
    body: B,
    most: usize,
    (bytes, room): (&'b mut Vec<u8>, &mut BodyRoom<Worker>),
) -> Upload<'b> {
    if most == 0 {
        return Upload::None;
    }
    let mut body = pin!(body);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(frame) = frame else {
            return Upload::Broken;
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.remaining() > most - bytes.len() {
            return Upload::TooLarge;
        }
        bytes.put(data);
        if !room.holds(bytes.len()) {
            return Upload::NoRoom;
        }
    }
    Upload::Whole(bytes)
}

/// A request's fields, as far as anyone looks at them.
fn fields(head: &http::request::Parts) -> Fields<'_> {
    let mut fields = Fields::default();
    for (name, value) in &head.headers {
        fields.set(name.as_str(), value.as_bytes());
    }
    // HTTP/2 has the host in the URI (RFC 9113 section 8.3.1).
    if let Some(authority) = head.uri.authority()
        && fields.host.is_none()
    {
        fields.set("host", authority.as_str().as_bytes());
    }
    fields
}

fn asked<'a>(head: &'a http::request::Parts, fields: &'a Fields<'a>) -> Asked<'a> {
    let target = head
        .uri
        .path_and_query()
        .map_or("/", http::uri::PathAndQuery::as_str);
    let peer = head.extensions.get::<Peer>().map(|peer| peer.0);
    let method = Method::parse(head.method.as_str().as_bytes());
    Asked::new(method, target, fields, peer)
}

fn with_request<R>(head: &http::request::Parts, f: impl FnOnce(&Asked<'_>) -> R) -> R {
    let fields = fields(head);
    f(&asked(head, &fields))
}

/// The head as the `http` crate has it. The server adds Date and what belongs to the connection.
fn respond(exchange: Exchange<Worker>) -> Response<Body> {
    let mut headers = HeaderMap::with_capacity(8);
    let head = exchange.head();
    head.each_field(|name, value| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    });
    let status = StatusCode::from_u16(head.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body(State::Idle(Box::new(exchange))));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// The answer to one request, as soon as its head is known. Dropping it gives its place back.
#[must_use = "futures do nothing unless polled"]
pub struct Answer(Waiting);

enum Waiting {
    Ready(Option<Response<Body>>),
    Answer(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

impl Future for Answer {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Waiting::Ready(response) => response.take().map_or(Poll::Pending, Poll::Ready),
            Waiting::Answer(answer) => answer.as_mut().poll(cx),
        }
        .map(Ok)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Answer").finish_non_exhaustive()
    }
}

/// The body cannot be had to its end: the upstream failed, or the file turned out wrong. The
/// connection (HTTP/1) or stream (HTTP/2) must be reset, which hyper does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyError;

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rest of the file cannot be had; ask again")
    }
}

impl core::error::Error for BodyError {}

/// A body, made chunk by chunk as it is polled. Dropping it half-way is noticed, and all that it
/// held is given back.
pub struct Body(State);

enum State {
    /// Nobody waits for a chunk.
    Idle(Box<Exchange<Worker>>),
    /// The next chunk is on its way.
    Pulling(Pull),
    /// It ended or broke off.
    Over,
}

type Pulled = (Box<Exchange<Worker>>, Result<Option<Bytes>, Cut>);
type Pull = Pin<Box<dyn Future<Output = Pulled> + Send>>;

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let pulled = match core::mem::replace(&mut self.0, State::Over) {
            State::Over => return Poll::Ready(None),
            State::Idle(exchange) => pull_at_once(exchange, cx),
            State::Pulling(pull) => Err(pull),
        };
        let (exchange, chunk) = match pulled {
            Ok(pulled) => pulled,
            Err(mut pull) => match pull.as_mut().poll(cx) {
                Poll::Ready(pulled) => pulled,
                Poll::Pending => return self.wait(pull),
            },
        };
        match chunk {
            Ok(Some(bytes)) => {
                self.0 = State::Idle(exchange);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Ok(None) => Poll::Ready(None),
            Err(Cut) => Poll::Ready(Some(Err(BodyError))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            State::Idle(exchange) => exchange.is_whole(),
            State::Pulling(_) => false,
            State::Over => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            State::Idle(exchange) => SizeHint::with_exact(exchange.bytes_left()),
            State::Pulling(_) => SizeHint::default(),
            State::Over => SizeHint::with_exact(0),
        }
    }
}

impl Body {
    fn wait<T>(&mut self, pull: Pull) -> Poll<T> {
        self.0 = State::Pulling(pull);
        Poll::Pending
    }
}

/// The next chunk if it can be had at once, as most can; else what waits for it.
fn pull_at_once(mut exchange: Box<Exchange<Worker>>, cx: &mut Context<'_>) -> Result<Pulled, Pull> {
    let polled = pin!(exchange.chunk()).poll(cx);
    match polled {
        Poll::Ready(chunk) => Ok((exchange, chunk)),
        Poll::Pending => Err(Box::pin(async move {
            let chunk = exchange.chunk().await;
            (exchange, chunk)
        })),
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Idle(exchange) => f.debug_tuple("Body").field(exchange).finish(),
            State::Pulling(_) => f.write_str("Body(waiting)"),
            State::Over => f.write_str("Body(over)"),
        }
    }
}
