//! Packages and artifacts, which nobody signs and some of which move on.

use super::*;
use crate::sim::disk::Loss;
use crate::sim::forge::{ARTIFACT, BRANCH, BROKEN, COMMIT, FILES, TRUNK, VERSION, find};
use crate::sim::reply::{Cut, Framing, Ranges, Reply, Validator};
use crate::sim::scene::{Crash, Weather};

/// Milliseconds after which a branch is asked for again.
const OLD: u64 = 61_000;

fn at_forge(name: &str) -> String {
    format!("forge.test/{name}")
}

fn script<const N: usize>(world: &World, name: &str, replies: [Reply; N]) {
    world.internet.borrow_mut().script(&at_forge(name), replies);
}

/// From now on the forge has that generation.
fn push(world: &World, name: &str, generation: usize) {
    let mut internet = world.internet.borrow_mut();
    internet.generations.insert(name.into(), generation);
}

/// One request after a while, to its end.
#[track_caller]
fn fetch_after(world: &Rc<World>, wait: u64, name: &str) -> Diary {
    let diary = visit(world, Visitor::get(name).at(world.clock.now() + wait));
    run(world);
    diary
}

/// What a request for the package of a generation is answered with.
#[track_caller]
fn by_hash(world: &Rc<World>, name: &str, generation: usize) -> Vec<Answer> {
    let hashes = &CATALOG.genuine(name)[generation].hashes;
    assert_eq!(hashes.len(), 2, "a hash of either form");
    let ask = |hash: &String| answer(&fetch(world, &format!("hash/{hash}")));
    hashes.iter().map(ask).collect()
}

#[track_caller]
fn assert_found(world: &Rc<World>, name: &str, generation: usize) {
    for answer in by_hash(world, name, generation) {
        assert_eq!(answer.status, 200);
        assert_eq!(CATALOG.generation_of(name, &answer.body), Some(generation));
    }
}

#[track_caller]
fn assert_not_found(world: &Rc<World>, name: &str, generation: usize) {
    for answer in by_hash(world, name, generation) {
        assert_eq!(answer.status, 404);
    }
}

#[test]
fn second_request_joins_package_fill() {
    for name in [COMMIT, BRANCH, ARTIFACT] {
        let world = world();
        script(&world, name, [Reply::paced(100, 100)]);
        let visitors = [0, 300, 800].map(|at| visit(&world, Visitor::get(name).at(at)));
        run(&world);
        for diary in &visitors {
            assert_got(diary, name, 0);
        }
        assert_eq!(asked(&world, name), 1);
        let late = answer(&visitors[2]).times;
        assert_eq!(late[1], 800, "the first byte comes at once");
    }
}

#[test]
fn package_is_found_by_both_hashes_as_soon_as_it_is_here() {
    let world = world();
    assert_not_found(&world, COMMIT, 0);
    assert_got(&fetch(&world, COMMIT), COMMIT, 0);
    assert_found(&world, COMMIT, 0);
    assert_eq!(asked(&world, COMMIT), 1);
}

#[test]
fn broken_tarball_is_served_without_a_hash() {
    let world = world();
    for _ in 0..2 {
        assert_got(&fetch(&world, BROKEN), BROKEN, 0);
    }
    assert_eq!(asked(&world, BROKEN), 1);
    let path = find(BROKEN).unwrap().path;
    let disk = world.disk.borrow();
    let record = disk.open(&format!(".zigdepot/package/{path}")).unwrap();
    let record = String::from_utf8(record.bytes.borrow().clone()).unwrap();
    assert!(record.contains("\nnew none: "), "{record}");
    assert!(disk.below(".zigdepot/hash").is_empty());
}

#[test]
fn branch_is_renewed_under_its_readers() {
    let world = world();
    world.honest.set(true);
    assert_got(&fetch(&world, TRUNK), TRUNK, 0);
    let slow = Visitor {
        room: 100,
        sip: 100,
        gap: 3000,
        ..Visitor::get(TRUNK).at(world.clock.now())
    };
    let begun = visit(&world, slow);
    let other = Rc::clone(&world);
    world.after(10_000, "push", move || push(&other, TRUNK, 1));
    let new = visit(&world, Visitor::get(TRUNK).at(world.clock.now() + OLD));
    run(&world);
    assert_got(&begun, TRUNK, 0);
    assert_got(&new, TRUNK, 1);
    let ends = [&begun, &new].map(|diary| answer(diary).times[2]);
    assert!(ends[0] > ends[1], "the old one was still being read");
}

