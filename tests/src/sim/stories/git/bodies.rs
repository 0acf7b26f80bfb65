//! Requests that are long, and answers that are read slowly.

use super::*;

/// A request with so many lines for commits that nobody has; 50 bytes each.
fn long(world: &World, strangers: u32) -> Ask {
    let fetch = Fetch {
        wants: vec![tips(world, "hello")[0]],
        strangers,
        ..Fetch::default()
    };
    Ask::git("hello", Wish::Pack(fetch))
}

#[test]
fn room_for_bodies_is_bounded_and_given_back() {
    // The first 16 KiB of each are free; of what is left there is room for one.
    let world = publisher(1, HELLO, |config| config.limits.bodies_bytes = 64 << 10);
    let begun = Ask {
        halt: Some((60_000, 5000)),
        ..long(&world, 1400)
    };
    let first = visit(&world, asking(&world, begun));
    let now = world.clock.now();
    let refused = visit(&world, asking(&world, long(&world, 1400)).at(now + 1000));
    let small = visit(&world, asking(&world, long(&world, 100)).at(now + 1000));
    run(&world);
    assert_eq!(answer(&first).status, 200);
    let ending = super::first(&refused);
    let status = ending.answer().map(|answer| answer.status);
    // What is sent on may reset the connection before the answer is read.
    assert!(
        status == Some(503) || matches!(ending, Ending::Reset(_)),
        "{ending:?}"
    );
    assert_eq!(answer(&small).status, 200);
    assert_eq!(told(&world, long(&world, 1400)).status, 200);
}

#[test]
fn room_is_given_back_by_clients_that_go() {
    for leaves in (0..1200).step_by(50) {
        let world = publisher(leaves, HELLO, |config| {
            config.limits.bodies_bytes = 64 << 10;
        });
        let begun = Ask {
            halt: Some((60_000, 90_000)),
            ..long(&world, 1400)
        };
        let visitor = Visitor {
            leaves: Some(world.clock.now() + leaves),
            ..asking(&world, begun)
        };
        let diary = visit(&world, visitor);
        run(&world);
        drop(diary);
        assert_eq!(told(&world, long(&world, 1400)).status, 200);
    }
}

#[test]
fn too_long_a_request_is_told() {
    let world = hello();
    let diary = visit(&world, asking(&world, long(&world, 12_000)));
    run(&world);
    // What is sent on may reset the connection before the answer is read.
    let ending = first(&diary);
    let status = ending.answer().map(|answer| answer.status);
    assert!(
        status == Some(413) || matches!(ending, Ending::Reset(_)),
        "{ending:?}"
    );
    assert_sound(&world, "hello");
}

#[test]
fn slow_reader_of_a_pack_slows_nobody() {
    let world = hello();
    let tips = tips(&world, "hello");
    let slow = Visitor {
        room: 100,
        sip: 100,
        gap: 2000,
        ..asking(&world, Ask::pack("hello", &tips))
    };
    let slow = visit(&world, slow);
    let fast = visit(&world, asking(&world, Ask::pack("hello", &tips)));
    run(&world);
    assert_pack(&answer(&slow), &tips);
    assert_pack(&answer(&fast), &tips);
    let taken = answer(&fast).times;
    assert!(taken[2] - taken[0] < 500, "{taken:?}");
}

#[test]
fn sleeper_is_given_up_and_its_pack_breaks_off() {
    let world = hello();
    let tips = tips(&world, "hello");
    let sleeper = Visitor {
        room: 500,
        sip: 500,
        gap: 61_000,
        ..asking(&world, Ask::pack("hello", &tips))
    };
    let diary = visit(&world, sleeper);
    run(&world);
    assert!(matches!(first(&diary), Ending::Reset(_)), "{diary:?}");
}
