//! What Git's clients add to a random run that has a registry; nothing to some.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::rc::Rc;

use zigdepot_core::config::Config;

use super::super::answer::Answer;
use super::super::client::{Ask, Diary, Ending, Visitor, visit};
use super::super::plan::all_answered;
use super::super::random::Random;
use super::super::registry::repos::{HELLO, Id, REPOS, RIVAL, TOOL};
use super::super::world::World;
use super::ask::{Fetch, Wish};
use super::judge::pack_of;
use super::truth::published;

/// The part that Git's clients have in a run.
#[derive(Debug)]
pub struct Part {
    random: Random,
}

const PACKAGES: [&str; 2] = ["hello", "tool"];

impl Part {
    /// The part in the run of this seed, if it has one.
    pub fn of(seed: u64) -> Option<Self> {
        let random = Random::new(seed ^ 0x9_17_fa_ce);
        random.chance(60).then_some(Self { random })
    }

    /// Sets what may be unusual.
    pub fn tune(&self, config: &mut Config, calm: bool) {
        let (plan, limits) = (&self.random, &mut config.limits);
        if plan.chance(50) {
            limits.chunk_bytes = plan.size(50, 3000);
        }
        if plan.chance(40) {
            limits.repository_recheck = Duration::from_millis(plan.between(0, 4000));
        }
        if plan.chance(30) {
            limits.derivations = 1;
        }
        if plan.chance(20) {
            limits.repository_releases = plan.size(0, 6);
        }
        if !calm && plan.chance(20) {
            limits.derivations_waiting = plan.size(1, 2);
        }
        if !calm && plan.chance(20) {
            limits.bodies_bytes = plan.size(0, 40_000);
        }
    }

    /// Sends the clients, and now and then somebody who clears away.
    pub fn begin(&self, world: &Rc<World>, calm: bool) -> Vec<Diary> {
        let plan = &self.random;
        // An answer that is put together breaks off then.
        let clears = if calm { 0 } else { plan.size(0, 2) };
        for _ in 0..clears {
            let there = Rc::clone(world);
            world.after(plan.between(0, 12_000), "clear", move || {
                there.delete_derived();
            });
        }
        let count = plan.size(1, 5);
        let visitors = (0..count).map(|_| self.visitor(world, calm));
        visitors.map(|visitor| visit(world, visitor)).collect()
    }

    fn visitor(&self, world: &World, calm: bool) -> Visitor {
        let plan = &self.random;
        let host = u8::try_from(plan.size(20, 23)).expect("it is small");
        let mut visitor = Visitor {
            address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)),
            node: usize::from(world.node(1).is_some() && plan.chance(50)),
            worker: plan.size(0, 1),
            start: plan.between(0, 9000),
            asks: (0..plan.size(1, 4)).map(|_| self.ask()).collect(),
            pipelined: plan.chance(15),
            half_close: plan.chance(15),
            ..Visitor::get("")
        };
        if visitor.pipelined {
            // Who reads nothing before all is sent must not send much.
            for ask in &mut visitor.asks {
                if let Some(Wish::Pack(fetch)) = &mut ask.git {
                    fetch.strangers = 0;
                }
            }
        }
        if plan.chance(30) {
            visitor.room = plan.size(50, 1500);
            visitor.sip = plan.size(1, 12) * 100;
            visitor.gap = plan.between(1, 300);
        }
        visitor.embedded = !visitor.pipelined && plan.chance(30);
        if !calm {
            visitor.vanish_after = plan.maybe(15, |r| r.size(0, 4000));
            let start = visitor.start;
            visitor.leaves = plan.maybe(15, |r| start + r.between(0, 3000));
        }
        visitor
    }

    fn ask(&self) -> Ask {
        let plan = &self.random;
        let package = *plan.pick(&PACKAGES);
        let files = ["HEAD", "info/refs", "objects/info/packs"];
        let wish = match plan.below(10) {
            0 | 1 => Wish::List,
            2 | 3 => Wish::File((*plan.pick(&files)).to_owned()),
            _ => Wish::Pack(self.fetch(package)),
        };
        Ask {
            wait: plan.between(0, 5000),
            ..Ask::git(package, wish)
        }
    }

    fn fetch(&self, package: &str) -> Fetch {
        let plan = &self.random;
        let known = names(package);
        let some = |least, most| -> Vec<Id> {
            let count = plan.size(least, most);
            (0..count).map(|_| *plan.pick(&known)).collect()
        };
        Fetch {
            wants: some(1, 3),
            haves: if plan.chance(30) {
                some(1, 2)
            } else {
                Vec::new()
            },
            is_old: plan.chance(20),
            strangers: plan
                .maybe(15, |r| r.size(0, 1500))
                .unwrap_or(0)
                .try_into()
                .expect("small"),
        }
    }

    /// The faults are over: each release comes, and all together, and by the dumb protocol.
    pub fn epilogue(&self, world: &Rc<World>) -> Result<(), String> {
        // What was looked up before is not looked at any more.
        world.clock.pass(5000);
        for package in PACKAGES {
            let tips: Vec<Id> = published(world, package)
                .iter()
                .map(|release| release.target.id)
                .collect();
            if tips.is_empty() {
                continue;
            }
            once(world, Ask::git(package, Wish::List))?;
            for tip in &tips {
                has_pack(&once(world, Ask::pack(package, &[*tip]))?)?;
            }
            for _ in 0..2 {
                has_pack(&once(world, Ask::pack(package, &tips))?)?;
            }
            clone_dumbly(world, package, tips.len())?;
        }
        Ok(())
    }
}

