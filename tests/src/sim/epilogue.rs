//! The end of a random run: the faults are over, so each file can be had, and nothing is half.

use std::rc::Rc;

use super::answer::Answer;
use super::catalog::{CATALOG, signature_of};
use super::client::{Ending, Visitor, visit};
use super::forge;
use super::invariants;
use super::world::World;

/// Sets the world right, and asks once more for each file.
pub fn epilogue(world: &Rc<World>, names: &[&str], calm: bool) -> Result<(), String> {
    world.note(format_args!("the faults are over"));
    world.weather.take();
    world.crash.set(None);
    world.internet.borrow_mut().reform();
    world.disk.borrow_mut().capacity = 1 << 30;
    world.start_in(0);
    // What is remembered as missing is forgotten by then.
    let start = world.clock.now() + 100_000;
    let mut wanted: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let signed = names.iter().filter(|name| forge::find(name).is_none());
    wanted.extend(signed.map(|name| signature_of(name)));
    let mut at = start;
    for name in wanted {
        at += 100_000;
        let mut ending = once(world, &name, at)?;
        if matches!(ending, Some(Ending::Reset(_))) && forge::find(&name).is_none() {
            // It had begun when its signature turned out to be of another day.
            ending = once(world, &name, world.clock.now())?;
        }
        match ending.as_ref().and_then(Ending::answer) {
            Some(answer) if answer.status == 200 => {
                look_at_forge(world, &name, answer, calm)?;
            }
            Some(answer) if is_over_quota(world, answer) => {}
            Some(answer) => {
                let text = String::from_utf8_lossy(&answer.body);
                return Err(format!("{name} cannot be had any more: {text}"));
            }
            None => return Err(format!("{name} cannot be had any more: {ending:?}")),
        }
    }
    let unfit = invariants::pairs(world);
    unfit.first().map_or(Ok(()), |unfit| Err(unfit.clone()))
}

/// What moves on has come to its last generation, and in calm weather its package is found.
fn look_at_forge(world: &Rc<World>, name: &str, answer: &Answer, calm: bool) -> Result<(), String> {
    let Some(file) = forge::find(name) else {
        return Ok(());
    };
    let last = world.internet.borrow().generations.get(name).copied();
    let last = last.unwrap_or(0);
    let may_stay = world
        .process()
        .is_some_and(|process| process.config.store_max.is_some());
    if file.changes && answer.body != CATALOG.bytes(name, last) && !may_stay {
        return Err(format!("{name} is not renewed"));
    }
    for genuine in CATALOG.genuine(name).iter().filter(|_| calm) {
        for hash in genuine
            .hashes
            .iter()
            .filter(|_| genuine.bytes == answer.body)
        {
            let found = once(world, &format!("hash/{hash}"), world.clock.now())?;
            if found
                .as_ref()
                .and_then(Ending::answer)
                .is_none_or(|found| found.status != 200)
            {
                return Err(format!("the package {hash} in {name} is not found"));
            }
        }
    }
    Ok(())
}

fn once(world: &Rc<World>, name: &str, at: u64) -> Result<Option<Ending>, String> {
    let diary = visit(world, Visitor::get(name).at(at));
    world.run()?;
    let ending = diary.borrow().first().cloned();
    Ok(ending)
}

/// A store that may not grow says so, for good.
fn is_over_quota(world: &World, answer: &Answer) -> bool {
    let quota = world.process().and_then(|process| process.config.store_max);
    quota.is_some() && answer.body == b"store: the disk is full\n"
}
