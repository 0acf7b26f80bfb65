//! A server under test that publishes packages from a stand-in Git host.

use core::fmt::Write as _;
use core::time::Duration;
use std::sync::Arc;

use serde_json::{Value, json};

use super::depot::{Depot, Plan};
use crate::client::{Connection, Response};
use crate::host::Host;
use crate::process::eventually_within;
use crate::repo::{Repo, fixtures, git};
use crate::stand_in::GitHost;

/// What opens writing. Hosts that do not see who asks write for nobody without one.
pub const TOKEN: &str = "conformance-token-0123456789";
/// The repository of most cases; its package is [`PACKAGE`].
pub const REPOSITORY: &str = "org/hello";
/// The package of [`REPOSITORY`].
pub const PACKAGE: &str = "hello";
/// The tarball of the first release of [`PACKAGE`].
pub const TARBALL: &str = "/p/hello/tag/v0.1.0.tar.gz";
/// Its manifest.
pub const MANIFEST: &str = "/p/hello/tag/v0.1.0.manifest.json";
/// How long an ingest may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running server and its Git host.
pub struct Publisher<'h> {
    /// The server.
    pub depot: Depot<'h>,
    /// Where packages come from.
    pub git: Arc<GitHost>,
    prefix: &'static str,
}

impl<'h> Publisher<'h> {
    /// A server that knows [`TOKEN`]; none where git is missing, which has been said.
    #[track_caller]
    pub fn new(host: &'h dyn Host) -> Option<Self> {
        Self::with(host, |plan| plan.set("API_TOKEN", TOKEN))
    }

    /// A server with settings of its own.
    #[track_caller]
    pub fn with(host: &'h dyn Host, change: impl FnOnce(Plan<'h>) -> Plan<'h>) -> Option<Self> {
        let git = Arc::new(GitHost::start(&git()?));
        let plan = Plan::new(host).set("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1");
        Some(Self {
            depot: change(plan).start(),
            git,
            prefix: host.prefix(),
        })
    }

    /// A repository with a package of one tag, `v0.1.0`.
    pub fn hello(&self) -> Repo {
        let repo = self.git.add(REPOSITORY);
        repo.annotated_tag("v0.1.0", &repo.release("v0.1.0", &fixtures::package(14)));
        repo
    }

    /// The upstream's URL of [`REPOSITORY`].
    pub fn url(&self) -> String {
        self.git.repo_url(REPOSITORY)
    }

    /// A path of the server as its clients write it.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Sends a request on a connection of its own. A `Host` among the fields is the only one.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Reply {
        let address = self.depot.address();
        let mut head = format!("{method} {} HTTP/1.1\r\n", self.path(path));
        if fields.iter().all(|(name, _)| *name != "Host") {
            let _ = write!(head, "Host: {address}\r\n");
        }
        for (name, value) in fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if method == "POST" || !body.is_empty() {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        let mut connection = Connection::open(address);
        connection.patience(PATIENCE);
        connection.send([head.as_bytes(), b"\r\n", body].concat());
        let answer = connection.response(method);
        Reply::of(answer.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}")))
    }

    /// Reads.
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"")
    }

    /// Writes, with [`TOKEN`].
    #[track_caller]
    pub fn post(&self, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Reply {
        let token = format!("Bearer {TOKEN}");
        let fields = [&[("Authorization", token.as_str())], fields].concat();
        self.send("POST", path, &fields, body)
    }

    /// Asks for an ingest.
    #[track_caller]
    pub fn fetch(&self, url: &str) -> Reply {
        self.post(
            "/api/fetch",
            &[],
            json!({ "url": url }).to_string().as_bytes(),
        )
    }

    /// Publishes [`PACKAGE`].
    #[track_caller]
    pub fn publish(&self) -> Repo {
        let repo = self.hello();
        self.fetch(&self.url()).expect(200);
        repo
    }

    /// Follows a job to its end; `path` as the server said.
    #[track_caller]
    pub fn follow(&self, path: &str) -> Value {
        let path = path.strip_prefix(self.prefix).unwrap_or(path);
        eventually_within(PATIENCE, "the job ends", || {
            let job = self.get(path).expect(200).json;
            match job["state"].as_str() {
                Some("queued" | "running") => None,
                Some("done" | "failed") => Some(job),
                other => panic!("{other:?} is no state: {job}"),
            }
        })
    }
}

/// An answer, read as JSON where it is.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Null where the body is no JSON.
    pub json: Value,
    /// The whole answer.
    pub response: Response,
}

impl Reply {
    /// Reads the body.
    pub fn of(response: Response) -> Self {
        Self {
            status: response.status(),
            json: serde_json::from_slice(&response.body).unwrap_or_default(),
            response,
        }
    }

    /// A field of the head.
    #[track_caller]
    pub fn field(&self, name: &str) -> &str {
        self.response.field(name).unwrap_or_default()
    }

    /// Panics unless the status is this one and the body is an object of JSON with a line's end,
    /// which nobody may keep.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let text = self.response.text();
        assert_eq!(self.status, status, "{text}");
        assert_eq!(self.field("content-type"), "application/json", "{text}");
        assert_eq!(self.field("cache-control"), "no-store", "{text}");
        assert!(self.json.is_object() && text.ends_with('\n'), "{text:?}");
        self
    }

    /// Panics unless it is an error of this status in one line that names this.
    #[track_caller]
    pub fn expect_error(self, status: u16, names: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json["status"], "error", "{}", answer.json);
        let error = answer.json["error"].as_str().unwrap_or_default();
        assert!(!error.is_empty() && !error.contains('\n'), "{error:?}");
        assert!(error.contains(names), "no {names:?} in {error:?}");
        answer
    }

    /// A text member.
    #[track_caller]
    pub fn text(&self, member: &str) -> &str {
        let text = self.json[member].as_str();
        text.unwrap_or_else(|| panic!("no {member} in {}", self.json))
    }
}
