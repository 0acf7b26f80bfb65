//! The virtual Git hosts and the catalog: they read our requests strictly, answer as they are told,
//! and keep count.

use core::net::IpAddr;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::super::executor::OUTSIDE;
use super::super::net::{Broken, End, connection};
use super::super::reply::Cut;
use super::super::world::World;
use super::ills::{Ill, Saying};
use super::repos::{Repo, find};
use super::speak::{advertise, command};

/// The catalog's URL.
pub const CATALOG_URL: &str = "https://catalog.test/source.json";
const CATALOG_PATH: &str = "/source.json";
/// Silence lasts so long before a host gives up itself.
const SILENCE: u64 = 600_000;
/// What an endless body has, in bytes.
const ENDLESS: usize = 300_000;

/// The addresses of these hosts.
pub fn addresses(host: &str) -> Option<&'static [&'static str]> {
    match host {
        "git.test" => Some(&["9.9.9.9"]),
        "alt.test" => Some(&["9.9.9.10"]),
        "catalog.test" => Some(&["9.9.9.11"]),
        "mixed.test" => Some(&["169.254.169.254", "9.9.9.10"]),
        _ => None,
    }
}

/// Whether one of these hosts has the address.
pub fn has(address: IpAddr) -> bool {
    ["9.9.9.9", "9.9.9.10", "9.9.9.11"].contains(&address.to_string().as_str())
}

/// The hosts.
#[derive(Debug, Default)]
pub struct GitHosts {
    /// Answers to come; then [`Self::usual`].
    pub script: VecDeque<Saying>,
    /// The answer where no script is left.
    pub usual: Saying,
    /// Of a hundred answers so many are [any](Saying::any).
    pub ills: u64,
    /// The generation of the day, by path.
    pub generations: BTreeMap<&'static str, usize>,
    /// The catalog of the day.
    pub catalog: String,
    /// Servers give what is not named any more, if asked for its id.
    pub gives_all: bool,
    /// All requests: when, and host and target.
    pub asked: Vec<(u64, String)>,
}

impl GitHosts {
    fn next(&mut self, world: &World) -> Saying {
        if let Some(saying) = self.script.pop_front() {
            return saying;
        }
        if world.random.chance(self.ills) {
            return Saying::any(&world.random);
        }
        self.usual.clone()
    }

    /// The generation of a repository.
    pub fn generation(&self, repo: &Repo) -> usize {
        self.generations.get(repo.path).copied().unwrap_or(0)
    }

    /// How many requests have this in their target.
    pub fn count(&self, part: &str) -> usize {
        let has = |(_, what): &&(u64, String)| what.contains(part);
        self.asked.iter().filter(has).count()
    }

    /// From now on all answers are honest.
    pub fn reform(&mut self) {
        self.script.clear();
        self.ills = 0;
        self.usual = Saying::default();
    }
}

/// Accepts a connection, and serves it.
pub fn accept(world: &Rc<World>) -> End {
    let room = world.random.size(200, 8000);
    let (ours, theirs) = connection(&world.clock, &world.random, [8192, room]);
    let task = serve(Rc::clone(world), theirs);
    world.executor.spawn(OUTSIDE, "git host".into(), task);
    ours
}

async fn serve(world: Rc<World>, mut end: End) {
    let Some(request) = read(&world, &mut end).await else {
        return;
    };
    let asked = match Asked::parse(&request) {
        Ok(asked) => asked,
        Err(why) => {
            let text = request.escape_ascii();
            world.fault(format!(
                "a Git host was asked something wrong: {why}: {text}"
            ));
            return;
        }
    };
    let (saying, head, body) = {
        let mut hosts = world.hosts.borrow_mut();
        let saying = hosts.next(&world);
        let what = format!("{}{}", asked.host, asked.target);
        world.note(format_args!("{what} is asked for: {:?}", saying.ill));
        hosts.asked.push((world.clock.now(), what));
        let (head, body) = answer(&mut hosts, &asked, &saying);
        (saying, head, body)
    };
    let _ = send(&world, &mut end, &saying, &head, &body).await;
}

async fn read(world: &World, end: &mut End) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 2048];
    loop {
        let head = request.windows(4).position(|part| part == b"\r\n\r\n");
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&request[..head]).into_owned();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "));
            let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if request.len() >= head + 4 + length {
                return Some(request);
            }
        }
        match end.recv(&mut buffer, world.clock.now() + SILENCE).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
}

async fn send(
    world: &World,
    end: &mut End,
    saying: &Saying,
    head: &[u8],
    body: &[u8],
) -> Result<(), Broken> {
    let until = |wait: u64| world.clock.now() + wait;
    world.clock.sleep(until(saying.delay)).await;
    end.send_all(head, until(SILENCE)).await?;
    let cut = saying
        .ill
        .cut()
        .map(|(after, how)| (after.min(body.len()), how));
    for chunk in body[..cut.map_or(body.len(), |(after, _)| after)].chunks(saying.chunk.max(1)) {
        end.send_all(chunk, until(SILENCE)).await?;
        if saying.gap > 0 {
            world.clock.sleep(until(saying.gap)).await;
        }
    }
    match cut {
        None | Some((_, Cut::Fin)) => {}
        Some((_, Cut::Reset)) => end.abort(),
        Some((_, Cut::Stall)) => {
            end.recv(&mut [0; 16], until(SILENCE)).await?;
        }
    }
    Ok(())
}

