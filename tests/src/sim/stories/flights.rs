//! Many requests, one download.

use super::*;
use crate::sim::catalog::{DEV, NOMINATED, NOMINATED_VERSION, SHORT, STABLE};
use crate::sim::reply::{Cut, Ranges, Reply, Tamper};

/// 100 bytes each 100 ms.
fn slowly() -> Reply {
    Reply::paced(100, 100)
}

#[test]
fn second_request_joins_running_fill() {
    let world = world();
    world
        .internet
        .borrow_mut()
        .script(&at_zig(STABLE), [slowly()]);
    let visitors = [0, 700, 2900].map(|at| visit(&world, Visitor::get(STABLE).at(at)));
    run(&world);
    for diary in &visitors {
        assert_got(diary, STABLE, 0);
    }
    assert_eq!(asked(&world, STABLE), 1);
    assert_eq!(asked(&world, &signature_of(STABLE)), 1);
}

#[test]
fn late_joiner_gets_first_byte_at_once() {
    let world = world();
    world
        .internet
        .borrow_mut()
        .script(&at_zig(STABLE), [slowly()]);
    let first = visit(&world, Visitor::get(STABLE));
    let late = visit(&world, Visitor::get(STABLE).at(1550));
    run(&world);
    let [first, late] = [first, late].map(|diary| answer(&diary).times);
    assert_eq!([first[1], late[1]], [0, 1550]);
    assert_eq!(first[2], late[2], "both end with the download");
}

#[test]
fn download_outlives_its_clients() {
    let world = world();
    world
        .internet
        .borrow_mut()
        .script(&at_zig(STABLE), [slowly()]);
    let visitor = Visitor {
        vanish_after: Some(600),
        ..Visitor::get(STABLE)
    };
    let gone = visit(&world, visitor);
    run(&world);
    assert_eq!(first(&gone), Ending::Left);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    assert_eq!(asked(&world, STABLE), 1);
}

#[test]
fn failure_aborts_followers_that_began() {
    let world = world();
    let wrong = Reply {
        tamper: Tamper::Flip(2999),
        ..slowly()
    };
    world.internet.borrow_mut().script(&at_zig(STABLE), [wrong]);
    let diaries = [0, 1500].map(|at| visit(&world, Visitor::get(STABLE).at(at)));
    run(&world);
    for diary in &diaries {
        let Ending::Reset(got) = first(diary) else {
            panic!("{diary:?}")
        };
        assert!(got <= 3000 - 256, "the end is held back, but {got} came");
    }
    assert_got(&fetch(&world, STABLE), STABLE, 0);
}

#[test]
fn resume_after_cut_keeps_one_fetch() {
    let world = world();
    let cuts = [slowly().cut(1200, Cut::Reset), slowly().cut(900, Cut::Fin)];
    world.internet.borrow_mut().script(&at_zig(STABLE), cuts);
    let diaries = [0, 1000, 3000].map(|at| visit(&world, Visitor::get(STABLE).at(at)));
    run(&world);
    for diary in &diaries {
        assert_got(diary, STABLE, 0);
    }
    let internet = world.internet.borrow();
    let own = internet
        .asked
        .iter()
        .filter(|asked| asked.what == at_zig(STABLE));
    let starts: Vec<usize> = own.map(|asked| asked.start).collect();
    assert_eq!(starts.len(), 3);
    assert_eq!((starts[0], starts[2]), (0, 2100));
}

#[test]
fn part_from_another_place_is_not_taken() {
    let world = world();
    let misplaced = Reply {
        ranges: Ranges::Misplaced,
        ..slowly()
    };
    let replies = [slowly().cut(60, Cut::Reset), misplaced];
    world.internet.borrow_mut().script(&at_zig(SHORT), replies);
    assert_got(&fetch(&world, SHORT), SHORT, 0);
    assert_eq!(asked(&world, SHORT), 3);
}

#[test]
fn changed_file_cuts_begun_followers() {
    let world = world();
    let cut = slowly().cut(1200, Cut::Fin);
    world.internet.borrow_mut().script(&at_zig(STABLE), [cut]);
    let begun = visit(&world, Visitor::get(STABLE));
    let other = Rc::clone(&world);
    world.after(1000, "release", move || release(&other, STABLE));
    run(&world);
    assert!(matches!(first(&begun), Ending::Reset(1..)), "{begun:?}");
    assert_got(&fetch(&world, STABLE), STABLE, 1);
}

#[test]
fn follower_whose_flight_ends_while_its_head_goes_out_gets_the_file() {
    let world = world();
    world
        .internet
        .borrow_mut()
        .script(&at_zig(STABLE), [Reply::paced(300, 50)]);
    let narrow = Visitor {
        room: 10,
        sip: 10,
        gap: 100,
        ..Visitor::get(STABLE)
    };
    let diary = visit(&world, narrow);
    run(&world);
    assert_got(&diary, STABLE, 0);
}

#[test]
fn slow_readers_slow_nobody() {
    let world = world();
    world
        .internet
        .borrow_mut()
        .script(&at_zig(DEV), [Reply::paced(500, 10)]);
    let slow = Visitor {
        room: 100,
        sip: 100,
        gap: 2000,
        ..Visitor::get(DEV)
    };
    let slow = visit(&world, slow);
    let fast = visit(&world, Visitor::get(DEV));
    run(&world);
    assert_got(&slow, DEV, 0);
    assert_got(&fast, DEV, 0);
    assert!(answer(&fast).times[2] <= 120, "{:?}", answer(&fast).times);
}

#[test]
fn full_followers_do_not_starve_a_signature() {
    let world = world_with(|config| config.limits.followers = 1);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
}

#[test]
fn missing_file_is_asked_for_again_after_a_while() {
    let world = world();
    world.internet.borrow_mut().usual = Reply::status(404);
    assert_eq!(answer(&fetch(&world, STABLE)).status, 404);
    world.internet.borrow_mut().reform();
    assert_eq!(answer(&fetch(&world, STABLE)).status, 404);
    assert_eq!(asked(&world, STABLE), 1);
    let later = visit(&world, Visitor::get(STABLE).at(world.clock.now() + 90_000));
    run(&world);
    assert_got(&later, STABLE, 0);
}

#[test]
fn second_source_brings_what_the_first_has_not() {
    let world = world();
    world.nominate(NOMINATED_VERSION);
    world.announce();
    for name in [NOMINATED.to_owned(), signature_of(NOMINATED)] {
        let at = format!("pkg.hexops.org/{name}");
        world
            .internet
            .borrow_mut()
            .script(&at, [Reply::status(404)]);
    }
    assert_got(&fetch(&world, NOMINATED), NOMINATED, 0);
    assert_eq!(asked(&world, NOMINATED), 2);
}

#[test]
fn redirect_leads_out_but_never_in() {
    let world = world();
    let to = |host: &str| Reply {
        redirect: Some(format!("https://{host}/files/{STABLE}")),
        ..Reply::default()
    };
    let mut internet = world.internet.borrow_mut();
    internet.script(&at_zig(STABLE), [to("inside.test"), to("both.test")]);
    drop(internet);
    // A connection to a private address would fail the run.
    assert_eq!(answer(&fetch(&world, STABLE)).status, 504);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
}
