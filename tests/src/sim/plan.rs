//! A random run: what a seed makes of the world.
//!
//! Some seeds are calm, and every request must be answered then. In all others anything may fail,
//! but only in the ways that the invariants allow; and when the faults are over, one more request
//! for each file must bring it.

use core::net::{IpAddr, Ipv4Addr};
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;
use std::rc::Rc;

use zigdepot_core::config::Config;
use zigdepot_core::store::proof::{Proof, Stat};
use zigdepot_core::time::Timestamp;
use zigdepot_core::zig::digest::Sha256Digest;

use super::catalog::{CATALOG, Catalog, NOMINATED_VERSION, signature_of, version_of};
use super::client::{Ask, Diary, Visitor, visit};
use super::disk::Loss;
use super::epilogue::epilogue;
use super::forge;
use super::git;
use super::random::Random;
use super::registry::plan::Part;
use super::reply::Reply;
use super::scene::{Crash, Weather, settings};
use super::world::World;

/// How a run went.
#[derive(Debug)]
pub struct Run {
    /// A hash of all that happened.
    pub hash: u64,
    /// What was wrong, if anything was.
    pub wrong: Option<String>,
    /// The last lines of the trace.
    pub trace: Vec<String>,
}

/// Runs a seed; `loud` prints what happens.
pub fn simulate(seed: u64, loud: bool) -> Run {
    let plan = Random::new(seed ^ 0x5eed);
    let calm = plan.chance(15);
    let registry = Part::of(seed);
    let gits = registry.as_ref().and_then(|_| git::plan::Part::of(seed));
    let config = settings(|config| {
        tune(config, &plan, calm);
        if let Some(part) = &registry {
            part.tune(config, calm);
        }
        if let Some(part) = &gits {
            part.tune(config, calm);
        }
    });
    let world = Rc::new(World::before(seed, config));
    world.trace.borrow_mut().loud = loud;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        live(&world, &plan, (registry.as_ref(), gits.as_ref()), calm)
    }));
    let wrong = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(why)) => Some(why),
        Err(panic) => Some(format!("panic: {}", message(panic.as_ref()))),
    };
    let trace = world.trace.borrow();
    Run {
        hash: trace.hash,
        wrong,
        trace: trace.lines.iter().cloned().collect(),
    }
}

fn message(panic: &dyn core::any::Any) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("?")
}

fn tune(config: &mut Config, plan: &Random, calm: bool) {
    let limits = &mut config.limits;
    if plan.chance(30) {
        limits.progress_bytes = plan.between(1, 2000);
    }
    if plan.chance(20) {
        limits.held_back_bytes = plan.between(1, 1000);
    }
    if plan.chance(30) {
        limits.shelf_files = plan.size(0, 2);
    }
    if plan.chance(70) {
        limits.change_for = Duration::from_secs(plan.between(1, 10));
        limits.change_retry = Duration::from_secs(plan.between(1, 10));
    }
    if calm {
        return;
    }
    if plan.chance(20) {
        limits.connections = plan.size(1, 4);
    }
    if plan.chance(10) {
        limits.connections_per_client = plan.size(1, 2);
    }
    if plan.chance(15) {
        limits.flights = plan.size(1, 2);
    }
    if plan.chance(15) {
        limits.followers = plan.size(1, 4);
    }
    if plan.chance(15) {
        limits.missing_names = plan.size(1, 2);
    }
    if plan.chance(15) {
        limits.follow_wait = Duration::from_millis(plan.between(100, 9000));
    }
    if plan.chance(20) {
        limits.body_wait = Duration::from_millis(plan.between(200, 3000));
    }
    if plan.chance(20) {
        limits.upstream_wait = Duration::from_millis(plan.between(100, 3000));
    }
    if plan.chance(25) {
        config.store_max = Some(plan.between(3000, 14_000));
    }
    if plan.chance(5) {
        config.nominated_base = None;
    }
}