/// A request that is exactly as ours have to be.
#[derive(Debug)]
struct Asked {
    host: String,
    target: String,
    body: Vec<u8>,
}

impl Asked {
    fn parse(request: &[u8]) -> Result<Self, &'static str> {
        let end = request.windows(4).position(|part| part == b"\r\n\r\n");
        let end = end.ok_or("no end")?;
        let text = core::str::from_utf8(&request[..end]).map_err(|_| "not UTF-8")?;
        let (line, fields) = text.split_once("\r\n").ok_or("no fields")?;
        let fields: BTreeMap<&str, &str> = fields
            .split("\r\n")
            .filter_map(|line| line.split_once(": "))
            .collect();
        let words: Vec<&str> = line.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words[..] else {
            return Err("request line");
        };
        let body = request[end + 4..].to_vec();
        let wants = |name: &str, value: &str| fields.get(name) == Some(&value);
        let host = fields.get("Host").ok_or("Host")?;
        if !wants("Accept-Encoding", "identity") || !wants("Connection", "close") {
            return Err("Accept-Encoding or Connection");
        }
        fields
            .get("User-Agent")
            .filter(|agent| agent.starts_with("git/") || agent.contains("zigdepot"))
            .ok_or("User-Agent")?;
        let is_git = target != CATALOG_PATH;
        if is_git && !wants("Git-Protocol", "version=2") {
            return Err("Git-Protocol");
        }
        let is_command = target.ends_with("/git-upload-pack");
        match (method, is_command) {
            ("GET", false) if body.is_empty() => {}
            ("POST", true)
                if wants("Content-Type", "application/x-git-upload-pack-request")
                    && wants("Content-Length", &body.len().to_string()) => {}
            _ => return Err("method"),
        }
        Ok(Self {
            host: (*host).to_owned(),
            target: target.to_owned(),
            body,
        })
    }
}

/// Head and body.
fn answer(hosts: &mut GitHosts, asked: &Asked, saying: &Saying) -> (Vec<u8>, Vec<u8>) {
    let (path, what) = split(&asked.target);
    if let Ill::Status(status) = saying.ill {
        return plain(status, "text/plain", b"no\n".to_vec(), saying);
    }
    if saying.ill == Ill::WebPage {
        return plain(200, "text/html; charset=utf-8", b"<html>".to_vec(), saying);
    }
    if let Ill::Redirect(host, permanent) = saying.ill {
        let status = if permanent { 301 } else { 302 };
        let to = format!("https://{host}{}", asked.target);
        let head =
            format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
        return (head.into_bytes(), Vec::new());
    }
    if asked.target == CATALOG_PATH {
        let body = tampered(hosts.catalog.clone().into_bytes(), &saying.ill);
        return plain(200, "application/json", body, saying);
    }
    let Some(repo) = find(path) else {
        return plain(404, "text/plain", b"no such repository\n".to_vec(), saying);
    };
    if saying.ill == Ill::Moves {
        let generation = hosts.generations.entry(repo.path).or_default();
        *generation = (*generation + 1).min(repo.generations.len() - 1);
    }
    let generation = hosts.generation(repo);
    let (kind, body) = match what {
        "info/refs?service=git-upload-pack" => {
            ("advertisement", advertise(repo, generation, saying))
        }
        _ => (
            "result",
            command(hosts.gives_all, (repo, generation), &asked.body, saying),
        ),
    };
    let body = tampered(body, &saying.ill);
    let kind = format!("application/x-git-upload-pack-{kind}");
    plain(200, &kind, body, saying)
}

/// The repository, and what of it.
fn split(target: &str) -> (&str, &str) {
    let end = target
        .match_indices('/')
        .nth(2)
        .map_or(target.len(), |(at, _)| at);
    (&target[..end], target[end..].trim_start_matches('/'))
}

fn plain(status: u16, kind: &str, body: Vec<u8>, saying: &Saying) -> (Vec<u8>, Vec<u8>) {
    let (framing, body) = if saying.chunked {
        let mut chunks = Vec::new();
        for chunk in body.chunks(saying.chunk.clamp(1, 1000)) {
            chunks.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
            chunks.extend_from_slice(chunk);
            chunks.extend_from_slice(b"\r\n");
        }
        chunks.extend_from_slice(b"0\r\n\r\n");
        ("Transfer-Encoding: chunked".to_owned(), chunks)
    } else {
        (format!("Content-Length: {}", body.len()), body)
    };
    let body = if matches!(status, 204 | 304) {
        Vec::new()
    } else {
        body
    };
    let head = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n{framing}\r\nConnection: close\r\n\r\n"
    );
    (head.into_bytes(), body)
}

fn tampered(mut body: Vec<u8>, ill: &Ill) -> Vec<u8> {
    // Nothing vouches for the names in a list of references.
    let has_pack = body.windows(4).any(|part| part == b"PACK");
    if let Ill::Flip(at) = ill
        && has_pack
    {
        let at = at % body.len();
        body[at] ^= 1;
    } else if let Ill::Shorter(less) = ill {
        body.truncate(body.len().saturating_sub(*less));
    } else if *ill == Ill::Endless {
        body.resize(body.len() + ENDLESS, b'0');
    }
    body
}
