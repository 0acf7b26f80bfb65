//! Crashes, full disks, and a store that must make room.

use super::*;
use crate::sim::catalog::{DEV, DEV_TWO, SHORT, STABLE, signature_of, version_of};
use crate::sim::disk::Loss;
use crate::sim::host::EPOCH;
use crate::sim::reply::Reply;
use crate::sim::scene::Crash;

const LOSSES: [Loss; 4] = [Loss::Nothing, Loss::All, Loss::After, Loss::Any];

fn store_paths(world: &World) -> Vec<String> {
    world.disk.borrow().below("zig")
}

#[test]
fn crash_at_any_point_leaves_only_staging() {
    let whole = world();
    assert_got(&fetch(&whole, STABLE), STABLE, 0);
    for loss in LOSSES {
        for at in 1..=whole.disk_steps.get() {
            let world = world();
            let down = 1000;
            world.crash.set(Some(Crash { at, loss, down }));
            let _ = fetch(&world, STABLE);
            // What has a name is genuine, which the disk looks at; nothing else is left.
            let disk = world.disk.borrow();
            let strange = disk
                .paths()
                .find(|path| !path.starts_with("zig/") && !path.starts_with(".zigdepot/verified/"));
            assert_eq!(strange, None, "{loss:?} at {at}");
            drop(disk);
            assert_got(&fetch(&world, STABLE), STABLE, 0);
        }
    }
}

#[test]
fn what_was_reported_as_stored_survives_a_loss_of_power() {
    let world = world();
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    let at = world.disk_steps.get() + 1;
    world.crash.set(Some(Crash {
        at,
        loss: Loss::All,
        down: 0,
    }));
    let _ = fetch(&world, DEV);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    assert_eq!(
        asked(&world, STABLE),
        1,
        "it is verified again, not fetched again"
    );
}

#[test]
fn torn_proof_is_harmless() {
    for text in [
        "",
        "v1 3000 17000",
        "v1 3000 1700000000.000000000 sha256:",
        "\0\0\0\0",
    ] {
        let world = world();
        let path = format!("zig/stable/{}/{STABLE}", version_of(STABLE));
        let mut disk = world.disk.borrow_mut();
        disk.plant(&path, CATALOG.bytes(STABLE, 0), 1_700_000_000);
        disk.plant(&format!(".zigdepot/verified/{path}"), text.as_bytes(), 1);
        drop(disk);
        assert_got(&fetch(&world, STABLE), STABLE, 0);
        assert_eq!(asked(&world, STABLE), 0, "it was there");
    }
}

#[test]
fn proof_of_an_older_file_proves_nothing() {
    let world = world();
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    let path = format!("zig/stable/{}/{STABLE}", version_of(STABLE));
    let mut wrong = CATALOG.bytes(STABLE, 0).to_vec();
    wrong[7] ^= 1;
    world.disk.borrow_mut().plant(&path, &wrong, 1_700_000_000);
    let later = visit(&world, Visitor::get(STABLE).at(world.clock.now() + 10_000));
    run(&world);
    assert_got(&later, STABLE, 0);
}

#[test]
fn wrong_file_in_the_store_is_set_aside_and_never_served() {
    let world = world();
    let path = format!("zig/stable/{}/{STABLE}", version_of(STABLE));
    let mut wrong = CATALOG.bytes(STABLE, 0).to_vec();
    wrong[7] ^= 1;
    world.disk.borrow_mut().plant(&path, &wrong, 1_700_000_000);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    assert_eq!(world.disk.borrow().below(".zigdepot/quarantine").len(), 1);
}

#[test]
fn enospc_serves_what_is_there() {
    let world = world();
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    let used = world.disk.borrow().used("");
    world.disk.borrow_mut().capacity = used + 1000;
    assert_eq!(answer(&fetch(&world, DEV)).status, 503);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    // The disk may also turn out to be full half-way.
    let chunked = Reply {
        framing: crate::sim::reply::Framing::Chunked,
        ..Reply::paced(300, 10)
    };
    world.internet.borrow_mut().usual = chunked;
    assert_eq!(answer(&fetch(&world, DEV)).status, 503);
    world.disk.borrow_mut().capacity = 1 << 20;
    assert_got(&fetch(&world, DEV), DEV, 0);
}

