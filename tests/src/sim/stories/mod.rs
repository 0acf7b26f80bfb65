//! Concurrent behaviours, told one by one in the virtual world.

mod clients;
mod disk;
mod flights;
mod git;
mod mirrored;
mod registry;
mod signatures;

use std::rc::Rc;

use zigdepot_core::config::Config;

use super::answer::Answer;
use super::catalog::{CATALOG, signature_of};
use super::client::{Ask, Diary, Ending, Visitor, visit};
use super::scene::settings;
use super::world::World;

/// A world with a running server, told which settings are unusual.
fn world_with(change: impl FnOnce(&mut Config)) -> Rc<World> {
    World::new(1, settings(change))
}

fn world() -> Rc<World> {
    world_with(|_| {})
}

/// Runs until nothing is left to do; all that must hold, holds.
#[track_caller]
fn run(world: &Rc<World>) {
    if let Err(why) = world.run() {
        let trace: Vec<String> = world.trace.borrow().lines.iter().cloned().collect();
        panic!("{why}\n{}", trace.join("\n"));
    }
}

fn first(diary: &Diary) -> Ending {
    diary.borrow().first().expect("the client is done").clone()
}

#[track_caller]
fn answer(diary: &Diary) -> Answer {
    let ending = first(diary);
    ending
        .answer()
        .cloned()
        .unwrap_or_else(|| panic!("{ending:?}"))
}

/// The client got this generation of the file, whole.
#[track_caller]
fn assert_got(diary: &Diary, name: &str, generation: usize) {
    let answer = answer(diary);
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(CATALOG.generation_of(name, &answer.body), Some(generation));
}

/// One request from now on, to its end.
#[track_caller]
fn fetch(world: &Rc<World>, name: &str) -> Diary {
    let diary = visit(world, Visitor::get(name).at(world.clock.now()));
    run(world);
    diary
}

/// From now on upstream has the second generation of a file and its signature.
fn release(world: &World, name: &str) {
    let mut internet = world.internet.borrow_mut();
    internet.generations.insert(signature_of(name), 1);
    internet.generations.insert(name.into(), 1);
}

fn asked(world: &World, name: &str) -> usize {
    world.internet.borrow().count(name)
}

/// Host and file, as scripts name them.
fn at_zig(name: &str) -> String {
    format!("ziglang.org/{name}")
}
