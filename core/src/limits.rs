//! Every cap and every wait of the program, in one place.
//!
//! A limit is always finite. Over a limit the answer is 503 with Retry-After, 431, 413 or 429,
//! decided in the core. Waits can be changed by the setting `TIMEOUTS`.

use core::time::Duration;

use crate::config::{age, size};
use crate::git;
use crate::zig::package::PackageLimits;

/// Caps and waits. [`Limits::default`] holds the documented values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request head, in bytes; over it 431.
    pub head_bytes: usize,
    /// Longest request target, in bytes; over it 414.
    pub target_bytes: usize,
    /// Most header fields in a head; over it 431.
    pub head_fields: usize,
    /// Longest request body that a route takes, in bytes; over it 413.
    pub request_body_bytes: usize,
    /// Longest request body that is read and thrown away to keep a connection; over it the
    /// connection is closed after the answer.
    pub drain_body_bytes: u64,
    /// Most open client connections; over it 503.
    pub connections: usize,
    /// Most open connections of one client address (an IPv6 /64 counts as one); over it 503.
    /// Trusted proxies are not counted.
    pub connections_per_client: usize,
    /// Most downloads from upstream under way; over it 503.
    pub flights: usize,
    /// Most requests that wait for or follow downloads; over it 503.
    pub followers: usize,
    /// Most names remembered as missing upstream.
    pub missing_names: usize,
    /// How long a name stays remembered as missing.
    pub missing_for: Duration,
    /// The same for a dev version newer than the known master: it may appear any minute.
    pub missing_new_for: Duration,
    /// How long a file that may change upstream (a branch's archive) is served without asking.
    pub change_for: Duration,
    /// The same after upstream was asked in vain.
    pub change_retry: Duration,
    /// Pace of index refreshes.
    pub index_every: Duration,
    /// The first wait after a failed refresh; it doubles up to `index_every`.
    pub index_retry: Duration,
    /// Pace of looks for dev versions that are too old.
    pub purge_every: Duration,
    /// Requests that wait for the first index.
    pub index_readers: usize,
    /// Pause between prefetched files.
    pub prefetch_pace: Duration,
    /// Pace of reports about a prefetched file under way.
    pub prefetch_tick: Duration,
    /// Most client addresses whose miss rate is remembered.
    pub rate_clients: usize,
    /// Largest file taken from an upstream, in bytes.
    pub file_bytes: u64,
    /// Largest signature taken from an upstream, in bytes.
    pub signature_bytes: u64,
    /// Bytes at the end of a file that followers get only after its verification; a file of at
    /// most this size waits whole.
    pub held_back_bytes: u64,
    /// Caps for the package in a tarball; over one it has no hash.
    pub package: PackageLimits,
    /// Caps for what one package of the registry brings.
    pub ingest: IngestLimits,
    /// Ingests under way at once; of one upstream's host one at a time.
    pub ingests: usize,
    /// Ingests that wait; over it 503.
    pub ingests_waiting: usize,
    /// Ended ingests whose outcome is still told.
    pub ingests_told: usize,
    /// How long a request waits for its ingest before it is answered 202.
    pub ingest_wait: Duration,
    /// Pause between two ingests from one upstream's host.
    pub ingest_pace: Duration,
    /// Git packs derived from releases at once: each keeps a processor busy.
    pub derivations: usize,
    /// Releases that wait for theirs; over it 503.
    pub derivations_waiting: usize,
    /// Pause from one update that was asked for to the next; one asked for during another may follow it
    /// at once.
    pub update_cooldown: Duration,
    /// Memory for bodies of requests of all connections together, as they are sent and again for what
    /// those of Git's clients unpack to, but for the first 16 KiB of each, in bytes; over it 503.
    pub bodies_bytes: usize,
    /// Memory for planning answers that are put together of several releases, all together, in bytes;
    /// over it 503.
    pub plans_bytes: usize,
    /// Longest body of a Git client's request, as it is sent, in bytes; over it 413. In protocol 0 and
    /// 1 Git names up to 8,192 of its commits at once, which it does not pack: 410 KB and the wants.
    pub git_body_bytes: usize,
    /// Caps for what such a request says.
    pub git: git::server::Limits,
    /// Releases of packages kept in memory for Git's clients.
    pub repository_releases: usize,
    /// After so long it is looked up whether a package has other releases.
    pub repository_recheck: Duration,
    /// Most distinct objects of the releases that a Git client fetches at once, if neither one release
    /// nor all; over it the client is told to ask for fewer tags. While an answer is planned each
    /// takes some 40 bytes, while it is sent a bit.
    pub merge_objects: u32,
    /// Most packages of which the API tells.
    pub packages: usize,
    /// Most packages and manifests in the dependency tree of one project.
    pub tree_packages: usize,
    /// Most dependencies from a project down to a package.
    pub tree_depth: usize,
    /// Most redirects followed for one upstream request.
    pub redirects: usize,
    /// Most attempts without a new byte before a download is given up.
    pub attempts: u32,
    /// Most attempts in all for one download, however much each brought.
    pub attempts_in_all: u32,
    /// The first wait between attempts; it doubles up to `retry_wait_max`.
    pub retry_wait: Duration,
    /// The longest wait between attempts.
    pub retry_wait_max: Duration,
    /// Progress is told to followers after so many new bytes.
    pub progress_bytes: u64,
    /// Progress is told in any case after so long, when there are new bytes.
    pub progress_wait: Duration,
    /// Files kept open by one worker for requests to come.
    pub shelf_files: usize,
    /// Bytes of small files kept in memory by one worker.
    pub shelf_bytes: usize,
    /// Largest file kept in memory.
    pub shelf_file_bytes: u64,
    /// After so long an open file is looked up in the store again.
    pub shelf_recheck: Duration,
    /// Most names of clients (`?source=`) counted one by one; the rest counts as `other`.
    pub sources: usize,
    /// Wait for the rest of a request head.
    pub head_wait: Duration,
    /// Wait for the next request on a kept connection.
    pub idle_wait: Duration,
    /// Wait for a client to take or send more bytes of a body.
    pub body_wait: Duration,
    /// Bytes read past an answer that ends a connection, so that the client gets to read it.
    pub linger_bytes: usize,
    /// How long they are read.
    pub linger_wait: Duration,
    /// Wait for an upstream to accept a connection, TLS included.
    pub connect_wait: Duration,
    /// Wait for more bytes from an upstream.
    pub upstream_wait: Duration,
    /// Bytes read from a file at once where it is copied to a server that has HTTP of its own.
    pub chunk_bytes: usize,
    /// Bytes sent or taken in a row for one connection before others on its worker get their turn.
    pub turn_bytes: u64,
    /// Wait between short reads of a long upstream body, so that more comes at once.
    pub gather_wait: Duration,
    /// Wait of a request for a download that shows no sign of life.
    pub follow_wait: Duration,
    /// After a stop signal, wait for answers under way.
    pub drain_wait: Duration,
    /// Retry-After of a 503 or 504, in seconds.
    pub retry_after: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 << 10,
            target_bytes: 8 << 10,
            head_fields: 64,
            request_body_bytes: 64 << 10,
            drain_body_bytes: 64 << 10,
            connections: 8192,
            connections_per_client: 1024,
            flights: 128,
            followers: 8192,
            missing_names: 4096,
            missing_for: Duration::from_secs(90),
            missing_new_for: Duration::from_secs(10),
            change_for: Duration::from_mins(1),
            change_retry: Duration::from_secs(30),
            index_every: Duration::from_mins(15),
            index_retry: Duration::from_secs(30),
            purge_every: Duration::from_hours(1),
            index_readers: 1024,
            prefetch_pace: Duration::from_millis(50),
            prefetch_tick: Duration::from_millis(250),
            rate_clients: 4096,
            file_bytes: 4 << 30,
            signature_bytes: 2 << 10,
            held_back_bytes: 64 << 10,
            package: PackageLimits {
                content_bytes: 2 << 30,
                ..PackageLimits::default()
            },
            ingest: IngestLimits::default(),
            ingests: 2,
            ingests_waiting: 256,
            ingests_told: 256,
            ingest_wait: Duration::from_mins(1),
            ingest_pace: Duration::from_millis(200),
            derivations: 2,
            derivations_waiting: 256,
            update_cooldown: Duration::from_secs(15),
            bodies_bytes: 16 << 20,
            plans_bytes: 48 << 20,
            git_body_bytes: 512 << 10,
            git: git::server::Limits::default(),
            repository_releases: 8192,
            repository_recheck: Duration::from_secs(1),
            merge_objects: 1_000_000,
            packages: 100_000,
            tree_packages: 4096,
            tree_depth: 64,
            redirects: 5,
            attempts: 3,
            attempts_in_all: 20,
            retry_wait: Duration::from_secs(1),
            retry_wait_max: Duration::from_secs(15),
            progress_bytes: 1 << 20,
            progress_wait: Duration::from_millis(50),
            shelf_files: 256,
            shelf_bytes: 1 << 20,
            shelf_file_bytes: 64 << 10,
            shelf_recheck: Duration::from_secs(10),
            sources: 32,
            head_wait: Duration::from_secs(10),
            idle_wait: Duration::from_secs(75),
            body_wait: Duration::from_mins(1),
            linger_bytes: 256 << 10,
            linger_wait: Duration::from_secs(2),
            connect_wait: Duration::from_secs(10),
            upstream_wait: Duration::from_secs(30),
            chunk_bytes: 64 << 10,
            turn_bytes: 2 << 20,
            gather_wait: Duration::from_millis(4),
            follow_wait: Duration::from_mins(5),
            drain_wait: Duration::from_secs(30),
            retry_after: 10,
        }
    }
}

