//! What the registry adds to a random run; nothing to most.

use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::rc::Rc;

use zigdepot_core::config::{Config, Token};
use zigdepot_core::wire::url::Url;

use super::super::client::{Ask, Diary, Ending, Visitor, visit};
use super::super::plan::all_answered;
use super::super::random::Random;
use super::super::world::World;
use super::api::{Log, TOKEN, Wish, ask};
use super::ills::Saying;
use super::promises;
use super::repos::{HELLO, ODD, REPOS, RIVAL, SERVED, TOOL};
use super::serve::CATALOG_URL;

/// The registry's part of a run.
#[derive(Debug)]
pub struct Part {
    random: Random,
    /// Its limits are so tight that not everything can be had.
    is_tight: Cell<bool>,
}

/// Those who ask.
#[derive(Debug)]
pub struct Clients {
    logs: Vec<(Vec<Wish>, Log)>,
    readers: Vec<Diary>,
    has_moves: bool,
}

/// What a registry is told in every world that has one.
pub fn tune(config: &mut Config) {
    config.registry.token = Token::parse(TOKEN);
    config.registry.catalog = Url::parse(CATALOG_URL).ok();
}

impl Part {
    /// The part in the run of this seed, if it has one.
    pub fn of(seed: u64) -> Option<Self> {
        let random = Random::new(seed ^ 0x06e9_1572);
        let is_tight = Cell::new(false);
        random.chance(35).then_some(Self { random, is_tight })
    }

    /// Sets what may be unusual.
    pub fn tune(&self, config: &mut Config, calm: bool) {
        tune(config);
        let (plan, limits) = (&self.random, &mut config.limits);
        if plan.chance(30) {
            limits.ingest_wait = Duration::from_millis(plan.between(0, 5000));
        }
        if plan.chance(20) {
            limits.ingests = plan.size(1, 3);
        }
        if plan.chance(20) {
            limits.update_cooldown = Duration::from_millis(plan.between(0, 3000));
        }
        self.is_tight.set(!calm && plan.chance(15));
        if !self.is_tight.get() {
            return;
        }
        match plan.below(6) {
            0 => limits.ingest.time = Duration::from_millis(plan.between(10, 20_000)),
            1 => limits.ingest.tags = plan.between(1, 3),
            2 => limits.ingest.pack = plan.between(100, 6000),
            3 => limits.ingest.files = plan.between(1, 8),
            4 => limits.ingest.object = plan.between(50, 1000),
            _ => limits.ingests_waiting = plan.size(1, 2),
        }
    }

    /// Sets hosts, catalog and clients up.
    pub fn begin(&self, world: &Rc<World>, calm: bool) -> Clients {
        let plan = &self.random;
        let mut hosts = world.hosts.borrow_mut();
        hosts.usual = Saying::well(plan);
        hosts.gives_all = plan.chance(50);
        hosts.catalog = catalog(plan);
        if !calm {
            hosts.ills = *plan.pick(&[0, 5, 15, 30, 60]);
        }
        drop(hosts);
        let is_double = plan.chance(25);
        if is_double {
            world.start_second();
        }
        let node = || usize::from(is_double && plan.chance(50));
        let clients = (0..plan.size(1, 4)).map(|_| {
            let wishes: Vec<Wish> = (0..plan.size(1, 4)).map(|_| wish(plan, calm)).collect();
            let log = ask(world, node(), plan.between(0, 6000), wishes.clone());
            (wishes, log)
        });
        let logs = clients.collect();
        let readers = (0..plan.size(0, 3)).map(|_| visit(world, reader(plan, node())));
        Clients {
            logs,
            readers: readers.collect(),
            has_moves: self.moves(world),
        }
    }

    /// Repositories and the catalog move on, in calm weather too.
    fn moves(&self, world: &Rc<World>) -> bool {
        let plan = &self.random;
        let mut has_moves = false;
        for path in [HELLO, TOOL] {
            for generation in 1..=plan.size(0, 2) {
                has_moves = true;
                let there = Rc::clone(world);
                let wait = plan.between(0, 9000) * u64::try_from(generation).unwrap_or(1);
                world.after(wait, "push", move || {
                    let mut hosts = there.hosts.borrow_mut();
                    hosts.generations.insert(path, generation);
                });
            }
        }
        if plan.chance(30) {
            let (there, text) = (Rc::clone(world), catalog(plan));
            world.after(plan.between(0, 9000), "catalog", move || {
                there.hosts.borrow_mut().catalog = text;
            });
        }
        has_moves
    }

    /// The faults are over: everything can be had, and all that was published is right.
    pub fn epilogue(&self, world: &Rc<World>) -> Result<(), String> {
        world.hosts.borrow_mut().reform();
        // A tarball that somebody left over may go aside by then.
        world.clock.pass(3_600_000);
        if !self.is_tight.get() {
            for (package, paths) in [("hello", &[HELLO, RIVAL][..]), ("tool", &[TOOL])] {
                bring(world, package, paths)?;
            }
        }
        read_all(world)?;
        promises::end(world)
    }
}

