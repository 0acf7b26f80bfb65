//! A file and its signature, which come by ways of their own.

use super::*;
use crate::sim::catalog::{INDEX, SHORT, STABLE, version_of};
use crate::sim::reply::{Cut, Reply, Validator};
use crate::sim::scene::Weather;

#[test]
fn signature_and_archive_arrive_in_any_order() {
    for name in [STABLE, SHORT, INDEX] {
        for (of_file, of_signature) in [(0, 0), (500, 0), (0, 500), (0, 4000), (4000, 1)] {
            let world = world();
            let late = |delay| Reply {
                delay,
                ..Reply::paced(300, 50)
            };
            let mut internet = world.internet.borrow_mut();
            internet.script(&at_zig(name), [late(of_file)]);
            internet.script(&at_zig(&signature_of(name)), [late(of_signature)]);
            drop(internet);
            assert_got(&fetch(&world, name), name, 0);
            assert_eq!(asked(&world, name), 1);
            assert_eq!(asked(&world, &signature_of(name)), 1);
        }
    }
}

#[test]
fn upstream_with_one_connection_at_a_time() {
    for seed in 0..20 {
        let world = World::new(seed, settings(|_| {}));
        world.internet.borrow_mut().one_at_a_time = true;
        assert_got(&fetch(&world, STABLE), STABLE, 0);
    }
}

#[test]
fn proof_in_memory_does_not_outlive_its_file() {
    let world = world();
    let signature = signature_of(STABLE);
    world.weather.borrow_mut().record_fails = 100;
    assert_got(&fetch(&world, &signature), &signature, 0);
    world.weather.take();
    release(&world, STABLE);
    // The old signature does not fit and makes way for the new one.
    let _ = fetch(&world, STABLE);
    assert_got(&fetch(&world, STABLE), STABLE, 1);
    // The worker that had the old one at hand looks again after a while.
    let later = visit(
        &world,
        Visitor::get(&signature).at(world.clock.now() + 10_000),
    );
    run(&world);
    assert_got(&later, &signature, 1);
}

#[test]
fn proof_in_memory_is_not_taken_for_a_file_whose_publication_failed() {
    let world = world();
    let signature = signature_of(INDEX);
    world.internet.borrow_mut().usual.validator = Validator::SameTime;
    world.weather.borrow_mut().record_fails = 100;
    assert_got(&fetch(&world, &signature), &signature, 0);
    *world.weather.borrow_mut() = Weather {
        names_fail: 100,
        ..Weather::default()
    };
    release(&world, INDEX);
    // The old signature makes way for the new one, which stays without a proof.
    let _ = fetch(&world, INDEX);
    world.weather.take();
    // The clients' judge looks at the entity tag.
    let later = visit(
        &world,
        Visitor::get(&signature).at(world.clock.now() + 10_000),
    );
    run(&world);
    assert_got(&later, &signature, 1);
}

#[test]
fn old_signature_heals_in_the_same_request_also_without_proof() {
    let world = world();
    let signature = signature_of(SHORT);
    let path = format!("zig/dev/{}/{signature}", version_of(SHORT));
    let old = CATALOG.bytes(&signature, 0);
    world.disk.borrow_mut().plant(&path, old, 1_700_000_000);
    release(&world, SHORT);
    assert_got(&fetch(&world, SHORT), SHORT, 1);
}

#[test]
fn failed_signature_does_not_fetch_the_file_again() {
    let world = world();
    let broken = core::iter::repeat_n(Reply::status(503), 9);
    world
        .internet
        .borrow_mut()
        .script(&at_zig(&signature_of(STABLE)), broken);
    assert_eq!(answer(&fetch(&world, STABLE)).status, 504);
    assert_eq!(asked(&world, STABLE), 1);
}

#[test]
fn file_without_signature_is_refused_and_not_remembered_as_missing() {
    let world = world();
    let missing = [Reply::status(404)];
    world
        .internet
        .borrow_mut()
        .script(&at_zig(&signature_of(STABLE)), missing);
    assert_eq!(answer(&fetch(&world, STABLE)).status, 504);
    let later = visit(&world, Visitor::get(STABLE).at(world.clock.now() + 90_000));
    run(&world);
    assert_got(&later, STABLE, 0);
}

#[test]
fn stalled_signature_holds_nobody_for_ever() {
    let world = world();
    let stalls = core::iter::repeat_n(Reply::default().cut(10, Cut::Stall), 9);
    world
        .internet
        .borrow_mut()
        .script(&at_zig(&signature_of(STABLE)), stalls);
    let answer = answer(&fetch(&world, STABLE));
    assert_eq!(answer.status, 504);
    assert!(answer.times[2] < 60_000, "{:?}", answer.times);
}
