//! Clients: what they ask, how they read, how they leave; and the judge of what they got.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use super::answer::{Answer, contents, judge};
use super::executor::OUTSIDE;
use super::forge;
use super::git::ask::{Wish, render};
use super::host::Process;
use super::memory::judge_ending;
use super::net::Broken;
use super::world::{Caller, World};

/// Whoever waits longer waits for ever.
const PATIENCE: u64 = 20 * 60 * 1000;

/// A server may close a connection that was idle for so long.
const IDLE: u64 = 60 * 1000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// The file, or `hash/` and a package hash.
    pub name: String,
    /// GET or HEAD.
    pub method: &'static str,
    /// The value of Range, as in `bytes=0-9`.
    pub range: Option<String>,
    /// If-None-Match with the entity tag of the first generation.
    pub conditional: bool,
    /// Milliseconds before it is sent.
    pub wait: u64,
    /// What is asked of the repository of that name.
    pub git: Option<Wish>,
    /// After so many bytes of the request it waits for so many milliseconds.
    pub halt: Option<(usize, u64)>,
}

impl Ask {
    /// A plain GET.
    pub fn get(name: &str) -> Self {
        Self {
            name: name.into(),
            method: "GET",
            range: None,
            conditional: false,
            wait: 0,
            git: None,
            halt: None,
        }
    }

    fn path(&self) -> String {
        match forge::find(&self.name) {
            Some(file) => format!("/{}", file.path),
            None if ["hash/", "p/"].iter().any(|at| self.name.starts_with(at)) => {
                format!("/{}", self.name)
            }
            None => format!("/zig/{}", self.name),
        }
    }

    fn render(&self) -> Vec<u8> {
        if let Some(wish) = &self.git {
            return render(&self.name, wish);
        }
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: localhost\r\n",
            self.method,
            self.path()
        );
        if let Some(range) = &self.range {
            head += &format!("Range: {range}\r\n");
        }
        if let Some(genuine) = contents(self).first().filter(|_| self.conditional) {
            head += &format!("If-None-Match: {}\r\n", genuine.etag);
        }
        (head + "\r\n").into_bytes()
    }
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Its address.
    pub address: IpAddr,
    /// Which node it comes to.
    pub node: usize,
    /// Which worker accepts it.
    pub worker: usize,
    /// When it comes.
    pub start: u64,
    /// What it asks for, in order.
    pub asks: Vec<Ask>,
    /// It sends all requests before it reads.
    pub pipelined: bool,
    /// It reads so many bytes at once.
    pub sip: usize,
    /// It waits so long between two reads.
    pub gap: u64,
    /// So many bytes fit into its socket.
    pub room: usize,
    /// After so many bytes read it is gone.
    pub vanish_after: Option<usize>,
    /// At this time it is gone, if it still waits for something.
    pub leaves: Option<u64>,
    /// It ends its side after the last request.
    pub half_close: bool,
    /// It is answered by a server with HTTP of its own, one request a connection.
    pub embedded: bool,
}

impl Visitor {
    /// A client that asks for one file and reads as fast as it can.
    pub fn get(name: &str) -> Self {
        Self {
            address: Ipv4Addr::new(192, 0, 2, 1).into(),
            node: 0,
            worker: 0,
            start: 0,
            asks: vec![Ask::get(name)],
            pipelined: false,
            sip: 4096,
            gap: 0,
            room: 4096,
            vanish_after: None,
            leaves: None,
            half_close: false,
            embedded: false,
        }
    }

    /// The same, coming later.
    #[must_use]
    pub fn at(self, start: u64) -> Self {
        Self { start, ..self }
    }
}

/// How one request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a whole answer.
    Answer(Answer),
    /// With a reset, after so many bytes of the body.
    Reset(usize),
    /// With a clean end before an answer began, by a server that stops or was kept waiting.
    Ended,
    /// Nobody listens.
    Refused,
    /// The client left.
    Left,
}

/// How a client's requests ended, in order.
pub type Diary = Rc<RefCell<Vec<Ending>>>;

/// Sends a client into the world.
pub fn visit(world: &Rc<World>, visitor: Visitor) -> Diary {
    let diary = Diary::default();
    let name = format!(
        "client {}",
        visitor.asks.first().map_or("", |ask| &ask.name)
    );
    let task = live(Rc::clone(world), visitor, Rc::clone(&diary));
    world.executor.spawn(OUTSIDE, name, task);
    diary
}

