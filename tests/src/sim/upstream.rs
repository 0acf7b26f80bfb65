//! The upstreams: they read our requests strictly, answer by a script, and keep count.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::net::IpAddr;
use core::task::{Poll, Waker};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::catalog::{CATALOG, NOMINATED_VERSION, version_of};
use super::executor::OUTSIDE;
use super::forge;
use super::net::{Broken, End, connection};
use super::registry::serve as git;
use super::reply::{Cut, Reply, Rest, Terms};
use super::world::World;

/// Silence lasts so long before an upstream gives up itself.
const SILENCE: u64 = 600_000;

/// The addresses of a host name.
pub fn addresses(host: &str) -> Vec<IpAddr> {
    let texts: &[&str] = match host {
        // The operator's hosts may be anywhere.
        "ziglang.org" => &["10.1.1.1"],
        "pkg.hexops.org" => &["2606:4700::dead", "1.1.1.1"],
        "cdn.test" | "forge.test" => &["8.8.4.4"],
        "inside.test" => &["10.0.0.9", "fd00::9"],
        "both.test" => &["169.254.169.254", "8.8.4.4"],
        _ => &[],
    };
    let texts = git::addresses(host).unwrap_or(texts);
    let parse = |text: &&str| text.parse().expect("the table holds addresses");
    texts.iter().map(parse).collect()
}

/// An address that no redirect may lead to.
pub fn is_forbidden(address: IpAddr) -> bool {
    ["10.0.0.9", "fd00::9", "169.254.169.254"].contains(&address.to_string().as_str())
}

/// An address that nobody listens on.
pub fn is_unreachable(address: IpAddr) -> bool {
    address.to_string() == "2606:4700::dead"
}

/// What was asked for on a connection, as long as we hold its other end.
#[derive(Debug, Default)]
pub struct Seat {
    name: RefCell<Option<String>>,
    left: Cell<bool>,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When.
    pub at: u64,
    /// Host and file, as in `ziglang.org/zig-0.15.1.tar.xz`.
    pub what: String,
    /// The first byte asked for.
    pub start: usize,
}

/// All upstreams together.
#[derive(Debug, Default)]
pub struct Internet {
    /// Answers to come, by host and file; then [`Self::usual`].
    pub scripts: BTreeMap<String, VecDeque<Reply>>,
    /// The answer where no script is left.
    pub usual: Reply,
    /// The generation of the day, by file.
    pub generations: BTreeMap<String, usize>,
    /// Only one connection is served at a time.
    pub one_at_a_time: bool,
    /// All requests so far.
    pub asked: Vec<Asked>,
    /// Zig's indexes by URL, each with the milliseconds before it comes.
    pub indexes: BTreeMap<String, (u64, String)>,
    /// Files that were said not to exist.
    pub denied: BTreeSet<String>,
    /// Fetches under way, by file.
    active: BTreeMap<String, usize>,
    busy: bool,
    doors: Vec<Waker>,
}

impl Internet {
    /// A connection is gone on our side.
    pub fn leave(&mut self, seat: &Seat) {
        seat.left.set(true);
        if let Some(name) = seat.name.take()
            && let Some(count) = self.active.get_mut(&name)
        {
            *count -= 1;
        }
    }

    /// Sets what will be answered for a file.
    pub fn script(&mut self, what: &str, replies: impl IntoIterator<Item = Reply>) {
        self.scripts
            .insert(what.into(), replies.into_iter().collect());
    }

    /// How often a file was asked for, by its name.
    pub fn count(&self, name: &str) -> usize {
        let is_it = |asked: &&Asked| asked.what.rsplit('/').next() == Some(name);
        self.asked.iter().filter(is_it).count()
    }

    /// A new day: nothing of the scripts is left, all answers are honest.
    pub fn reform(&mut self) {
        self.scripts.clear();
        self.usual = Reply::default();
        self.one_at_a_time = false;
    }
}

