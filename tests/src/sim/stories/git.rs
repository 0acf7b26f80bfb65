//! Git's clients: what disks, crashes, other processes and the clients themselves may do to packs.
//!
//! Each answer is judged by the client that gets it, and each derived file by the disk when it gets
//! its name; the stories say who must be answered at all.

mod bodies;
mod derivation;
mod disks;
mod nodes;
mod sets;
mod streams;

use super::*;
use crate::sim::git::ask::{Fetch, Wish};
use crate::sim::git::plan::clone_dumbly;
use crate::sim::git::truth::{Release, objects, published, reach};
use crate::sim::registry::api::{Wish as Deed, ask};
use crate::sim::registry::plan::tune;
use crate::sim::registry::repos::{HELLO, Id};

/// A world in which the package of this path is published, and nothing is derived of it.
fn publisher(seed: u64, path: &'static str, change: impl FnOnce(&mut Config)) -> Rc<World> {
    let config = settings(|config| {
        tune(config);
        change(config);
    });
    let world = World::new(seed, config);
    bring(&world, path);
    world.delete_derived();
    world.clock.pass(10_000);
    world
}

fn hello() -> Rc<World> {
    publisher(1, HELLO, |_| {})
}

#[track_caller]
fn bring(world: &Rc<World>, path: &str) {
    let log = ask(world, 0, 0, vec![Deed::fetch("git.test", path)]);
    run(world);
    let told = log.borrow().first().cloned().expect("the client is done");
    assert_eq!(told.status(), Some(200), "{told:?}");
}

fn push(world: &World, path: &'static str, generation: usize) {
    let mut hosts = world.hosts.borrow_mut();
    hosts.generations.insert(path, generation);
}

/// What the tags of a package name, in the order of tags.
fn tips(world: &World, package: &str) -> Vec<Id> {
    let releases = published(world, package);
    releases.iter().map(|release| release.target.id).collect()
}

fn tip(world: &World, package: &str, tag: &str) -> Release {
    let releases = published(world, package);
    let mut own = releases.into_iter().filter(|release| release.tag == tag);
    own.next().expect("it is published")
}

/// A client with this one request, from now on.
fn asking(world: &World, ask: Ask) -> Visitor {
    Visitor {
        asks: vec![ask],
        ..Visitor::get("").at(world.clock.now())
    }
}

#[track_caller]
fn told(world: &Rc<World>, ask: Ask) -> Answer {
    let diary = visit(world, asking(world, ask));
    run(world);
    answer(&diary)
}

/// The answer has all objects of these tags or commits, and no others.
#[track_caller]
fn assert_pack(answer: &Answer, tips: &[Id]) {
    assert_eq!(answer.status, 200, "{}", text(answer));
    let pack = pack_in(answer);
    assert_eq!(objects(&pack), Ok(reach(tips)));
}

#[track_caller]
fn pack_in(answer: &Answer) -> Vec<u8> {
    crate::pkt::Fetched::read(&answer.body).pack
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Everything can be had: the references, each release, all of them twice, and by the dumb protocol.
#[track_caller]
fn assert_sound(world: &Rc<World>, package: &str) {
    world.clock.pass(10_000);
    let tips = tips(world, package);
    assert_eq!(told(world, Ask::git(package, Wish::List)).status, 200);
    for tip in &tips {
        assert_pack(&told(world, Ask::pack(package, &[*tip])), &[*tip]);
    }
    for _ in 0..2 {
        assert_pack(&told(world, Ask::pack(package, &tips)), &tips);
    }
    clone_dumbly(world, package, tips.len()).expect("a clone by the dumb protocol");
}

/// Lines of the trace that have this in them.
fn count(world: &World, what: &str) -> usize {
    let trace = world.trace.borrow();
    trace
        .lines
        .iter()
        .filter(|line| line.contains(what))
        .count()
}

/// What is derived of a package, by path.
fn derived(world: &World, package: &str) -> Vec<String> {
    world
        .disk
        .borrow()
        .below(&format!(".zigdepot/git/{package}"))
}

/// Turns bits of a file over where it lies, as a failing disk does.
fn damage(world: &World, path: &str, at: usize) {
    let file = world.disk.borrow().open(path).expect("it is there");
    file.bytes.borrow_mut()[at] ^= 0x55;
}
