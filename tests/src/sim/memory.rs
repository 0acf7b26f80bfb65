//! What upstreams and clients remember: what was said of files that move on, and what was served.
//!
//! From this follow two promises that no single answer can show: a file that a process has served
//! verified is not refused by that process later, and what is served of a file that moves on is not
//! older than it may be. It refuses to judge where the world has an excuse.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::client::{Ask, Ending, Visitor};
use super::forge;
use super::host::Process;
use super::world::World;

/// From the rename of a file to the record of its proof a store may take so long, in milliseconds.
const PROVING: u64 = 2000;
/// What whole seconds and a pause between two steps may add to an age, in milliseconds.
const ROUNDING: u64 = 2000;

/// What is remembered.
#[derive(Debug, Default)]
pub struct Memory {
    /// What the forge said: file, generation, and when it had said all of it.
    told: Vec<(String, usize, Option<u64>)>,
    /// The last process that served a file verified.
    served: BTreeMap<String, u64>,
    /// When a file was published last.
    published: BTreeMap<String, u64>,
    /// When a file of the registry was, by path.
    released: BTreeMap<String, u64>,
}

impl Memory {
    /// An upstream begins to say that a generation is the one of the moment; returns its number.
    pub fn handle_telling(&mut self, name: &str, generation: usize) -> usize {
        self.told.push((name.into(), generation, None));
        self.told.len() - 1
    }

    /// It has said so.
    pub fn handle_told(&mut self, number: usize, at: u64) {
        self.told[number].2 = Some(at);
    }

    /// A file got its name.
    pub fn handle_published(&mut self, path: &str, at: u64) {
        if path.starts_with("p/") {
            self.released.entry(path.into()).or_insert(at);
            return;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        self.published.insert(name.into(), at);
    }

    /// Whether a file of the registry was published before that moment.
    pub fn was_released(&self, path: &str, since: u64) -> bool {
        self.released.get(path).is_some_and(|at| *at < since)
    }

    /// A client got a file with its entity tag from this process.
    pub fn handle_served(&mut self, name: &str, process: &Process) {
        self.served.insert(name.into(), process.number);
    }

    /// Whether this process has served that file verified.
    pub fn has_served(&self, name: &str, process: &Process) -> bool {
        self.served.get(name) == Some(&process.number)
    }

    /// Whether the forge may have said that lately, seen from a request of that moment.
    fn may_be(&self, name: &str, generation: usize, since: u64) -> bool {
        let recent = |told: &&(String, usize, Option<u64>)| told.2.is_none_or(|at| at >= since);
        let mut recent = self.told.iter().filter(recent);
        recent.any(|told| told.0 == name && told.1 == generation)
    }
}

/// In a world without trouble nothing is served that is older than it may be.
pub fn judge_age(world: &World, ask: &Ask, generation: usize, sent: u64) -> Result<(), String> {
    let moves = forge::find(&ask.name).is_some_and(|file| file.changes);
    let Some(process) = world.process().filter(|_| moves && world.honest.get()) else {
        return Ok(());
    };
    let limits = &process.config.limits;
    let may_be = u64::try_from(limits.change_for.as_millis()).expect("it is short") + ROUNDING;
    let since = sent.saturating_sub(may_be);
    if world.memory.borrow().may_be(&ask.name, generation, since) {
        Ok(())
    } else {
        Err(format!("generation {generation} is too old"))
    }
}

/// A file that was served before is not refused, nor cut off.
pub fn judge_ending(
    world: &Rc<World>,
    visitor: &Visitor,
    (ask, sent): (&Ask, u64),
    process: &Process,
    ending: &Ending,
) -> Result<(), String> {
    let refused = match ending {
        Ending::Answer(answer) => answer.status >= 400 && answer.status != 416,
        // Who reads slowly may be given up.
        Ending::Reset(_) => visitor.gap == 0 && process.alive.get() && !process.stopping.get(),
        Ending::Ended | Ending::Refused | Ending::Left => false,
    };
    if !refused || is_excused(world, visitor, process) || is_being_proven(world, ask, sent) {
        return Ok(());
    }
    Err(format!(
        "{ask:?} was served before, and ended with {}",
        ending.brief()
    ))
}

/// The disk does not read, a file may stay without its proof, or the client itself was refused.
fn is_excused(world: &World, visitor: &Visitor, process: &Process) -> bool {
    let weather = world.weather.borrow();
    let limits = &process.config.limits;
    weather.read_fails + weather.write_fails + weather.names_fail > 0
        || limits.connections < 100
        || limits.connections_per_client < 100
        || visitor.embedded && weather.forget > 0
}

/// Until its proof is recorded a new file is one that must be verified first.
fn is_being_proven(world: &World, ask: &Ask, sent: u64) -> bool {
    let memory = world.memory.borrow();
    let published = memory.published.get(&ask.name);
    published.is_some_and(|at| at + PROVING >= sent)
}