/// Brings a package from the place that has its name, wherever that is.
fn bring(world: &Rc<World>, package: &str, paths: &[&str]) -> Result<(), String> {
    let mut told = Vec::new();
    for path in paths {
        for host in ["git.test", "alt.test", "mixed.test"] {
            let log = ask(world, 0, 0, vec![Wish::fetch(host, path)]);
            world.run()?;
            let answer = log.borrow().first().cloned().ok_or("no answer")?;
            if answer.status() == Some(200) {
                return has_all(world, path);
            }
            told.push(format!("{host}{path}: {answer:?}"));
        }
    }
    Err(format!("{package} cannot be brought any more: {told:?}"))
}

/// All tags of the day are published.
fn has_all(world: &World, path: &str) -> Result<(), String> {
    let hosts = world.hosts.borrow();
    let disk = world.disk.borrow();
    let mut own = REPOS.iter().filter(|repo| repo.path == path);
    let missing = own.find_map(|repo| {
        let tags = repo.tags(hosts.generation(repo)).keys();
        let manifest = |tag: &str| {
            format!(
                "p/{}/tag/{}.manifest.json",
                repo.package,
                tag.replace('/', "%2F")
            )
        };
        let mut paths = tags.map(|tag| manifest(tag));
        paths.find(|path| disk.open(path).is_err())
    });
    missing.map_or(Ok(()), |path| Err(format!("{path} is missing")))
}

/// Whatever is published can be had.
fn read_all(world: &Rc<World>) -> Result<(), String> {
    for name in SERVED.keys() {
        let manifest = promises::stored(name).replace(".tar.gz", ".manifest.json");
        if world.disk.borrow().open(&manifest).is_err() {
            continue;
        }
        let diary = visit(world, Visitor::get(name).at(world.clock.now()));
        world.run()?;
        let ending = diary.borrow().first().cloned();
        let status = ending
            .as_ref()
            .and_then(Ending::answer)
            .map(|answer| answer.status);
        if status != Some(200) {
            return Err(format!("{name} is published, and was answered {ending:?}"));
        }
    }
    Ok(())
}

impl Clients {
    /// In calm weather everybody is served.
    pub fn judge(&self, calm: bool) -> Result<(), String> {
        if !calm {
            return Ok(());
        }
        self.readers.iter().try_for_each(all_answered)?;
        for (wishes, log) in &self.logs {
            for (wish, told) in wishes.iter().zip(log.borrow().iter()) {
                let is_well = match (wish, told.status()) {
                    (_, Some(200)) | (Wish::Get(_), Some(404)) => true,
                    (Wish::Fetch { url, .. }, Some(409)) => url.ends_with("hello"),
                    (Wish::Fetch { .. }, Some(502)) => self.has_moves,
                    _ => false,
                };
                if !is_well {
                    return Err(format!("in calm weather {wish:?} was told {told:?}"));
                }
            }
        }
        Ok(())
    }
}

fn wish(plan: &Random, calm: bool) -> Wish {
    let gets = [
        "/api/list",
        "/api/status",
        "/api/info/hello",
        "/api/info/tool",
        "/api/search?q=o",
        "/p/hello/tag/v1.0.0.manifest.json",
        "/p/tool/tag/v0.1.0.manifest.json",
    ];
    match plan.below(10) {
        0..=5 => {
            let paths = [HELLO, HELLO, HELLO, RIVAL, TOOL, ODD];
            let is_far = !calm && plan.chance(15);
            Wish::Fetch {
                url: format!(
                    "https://{}{}",
                    if is_far { "alt.test" } else { "git.test" },
                    plan.pick(&paths)
                ),
                is_asynchronous: plan.chance(40),
            }
        }
        6 => Wish::Update,
        _ => Wish::Get((*plan.pick(&gets)).to_owned()),
    }
}

fn reader(plan: &Random, node: usize) -> Visitor {
    let is_small = |name: &&String| !name.starts_with("p/crowd/");
    let names: Vec<&String> = SERVED.keys().filter(is_small).collect();
    let asks = (0..plan.size(1, 3)).map(|_| Ask {
        method: if plan.chance(15) { "HEAD" } else { "GET" },
        range: plan.maybe(15, |_| "bytes=100-".to_owned()),
        conditional: plan.chance(10),
        wait: plan.between(0, 9000),
        ..Ask::get(names[plan.index(names.len())])
    });
    let mut visitor = Visitor {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)),
        node,
        worker: plan.size(0, 1),
        start: plan.between(0, 9000),
        asks: asks.collect(),
        ..Visitor::get("")
    };
    if plan.chance(30) {
        visitor.room = plan.size(50, 1500);
        visitor.sip = plan.size(1, 12) * 100;
        visitor.gap = plan.between(1, 300);
    }
    visitor.embedded = plan.chance(30);
    visitor
}

/// A catalog with some of the repositories, and some records that are none.
fn catalog(plan: &Random) -> String {
    if plan.chance(8) {
        return "<html>".into();
    }
    let mut records = Vec::new();
    for path in [HELLO, RIVAL, TOOL, ODD] {
        if plan.chance(50) {
            let day = plan.between(1, 3);
            records.push(format!(
                r#"{{"url":"https://git.test{path}","updated_at":"2026-01-0{day}T00:00:00Z"}}"#
            ));
        }
    }
    for bad in [
        r#"{"url":7}"#,
        r#"{"url":"https://inside.test/x/y"}"#,
        "5",
        r#"{"url":"ssh://git.test/a/z"}"#,
    ] {
        if plan.chance(20) {
            records.push(bad.to_owned());
        }
    }
    format!(r#"{{"packages":[{}]}}"#, records.join(","))
}
