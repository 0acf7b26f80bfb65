//! The pack of all releases, which is made beside.

use super::*;
use crate::sim::disk::Loss;
use crate::sim::registry::repos::{CROWD, CROWD_COMMITS};
use crate::sim::scene::Crash;

const LOSSES: [Loss; 4] = [Loss::Nothing, Loss::All, Loss::After, Loss::Any];

fn sets(world: &World) -> Vec<String> {
    world.disk.borrow().below(".zigdepot/git/hello/all")
}

/// Asks for all releases.
fn clone(world: &Rc<World>) -> Diary {
    let tips = tips(world, "hello");
    let diary = visit(world, asking(world, Ask::pack("hello", &tips)));
    run(world);
    diary
}

#[test]
fn second_clone_is_a_file() {
    let world = hello();
    let first = answer(&clone(&world));
    assert_eq!(sets(&world).len(), 1, "made beside the first one");
    world.clock.pass(60_000);
    let before = count(&world, "disk");
    let second = answer(&clone(&world));
    assert_eq!(pack_in(&first).len(), pack_in(&second).len());
    assert_eq!(count(&world, "disk"), before, "nothing is written");
    assert_eq!(count(&world, "start make the pack of all"), 1);
}

#[test]
fn crash_between_any_two_steps_of_the_pack_of_all() {
    let whole = hello();
    let before = whole.disk_steps.get();
    let _ = clone(&whole);
    let steps = whole.disk_steps.get() - before;
    for loss in LOSSES {
        for step in 1..=steps {
            let world = hello();
            let (at, down) = (world.disk_steps.get() + step, 1000);
            world.crash.set(Some(Crash { at, loss, down }));
            let _ = clone(&world);
            assert_sound(&world, "hello");
            assert_eq!(sets(&world).len(), 1, "{loss:?} at {step}");
        }
    }
}

#[test]
fn set_is_never_taken_for_another() {
    for seed in 0..40 {
        let world = publisher(seed, HELLO, |config| config.limits.chunk_bytes = 300);
        world.weather.borrow_mut().slow = 50;
        push(&world, HELLO, 1);
        let wait = world.random.between(0, 400);
        let log = ask(&world, 0, wait, vec![Deed::fetch("git.test", HELLO)]);
        let old = tips(&world, "hello");
        let now = world.clock.now();
        let clients = (0..30).map(|number| {
            let visitor = asking(&world, Ask::pack("hello", &old));
            visit(&world, visitor.at(now + 40 * number))
        });
        let diaries: Vec<Diary> = clients.collect();
        run(&world);
        assert_eq!(log.borrow()[0].status(), Some(200));
        for diary in &diaries {
            assert_pack(&answer(diary), &old);
        }
        assert_eq!(tips(&world, "hello").len(), old.len() + 1);
        world.weather.take();
        assert_sound(&world, "hello");
        assert_eq!(sets(&world).len(), 1, "older ones are cleared away");
    }
}

#[test]
fn stopped_server_leaves_no_pack_of_all_by_halves() {
    for wait in (0..200).step_by(10) {
        let world = publisher(wait, HELLO, |config| config.limits.chunk_bytes = 300);
        world.weather.borrow_mut().slow = 60;
        let tips = tips(&world, "hello");
        let diary = visit(&world, asking(&world, Ask::pack("hello", &tips)));
        let there = Rc::clone(&world);
        world.after(wait, "stop", move || there.stop());
        run(&world);
        drop(diary);
        world.weather.take();
        world.start();
        assert_sound(&world, "hello");
    }
}

#[test]
fn very_many_tags_are_one_clone() {
    let world = World::new(1, settings(tune));
    world.disk.borrow_mut().capacity = 16 << 20;
    bring(&world, CROWD);
    let tips = tips(&world, "crowd");
    assert_eq!(tips.len() as u64, 2 * CROWD_COMMITS);
    let list = told(&world, Ask::git("crowd", Wish::List));
    assert_eq!(text(&list).matches("refs/tags/").count(), tips.len());
    // As it is made at publishing, as it is merged, and derived anew.
    for _ in 0..2 {
        assert_pack(&told(&world, Ask::pack("crowd", &tips)), &tips);
        let sets = world.disk.borrow().below(".zigdepot/git/crowd/all");
        assert_eq!(sets.len(), 1);
        let some = &tips[3..90];
        assert_pack(&told(&world, Ask::pack("crowd", some)), some);
        world.delete_derived();
        world.clock.pass(20_000);
    }
    let slow = Visitor {
        room: 1000,
        sip: 1000,
        gap: 1000,
        ..asking(&world, Ask::pack("crowd", &tips))
    };
    let slow = visit(&world, slow);
    let fast = visit(&world, asking(&world, Ask::pack("crowd", &tips)));
    run(&world);
    assert_pack(&answer(&slow), &tips);
    assert_pack(&answer(&fast), &tips);
    let taken = [&fast, &slow].map(|diary| {
        let times = answer(diary).times;
        times[2] - times[0]
    });
    assert!(taken[0] < 1000 && taken[1] > 60_000, "{taken:?}");
}

#[test]
fn too_many_objects_are_told_in_words() {
    let world = publisher(1, HELLO, |config| config.limits.merge_objects = 10);
    let tips = tips(&world, "hello");
    let visitor = asking(&world, Ask::pack("hello", &tips[..1]));
    let one = visit(&world, visitor);
    run(&world);
    assert_pack(&answer(&one), &tips[..1]);
}
