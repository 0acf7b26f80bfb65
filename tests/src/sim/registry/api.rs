//! Clients of the API: what they ask, how they follow a job, and the judge of what they are told.

use core::cell::RefCell;
use std::borrow::Cow;
use std::rc::Rc;

use zigdepot_core::json::{Limits, Value};

use super::super::answer::Answer;
use super::super::client::Visitor;
use super::super::executor::OUTSIDE;
use super::super::net::Broken;
use super::super::world::{Caller, World};
use super::promises;

/// Whoever waits longer for a byte waits for ever.
const PATIENCE: u64 = 2 * 3600 * 1000;
/// A job is asked for again after so long.
const POLL: u64 = 1500;
/// What a request that writes shows.
pub const TOKEN: &str = "sim-token";

/// A wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Bring a package.
    Fetch {
        /// From here.
        url: String,
        /// Do not wait for it.
        is_asynchronous: bool,
    },
    /// Bring everything up to date.
    Update,
    /// A document, or a manifest.
    Get(String),
}

impl Wish {
    /// Bring the repository at this path of a host, and wait.
    pub fn fetch(host: &str, path: &str) -> Self {
        Self::Fetch {
            url: format!("https://{host}{path}"),
            is_asynchronous: false,
        }
    }

    fn render(&self) -> Vec<u8> {
        let post = |path: &str, more: &str, body: &str| {
            let length = body.len();
            format!(
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\
                 {more}Content-Length: {length}\r\n\r\n{body}"
            )
        };
        let text = match self {
            Self::Fetch {
                url,
                is_asynchronous,
            } => {
                let prefer = if *is_asynchronous {
                    "Prefer: respond-async\r\n"
                } else {
                    ""
                };
                post("/api/fetch", prefer, &format!("{{\"url\":\"{url}\"}}"))
            }
            Self::Update => post("/api/update", "", ""),
            Self::Get(path) => format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        };
        text.into_bytes()
    }
}

/// How a wish ended.
#[derive(Clone, Debug)]
pub enum Told {
    /// With this status and document; of a job the status that a client who waits would have got.
    Answer(u16, Value),
    /// Without an answer.
    Nothing,
    /// Its job was forgotten, with the process that had it.
    Forgotten,
}

impl Told {
    /// The status, if there is one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(status, _) => Some(*status),
            Self::Nothing | Self::Forgotten => None,
        }
    }

    /// The text of a member.
    pub fn text(&self, key: &str) -> String {
        match self {
            Self::Answer(_, document) => document
                .get(key)
                .and_then(Value::as_text)
                .map_or(String::new(), Cow::into_owned),
            Self::Nothing | Self::Forgotten => String::new(),
        }
    }

    /// The number in a member.
    pub fn number(&self, key: &str) -> u64 {
        match self {
            Self::Answer(_, document) => document.get(key).and_then(Value::as_u64).unwrap_or(0),
            Self::Nothing | Self::Forgotten => 0,
        }
    }

    /// How many items a member has.
    pub fn count(&self, key: &str) -> usize {
        match self {
            Self::Answer(_, document) => {
                let items = document.get(key).and_then(Value::items);
                items.map_or(0, <[Value]>::len)
            }
            Self::Nothing | Self::Forgotten => 0,
        }
    }
}

/// What a client was told, in order.
pub type Log = Rc<RefCell<Vec<Told>>>;

/// Sends a client with these wishes to a node, after a while.
pub fn ask(world: &Rc<World>, node: usize, wait: u64, wishes: Vec<Wish>) -> Log {
    let log = Log::default();
    let (world, task_log) = (Rc::clone(world), Rc::clone(&log));
    let start = world.clock.now() + wait;
    let name = format!("client of the API: {wishes:?}");
    let there = Rc::clone(&world);
    world.executor.spawn(OUTSIDE, name, async move {
        there.clock.sleep(start).await;
        for wish in &wishes {
            let told = fulfil(&there, node, wish).await;
            there.note(format_args!("client of {wish:?}: {}", brief(&told)));
            task_log.borrow_mut().push(told);
        }
    });
    log
}

fn brief(told: &Told) -> String {
    match told {
        Told::Answer(status, document) => {
            let mut text = document.compact();
            text.truncate(
                text.char_indices()
                    .map(|(at, _)| at)
                    .nth(400)
                    .unwrap_or(text.len()),
            );
            format!("{status} {text}")
        }
        Told::Nothing | Told::Forgotten => format!("{told:?}"),
    }
}

async fn fulfil(world: &Rc<World>, node: usize, wish: &Wish) -> Told {
    let Some(caller) = dial(world, node) else {
        return Told::Nothing;
    };
    let (number, sent) = (caller.process.number, world.clock.now());
    let Some(answer) = converse(world, caller, &wish.render()).await else {
        return Told::Nothing;
    };
    let told = document(world, wish, &answer);
    let told = match (wish, answer.status) {
        (Wish::Fetch { .. }, 202) => follow(world, node, number, &answer, told).await,
        _ => told,
    };
    if let Err(why) = judge(world, (wish, sent), &told) {
        world.fault(format!("{wish:?} was told {}: {why}", brief(&told)));
    }
    told
}

