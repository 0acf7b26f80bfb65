//! The API: what requests below `/api` are answered.
//!
//! Documents are made anew for each request from what lies in the store, so they are right at once
//! after an ingest, whoever made it. All answers are JSON, those that refuse too.

use alloc::format;
use alloc::string::{String, ToString};

use super::{info, wait};
use crate::app::access::may_write;
use crate::app::answer::Answer;
use crate::app::ingest::{IngestJob, Ingested, JobId, JobState, Origin};
use crate::app::stats::RouteKind;
use crate::app::update::Wanted;
use crate::drive::host::Host;
use crate::drive::race::{First, race};
use crate::drive::reply::Reply;
use crate::drive::request::{Request, Upload};
use crate::drive::site::act;
use crate::git::client::remote::Remote;
use crate::registry::documents::{
    self, CheckRequest, FetchRequest, JobDocument, Progress, RequestError, UpdateAnswer,
    error_document,
};
use crate::registry::name::PackageName;
use crate::route::api::ApiRoute;
use crate::wire::prefer::Prefer;
use crate::wire::url::Url;

/// Answers a request below `/api`.
pub(in crate::drive) async fn api<H: Host>(
    host: &H,
    request: &Request<'_>,
    route: &ApiRoute,
) -> Reply<H> {
    let answer = match answer(host, request, route).await {
        Ok(answer) | Err(answer) => answer,
    };
    Reply::made(host, request, answer, RouteKind::Api)
}

/// An answer either way; `Err` is one that refuses.
type Answered = Result<Answer, Answer>;

async fn answer<H: Host>(host: &H, request: &Request<'_>, route: &ApiRoute) -> Answered {
    if !route.takes(request.method) {
        return Err(Answer {
            allow: Some(route.allow()),
            ..failed(405, "method not allowed")
        });
    }
    match route {
        ApiRoute::Fetch => fetch(host, request).await,
        ApiRoute::Update => update(host, request),
        ApiRoute::Check => check(host, request).await,
        ApiRoute::List => info::list(host).await.map(ok),
        ApiRoute::Search => info::search(host, request.query).await.map(ok),
        ApiRoute::Info(name) => info::info(host, name).await.map(ok),
        ApiRoute::Status => info::status(host).await.map(ok),
        ApiRoute::Job(id) => job(host, id),
        ApiRoute::OpenApi => Ok(ok(documents::OPENAPI.to_string())),
    }
}

/// An error of the API: a JSON object with one line.
pub(super) fn failed(status: u16, line: &str) -> Answer {
    Answer::json(status, error_document(line))
}

fn ok(document: String) -> Answer {
    Answer::json(200, document)
}

/// Refuses a request that may not write.
fn authorise<H: Host>(host: &H, request: &Request<'_>) -> Result<(), Answer> {
    let allowed = may_write(host.config(), request.fields, request.peer);
    allowed.map_err(crate::app::access::Denied::answer)
}

/// The body of a request that has one.
fn body<'r, H: Host>(host: &H, request: &Request<'r>) -> Result<&'r [u8], Answer> {
    if request.is_coded() {
        return Err(failed(415, "send the body without Content-Encoding"));
    }
    match request.upload {
        Upload::None => Ok(&[]),
        Upload::Whole(bytes) => Ok(bytes),
        Upload::TooLarge => {
            let most = host.config().limits.request_body_bytes;
            Err(failed(413, &format!("the body has more than {most} bytes")))
        }
        Upload::NoRoom => Err(Answer {
            retry_after: Some(host.config().limits.retry_after),
            ..failed(503, "too much under way; ask again later")
        }),
        Upload::Broken => Err(failed(
            400,
            "the body broke off, or its chunks are malformed",
        )),
    }
}

fn unreadable(error: &RequestError) -> Answer {
    failed(400, &error.to_string())
}