/// Caps for what one package of the registry brings; the setting `INGEST_LIMITS` changes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestLimits {
    /// Bytes of one pack (`pack`).
    pub pack: u64,
    /// Bytes of one object (`object`).
    pub object: u64,
    /// Bytes of an object that must be whole in memory, because it is a delta or a delta's base
    /// (`delta`).
    pub delta: u64,
    /// Bytes of all objects of one pack, inflated (`inflated`).
    pub inflated: u64,
    /// Bytes inflated, or made by deltas, for one pack and again for each tag (`work`).
    pub work: u64,
    /// Bytes of all files of one tag (`content`).
    pub content: u64,
    /// Objects of one pack (`objects`).
    pub objects: u64,
    /// Files of one tag (`files`).
    pub files: u64,
    /// Tags of one repository (`tags`).
    pub tags: u64,
    /// Bytes of one path (`path`).
    pub path: u64,
    /// Directories inside each other (`depth`).
    pub depth: u64,
    /// Time for one package (`time`).
    pub time: Duration,
}

impl Default for IngestLimits {
    fn default() -> Self {
        Self {
            pack: 1 << 30,
            object: 512 << 20,
            delta: 64 << 20,
            inflated: 8 << 30,
            work: 32 << 30,
            content: 2 << 30,
            objects: 1_000_000,
            files: 200_000,
            tags: 2000,
            path: 4096,
            depth: 1024,
            time: Duration::from_mins(30),
        }
    }
}