/// Follows a job to its end.
async fn follow(world: &Rc<World>, node: usize, number: u64, answer: &Answer, first: Told) -> Told {
    let path = answer.field("location").unwrap_or_default().to_owned();
    if path != format!("/api/jobs/{}", first.text("id")) {
        world.fault(format!("the job {} lies at {path:?}", first.text("id")));
        return Told::Forgotten;
    }
    loop {
        world.clock.sleep(world.clock.now() + POLL).await;
        let Some(caller) = dial(world, node) else {
            return Told::Forgotten;
        };
        let is_same = caller.process.number == number;
        let wish = Wish::Get(path.clone());
        let Some(answer) = converse(world, caller, &wish.render()).await else {
            continue;
        };
        let told = document(world, &wish, &answer);
        if !is_same {
            return Told::Forgotten;
        }
        match (answer.status, told.text("state").as_str()) {
            // 503: too many connections.
            (200, "queued" | "running") | (503, _) => {}
            (200, "done") => {
                let Told::Answer(_, document) = &told else {
                    return told;
                };
                let report = document.get("result").cloned();
                return Told::Answer(200, report.unwrap_or_else(Value::null));
            }
            (200, "failed") => {
                let status = u16::try_from(told.number("status")).unwrap_or(0);
                let Told::Answer(_, document) = told else {
                    return Told::Forgotten;
                };
                return Told::Answer(status, document);
            }
            (status, _) => {
                world.fault(format!("{path} was answered {status}: {}", brief(&told)));
                return Told::Forgotten;
            }
        }
    }
}

fn dial(world: &Rc<World>, node: usize) -> Option<Caller> {
    let visitor = Visitor {
        node,
        worker: world.random.size(0, 1),
        ..Visitor::get("")
    };
    world.dial(&visitor)
}

/// Sends a request and reads its answer, if there is one.
async fn converse(world: &Rc<World>, mut caller: Caller, request: &[u8]) -> Option<Answer> {
    let until = || world.clock.now() + PATIENCE;
    let _ = caller.end.send_all(request, until()).await;
    let mut inbox = Vec::new();
    loop {
        match Answer::parse_head(&inbox, false) {
            Ok(Some((mut answer, start, len))) if inbox.len() >= start + len => {
                answer.body = inbox[start..start + len].to_vec();
                return Some(answer);
            }
            Ok(_) => {}
            Err(why) => {
                world.fault(format!("the API answered {why}: {}", inbox.escape_ascii()));
                return None;
            }
        }
        let mut buffer = [0; 4096];
        match caller.end.recv(&mut buffer, until()).await {
            Ok(n) if n > 0 => inbox.extend_from_slice(&buffer[..n]),
            Err(Broken::TimedOut) => {
                world.fault("a client of the API waited in vain".into());
                return None;
            }
            ended => {
                let process = &caller.process;
                let is_reset = matches!(ended, Err(Broken::Reset)) && !world.honest.get();
                let may_end = is_reset || process.stopping.get() || !process.alive.get();
                if !may_end {
                    let request = request.escape_ascii();
                    world.fault(format!("{request} had no answer: {ended:?}"));
                }
                return None;
            }
        }
    }
}

/// All of the API is JSON.
fn document(world: &World, wish: &Wish, answer: &Answer) -> Told {
    let text = String::from_utf8_lossy(&answer.body);
    let is_api = !matches!(wish, Wish::Get(path) if !path.starts_with("/api/"));
    match Value::parse(&text, &Limits::DEFAULT) {
        Ok(document) => Told::Answer(answer.status, document),
        Err(_) if !is_api || answer.status == 503 => Told::Answer(answer.status, Value::null()),
        Err(error) => {
            world.fault(format!("{wish:?} was answered no JSON: {error}: {text}"));
            Told::Nothing
        }
    }
}

/// Whether what was told is true, and may be told.
fn judge(world: &World, (wish, sent): (&Wish, u64), told: &Told) -> Result<(), String> {
    let Some(status) = told.status() else {
        return Ok(());
    };
    match (wish, status) {
        (Wish::Fetch { url, .. }, 200) => promises::told_of(world, url, told),
        (Wish::Fetch { .. }, 409 | 422 | 502 | 503) | (Wish::Update | Wish::Get(_), 200 | 503) => {
            Ok(())
        }
        (Wish::Get(path), 404) if path.starts_with("/api/info/") || path.starts_with("/p/") => {
            promises::may_be_missing(world, path, sent)
        }
        _ => Err("which is no answer to this".into()),
    }
}