fn live(
    world: &Rc<World>,
    plan: &Random,
    (registry, gits): (Option<&Part>, Option<&git::plan::Part>),
    calm: bool,
) -> Result<(), String> {
    let names = some_names(plan);
    set_up(world, plan, &names, calm);
    world.honest.set(calm);
    world.start();
    let visitors = plan.size(1, 7);
    let diaries: Vec<Diary> = (0..visitors)
        .map(|_| visit(world, visitor(plan, &names, calm)))
        .collect();
    events(world, plan, &names, calm);
    let clients = registry.map(|part| part.begin(world, calm));
    let cloners = gits.map(|part| part.begin(world, calm));
    world.run()?;
    if calm {
        diaries.iter().try_for_each(all_answered)?;
    }
    clients.map_or(Ok(()), |clients| clients.judge(calm))?;
    cloners.map_or(Ok(()), |diaries| git::plan::judge(&diaries, calm))?;
    epilogue(world, &names, calm)?;
    registry.map_or(Ok(()), |part| part.epilogue(world))?;
    gits.map_or(Ok(()), |part| part.epilogue(world))
}

fn some_names(plan: &Random) -> Vec<&'static str> {
    let signed = Catalog::names();
    let forge = forge::FILES.map(|file| file.name);
    let count = plan.size(1, 3);
    let name = |_| *plan.pick(if plan.chance(50) { &signed } else { &forge });
    (0..count).map(name).collect()
}

fn set_up(world: &World, plan: &Random, names: &[&str], calm: bool) {
    if plan.chance(30) {
        world.nominate(NOMINATED_VERSION);
    }
    let mut internet = world.internet.borrow_mut();
    if plan.chance(30) {
        internet.one_at_a_time = true;
    }
    if plan.chance(60) {
        internet.usual = Reply::well(plan);
    }
    if calm {
        // Slow is not calm: others wait behind it until they give up.
        internet.usual.delay = 0;
        internet.usual.gap = internet.usual.gap.min(20);
        return;
    }
    for name in names {
        let of_forge = [(*name).to_owned(), String::new()];
        let (files, hosts) = match forge::find(name) {
            Some(_) => (of_forge, &["forge.test"][..]),
            None => (
                [(*name).to_owned(), signature_of(name)],
                &["ziglang.org", "pkg.hexops.org"][..],
            ),
        };
        for file in files.iter().filter(|file| !file.is_empty()) {
            for host in hosts {
                let count = plan.size(0, 4);
                let replies = (0..count).map(|_| Reply::any(plan, file));
                internet.script(&format!("{host}/{file}"), replies);
            }
        }
    }
    drop(internet);
    if plan.chance(50) {
        *world.weather.borrow_mut() = weather(plan);
    }
    let mut disk = world.disk.borrow_mut();
    if plan.chance(10) {
        disk.capacity = plan.between(2000, 12_000);
    }
    for name in names.iter().filter(|_| plan.chance(15)) {
        let mut bytes = CATALOG.bytes(name, 0).to_vec();
        let kind = *plan.pick(&["stable", "nominated", "dev"]);
        let path = match forge::find(name) {
            Some(file) => file.path.to_owned(),
            None => format!("zig/{kind}/{}/{name}", version_of(name)),
        };
        if forge::find(name).is_none() && plan.chance(40) {
            bytes[0] ^= 1;
        }
        disk.plant(&path, &bytes, 1_700_000_000);
        if plan.chance(40) {
            let record = record_of_another(plan, name);
            disk.plant(&format!(".zigdepot/verified/{path}"), record.as_bytes(), 1);
        }
    }
}

/// A record that does not speak of the file that lies there: torn, or older than it.
fn record_of_another(plan: &Random, name: &str) -> String {
    let genuine = CATALOG.bytes(name, 0);
    let stat = Stat {
        len: u64::try_from(genuine.len()).expect("it is small"),
        modified: Timestamp(1_600_000_000),
        modified_nanos: 0,
    };
    let digest = Sha256Digest::of(genuine);
    let mut text = Proof { stat, digest }.to_text();
    if plan.chance(50) {
        text.truncate(plan.index(text.len()));
    }
    text
}

fn weather(plan: &Random) -> Weather {
    let some = |percent: u64, most: u64| plan.maybe(percent, |r| r.between(1, most)).unwrap_or(0);
    Weather {
        slow: some(40, 30),
        read_fails: some(15, 8),
        write_fails: some(15, 8),
        full: some(15, 8),
        read_only: some(8, 40),
        record_fails: some(20, 100),
        names_fail: some(15, 50),
        dns: some(15, 30),
        refuse: some(15, 30),
        hang: some(10, 20),
        tls: some(10, 20),
        busy: some(30, 20),
        forget: some(30, 20),
    }
}