/// Accepts a connection, and serves it.
pub fn accept(world: &Rc<World>) -> (End, Rc<Seat>) {
    let room = world.random.size(200, 4000);
    let (ours, theirs) = connection(&world.clock, &world.random, [4096, room]);
    let seat = Rc::new(Seat::default());
    let task = serve(Rc::clone(world), theirs, Rc::clone(&seat));
    world.executor.spawn(OUTSIDE, "upstream".into(), task);
    (ours, seat)
}

async fn serve(world: Rc<World>, mut end: End, seat: Rc<Seat>) {
    let door = Door::open(&world).await;
    let Some(request) = read_request(&world, &mut end).await else {
        return;
    };
    let (asked, terms) = match parse(&request) {
        Ok(parsed) => parsed,
        Err(why) => {
            let text = request.escape_ascii();
            world.fault(format!("upstream was asked something wrong: {why}: {text}"));
            return;
        }
    };
    let index = world.internet.borrow().indexes.get(&asked).cloned();
    if let Some((delay, text)) = index {
        return tell_index(&world, &mut end, delay, &text).await;
    }
    let name = asked.rsplit('/').next().unwrap_or_default().to_owned();
    let (reply, generation) = note(&world, &seat, &asked, &name, &terms);
    let said = if reply.brings() {
        generation
    } else {
        usize::MAX
    };
    let told = world.memory.borrow_mut().handle_telling(&name, said);
    let answered = answer(&world, &mut end, &reply, &name, generation, &terms).await;
    let now = world.clock.now();
    world.memory.borrow_mut().handle_told(told, now);
    if answered.is_ok() && door.1 {
        // Whoever holds the connection keeps all others waiting.
        end.finish();
        let _ = end.recv(&mut [0; 16], world.clock.now() + SILENCE).await;
    }
}

async fn tell_index(world: &World, end: &mut End, delay: u64, text: &str) {
    world.clock.sleep(world.clock.now() + delay).await;
    let length = text.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}");
    let until = world.clock.now() + SILENCE;
    // Whether anybody is there still is not its business.
    let _ = end.send_all(answer.as_bytes(), until).await;
}

/// Counts a request and finds its answer.
fn note(world: &Rc<World>, seat: &Seat, asked: &str, name: &str, terms: &Terms) -> (Reply, usize) {
    let start = terms.rest.as_ref().map_or(0, |rest| rest.start);
    world.note(format_args!("upstream is asked for {asked} from {start}"));
    let mut internet = world.internet.borrow_mut();
    internet.asked.push(Asked {
        at: world.clock.now(),
        what: asked.into(),
        start,
    });
    if !seat.left.get() {
        seat.name.replace(Some(name.into()));
        let active = internet.active.entry(name.into()).or_default();
        *active += 1;
        if *active > 1 {
            world.fault(format!("{name} is fetched twice at a time"));
        }
    }
    let usual = internet.usual.clone();
    let script = internet.scripts.get_mut(asked);
    let reply = script.and_then(VecDeque::pop_front).unwrap_or(usual);
    if matches!(reply.status, 404 | 410) {
        internet.denied.insert(name.into());
    }
    let generation = internet.generations.get(name).copied().unwrap_or(0);
    let generation = reply.generation.unwrap_or(generation);
    (reply, generation.min(CATALOG.genuine(name).len() - 1))
}

async fn answer(
    world: &Rc<World>,
    end: &mut End,
    reply: &Reply,
    name: &str,
    generation: usize,
    terms: &Terms,
) -> Result<(), Broken> {
    let until = |wait: u64| world.clock.now() + wait;
    world.clock.sleep(until(reply.delay)).await;
    let (head, body) = reply.render(name, generation, terms);
    end.send_all(&head, until(SILENCE)).await?;
    let whole = reply
        .cut
        .map_or(body.len(), |(after, _)| after.min(body.len()));
    for chunk in body[..whole].chunks(reply.chunk.max(1)) {
        end.send_all(chunk, until(SILENCE)).await?;
        if reply.gap > 0 {
            world.clock.sleep(until(reply.gap)).await;
        }
    }
    match reply.cut {
        None | Some((_, Cut::Fin)) => {}
        Some((_, Cut::Reset)) => {
            end.abort();
            return Err(Broken::Reset);
        }
        Some((_, Cut::Stall)) => {
            end.recv(&mut [0; 16], until(SILENCE)).await?;
        }
    }
    Ok(())
}

