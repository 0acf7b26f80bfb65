//! What a server spends: CPU of all its processes, memory counted once (PSS), and how much other
//! work the machine did meanwhile.
//!
//! On loopback a sender's system time includes the receiver's half of TCP, so figures compare
//! servers with each other and say nothing about a network card.

use core::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Instant,
};

use crate::{
    failure::{Doing, Failure},
    tools,
};

/// What /proc counts CPU time in, on every Linux a person meets.
const TICKS_PER_SECOND: f64 = 100.0;

/// A run with more other work than this is made again.
const MAX_OTHER: f64 = 0.10;

const TRIES: u32 = 3;

const PREFIX: &str = "zigdepot-bench-";

/// A control group to count CPU in; where there is none, the process tree is walked.
pub(super) struct Group {
    dir: Option<PathBuf>,
    root: u32,
}

impl Group {
    /// Makes the group; `v1` with its cpuacct controller, else the one hierarchy of v2.
    pub(super) fn new(name: &str) -> Self {
        let places = [
            ("/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
            ("/sys/fs/cgroup", "cpu.stat"),
        ];
        let usable = places
            .into_iter()
            .filter(|(base, mark)| Path::new(base).join(mark).exists());
        let dir = usable
            .map(|(base, _)| Path::new(base).join(format!("{PREFIX}{name}")))
            .find(|dir| fs::create_dir(dir).is_ok());
        Self { dir, root: 0 }
    }

    /// The file that a process writes its id to in order to join.
    pub(super) fn door(&self) -> PathBuf {
        self.dir.as_ref().map_or_else(
            || PathBuf::from("/dev/null"),
            |dir| dir.join("cgroup.procs"),
        )
    }

    pub(super) fn set_root(&mut self, pid: u32) {
        self.root = pid;
    }

    pub(super) fn pids(&self) -> Vec<u32> {
        if self.dir.is_some() {
            let text = fs::read_to_string(self.door()).unwrap_or_default();
            return text.lines().filter_map(|line| line.parse().ok()).collect();
        }
        let mut pids = tools::descendants(self.root);
        pids.push(self.root);
        pids
    }

    /// CPU seconds, user and system, of all that ever ran in it.
    pub(super) fn cpu(&self) -> f64 {
        let Some(dir) = &self.dir else {
            return self.pids().into_iter().map(process_cpu).sum();
        };
        if let Ok(text) = fs::read_to_string(dir.join("cpuacct.usage")) {
            return text.trim().parse::<f64>().unwrap_or_default() / 1e9;
        }
        let text = fs::read_to_string(dir.join("cpu.stat")).unwrap_or_default();
        field(&text, "usage_usec") / 1e6
    }

    /// Bytes of memory, pages shared among processes counted once.
    pub(super) fn pss(&self) -> f64 {
        let roll =
            |pid| fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        self.pids()
            .into_iter()
            .map(|pid| field(&roll(pid), "Pss:") * 1024.0)
            .sum()
    }

    /// Runs `work` and returns with its result the highest PSS seen meanwhile.
    pub(super) fn peak_pss<T>(&self, work: impl FnOnce() -> T) -> (T, f64) {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let sampler = scope.spawn(|| {
                let mut peak = self.pss();
                while !done.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(25));
                    peak = peak.max(self.pss());
                }
                peak
            });
            let result = work();
            done.store(true, Ordering::Relaxed);
            (result, sampler.join().unwrap_or(f64::NAN))
        })
    }

    /// Runs `work` and returns with its result how far resident memory rose meanwhile, in bytes:
    /// the kernel's own high-water mark, which no sampling can miss.
    pub(super) fn rise<T>(&self, work: impl FnOnce() -> T) -> Result<(T, f64), Failure> {
        let pids = self.pids();
        for pid in &pids {
            // Sets the mark to what is resident now (proc(5), clear_refs).
            let path = format!("/proc/{pid}/clear_refs");
            fs::write(&path, "5").doing(path)?;
        }
        let before = status(&pids, "VmRSS:");
        let result = work();
        Ok((result, status(&pids, "VmHWM:") - before))
    }

    /// Removes the group once its processes are gone.
    pub(super) fn remove(&self) {
        let Some(dir) = &self.dir else { return };
        for _ in 0..50 {
            if fs::remove_dir(dir).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Removes the empty groups of a bench that was killed; one with processes stays.
pub(super) fn remove_stale_groups() {
    for base in ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"] {
        for entry in fs::read_dir(base).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                fs::remove_dir(entry.path()).ok();
            }
        }
    }
}