async fn live(world: Rc<World>, visitor: Visitor, diary: Diary) {
    world.clock.sleep(visitor.start).await;
    let mut visit = Visit {
        world: &world,
        visitor: &visitor,
        caller: None,
        inbox: Vec::new(),
        read: 0,
        sent: 0,
    };
    for (number, ask) in visitor.asks.iter().enumerate() {
        world.clock.sleep(world.clock.now() + ask.wait).await;
        let ending = visit.ask_and_judge(number, ask).await;
        world.note(format_args!("client of {}: {}", ask.name, ending.brief()));
        let is_over = ending == Ending::Left;
        if !matches!(ending, Ending::Answer(_)) {
            visit.caller = None;
        }
        diary.borrow_mut().push(ending);
        if is_over || (visitor.pipelined && visit.caller.is_none()) {
            return;
        }
    }
}

impl Ending {
    /// In a few words.
    pub fn brief(&self) -> String {
        match self {
            Self::Answer(answer) => format!("{} with {} bytes", answer.status, answer.body.len()),
            Self::Reset(_) | Self::Ended | Self::Refused | Self::Left => format!("{self:?}"),
        }
    }

    /// The answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Reset(_) | Self::Ended | Self::Refused | Self::Left => None,
        }
    }
}

struct Visit<'a> {
    world: &'a Rc<World>,
    visitor: &'a Visitor,
    caller: Option<Caller>,
    inbox: Vec<u8>,
    /// Bytes read on this connection.
    read: usize,
    /// When the request was sent.
    sent: u64,
}

/// Why no more bytes come.
enum End {
    Clean,
    Broken,
    Left,
}

