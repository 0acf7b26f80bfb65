//! The way to upstreams: `wasi:http`'s outgoing handler.
//!
//! The address that is connected to cannot be seen, so only hosts are asked that the operator named
//! ([`egress::may_be_named`]). The host of the component reads HTTP and speaks TLS, with its own
//! roots. It refuses to follow redirects and to retry; the core decides that.

use core::time::Duration;

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme as WasiScheme,
};
use wasip2::io::streams::{InputStream, StreamError};
use zigdepot_core::app::egress;
use zigdepot_core::app::failure::UpstreamError;
use zigdepot_core::config::LogLevel;
use zigdepot_core::drive::host::{Ask, Fetch, Host};
use zigdepot_core::limits::Limits;
use zigdepot_core::wire::client::ResponseHead;
use zigdepot_core::wire::url::{Scheme, Url};

use crate::answer::{Line, add};
use crate::exec::nanos;
use crate::host::Component;

/// Most bytes read at once.
const CHUNK: u64 = 128 << 10;

/// The body of an upstream's answer, still to be read.
// Each field belongs to the one after it and is dropped first.
pub(crate) struct Incoming {
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
    bytes: Vec<u8>,
    /// What is missing of the announced length.
    left: Option<u64>,
}

impl Fetch for Component {
    type Incoming = Incoming;

    async fn fetch(
        &self,
        url: &Url,
        ask: Ask<'_>,
    ) -> Result<(ResponseHead, Incoming), UpstreamError> {
        if !egress::may_be_named(self.config(), url) {
            return Err(UpstreamError::Private);
        }
        let response = self.ask(url, ask).await?;
        let fields = response.headers().entries();
        let fields = fields.iter();
        let head = ResponseHead::of_fields(
            response.status(),
            fields.map(|(name, value)| (name.as_str(), value.as_slice())),
        );
        let head = head.map_err(|_| UpstreamError::Protocol)?;
        let body = response.consume().map_err(|()| UpstreamError::Protocol)?;
        let incoming = Incoming {
            stream: body.stream().map_err(|()| UpstreamError::Protocol)?,
            _body: body,
            _response: response,
            bytes: Vec::new(),
            left: head.length,
        };
        Ok((head, incoming))
    }

    async fn next<'a>(&self, body: &'a mut Incoming) -> Result<Option<&'a [u8]>, UpstreamError> {
        loop {
            match body.stream.read(CHUNK) {
                Ok(bytes) if bytes.is_empty() => self.wait_for_more(body).await?,
                Ok(bytes) => {
                    let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    body.left = body.left.map(|left| left.saturating_sub(count));
                    body.bytes = bytes;
                    return Ok(Some(&body.bytes));
                }
                Err(StreamError::Closed) if body.left.unwrap_or(0) == 0 => return Ok(None),
                Err(StreamError::Closed) => return Err(UpstreamError::Reset),
                Err(StreamError::LastOperationFailed(error)) => {
                    let said = error.to_debug_string();
                    self.log(LogLevel::Debug, format_args!("upstream: {said}"));
                    return Err(UpstreamError::Reset);
                }
            }
        }
    }
}

impl Component {
    async fn ask(&self, url: &Url, ask: Ask<'_>) -> Result<IncomingResponse, UpstreamError> {
        let limits = &self.config().limits;
        let body = ask.of(url).body();
        let request = request(url, ask).ok_or(UpstreamError::Protocol)?;
        let upload = body.map(|_| request.body());
        let upload = upload.transpose().map_err(|()| UpstreamError::Protocol)?;
        let future = outgoing_handler::handle(request, Some(options(limits)))
            .map_err(|error| self.trouble(url, &error))?;
        if let (Some(upload), Some(body)) = (upload, body) {
            self.send(upload, body).await?;
        }
        let wait = limits.connect_wait + limits.upstream_wait;
        if !self.executor().ready_within(future.subscribe(), wait).await {
            return Err(UpstreamError::Timeout);
        }
        match future.get() {
            Some(Ok(Ok(response))) => Ok(response),
            Some(Ok(Err(error))) => Err(self.trouble(url, &error)),
            Some(Err(())) | None => Err(UpstreamError::Reset),
        }
    }

    async fn send(&self, upload: OutgoingBody, body: &[u8]) -> Result<(), UpstreamError> {
        let wait = self.config().limits.upstream_wait;
        let line = Line::of(upload, self.executor(), wait).ok_or(UpstreamError::Reset)?;
        line.send(body).await.map_err(|_| UpstreamError::Reset)?;
        line.finish();
        Ok(())
    }

    async fn wait_for_more(&self, body: &Incoming) -> Result<(), UpstreamError> {
        let wait = self.config().limits.upstream_wait;
        let more = body.stream.subscribe();
        let has_come = self.executor().ready_within(more, wait).await;
        has_come.then_some(()).ok_or(UpstreamError::Timeout)
    }

    fn trouble(&self, url: &Url, error: &ErrorCode) -> UpstreamError {
        self.log(LogLevel::Debug, format_args!("{url}: {error:?}"));
        kind_of(error)
    }
}

/// None if the host refuses a part of it.
fn request(url: &Url, ask: Ask<'_>) -> Option<OutgoingRequest> {
    let fields = Fields::new();
    let mut are_taken = true;
    let asked = ask.of(url);
    asked.each_field(|name, value| are_taken &= fields.append(name, value).is_ok());
    if let Some(body) = asked.body() {
        add(&fields, "Content-Length", body.len());
    }
    let request = OutgoingRequest::new(fields);
    if asked.body().is_some() {
        request.set_method(&Method::Post).ok()?;
    }
    let scheme = match url.scheme() {
        Scheme::Http => WasiScheme::Http,
        Scheme::Https => WasiScheme::Https,
    };
    request.set_scheme(Some(&scheme)).ok()?;
    request.set_authority(Some(&url.authority())).ok()?;
    request.set_path_with_query(Some(url.target())).ok()?;
    are_taken.then_some(request)
}

/// A host that has no such options has waits of its own, and there are ours in any case.
fn options(limits: &Limits) -> RequestOptions {
    let options = RequestOptions::new();
    let wait = |wait: Duration| Some(nanos(wait));
    let _ = options.set_connect_timeout(wait(limits.connect_wait));
    let _ = options.set_first_byte_timeout(wait(limits.upstream_wait));
    let _ = options.set_between_bytes_timeout(wait(limits.upstream_wait));
    options
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is left are faults of the answer"
)]
fn kind_of(error: &ErrorCode) -> UpstreamError {
    match error {
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            UpstreamError::Dns
        }
        ErrorCode::DestinationIpProhibited | ErrorCode::HttpRequestDenied => UpstreamError::Private,
        ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpUnroutable => UpstreamError::Connect,
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => UpstreamError::Timeout,
        ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_) => UpstreamError::Tls,
        // Hosts put all that they have no word for into an internal error.
        ErrorCode::ConnectionTerminated
        | ErrorCode::HttpResponseIncomplete
        | ErrorCode::InternalError(_) => UpstreamError::Reset,
        _ => UpstreamError::Protocol,
    }
}