#[test]
fn branch_that_did_not_move_is_not_fetched_again() {
    let world = world();
    for _ in 0..3 {
        assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 0);
    }
    assert_eq!(asked(&world, BRANCH), 3);
    let path = find(BRANCH).unwrap().path;
    let writes = |line: &&String| line.contains("disk publish") && line.contains(path);
    assert_eq!(world.trace.borrow().lines.iter().filter(writes).count(), 1);
}

#[test]
fn branch_outlives_forge() {
    let troubles = [
        Reply::status(404),
        Reply::status(500),
        Reply::paced(100, 100).cut(500, Cut::Reset),
        Reply::paced(100, 100).cut(500, Cut::Fin),
        Reply::default().cut(500, Cut::Stall),
        Reply {
            framing: Framing::FalseLength(300),
            ..Reply::default()
        },
    ];
    for trouble in troubles {
        let world = world();
        assert_got(&fetch(&world, BRANCH), BRANCH, 0);
        push(&world, BRANCH, 2);
        script(&world, BRANCH, [trouble]);
        assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 0);
        assert_eq!(asked(&world, BRANCH), 2, "upstream was asked");
        assert_got(&fetch(&world, BRANCH), BRANCH, 0);
        assert_eq!(asked(&world, BRANCH), 2, "and is left alone for a while");
        assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 2);
    }
}

#[test]
fn old_branch_is_served_where_no_flight_can_be_had() {
    let world = world_with(|config| config.limits.flights = 1);
    assert_got(&fetch(&world, BRANCH), BRANCH, 0);
    script(&world, COMMIT, [Reply::paced(100, 500)]);
    let now = world.clock.now() + OLD;
    let other = visit(&world, Visitor::get(COMMIT).at(now));
    let old = visit(&world, Visitor::get(BRANCH).at(now + 100));
    run(&world);
    assert_got(&other, COMMIT, 0);
    assert_got(&old, BRANCH, 0);
    assert_eq!(asked(&world, BRANCH), 1);
}

#[test]
fn old_branch_is_served_while_the_server_stops() {
    let world = world();
    assert_got(&fetch(&world, BRANCH), BRANCH, 0);
    let mut visitor = Visitor::get(COMMIT).at(world.clock.now() + OLD);
    visitor.asks.push(Ask::get(BRANCH));
    visitor.pipelined = true;
    script(&world, COMMIT, [Reply::paced(100, 100)]);
    let diary = visit(&world, visitor);
    let stop = Rc::clone(&world);
    world.after(OLD + 300, "stop", move || stop.stop());
    run(&world);
    match &diary.borrow()[..] {
        [Ending::Answer(_), Ending::Answer(answer)] => assert_eq!(answer.status, 200),
        // A server that stops need not read another request.
        [Ending::Answer(_), Ending::Ended] | [Ending::Answer(_)] => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_versions_of_a_branch_never_become_one() {
    let validators = [Validator::SameTime, Validator::Weak, Validator::Strong];
    for validator in validators {
        for ranges in [Ranges::Honour, Ranges::Blind] {
            let world = world();
            let reply = Reply {
                ranges,
                validator,
                ..Reply::paced(100, 100)
            };
            let replies = [reply.clone().cut(1200, Cut::Reset), reply];
            // All generations have one length.
            script(&world, TRUNK, replies);
            let begun = visit(&world, Visitor::get(TRUNK));
            let other = Rc::clone(&world);
            world.after(1000, "push", move || push(&other, TRUNK, 1));
            run(&world);
            assert!(matches!(first(&begun), Ending::Reset(1..)), "{begun:?}");
            assert_got(&fetch(&world, TRUNK), TRUNK, 1);
        }
    }
}

#[test]
fn hash_of_a_replaced_branch_is_gone() {
    let world = world();
    assert_got(&fetch(&world, BRANCH), BRANCH, 0);
    assert_found(&world, BRANCH, 0);
    for generation in [1, 2] {
        push(&world, BRANCH, generation);
        assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, generation);
        assert_not_found(&world, BRANCH, 0);
    }
    assert_found(&world, BRANCH, 2);
}

#[test]
fn hash_outlives_the_branch_that_had_it_first() {
    let world = world();
    assert_got(&fetch(&world, BRANCH), BRANCH, 0);
    assert_got(&fetch(&world, VERSION), VERSION, 0);
    push(&world, BRANCH, 2);
    assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 2);
    assert_found(&world, VERSION, 0);
}

