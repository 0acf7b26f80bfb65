//! One running server: its address, its log, its end.
//!
//! The server is killed by its process id when dropped. If the test is failing at that moment, the
//! end of the server's log is printed with it.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// What stands before the address: ours, wasmtime's and jco's.
const MARKS: [&str; 3] = [
    "listening on http://",
    "Serving HTTP on http://",
    "Server listening @ ",
];
const START: Duration = Duration::from_secs(20);
/// What is to happen by itself: longer than any wait of a server, for a busy machine is no failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that refused to start.
#[derive(Debug)]
pub struct Refused {
    /// How it ended; `None` if it neither listened nor ended.
    pub status: Option<ExitStatus>,
    /// What it said on standard error.
    pub log: Vec<String>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, log: {:#?}", self.status, self.log)
    }
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Whether it leads a process group, which ends with it.
    leads: bool,
    address: SocketAddr,
    log: Log,
}

impl Running {
    /// Starts a program and waits until it says where it listens.
    pub fn launch(command: &mut Command) -> Result<Self, Refused> {
        Self::spawn(command, false)
    }

    /// The same for a program that starts others, which end with it.
    pub fn launch_group(command: &mut Command) -> Result<Self, Refused> {
        Self::spawn(command.process_group(0), true)
    }

    fn spawn(command: &mut Command, leads: bool) -> Result<Self, Refused> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Log::follow(child.stderr.take().expect("standard error is piped"));
        if let Some(address) = log.wait(START, listening) {
            return Ok(Self {
                child,
                leads,
                address,
                log,
            });
        }
        let status = wait(&mut child, Duration::from_secs(1));
        kill(&mut child, leads);
        Err(Refused {
            status,
            log: log.lines(),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// Waits for a log line that contains all of these words, ignoring case; panics after ten seconds.
    #[track_caller]
    pub fn wait_for_log(&self, words: &[&str]) -> String {
        let found = self.log.wait(Duration::from_secs(10), |line| {
            let lower = line.to_lowercase();
            words
                .iter()
                .all(|word| lower.contains(&word.to_lowercase()))
                .then(|| line.into())
        });
        found.unwrap_or_else(|| panic!("no line with {words:?} in {:#?}", self.log()))
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .expect("the child is not reaped yet");
    }

    /// Ends it at once, as a power cut does.
    pub fn kill(&mut self) {
        kill(&mut self.child, self.leads);
    }

    /// Waits for its end; `None` if it goes on.
    pub fn wait_exit(&mut self, patience: Duration) -> Option<ExitStatus> {
        wait(&mut self.child, patience)
    }

    /// Its resident memory in bytes, where the system tells (Linux).
    pub fn resident(&self) -> Option<u64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory that it ever had, where the system tells (Linux).
    pub fn peak(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    fn memory(&self, row: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(row))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes << 10)
    }
}

/// A program with all that it starts, which end when this is dropped.
#[derive(Debug)]
pub(crate) struct Group(Child);

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        kill(&mut self.0, true);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let ended = self.child.try_wait();
        self.kill();
        if std::thread::panicking() {
            // What it said last may still be on its way.
            self.log.wait(Duration::from_secs(1), |_| None::<()>);
            let lines = self.log();
            let tail = &lines[lines.len().saturating_sub(60)..];
            if let Ok(Some(status)) = ended {
                eprintln!("the server had ended by itself: {status}");
            }
            eprintln!("the end of the server's log:\n{}", tail.join("\n"));
        }
    }
}

/// Looks again and again until `probe` finds something; panics after a minute.
#[track_caller]
pub fn eventually<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, probe)
}

/// The same with another patience, for what moves many bytes.
#[track_caller]
pub fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut probe: impl FnMut() -> Option<T>,
) -> T {
    let started = Instant::now();
    while started.elapsed() < patience {
        if let Some(found) = probe() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("did not happen: {what}");
}

fn kill(child: &mut Child, leads: bool) {
    if leads {
        let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Waits for a child that leads a process group; past the limit it and all that it started are
/// killed.
pub(crate) fn wait_or_end_group(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let status = wait(child, limit);
    if status.is_none() {
        kill(child, true);
    }
    status
}

fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let started = Instant::now();
    loop {
        let status = child.try_wait().expect("a child can be waited for");
        if status.is_some() || started.elapsed() >= patience {
            return status;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn listening(line: &str) -> Option<SocketAddr> {
    let rest = MARKS.iter().find_map(|mark| line.split_once(mark))?.1;
    let end = rest.find([' ', '/', '"', ',']).unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
}

/// The lines of standard error, gathered by a thread.
#[derive(Clone, Debug, Default)]
struct Log(Arc<(Mutex<Lines>, Condvar)>);

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    ended: bool,
}

impl Log {
    fn follow(stderr: ChildStderr) -> Self {
        let log = Self::default();
        let writer = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writer.locked().lines.push(line);
                writer.0.1.notify_all();
            }
            writer.locked().ended = true;
            writer.0.1.notify_all();
        });
        log
    }

    fn locked(&self) -> MutexGuard<'_, Lines> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> Vec<String> {
        self.locked().lines.clone()
    }

    fn wait<T>(&self, patience: Duration, probe: impl Fn(&str) -> Option<T>) -> Option<T> {
        let started = Instant::now();
        let mut lines = self.locked();
        loop {
            if let Some(found) = lines.lines.iter().find_map(|line| probe(line)) {
                return Some(found);
            }
            let left = patience.saturating_sub(started.elapsed());
            if lines.ended || left.is_zero() {
                return None;
            }
            let waited = self.0.1.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_the_start_line() {
        let rows = [
            "listening on http://127.0.0.1:8080",
            "INFO zigdepot listening on http://127.0.0.1:8080/ with 2 workers",
            "Serving HTTP on http://127.0.0.1:8080/",
            "Server listening @ 127.0.0.1:8080...",
        ];
        for row in rows {
            assert_eq!(listening(row), "127.0.0.1:8080".parse().ok(), "{row}");
        }
        assert_eq!(
            listening("listening on http://[::]:80"),
            "[::]:80".parse().ok()
        );
    }

    #[test]
    fn program_that_ends_is_refused_with_what_it_said() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo HTTP_PORT: not a port >&2; exit 2"]);
        let refused = Running::launch(&mut command).unwrap_err();
        assert_eq!(refused.status.unwrap().code(), Some(2));
        assert_eq!(refused.log, ["HTTP_PORT: not a port"]);
    }

    #[test]
    fn program_that_listens_is_ended_by_term() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "trap 'exit 0' TERM; echo listening on http://127.0.0.1:1 >&2; while :; do sleep 0.01; done"]);
        let mut running = Running::launch(&mut command).unwrap();
        assert_eq!(running.address().port(), 1);
        running.terminate();
        assert_eq!(
            running.wait_exit(Duration::from_secs(5)).unwrap().code(),
            Some(0)
        );
    }

    #[test]
    fn command_that_hangs_is_killed_with_what_it_started() {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "sleep 77 & echo $!; wait"])
            .stdout(Stdio::piped());
        let mut child = command.process_group(0).spawn().unwrap();
        assert_eq!(
            wait_or_end_group(&mut child, Duration::from_millis(300)),
            None
        );
        // The end of the pipe comes only when the last process that holds it has ended.
        let output = child.wait_with_output().unwrap();
        assert!(!output.stdout.is_empty());
    }
}
