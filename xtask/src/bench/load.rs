//! The load: wrk for many small requests, threads that read and discard for large ones, and
//! clients that hardly read at all.

use core::time::Duration;
use std::{
    fs,
    io::{ErrorKind, Read},
    path::Path,
    process::Command,
    thread,
    time::Instant,
};

use super::{fixture::Artifact, measure::Load};
use crate::{
    failure::{Doing, Failure},
    http, tools,
};

/// What a client reads at once; large, so that the reader is not the limit sooner than it must be.
pub(super) const BUFFER: usize = 256 * 1024;

/// Makes wrk post a file.
const POST: &str = include_str!("../../bench/post.lua");

/// How wrk is to ask.
#[derive(Clone, Copy)]
pub(super) struct Wrk<'a> {
    pub(super) connections: u32,
    pub(super) headers: &'a [&'a str],
    /// The file that is posted; none: GET.
    pub(super) body: Option<&'a Path>,
}

/// Runs wrk for whole seconds.
pub(super) fn wrk(how: Wrk<'_>, port: u16, path: &str, seconds: u32) -> Result<Load, Failure> {
    let mut command = Command::new("wrk");
    command
        .args(["-t1", "--timeout", "20s"])
        .arg(format!("-c{}", how.connections))
        .arg(format!("-d{seconds}s"));
    for header in how.headers {
        command.args(["-H", header]);
    }
    let url = format!("http://127.0.0.1:{port}{path}");
    if let Some(body) = how.body {
        let script = body.with_extension("lua");
        fs::write(&script, POST).doing(script.display())?;
        command.arg("-s").arg(script).arg(url).arg("--").arg(body);
    } else {
        command.arg(url);
    }
    let text = tools::stdout_of(&mut command)?;
    parse_wrk(&text).doing(format!("wrk printed no figures:\n{text}"))
}

/// `619840 requests in 4.00s, 367.09MB read`, and lines about errors only where there were any.
fn parse_wrk(text: &str) -> Option<Load> {
    let line = text.lines().find(|line| line.contains(" requests in "))?;
    let (requests, rest) = line.trim().split_once(" requests in ")?;
    let (seconds, _) = rest.split_once("s, ")?;
    let numbers = |line: &str| -> u64 {
        line.split([' ', ','])
            .filter_map(|word| word.parse::<u64>().ok())
            .sum()
    };
    let complaint = |line: &&str| line.contains("Socket errors:") || line.contains("Non-2xx");
    let errors = text.lines().filter(complaint).map(numbers).sum();
    Some(Load {
        requests: requests.parse().ok()?,
        bytes: 0,
        seconds: seconds.parse().ok()?,
        errors,
    })
}

/// Downloads again and again with some clients, each request on a new connection.
///
/// Every body is compared: wrong bytes fail the run, and a client that looks at what it gets is
/// the limit rather than the server, whose CPU per GB is then steady. A client that only discards
/// is so fast that it wakes the server for each small gap in the socket's buffer.
pub(super) fn bulk(clients: u32, port: u16, file: Artifact, seconds: f64) -> Result<Load, Failure> {
    let (path, body) = (file.path(), file.body());
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(seconds);
    let requests = thread::scope(|scope| {
        let download = || download_until(end, port, &path, &body);
        let clients: Vec<_> = (0..clients).map(|_| scope.spawn(download)).collect();
        let lost = || Err(Failure::new("client panicked"));
        let counts = clients
            .into_iter()
            .map(|client| client.join().unwrap_or_else(|_| lost()));
        counts.sum::<Result<u64, Failure>>()
    })?;
    let bytes = requests * body.len() as u64;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Load {
        requests,
        bytes,
        seconds,
        errors: 0,
    })
}

fn download_until(end: Instant, port: u16, path: &str, body: &[u8]) -> Result<u64, Failure> {
    let mut buffer = vec![0; BUFFER];
    let mut requests = 0;
    while Instant::now() < end {
        http::get(port, path, None)?.compare(body, &mut buffer)?;
        requests += 1;
    }
    Ok(requests)
}

/// Keeps `clients` downloads open that read 4 KiB ten times a second each.
pub(super) fn slow(clients: u32, port: u16, path: &str, seconds: f64) -> Result<Load, Failure> {
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(seconds);
    let mut open = Vec::new();
    for _ in 0..clients {
        let response = http::get(port, path, None)?;
        response.stream.set_nonblocking(true).doing("nonblocking")?;
        open.push(response);
    }
    let mut load = Load {
        requests: u64::from(clients),
        ..Load::default()
    };
    let mut buffer = [0; 4096];
    while Instant::now() < end {
        thread::sleep(Duration::from_millis(100));
        for response in &mut open {
            match response.stream.read(&mut buffer) {
                Ok(0) => load.errors += 1,
                Ok(count) => load.bytes += count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => load.errors += 1,
            }
        }
    }
    load.seconds = start.elapsed().as_secs_f64();
    Ok(load)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_wrk_are_read_with_its_errors() {
        let text = "Running 4s test @ http://127.0.0.1:1/\n  1 threads and 32 connections\n\
                    \x20 619840 requests in 4.00s, 367.09MB read\n\
                    \x20 Socket errors: connect 1, read 2, write 0, timeout 4\n\
                    \x20 Non-2xx or 3xx responses: 10\nRequests/sec: 154424.11\n";
        let load = parse_wrk(text).unwrap();
        assert_eq!((load.requests, load.errors), (619_840, 17));
        assert!((load.seconds - 4.0).abs() < f64::EPSILON);
        assert!(parse_wrk("unable to connect").is_none());
    }
}
