//! What a story of the registry is told with: a program, a Git host, a data directory.

use core::fmt::Write as _;
use core::time::Duration;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use zigdepot_core::zig::digest::Sha256Digest;
use zigdepot_tests::client::{Connection, Response};
use zigdepot_tests::command::{Outcome, run};
use zigdepot_tests::host::{Binary, Host, Settings};
use zigdepot_tests::process::{Running, eventually_within};
use zigdepot_tests::repo::{Git, Repo, fixtures, git, tree_of_tarball};
use zigdepot_tests::scratch::{Scratch, files_below};
use zigdepot_tests::stand_in::{GitHost, StandIn};

/// The repository of most stories; its package is [`PACKAGE`].
pub(crate) const REPOSITORY: &str = "org/hello";
pub(crate) const PACKAGE: &str = "hello";
/// How long an ingest may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a story is about: a program, its settings, and an upstream.
pub(crate) struct Story<'p> {
    pub(crate) program: &'p Binary,
    pub(crate) git: Git,
    pub(crate) upstream: GitHost,
    pub(crate) settings: Settings,
    pub(crate) scratch: Scratch,
    /// Of toolchains, which no story needs.
    _ziglang: StandIn,
}

impl<'p> Story<'p> {
    /// None where git is missing, which has been said.
    pub(crate) fn new(program: &'p Binary) -> Option<Self> {
        let git = git()?;
        let (upstream, ziglang) = (GitHost::start(&git), StandIn::start());
        let scratch = Scratch::new("registry");
        let data = scratch.join("data");
        fs::create_dir_all(&data).expect("scratch directories can be made");
        let mut settings = Settings::new(&data, &ziglang.url(), "off");
        settings.set("UPSTREAM_ALLOW_PRIVATE", "127.0.0.1");
        settings.set("TIMEOUTS", "upstream=4s,retry=50ms");
        Some(Self {
            program,
            git,
            upstream,
            settings,
            scratch,
            _ziglang: ziglang,
        })
    }

    /// A repository with a package of one tag, `v0.1.0`.
    pub(crate) fn hello(&self) -> Repo {
        let repo = self.upstream.add(REPOSITORY);
        repo.annotated_tag("v0.1.0", &repo.release("v0.1.0", &fixtures::package(14)));
        repo
    }

    /// The upstream's URL of [`REPOSITORY`].
    pub(crate) fn url(&self) -> String {
        self.upstream.repo_url(REPOSITORY)
    }

    /// A path in the data directory.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.scratch.join("data").join(below)
    }

    /// The files of releases, as paths below the data directory.
    pub(crate) fn published(&self) -> Vec<String> {
        let below = files_below(&self.path("p"));
        let releases = below.into_iter().filter(|path| path.contains("/tag/"));
        releases.map(|path| format!("p/{path}")).collect()
    }

    /// Starts the server.
    #[track_caller]
    pub(crate) fn start(&self) -> Server {
        Server {
            running: self.program.start(&self.settings),
            token: None,
        }
    }

    /// Runs a command of the program.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        run(self.program, &self.settings, words)
    }

    /// Panics unless what is served for a tag is the upstream's commit, and the manifest says so.
    #[track_caller]
    pub(crate) fn expect_proof(&self, server: &Server, repo: &Repo, package: &str, tag: &str) {
        let bytes = server.tarball(package, tag);
        let submodules = repo.submodules(tag);
        let tree = tree_of_tarball(&self.git, &bytes, &submodules);
        assert_eq!(tree, repo.tree_of(tag), "{package} {tag}");
        let manifest = server.manifest(package, tag);
        let text = |name: &str| manifest[name].as_str().map(String::from);
        assert_eq!(text("package").as_deref(), Some(package));
        assert_eq!(text("tag").as_deref(), Some(tag));
        assert_eq!(text("git_commit_oid"), Some(repo.commit_of(tag)), "{tag}");
        assert_eq!(text("git_tree_oid"), Some(repo.tree_of(tag)), "{tag}");
        let digest = Sha256Digest::of(&bytes).to_string();
        assert_eq!(text("tarball_sha256"), Some(digest), "{tag}");
        assert_eq!(manifest["size_bytes"].as_u64(), Some(bytes.len() as u64));
        for (path, commit) in submodules {
            let said = manifest.to_string();
            let path = String::from_utf8_lossy(&path);
            assert!(said.contains(&commit) && said.contains(&*path), "{said}");
        }
    }
}

/// A running server and the token that its requests carry.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) token: Option<&'static str>,
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null where the body is no JSON.
    pub(crate) json: Value,
    pub(crate) response: Response,
}

