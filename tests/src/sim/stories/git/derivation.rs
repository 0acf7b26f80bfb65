//! Many who wait for one derivation, and how they go.

use super::*;
use crate::sim::registry::repos::TOOL;

const TAG: &str = "v1.0.0";

#[test]
fn many_clients_wait_for_one_derivation() {
    for seed in 0..20 {
        let world = publisher(seed, HELLO, |_| {});
        world.weather.borrow_mut().slow = 60;
        let tip = tip(&world, "hello", TAG).target.id;
        let manner = |number: u64| Visitor {
            worker: usize::from(number.is_multiple_of(2)),
            embedded: number.is_multiple_of(3),
            ..asking(&world, Ask::pack("hello", &[tip])).at(world.clock.now() + number)
        };
        let diaries: Vec<Diary> = (0..12)
            .map(|number| visit(&world, manner(number)))
            .collect();
        run(&world);
        for diary in &diaries {
            assert_pack(&answer(diary), &[tip]);
        }
        assert_eq!(count(&world, "start derive hello"), 1, "seed {seed}");
        assert_eq!(count(&world, "derived the Git pack"), 1, "seed {seed}");
        assert_sound(&world, "hello");
    }
}

#[test]
fn derivation_outlives_those_who_wait_for_it() {
    for leaves in (0..200).step_by(7) {
        let world = hello();
        world.weather.borrow_mut().slow = 100;
        let tip = tip(&world, "hello", TAG).target.id;
        let now = world.clock.now();
        let goes = Visitor {
            leaves: Some(now + leaves),
            ..asking(&world, Ask::pack("hello", &[tip]))
        };
        let stays = asking(&world, Ask::pack("hello", &[tip])).at(now + 5);
        let (gone, stays) = (visit(&world, goes), visit(&world, stays));
        run(&world);
        assert!(matches!(first(&gone), Ending::Left | Ending::Answer(_)));
        assert_pack(&answer(&stays), &[tip]);
        assert!(count(&world, "start derive") <= 1);
        assert_sound(&world, "hello");
    }
}

#[test]
fn derivation_that_nobody_waits_for_any_more_is_kept() {
    let world = hello();
    world.weather.borrow_mut().slow = 100;
    let tip = tip(&world, "hello", TAG).target.id;
    let visitor = Visitor {
        leaves: Some(world.clock.now() + 100),
        ..asking(&world, Ask::pack("hello", &[tip]))
    };
    let diary = visit(&world, visitor);
    run(&world);
    assert_eq!(first(&diary), Ending::Left);
    assert_eq!(derived(&world, "hello").len(), 4);
    world.weather.take();
    assert_pack(&told(&world, Ask::pack("hello", &[tip])), &[tip]);
    assert_eq!(count(&world, "derived the Git pack"), 1);
}

#[test]
fn client_that_goes_while_it_reads_harms_nobody() {
    for after in (0..2600).step_by(200) {
        let world = hello();
        let tips = tips(&world, "hello");
        for wants in [&tips[..1], &tips[..]] {
            let goes = Visitor {
                vanish_after: Some(after),
                ..asking(&world, Ask::pack("hello", wants))
            };
            let stays = visit(&world, asking(&world, Ask::pack("hello", wants)));
            let _ = visit(&world, goes);
            run(&world);
            assert_pack(&answer(&stays), wants);
        }
        assert_sound(&world, "hello");
    }
}

#[test]
fn stop_during_a_derivation_answers_everybody() {
    for wait in (0..300).step_by(6) {
        let world = publisher(wait, HELLO, |config| config.limits.derivations = 1);
        bring(&world, TOOL);
        world.delete_derived();
        world.weather.borrow_mut().slow = 100;
        let asks = ["hello", "tool"].map(|package| {
            let tips = tips(&world, package);
            visit(&world, asking(&world, Ask::pack(package, &tips)))
        });
        let there = Rc::clone(&world);
        world.after(wait, "stop", move || there.stop());
        run(&world);
        for diary in &asks {
            // A server that stops may not read what it has not read yet.
            let ending = first(diary);
            let status = ending.answer().map(|answer| answer.status);
            let is_late = matches!(ending, Ending::Ended | Ending::Refused);
            assert!(matches!(status, Some(200 | 503)) || is_late, "{ending:?}");
        }
        world.weather.take();
        world.start();
        assert_sound(&world, "hello");
        assert_sound(&world, "tool");
    }
}

#[test]
fn too_many_derivations_are_told_at_once_and_ask_again() {
    let world = publisher(1, HELLO, |config| {
        config.limits.derivations = 1;
        config.limits.derivations_waiting = 1;
    });
    push(&world, HELLO, 1);
    bring(&world, HELLO);
    world.delete_derived();
    world.weather.borrow_mut().slow = 100;
    let tips = tips(&world, "hello");
    assert_eq!(tips.len(), 3);
    let ask = |tip: &Id| visit(&world, asking(&world, Ask::pack("hello", &[*tip])));
    let diaries: Vec<Diary> = tips.iter().map(ask).collect();
    run(&world);
    let mut statuses: Vec<u16> = diaries.iter().map(|diary| answer(diary).status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503]);
    world.weather.take();
    assert_sound(&world, "hello");
}

#[test]
fn release_is_fetched_while_it_is_published() {
    for seed in 0..30 {
        let world = publisher(seed, HELLO, |_| {});
        world.weather.borrow_mut().slow = 50;
        push(&world, HELLO, 1);
        let tip = crate::sim::registry::repos::find(HELLO)
            .expect("it is there")
            .tags(1)["v2.0.0"];
        let log = ask(&world, 0, 0, vec![Deed::fetch("git.test", HELLO)]);
        let now = world.clock.now();
        let ask = |wait: u64| {
            let ask = Ask::pack("hello", &[tip.id]);
            visit(&world, asking(&world, ask).at(now + wait))
        };
        // Whoever comes too early is told that nobody has it, which the client looks at.
        let diaries: Vec<Diary> = (0..60).map(|number| ask(number * 10)).collect();
        run(&world);
        for diary in &diaries {
            assert_eq!(
                answer(diary).status,
                200,
                "seed {seed}: {}",
                text(&answer(diary))
            );
        }
        assert_eq!(log.borrow()[0].status(), Some(200));
        assert_sound(&world, "hello");
    }
}