impl Visit<'_> {
    /// Asks, and looks at how it ended in the light of what was served before.
    async fn ask_and_judge(&mut self, number: usize, ask: &Ask) -> Ending {
        let process = self.caller.as_ref().map(|caller| &caller.process);
        let process = process.cloned().or_else(|| self.world.process());
        let has = |process: &Rc<Process>| self.world.memory.borrow().has_served(&ask.name, process);
        let asked_now = !self.visitor.pipelined && forge::find(&ask.name).is_some();
        let held = process.filter(|process| asked_now && has(process));
        let ending = self.ask(number, ask).await;
        if let Some(process) = held {
            let sent = (ask, self.sent);
            let judged = judge_ending(self.world, self.visitor, sent, &process, &ending);
            judged.unwrap_or_else(|why| self.world.fault(why));
        }
        ending
    }

    async fn ask(&mut self, number: usize, ask: &Ask) -> Ending {
        let visitor = self.visitor;
        if self.caller.is_none() {
            self.inbox.clear();
            self.read = 0;
            self.caller = self.world.dial(visitor);
            if self.caller.is_none() {
                return Ending::Refused;
            }
            if visitor.pipelined {
                self.sent = self.world.clock.now();
                let all: Vec<u8> = visitor.asks.iter().flat_map(Ask::render).collect();
                self.send(&all, true).await;
            }
        }
        if !visitor.pipelined {
            self.sent = self.world.clock.now();
            let (request, last) = (ask.render(), number + 1 == visitor.asks.len());
            let (halt, wait) = ask.halt.unwrap_or_default();
            let (begin, rest) = request.split_at(halt.min(request.len()));
            if !begin.is_empty() {
                self.send(begin, false).await;
                self.world.clock.sleep(self.world.clock.now() + wait).await;
            }
            self.send(rest, last).await;
        }
        self.read_answer(ask).await
    }

    /// Sends; if that fails there may still be something to read.
    async fn send(&mut self, bytes: &[u8], last: bool) {
        let until = self.world.clock.now() + PATIENCE;
        let Some(caller) = &mut self.caller else {
            return;
        };
        let _ = caller.end.send_all(bytes, until).await;
        if last && self.visitor.half_close {
            caller.end.finish();
        }
    }

    async fn read_answer(&mut self, ask: &Ask) -> Ending {
        let mut head_at = None;
        let mut first_byte = None;
        loop {
            let head = Answer::parse_head(&self.inbox, ask.method == "HEAD");
            if let Ok(Some((head, start, len))) = &head {
                head_at.get_or_insert(self.world.clock.now());
                if self.inbox.len() > *start {
                    first_byte.get_or_insert(self.world.clock.now());
                }
                if self.inbox.len() >= start + len {
                    return self.complete(ask, head.clone(), *start, *len, [head_at, first_byte]);
                }
            }
            if let Err(why) = head {
                let text = self.inbox[..self.inbox.len().min(300)].escape_ascii();
                self.world.fault(format!("{ask:?} got {why}: {text}"));
                return Ending::Reset(0);
            }
            if let Err(end) = self.recv().await {
                return self.broken_off(ask, &end, head.ok().flatten().map(|(_, start, _)| start));
            }
        }
    }

    fn complete(
        &mut self,
        ask: &Ask,
        mut answer: Answer,
        start: usize,
        len: usize,
        times: [Option<u64>; 2],
    ) -> Ending {
        answer.body = self.inbox[start..start + len].to_vec();
        self.inbox.drain(..start + len);
        let now = self.world.clock.now();
        answer.times = [times[0].unwrap_or(now), times[1].unwrap_or(now), now];
        if let Err(why) = judge(self.world, (ask, self.sent), &answer) {
            self.world
                .fault(format!("{ask:?} was answered {}: {why}", answer.status));
        }
        let caller = self.caller.as_ref();
        if let Some(caller) = caller.filter(|_| answer.field("etag").is_some()) {
            let mut memory = self.world.memory.borrow_mut();
            memory.handle_served(&ask.name, &caller.process);
        }
        if answer.closes() {
            self.caller = None;
        }
        Ending::Answer(answer)
    }

    /// A clean end is allowed only before an answer began, and only to a server that stops or was
    /// kept waiting for the request; what a dead process leaves open the system ends.
    fn broken_off(&mut self, ask: &Ask, end: &End, body: Option<usize>) -> Ending {
        let got = body.map_or(0, |start| self.inbox.len() - start);
        let process = self.caller.as_ref().map(|caller| &caller.process);
        let dead = process.is_some_and(|process| !process.alive.get());
        let stops = process.is_some_and(|process| process.stopping.get());
        let pause = self.visitor.gap + ask.wait;
        let idle = self.read > 0 && !self.visitor.pipelined && pause > IDLE;
        match end {
            End::Left => Ending::Left,
            End::Broken => Ending::Reset(got),
            End::Clean if (stops || idle) && self.inbox.is_empty() => Ending::Ended,
            End::Clean if dead => Ending::Reset(got),
            End::Clean => {
                let len = self.inbox.len();
                self.world
                    .fault(format!("{ask:?} ended cleanly after {len} bytes"));
                Ending::Reset(got)
            }
        }
    }

    async fn recv(&mut self) -> Result<(), End> {
        let clock = &self.world.clock;
        if self.read > 0 && self.visitor.gap > 0 {
            clock.sleep(clock.now() + self.visitor.gap).await;
        }
        let mut sip = self.visitor.sip.max(1);
        if let Some(most) = self.visitor.vanish_after {
            if self.read >= most {
                let caller = self.caller.as_mut();
                if let Some(caller) = caller.filter(|_| self.world.random.chance(50)) {
                    caller.end.abort();
                }
                return Err(End::Left);
            }
            sip = sip.min(most - self.read);
        }
        let mut buffer = vec![0; sip];
        let caller = self.caller.as_mut().ok_or(End::Broken)?;
        let leaves = self.visitor.leaves.unwrap_or(u64::MAX);
        let until = leaves.min(clock.now() + PATIENCE);
        match caller.end.recv(&mut buffer, until).await {
            Ok(0) => Err(End::Clean),
            Ok(n) => {
                self.read += n;
                self.inbox.extend_from_slice(&buffer[..n]);
                Ok(())
            }
            Err(Broken::Reset) => Err(End::Broken),
            Err(Broken::TimedOut) if clock.now() >= leaves => {
                if self.world.random.chance(50) {
                    caller.end.abort();
                }
                Err(End::Left)
            }
            Err(Broken::TimedOut) => {
                self.world.fault("a client waited in vain".into());
                Err(End::Broken)
            }
        }
    }
}