impl Server {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.running.address())
    }

    /// Sends a request as a client of this machine does.
    #[track_caller]
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        fields: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let address = self.running.address();
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if fields.iter().all(|(name, _)| *name != "Host") {
            let _ = write!(head, "Host: {address}\r\n");
        }
        if let Some(token) = self.token {
            let _ = write!(head, "Authorization: Bearer {token}\r\n");
        }
        for (name, value) in fields {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if method == "POST" {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        let mut connection = Connection::open(address);
        connection.patience(PATIENCE);
        connection.send([head.as_bytes(), b"\r\n", body].concat());
        let response = connection.response(method);
        let response = response.unwrap_or_else(|broken| panic!("{method} {path}: {broken:?}"));
        Answer {
            status: response.status(),
            json: serde_json::from_slice(&response.body).unwrap_or_default(),
            response,
        }
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)], body: &Value) -> Answer {
        let kind = [("Content-Type", "application/json")];
        let fields = [&kind[..], fields].concat();
        self.send("POST", path, &fields, body.to_string().as_bytes())
    }

    /// Asks for an ingest and waits for its end.
    #[track_caller]
    pub(crate) fn fetch(&self, url: &str) -> Answer {
        self.post("/api/fetch", &[], &serde_json::json!({ "url": url }))
    }

    /// Asks for an ingest and does not wait; the job's id.
    #[track_caller]
    pub(crate) fn fetch_async(&self, url: &str) -> String {
        let prefer = [("Prefer", "respond-async")];
        let answer = self.post("/api/fetch", &prefer, &serde_json::json!({ "url": url }));
        answer.expect(202).id()
    }

    /// Follows a job to its end, whatever that is.
    #[track_caller]
    pub(crate) fn follow(&self, id: &str) -> Value {
        eventually_within(PATIENCE, "the job ends", || {
            let job = self.get(&format!("/api/jobs/{id}")).expect(200).json;
            match job["state"].as_str() {
                Some("queued" | "running") => None,
                Some("done" | "failed") => Some(job),
                other => panic!("{other:?} is no state: {job}"),
            }
        })
    }

    /// The bytes of a tarball; panics unless it is served.
    #[track_caller]
    pub(crate) fn tarball(&self, package: &str, tag: &str) -> Vec<u8> {
        let path = tarball_path(package, tag);
        self.get(&path).expect(200).response.body
    }

    /// The manifest of a tarball; panics unless it is served.
    #[track_caller]
    pub(crate) fn manifest(&self, package: &str, tag: &str) -> Value {
        let path = format!("/p/{package}/tag/{}.manifest.json", escaped(tag));
        let answer = self.get(&path).expect(200);
        assert!(answer.json.is_object(), "{}", answer.response.text());
        answer.json
    }

    /// `/api/info/<package>`.
    #[track_caller]
    pub(crate) fn info(&self, package: &str) -> Value {
        self.get(&format!("/api/info/{package}"))
            .expect_json(200)
            .json
    }

    /// Waits until the background update is over, and returns its status.
    #[track_caller]
    pub(crate) fn updated(&self) -> Value {
        eventually_within(PATIENCE, "the update is over", || {
            let status = self.get("/api/status").expect_json(200).json;
            let update = status["update"].clone();
            let state = update["state"].as_str().map(String::from);
            let is_over = matches!(state.as_deref(), Some("idle" | "cooldown"));
            (is_over && update["updated_at"].is_u64()).then_some(update)
        })
    }
}

impl Answer {
    /// Panics unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        self.expect_one_of(&[status])
    }

    /// Panics unless the status is one of these.
    #[track_caller]
    pub(crate) fn expect_one_of(self, statuses: &[u16]) -> Self {
        let text = self.response.text();
        assert!(statuses.contains(&self.status), "{}: {text}", self.status);
        self
    }

    /// Panics unless the status is this one and the body is compact JSON with a newline at its end.
    #[track_caller]
    pub(crate) fn expect_json(self, status: u16) -> Self {
        let answer = self.expect(status);
        let kind = answer.response.field("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "{kind}");
        assert!(answer.json.is_object(), "{}", answer.response.text());
        assert_eq!(answer.response.body.last(), Some(&b'\n'));
        answer
    }

    /// Panics unless it is an error of that status that names all of these.
    #[track_caller]
    pub(crate) fn expect_error(self, statuses: &[u16], names: &[&str]) -> Self {
        let answer = self.expect_one_of(statuses);
        let text = answer.response.text();
        assert_eq!(answer.json["status"], "error", "{text}");
        let error = answer.json["error"].as_str().unwrap_or_default();
        assert!(!error.is_empty() && !error.contains('\n'), "{text}");
        for name in names {
            assert!(error.contains(name), "no {name:?} in {error:?}");
        }
        answer
    }

    /// The text of a member.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        let text = self.json[member].as_str();
        text.unwrap_or_else(|| panic!("no {member} in {}", self.json))
            .into()
    }

    /// The id of a job, which may be a number.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        let id = &self.json["id"];
        let number = || id.as_u64().map(|id| id.to_string());
        let text = id.as_str().map(String::from).or_else(number);
        text.unwrap_or_else(|| panic!("no id in {}", self.json))
    }

    /// The number of a member.
    #[track_caller]
    pub(crate) fn number(&self, member: &str) -> u64 {
        let number = self.json[member].as_u64();
        number.unwrap_or_else(|| panic!("no {member} in {}", self.json))
    }

    /// One text of each of the objects in a list.
    #[track_caller]
    pub(crate) fn each(&self, list: &str, member: &str) -> Vec<String> {
        texts(&self.json[list], member)
    }
}

/// One text of each of the objects in a list; a list that is missing is empty.
pub(crate) fn texts(list: &Value, member: &str) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    let text = |value: &Value| value[member].as_str().map(String::from);
    list.filter_map(text).collect()
}

/// Where a tarball is; a tag's slashes are escaped.
pub(crate) fn tarball_path(package: &str, tag: &str) -> String {
    format!("/p/{package}/tag/{}.tar.gz", escaped(tag))
}

/// A tag in a path, every byte escaped that may mean something there.
pub(crate) fn escaped(tag: &str) -> String {
    let mut path = String::new();
    for byte in tag.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => {
                path.push(char::from(byte));
            }
            other => {
                let _ = write!(path, "%{other:02X}");
            }
        }
    }
    path
}
