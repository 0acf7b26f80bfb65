//! Several processes on one directory.

use super::*;
use crate::sim::registry::repos::find;

#[test]
fn two_nodes_derive_the_same_and_serve_everybody() {
    for seed in 0..60 {
        let world = publisher(seed, HELLO, |_| {});
        world.weather.borrow_mut().slow = 40;
        world.start_second();
        let tips = tips(&world, "hello");
        let ask = |number: usize| {
            let wants = if number.is_multiple_of(3) {
                &tips[..]
            } else {
                &tips[..1]
            };
            let visitor = Visitor {
                node: number % 2,
                ..asking(&world, Ask::pack("hello", wants))
            };
            let later = world.clock.now() + 15 * (number as u64);
            (wants, visit(&world, visitor.at(later)))
        };
        let diaries: Vec<_> = (0..16).map(ask).collect();
        run(&world);
        for (wants, diary) in &diaries {
            let ending = first(diary);
            let Ending::Answer(answer) = &ending else {
                panic!("seed {seed}: {ending:?}");
            };
            assert_eq!(answer.status, 200, "seed {seed}: {}", text(answer));
            assert_pack(answer, wants);
        }
        world.weather.take();
        assert_sound(&world, "hello");
    }
}

#[test]
fn tag_of_another_process_is_seen_soon_and_at_once_by_its_id() {
    let world = hello();
    world.start_second();
    let list = |node| {
        let visitor = asking(&world, Ask::git("hello", Wish::List));
        let diary = visit(&world, Visitor { node, ..visitor });
        run(&world);
        text(&answer(&diary))
    };
    assert!(!list(1).contains("v2.0.0"));
    push(&world, HELLO, 1);
    let log = ask(&world, 0, 0, vec![Deed::fetch("git.test", HELLO)]);
    run(&world);
    assert_eq!(log.borrow()[0].status(), Some(200));
    assert!(list(0).contains("v2.0.0"), "its own is seen at once");
    let tip = find(HELLO).expect("it is there").tags(1)["v2.0.0"].id;
    let visitor = asking(&world, Ask::pack("hello", &[tip]));
    let wanted = visit(&world, Visitor { node: 1, ..visitor });
    run(&world);
    assert_pack(&answer(&wanted), &[tip]);
    assert!(list(1).contains("v2.0.0"), "it knows by now");
}

#[test]
fn tag_of_another_process_is_listed_after_the_recheck() {
    let world = hello();
    world.start_second();
    let list = |node| {
        let visitor = asking(&world, Ask::git("hello", Wish::List));
        let diary = visit(&world, Visitor { node, ..visitor });
        run(&world);
        text(&answer(&diary))
    };
    push(&world, HELLO, 1);
    let _ = list(1);
    let log = ask(&world, 0, 0, vec![Deed::fetch("git.test", HELLO)]);
    run(&world);
    assert_eq!(log.borrow()[0].status(), Some(200));
    world.clock.pass(1000);
    assert!(list(1).contains("v2.0.0"));
}

#[test]
fn nodes_that_publish_and_serve_at_a_time_serve_everybody() {
    for seed in 0..25 {
        let world = publisher(seed, HELLO, |_| {});
        world.weather.borrow_mut().slow = 40;
        world.start_second();
        push(&world, HELLO, 1);
        let bring = |node| ask(&world, node, 0, vec![Deed::fetch("git.test", HELLO)]);
        let logs = [0, 1].map(bring);
        let tips = tips(&world, "hello");
        let now = world.clock.now();
        let clients = (0..40u64).map(|number| {
            let visitor = Visitor {
                node: usize::from(number.is_multiple_of(2)),
                ..asking(&world, Ask::pack("hello", &tips))
            };
            visit(&world, visitor.at(now + 20 * number))
        });
        let diaries: Vec<Diary> = clients.collect();
        run(&world);
        for log in &logs {
            assert_eq!(log.borrow()[0].status(), Some(200), "seed {seed}");
        }
        for diary in &diaries {
            let ending = first(diary);
            let status = ending.answer().map(|answer| answer.status);
            assert_eq!(status, Some(200), "seed {seed}: {ending:?}");
        }
        world.weather.take();
        assert_sound(&world, "hello");
    }
}
