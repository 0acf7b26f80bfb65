//! Clients of many kinds, and a server that stops.

use super::*;
use crate::sim::catalog::{DEV, SHORT, STABLE};
use crate::sim::client::Ask;
use crate::sim::reply::Reply;

fn asking(names: &[&str]) -> Visitor {
    Visitor {
        asks: names.iter().map(|name| Ask::get(name)).collect(),
        ..Visitor::get(names[0])
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let world = world();
    let signature = signature_of(STABLE);
    let names = [STABLE, &signature, SHORT, STABLE, DEV];
    let visitor = Visitor {
        pipelined: true,
        ..asking(&names)
    };
    let diary = visit(&world, visitor);
    run(&world);
    let endings = diary.borrow();
    assert_eq!(endings.len(), names.len());
    for (ending, name) in endings.iter().zip(names) {
        let answer = ending.answer().expect("each is answered");
        assert_eq!(CATALOG.generation_of(name, &answer.body), Some(0), "{name}");
    }
}

#[test]
fn half_closed_client_gets_its_answer() {
    let world = world();
    world.internet.borrow_mut().usual = Reply::paced(400, 100);
    let visitor = Visitor {
        half_close: true,
        ..Visitor::get(STABLE)
    };
    let diary = visit(&world, visitor);
    run(&world);
    assert_got(&diary, STABLE, 0);
}

#[test]
fn slow_reader_that_is_given_up_sees_a_reset() {
    let world = world();
    let sleeper = Visitor {
        room: 500,
        sip: 500,
        gap: 61_000,
        ..Visitor::get(STABLE)
    };
    let diary = visit(&world, sleeper);
    run(&world);
    assert!(matches!(first(&diary), Ending::Reset(_)), "{diary:?}");
}

#[test]
fn client_over_the_cap_is_turned_away_with_an_answer() {
    let world = world_with(|config| config.limits.connections = 1);
    world.internet.borrow_mut().usual = Reply::paced(400, 100);
    let served = visit(&world, Visitor::get(STABLE));
    let refused = visit(&world, Visitor::get(STABLE).at(200));
    run(&world);
    assert_got(&served, STABLE, 0);
    let ending = first(&refused);
    let status = ending.answer().map(|answer| answer.status);
    // It is reset where the request had not been read yet.
    assert!(
        status == Some(503) || ending == Ending::Reset(0),
        "{ending:?}"
    );
    assert_got(&fetch(&world, STABLE), STABLE, 0);
}

#[test]
fn range_request_waits_for_the_verdict() {
    let world = world();
    world.internet.borrow_mut().usual = Reply::paced(400, 100);
    let mut ranged = Visitor::get(STABLE);
    ranged.asks[0].range = Some("bytes=0-9".into());
    let diary = visit(&world, ranged);
    run(&world);
    let answer = answer(&diary);
    assert_eq!((answer.status, answer.body.len()), (206, 10));
    assert!(answer.field("etag").is_some());
}

#[test]
fn stop_during_fill_ends_what_is_under_way_well() {
    let world = world();
    world.internet.borrow_mut().usual = Reply::paced(400, 200);
    let under_way = visit(&world, Visitor::get(STABLE));
    let idle = visit(
        &world,
        Visitor {
            asks: vec![
                Ask::get(STABLE),
                Ask {
                    wait: 40_000,
                    ..Ask::get(STABLE)
                },
            ],
            ..Visitor::get(STABLE)
        },
    );
    let late = visit(&world, Visitor::get(STABLE).at(600));
    let other = Rc::clone(&world);
    world.after(500, "stop", move || other.stop());
    run(&world);
    assert_got(&under_way, STABLE, 0);
    assert_got(&idle, STABLE, 0);
    assert_eq!(idle.borrow()[1], Ending::Ended);
    assert_eq!(first(&late), Ending::Refused);
    assert!(world.process().is_none());
    assert!(world.clock.now() < 45_000);
}

#[test]
fn stop_does_not_wait_longer_than_its_deadline() {
    let world = world();
    let sleeper = Visitor {
        room: 100,
        sip: 100,
        gap: 50_000,
        ..Visitor::get(STABLE)
    };
    let diary = visit(&world, sleeper);
    let other = Rc::clone(&world);
    world.after(100, "stop", move || other.stop());
    run(&world);
    assert!(matches!(first(&diary), Ending::Reset(_)), "{diary:?}");
    assert!(world.process().is_none());
}