/// What a load generator counted.
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) requests: u64,
    pub(super) bytes: u64,
    pub(super) seconds: f64,
    pub(super) errors: u64,
}

/// One run of one load against one server.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) load: Load,
    /// CPU seconds that the server spent.
    pub(super) cpu: f64,
    /// The server's share of its processor: near 1 it was the limit, else the client was.
    pub(super) busy: f64,
    /// Processors' worth of work by other programs.
    pub(super) other: f64,
}

/// Runs a load once and adds what the server and the rest of the machine did.
pub(super) fn measured(
    group: &Group,
    load: impl FnOnce() -> Result<Load, Failure>,
) -> Result<Run, Failure> {
    let start = Instant::now();
    let before = (group.cpu(), process_cpu(std::process::id()), machine_busy());
    let load = load()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = group.cpu() - before.0;
    let client = process_cpu(std::process::id()) - before.1;
    let other = (machine_busy() - before.2 - cpu - client) / wall;
    Ok(Run {
        load,
        cpu,
        busy: cpu / wall,
        other: other.max(0.0),
    })
}

/// The run with the least other work on the machine, of some tries while there is patience.
pub(super) fn quietest(
    group: &Group,
    patience: Instant,
    mut load: impl FnMut() -> Result<Load, Failure>,
) -> Result<Run, Failure> {
    let mut best: Option<Run> = None;
    for _ in 0..TRIES {
        wait_quiet(patience);
        let run = measured(group, &mut load)?;
        if best.as_ref().is_none_or(|best| run.other < best.other) {
            best = Some(run);
        }
        let quiet = best.as_ref().is_some_and(|best| best.other <= MAX_OTHER);
        if quiet || Instant::now() > patience {
            break;
        }
    }
    best.doing("no run")
}

/// Waits, until `end` at most, until other programs leave the machine nearly idle.
pub(super) fn wait_quiet(end: Instant) {
    while Instant::now() < end {
        let before = machine_busy();
        thread::sleep(Duration::from_millis(300));
        if machine_busy() - before < 0.05 {
            return;
        }
    }
}

/// The sum of a field of /proc/PID/status that is in kB, in bytes.
fn status(pids: &[u32], name: &str) -> f64 {
    let text = |pid| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = |pid: &u32| field(&text(*pid), name) * 1024.0;
    pids.iter().map(of).sum()
}

/// User and system seconds of a process and of the children it waited for.
fn process_cpu(pid: u32) -> f64 {
    let fields = tools::stat_fields(pid).unwrap_or_default();
    let ticks = fields
        .iter()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// Seconds that all processors were busy since the machine started.
fn machine_busy() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: Vec<f64> = first
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|field| field.parse().ok())
        .collect();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    (ticks.iter().sum::<f64>() - idle) / TICKS_PER_SECOND
}

/// The number after a name at the start of a line.
fn field(text: &str, name: &str) -> f64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(name));
    let number = rest.and_then(|rest| rest.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_at_the_start_of_its_line() {
        let text = "Rss:   10 kB\nPss:  7 kB\nusage_usec 1500000\n";
        assert!((field(text, "Pss:") - 7.0).abs() < f64::EPSILON);
        assert!((field(text, "usage_usec") - 1_500_000.0).abs() < f64::EPSILON);
        assert!(field(text, "Swap:").abs() < f64::EPSILON);
    }

    #[test]
    fn this_process_and_this_machine_have_spent_time() {
        assert!(machine_busy() > 0.0);
        assert!(process_cpu(1) >= 0.0);
    }
}