/// In calm weather everybody is served.
pub fn judge(diaries: &[Diary], calm: bool) -> Result<(), String> {
    if calm {
        diaries.iter().try_for_each(all_answered)?;
    }
    Ok(())
}

/// All that tags of this package have ever named, and their commits.
fn names(package: &str) -> Vec<Id> {
    let paths: &[&str] = if package == "tool" {
        &[TOOL]
    } else {
        &[HELLO, HELLO, RIVAL]
    };
    let repos = paths
        .iter()
        .flat_map(|path| REPOS.iter().filter(move |repo| repo.path == *path));
    let targets = repos.flat_map(|repo| repo.generations.iter().flat_map(|tags| tags.values()));
    targets
        .flat_map(|target| [target.id, target.commit])
        .collect()
}

/// The answer to one request from now on, which must be a 200.
fn once(world: &Rc<World>, ask: Ask) -> Result<Answer, String> {
    let label = format!("{ask:?}");
    let mut visitor = Visitor::get("").at(world.clock.now());
    visitor.asks = vec![ask];
    let diary = visit(world, visitor);
    world.run()?;
    let ending = diary.borrow().first().cloned();
    match ending.as_ref().and_then(Ending::answer) {
        Some(answer) if answer.status == 200 => Ok(answer.clone()),
        Some(answer) => {
            let text = String::from_utf8_lossy(&answer.body);
            Err(format!("{label} is answered {}: {text}", answer.status))
        }
        None => Err(format!("{label} ends with {ending:?}")),
    }
}

/// That it is the right one, the client has seen.
fn has_pack(answer: &Answer) -> Result<(), String> {
    let is_refusal = answer.body.get(4..8) == Some(b"ERR ");
    let text = || String::from_utf8_lossy(&answer.body).into_owned();
    if is_refusal { Err(text()) } else { Ok(()) }
}

/// Asks for all files that a client of the dumb protocol would.
pub fn clone_dumbly(world: &Rc<World>, package: &str, releases: usize) -> Result<(), String> {
    let file = |path: &str| once(world, Ask::git(package, Wish::File(path.into())));
    file("HEAD")?;
    file("info/refs")?;
    let packs = file("objects/info/packs")?;
    let packs = String::from_utf8_lossy(&packs.body).into_owned();
    let sums: Vec<&str> = packs.lines().filter_map(pack_of).collect();
    if sums.len() != releases {
        return Err(format!("{} packs of {releases} releases", sums.len()));
    }
    for sum in sums {
        for kind in ["idx", "pack"] {
            file(&format!("objects/pack/pack-{sum}.{kind}"))?;
        }
    }
    Ok(())
}