#[test]
fn crash_at_any_point_leaves_a_package_that_is_found() {
    let whole = world();
    assert_got(&fetch(&whole, COMMIT), COMMIT, 0);
    for at in 1..=whole.disk_steps.get() {
        let world = world();
        world.crash.set(Some(Crash {
            at,
            loss: Loss::Nothing,
            down: 1000,
        }));
        let _ = fetch(&world, COMMIT);
        assert_got(&fetch(&world, COMMIT), COMMIT, 0);
        assert_found(&world, COMMIT, 0);
    }
}

#[test]
fn crash_between_replace_and_proof() {
    let whole = world();
    assert_got(&fetch(&whole, TRUNK), TRUNK, 0);
    let before = whole.disk_steps.get();
    push(&whole, TRUNK, 1);
    assert_got(&fetch_after(&whole, OLD, TRUNK), TRUNK, 1);
    for loss in [Loss::Nothing, Loss::All, Loss::After, Loss::Any] {
        for at in before + 1..=whole.disk_steps.get() {
            let world = world();
            assert_got(&fetch(&world, TRUNK), TRUNK, 0);
            push(&world, TRUNK, 1);
            let down = 1000;
            world.crash.set(Some(Crash { at, loss, down }));
            let _ = fetch_after(&world, OLD, TRUNK);
            // Neither hash leads to the other's tarball, which the clients' judge looks at.
            let _ = (by_hash(&world, TRUNK, 0), by_hash(&world, TRUNK, 1));
            world.internet.borrow_mut().usual = Reply::status(503);
            let kept = answer(&fetch(&world, TRUNK));
            assert_eq!(kept.status, 200, "{loss:?} at {at}");
            let _ = (by_hash(&world, TRUNK, 0), by_hash(&world, TRUNK, 1));
            world.internet.borrow_mut().reform();
            assert_got(&fetch_after(&world, OLD, TRUNK), TRUNK, 1);
        }
    }
}

#[test]
fn read_only_store_serves_branches() {
    let world = world();
    assert_got(&fetch(&world, BRANCH), BRANCH, 0);
    *world.weather.borrow_mut() = Weather {
        read_only: 100,
        ..Weather::default()
    };
    // Confirmed by upstream, which only memory can keep.
    assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 0);
    assert_got(&fetch_after(&world, 30_000, BRANCH), BRANCH, 0);
    assert_eq!(asked(&world, BRANCH), 2);
    // A newer one cannot be kept.
    push(&world, BRANCH, 2);
    assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 0);
    assert_eq!(asked(&world, BRANCH), 3);
    assert_eq!(answer(&fetch(&world, COMMIT)).status, 503);
    world.weather.take();
    assert_got(&fetch_after(&world, OLD, BRANCH), BRANCH, 2);
}

#[test]
fn planted_files_are_served_without_asking_whom_they_came_from() {
    for file in FILES {
        let world = world();
        let bytes = CATALOG.bytes(file.name, 0);
        world
            .disk
            .borrow_mut()
            .plant(file.path, bytes, 1_700_000_000);
        world.internet.borrow_mut().usual = Reply::status(503);
        assert_got(&fetch(&world, file.name), file.name, 0);
        assert_eq!(asked(&world, file.name), usize::from(file.changes));
        if !CATALOG.genuine(file.name)[0].hashes.is_empty() {
            assert_found(&world, file.name, 0);
        }
    }
}