async fn read_request(world: &Rc<World>, end: &mut End) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 512];
    while !request.ends_with(b"\r\n\r\n") {
        let until = world.clock.now() + SILENCE;
        match end.recv(&mut buffer, until).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
    Some(request)
}

/// Host and file of a request that is exactly as ours have to be, and its terms.
fn parse(request: &[u8]) -> Result<(String, Terms), &'static str> {
    let text = core::str::from_utf8(request).map_err(|_| "not UTF-8")?;
    let text = text.strip_suffix("\r\n\r\n").ok_or("no end")?;
    let mut lines = text.split("\r\n");
    let target = lines.next().and_then(|line| line.strip_prefix("GET "));
    let target = target.and_then(|line| line.strip_suffix(" HTTP/1.1"));
    let path = target
        .filter(|path| path.starts_with('/'))
        .ok_or("request line")?;
    let mut next = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(": ");
    let host = next("Host").ok_or("Host")?;
    next("User-Agent").ok_or("User-Agent")?;
    next("Accept").filter(|v| *v == "*/*").ok_or("Accept")?;
    next("Accept-Encoding")
        .filter(|v| *v == "identity")
        .ok_or("Accept-Encoding")?;
    let mut terms = Terms::default();
    let mut line = lines.next().ok_or("Connection")?;
    for (field, value) in [
        ("If-None-Match: ", &mut terms.none_match),
        ("If-Modified-Since: ", &mut terms.modified_since),
    ] {
        if let Some(text) = line.strip_prefix(field) {
            *value = Some(text.into());
            line = lines.next().ok_or("Connection")?;
        }
    }
    if let Some(range) = line.strip_prefix("Range: bytes=") {
        let start = range.strip_suffix('-').and_then(|n| n.parse().ok());
        let if_range = lines
            .next()
            .and_then(|line| line.strip_prefix("If-Range: "));
        terms.rest = Some(Rest {
            start: start.ok_or("Range")?,
            if_range: if_range.ok_or("If-Range")?.into(),
        });
        line = lines.next().ok_or("Connection")?;
    }
    if line != "Connection: close" || lines.next().is_some() {
        return Err("fields");
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == "index.json" {
        return Ok((format!("https://{host}{path}"), terms));
    }
    CATALOG.find(name).ok_or("no such file")?;
    if !may_be_asked(host, path, name) {
        return Err("not that file's path");
    }
    Ok((format!("{host}/{name}"), terms))
}

/// Where each host has its files.
fn may_be_asked(host: &str, path: &str, name: &str) -> bool {
    let version = version_of(name);
    let is_release = !version.contains("-dev.") && !name.contains("-index.json");
    match host {
        "forge.test" => forge::find(name).is_some_and(|file| file.source == path),
        "ziglang.org" if is_release => path == format!("/download/{version}/{name}"),
        "ziglang.org" => path == format!("/builds/{name}"),
        "pkg.hexops.org" => path == format!("/zig/{name}") && version == NOMINATED_VERSION,
        "cdn.test" | "both.test" => path == format!("/files/{name}"),
        _ => false,
    }
}

/// The one connection that is served.
struct Door<'a>(&'a Rc<World>, bool);

impl<'a> Door<'a> {
    async fn open(world: &'a Rc<World>) -> Self {
        poll_fn(|cx| {
            let mut internet = world.internet.borrow_mut();
            if !internet.one_at_a_time {
                return Poll::Ready(Door(world, false));
            }
            if internet.busy {
                internet.doors.push(cx.waker().clone());
                return Poll::Pending;
            }
            internet.busy = true;
            Poll::Ready(Door(world, true))
        })
        .await
    }
}

impl Drop for Door<'_> {
    fn drop(&mut self) {
        if self.1 {
            let mut internet = self.0.internet.borrow_mut();
            internet.busy = false;
            for waker in internet.doors.drain(..) {
                waker.wake();
            }
        }
    }
}