#[test]
fn read_only_store_serves_what_is_there() {
    let world = world();
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    world.weather.borrow_mut().read_only = 100;
    assert_got(&fetch(&world, STABLE), STABLE, 0);
    assert_eq!(answer(&fetch(&world, DEV)).status, 503);
}

#[test]
fn eviction_under_load() {
    let world = world_with(|config| config.store_max = Some(9000));
    assert_got(&fetch(&world, DEV), DEV, 0);
    // One still reads the version that has to go.
    let reader = Visitor {
        room: 500,
        sip: 500,
        gap: 100,
        ..Visitor::get(DEV).at(world.clock.now())
    };
    let reader = visit(&world, reader);
    let start = world.clock.now() + 50;
    let others = [STABLE, DEV_TWO, SHORT, STABLE];
    let others = others.map(|name| (name, visit(&world, Visitor::get(name).at(start))));
    run(&world);
    assert_got(&reader, DEV, 0);
    for (name, diary) in &others {
        assert_got(diary, name, 0);
    }
    assert!(store_paths(&world).iter().all(|path| !path.ends_with(DEV)));
    assert!(world.disk.borrow().used("zig/") <= 9000);
    assert_got(&fetch(&world, STABLE), STABLE, 0);
}

const DAY: u64 = 24 * 3600;

/// A world with two dev versions, one of them old, and an old release; all of it right.
fn world_with_old_files() -> Rc<World> {
    let age = core::time::Duration::from_secs(30 * DAY);
    let world = world_with(|config| config.purge.dev_older_than = Some(age));
    for (kind, name, days) in [
        ("dev", DEV, 31),
        ("dev", DEV_TWO, 29),
        ("stable", STABLE, 900),
    ] {
        for name in [name.to_owned(), signature_of(name)] {
            let path = format!("zig/{kind}/{}/{name}", version_of(&name));
            let bytes = CATALOG.bytes(&name, 0);
            let at = EPOCH - days * DAY;
            world.disk.borrow_mut().plant(&path, bytes, at);
        }
    }
    world
}

fn has(world: &World, name: &str) -> bool {
    store_paths(world).iter().any(|path| path.ends_with(name))
}

#[test]
fn old_dev_version_is_purged_while_it_is_read() {
    let world = world_with_old_files();
    for name in [DEV, DEV_TWO, STABLE] {
        assert_got(&fetch(&world, name), name, 0);
    }
    let reader = Visitor {
        room: 500,
        sip: 500,
        gap: 100,
        ..Visitor::get(DEV).at(world.clock.now())
    };
    let reader = visit(&world, reader);
    let (purging, later) = (Rc::clone(&world), world.clock.now() + 200);
    world.after(200, "purge", move || purging.purge());
    let other = visit(&world, Visitor::get(DEV_TWO).at(later));
    run(&world);
    assert_got(&reader, DEV, 0);
    assert_got(&other, DEV_TWO, 0);
    assert_eq!(
        [DEV, DEV_TWO, STABLE].map(|name| has(&world, name)),
        [false, true, true]
    );
    let proofs = world.disk.borrow().below(".zigdepot/verified/zig/dev");
    assert!(!proofs.iter().any(|path| path.ends_with(DEV)), "{proofs:?}");
    assert_eq!(asked(&world, DEV), 0);
    assert_got(&fetch(&world, DEV), DEV, 0);
    assert_eq!(asked(&world, DEV), 1);
}

#[test]
fn crash_in_a_purge_leaves_what_is_right() {
    let whole = world_with_old_files();
    whole.purge();
    run(&whole);
    for loss in LOSSES {
        for at in 1..=whole.disk_steps.get() {
            let world = world_with_old_files();
            let down = 1000;
            world.crash.set(Some(Crash { at, loss, down }));
            world.purge();
            run(&world);
            assert!(has(&world, DEV_TWO) && has(&world, STABLE));
            for name in [DEV, DEV_TWO, STABLE] {
                assert_got(&fetch(&world, name), name, 0);
            }
        }
    }
}

#[test]
fn failed_flush_publishes_nothing_that_is_wrong() {
    for seed in 0..50 {
        let world = World::new(seed, settings(|_| {}));
        world.weather.borrow_mut().write_fails = 30;
        let _ = fetch(&world, STABLE);
        world.weather.take();
        assert_got(&fetch(&world, STABLE), STABLE, 0);
    }
}