async fn fetch<H: Host>(host: &H, request: &Request<'_>) -> Answered {
    authorise(host, request)?;
    let asked = FetchRequest::parse(body(host, request)?).map_err(|error| unreadable(&error))?;
    let remote = Remote::parse(&asked.url).map_err(|error| failed(400, &error.to_string()))?;
    let package = match asked.package {
        Some(package) => package,
        None => PackageName::of_url(&asked.url)
            .map_err(|error| failed(400, &format!("{error}; name it with \"package\"")))?,
    };
    let now = host.now();
    let job = act(host, |site| {
        site.app
            .request_ingest(package, Origin::Remote(remote), now)
    });
    let job = job.ok_or_else(|| Answer {
        retry_after: Some(host.config().limits.retry_after),
        ..failed(503, "too many ingests wait, or the server stops")
    })?;
    let prefer = Prefer::parse(request.fields.prefer);
    if host.is_for_one_request() {
        return ended(host, wait::ended(host, job).await);
    }
    if prefer.respond_async {
        // Also if it has ended already: whoever asks so, reads the outcome in one place.
        return accepted(host, job, true);
    }
    let most = host.config().limits.ingest_wait;
    let wished = prefer.wait.map(core::time::Duration::from_secs);
    let until = host.now().instant + wished.map_or(most, |wished| wished.min(most));
    match race(wait::ended(host, job), host.sleep(until)).await {
        First::Left(outcome) => ended(host, outcome),
        First::Right(()) => accepted(host, job, false),
    }
}

fn ended<H: Host>(host: &H, outcome: Ingested) -> Answered {
    let failure = match outcome {
        Ok(report) => return Ok(ok(report.to_document())),
        Err(failure) => failure,
    };
    let status = failure.status();
    Err(Answer {
        retry_after: (status == 503).then_some(host.config().limits.retry_after),
        ..failed(status, &failure.to_string())
    })
}

/// The answer to a request whose job goes on (RFC 9110 section 15.3.3).
fn accepted<H: Host>(host: &H, job: JobId, responds_async: bool) -> Answered {
    let document = document(host, job)?;
    let base = host.with_site(|site| path_of(site.app.base_url()));
    Ok(Answer {
        location: Some(format!("{base}/api/jobs/{job}")),
        responds_async,
        ..Answer::json(202, document)
    })
}

/// The path below which the world finds this server, without a slash at its end.
fn path_of(base_url: &str) -> String {
    let path = Url::parse(base_url).map(|url| url.target().to_string());
    path.unwrap_or_default().trim_end_matches('/').into()
}

fn job<H: Host>(host: &H, id: &str) -> Answered {
    let job = JobId::parse(id).ok_or_else(no_job)?;
    document(host, job).map(ok)
}

fn no_job() -> Answer {
    failed(
        404,
        "no such job; jobs are told of for a while after they end",
    )
}

fn document<H: Host>(host: &H, id: JobId) -> Result<String, Answer> {
    let document = host.with_site(|site| site.app.ingest(id).map(described));
    document.ok_or_else(no_job)
}

fn described(job: &IngestJob) -> String {
    let (progress, state) = match &job.state {
        JobState::Queued => (Progress::default(), documents::JobState::Queued),
        JobState::Running(progress) => (*progress, documents::JobState::Running),
        JobState::Ended(progress, Ok(report)) => {
            (*progress, documents::JobState::Done(report.clone()))
        }
        JobState::Ended(progress, Err(failure)) => {
            let (status, error) = (failure.status(), failure.to_string());
            (*progress, documents::JobState::Failed { status, error })
        }
    };
    let document = JobDocument {
        id: job.order.job.to_string(),
        package: job.order.package.clone(),
        url: job.order.origin.to_string(),
        progress,
        state,
    };
    document.to_document()
}

fn update<H: Host>(host: &H, request: &Request<'_>) -> Answered {
    if !host.config().registry.is_update_public {
        authorise(host, request)?;
    }
    let now = host.now().instant;
    let answer = match act(host, |site| site.app.request_update(now)) {
        Wanted::Started => UpdateAnswer::Started,
        Wanted::Queued => UpdateAnswer::Queued,
        Wanted::Cooldown(retry_after) => UpdateAnswer::Cooldown { retry_after },
    };
    Ok(ok(answer.to_document()))
}

async fn check<H: Host>(host: &H, request: &Request<'_>) -> Answered {
    authorise(host, request)?;
    let asked = CheckRequest::parse(body(host, request)?).map_err(|error| unreadable(&error))?;
    info::check(host, asked.package).await.map(ok)
}