fn visitor(plan: &Random, names: &[&str], calm: bool) -> Visitor {
    let count = if plan.chance(40) { plan.size(2, 4) } else { 1 };
    let asks = (0..count).map(|_| ask(plan, names)).collect();
    let host = u8::try_from(plan.size(1, 3)).expect("it is small");
    let mut visitor = Visitor {
        address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
        worker: plan.size(0, 1),
        start: plan.between(0, 3000),
        asks,
        pipelined: plan.chance(30),
        half_close: plan.chance(15),
        ..Visitor::get(names[0])
    };
    if plan.chance(40) {
        visitor.room = plan.size(50, 1500);
        visitor.sip = plan.size(1, 12) * 100;
        visitor.gap = plan.between(1, 300);
    }
    visitor.embedded = !visitor.pipelined && plan.chance(30);
    if !calm {
        visitor.vanish_after = plan.maybe(20, |r| r.size(0, 4000));
        if plan.chance(5) {
            visitor.gap = 90_000;
        }
    }
    visitor
}

fn ask(plan: &Random, names: &[&str]) -> Ask {
    let name = *plan.pick(names);
    let hashes: Vec<&String> = hashes_of(name);
    let name = match forge::find(name) {
        None if plan.chance(25) => signature_of(name),
        Some(_) if !hashes.is_empty() && plan.chance(25) => format!("hash/{}", plan.pick(&hashes)),
        None | Some(_) => name.to_owned(),
    };
    let ranges = [
        "bytes=0-0",
        "bytes=100-",
        "bytes=-50",
        "bytes=10-2000",
        "bytes=99999-",
    ];
    Ask {
        method: if plan.chance(15) { "HEAD" } else { "GET" },
        range: plan.maybe(15, |r| (*r.pick(&ranges)).to_owned()),
        conditional: plan.chance(10),
        wait: plan.maybe(50, |r| r.between(0, 20_000)).unwrap_or(0),
        ..Ask::get(&name)
    }
}

fn hashes_of(name: &str) -> Vec<&'static String> {
    let all = CATALOG.genuine(name).iter();
    all.flat_map(|genuine| &genuine.hashes).collect()
}

/// The forge's files move on, in calm weather too.
fn moves(world: &Rc<World>, plan: &Random, names: &[&'static str]) {
    let moving = names.iter().filter_map(|name| forge::find(name));
    for file in moving.filter(|file| file.changes) {
        let last = CATALOG.genuine(file.name).len() - 1;
        for _ in 0..plan.size(0, 3) {
            let (forge, generation) = (Rc::clone(world), plan.size(0, last));
            world.after(plan.between(0, 30_000), "push", move || {
                let mut internet = forge.internet.borrow_mut();
                internet.generations.insert(file.name.into(), generation);
            });
        }
    }
}

/// What happens to the world while clients are served.
fn events(world: &Rc<World>, plan: &Random, names: &[&'static str], calm: bool) {
    moves(world, plan, names);
    if plan.chance(20) {
        let nominate = Rc::clone(world);
        world.after(plan.between(0, 8000), "nominate", move || {
            nominate.nominate(NOMINATED_VERSION);
            nominate.announce();
        });
    }
    if calm {
        return;
    }
    let signed = names.iter().filter(|name| forge::find(name).is_none());
    for name in signed.filter(|_| plan.chance(25)) {
        let (release, name) = (Rc::clone(world), (*name).to_owned());
        world.after(plan.between(0, 8000), "release", move || {
            let mut internet = release.internet.borrow_mut();
            internet.generations.insert(signature_of(&name), 1);
            internet.generations.insert(name, 1);
        });
    }
    if plan.chance(25) {
        let loss = *plan.pick(&[Loss::Nothing, Loss::All, Loss::After, Loss::Any]);
        world.crash.set(Some(Crash {
            at: plan.between(1, 80),
            loss,
            down: plan.between(0, 3000),
        }));
    }
    if plan.chance(15) {
        let at = plan.between(0, 8000);
        let stop = Rc::clone(world);
        world.after(at, "stop", move || stop.stop());
        world.start_in(at + plan.between(0, 40_000));
    }
}

pub(super) fn all_answered(diary: &Diary) -> Result<(), String> {
    for ending in diary.borrow().iter() {
        match ending.answer().map(|answer| answer.status) {
            // 404 is the answer to the hash of a package that is not here yet, or not any more.
            Some(200 | 206 | 304 | 404 | 416) => {}
            other => return Err(format!("in calm weather a request ended with {other:?}")),
        }
    }
    Ok(())
}