impl IngestLimits {
    /// Sets the limit of this name; false if there is none, or the text is no value for it.
    pub fn set(&mut self, name: &str, text: &str) -> bool {
        if name == "time" {
            return age(text).map(|time| self.time = time).is_some();
        }
        let slot = match name {
            "pack" => &mut self.pack,
            "object" => &mut self.object,
            "delta" => &mut self.delta,
            "inflated" => &mut self.inflated,
            "work" => &mut self.work,
            "content" => &mut self.content,
            "objects" => &mut self.objects,
            "files" => &mut self.files,
            "tags" => &mut self.tags,
            "path" => &mut self.path,
            "depth" => &mut self.depth,
            _ => return false,
        };
        size(text)
            .filter(|value| *value > 0)
            .map(|value| *slot = value)
            .is_some()
    }
}

impl Limits {
    /// Sets the wait that the setting `TIMEOUTS` calls `name`; false if there is none.
    pub fn set_wait(&mut self, name: &str, wait: Duration) -> bool {
        let slot = match name {
            "head" => &mut self.head_wait,
            "idle" => &mut self.idle_wait,
            "body" => &mut self.body_wait,
            "connect" => &mut self.connect_wait,
            "upstream" => &mut self.upstream_wait,
            "follow" => &mut self.follow_wait,
            "ingest" => &mut self.ingest_wait,
            "drain" => &mut self.drain_wait,
            "retry" => &mut self.retry_wait,
            "missing" => &mut self.missing_for,
            "change" => &mut self.change_for,
            "change-retry" => &mut self.change_retry,
            "index" => &mut self.index_every,
            "index-retry" => &mut self.index_retry,
            _ => return false,
        };
        *slot = wait;
        true
    }
}
