//! What a stand-in can be told to answer.

use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// One scripted answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A file, well or badly delivered.
    File(File),
    /// A status with a short text body.
    Status(u16),
    /// A redirect: status and `Location`.
    Redirect(u16, String),
    /// Nothing, ever.
    Hang,
    /// A connection reset instead of an answer.
    Reset,
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
}

impl Answer {
    /// A 302 to `location`.
    pub fn found(location: impl Into<String>) -> Self {
        Self::Redirect(302, location.into())
    }
}

impl From<File> for Answer {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

/// How the end of a body is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The true `Content-Length`.
    Length,
    /// A `Content-Length` of the test's choice; the body is sent as it is.
    FalseLength(u64),
    /// No length: the body ends with the connection.
    UntilClose,
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// A file and the way it is delivered.
#[derive(Clone, Debug)]
pub struct File {
    pub(super) bytes: Arc<[u8]>,
    pub(super) framing: Framing,
    pub(super) kind: String,
    pub(super) date: Option<&'static str>,
    pub(super) fields: String,
    pub(super) etag: Option<String>,
    pub(super) conditional: bool,
    pub(super) ranges: bool,
    pub(super) wait: Duration,
    pub(super) pace: Option<u64>,
    pub(super) gate: Option<(usize, Gate)>,
    pub(super) cut: Option<usize>,
    pub(super) reset: bool,
}

impl File {
    /// A file that is delivered at once, as `application/octet-stream` with its length and a date, with
    /// neither `ETag` nor ranges.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self {
            bytes: bytes.into(),
            framing: Framing::Length,
            kind: "application/octet-stream".into(),
            date: Some("Wed, 21 May 2025 22:00:00 GMT"),
            fields: String::new(),
            etag: None,
            conditional: false,
            ranges: false,
            wait: Duration::ZERO,
            pace: None,
            gate: None,
            cut: None,
            reset: false,
        }
    }

    /// Announces the end of the body in another way.
    #[must_use]
    pub fn framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Has another media type.
    #[must_use]
    pub fn kind(mut self, media_type: &str) -> Self {
        self.kind = media_type.into();
        self
    }

    /// Has no `Last-Modified`.
    #[must_use]
    pub fn undated(mut self) -> Self {
        self.date = None;
        self
    }

    /// Has one more header field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.fields += &format!("{name}: {value}\r\n");
        self
    }

    /// Carries a strong entity tag (given without quotes) and honours `Range` and `If-Range`.
    #[must_use]
    pub fn resumable(mut self, etag: &str) -> Self {
        self.etag = Some(format!("\"{etag}\""));
        self.ranges = true;
        self
    }

    /// Carries a strong entity tag (given without quotes) but always sends the whole file.
    #[must_use]
    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = Some(format!("\"{etag}\""));
        self
    }

    /// Carries a weak entity tag (given without quotes and `W/`); always sends the whole file.
    #[must_use]
    pub fn weak_etag(mut self, etag: &str) -> Self {
        self.etag = Some(format!("W/\"{etag}\""));
        self
    }

    /// Answers 304 where `If-None-Match` has its entity tag.
    #[must_use]
    pub fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    /// Waits before the first byte of the answer.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sends at most this many body bytes a second.
    #[must_use]
    pub fn paced(mut self, bytes_per_second: u64) -> Self {
        self.pace = Some(bytes_per_second);
        self
    }

    /// Sends the first `bytes` of the body, then waits until the gate is open.
    #[must_use]
    pub fn gated(mut self, bytes: usize, gate: &Gate) -> Self {
        self.gate = Some((bytes, gate.clone()));
        self
    }

    /// Closes the connection after this many body bytes.
    #[must_use]
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// Resets the connection where [`File::cut_after`] would close it.
    #[must_use]
    pub fn with_reset(mut self) -> Self {
        self.reset = true;
        self
    }
}

/// A barrier in the middle of a body that a test opens when it has seen enough.
///
/// It replaces timing: what a client has received while the gate is closed cannot have waited for
/// the end of the upstream's answer.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<Door>, Condvar)>);

#[derive(Debug, Default)]
struct Door {
    open: bool,
    waiting: usize,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody pass, now and later.
    pub fn open(&self) {
        self.door().open = true;
        self.0.1.notify_all();
    }

    /// Waits until an answer has arrived at the gate; panics after ten seconds.
    #[track_caller]
    pub fn wait_reached(&self) {
        for _ in 0..1000 {
            if self.door().waiting > 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no answer of the stand-in has reached the gate");
    }

    /// Waits until the gate is open, or `over` says that nobody will open it.
    pub(super) fn pass(&self, over: impl Fn() -> bool) {
        let mut door = self.door();
        door.waiting += 1;
        while !door.open && !over() {
            let waited = self.0.1.wait_timeout(door, Duration::from_millis(50));
            door = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Door> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
