//! Disks that fail, fill up or lose their power at every step of a derivation.

use super::*;
use crate::sim::disk::Loss;
use crate::sim::scene::{Crash, Weather};

const LOSSES: [Loss; 4] = [Loss::Nothing, Loss::All, Loss::After, Loss::Any];
const TAG: &str = "v1.1.0";

#[test]
fn crash_between_any_two_steps_of_a_derivation() {
    let whole = hello();
    let before = whole.disk_steps.get();
    let tip = tip(&whole, "hello", TAG).target.id;
    assert_pack(&told(&whole, Ask::pack("hello", &[tip])), &[tip]);
    let steps = whole.disk_steps.get() - before;
    for loss in LOSSES {
        for step in 1..=steps {
            let world = hello();
            let (at, down) = (world.disk_steps.get() + step, 1000);
            world.crash.set(Some(Crash { at, loss, down }));
            let _ = visit(&world, asking(&world, Ask::pack("hello", &[tip])));
            run(&world);
            // What has a name is right, which the disk looks at when it starts again.
            assert_pack(&told(&world, Ask::pack("hello", &[tip])), &[tip]);
            assert_sound(&world, "hello");
        }
    }
}

#[test]
fn crash_while_a_release_is_derived_anew() {
    let whole = hello();
    assert_sound(&whole, "hello");
    let note = format!(".zigdepot/git/hello/tag/{TAG}.note");
    let forget = |world: &World| {
        world.disk.borrow_mut().unlink(&note).expect("it is there");
        world.clock.pass(20_000);
    };
    // In small packets a pack is put together even of one release, which needs its note.
    let fetch = Fetch {
        wants: vec![tip(&whole, "hello", TAG).target.id],
        is_old: true,
        ..Fetch::default()
    };
    let wants = |world: &World| asking(world, Ask::git("hello", Wish::Pack(fetch.clone())));
    forget(&whole);
    let before = whole.disk_steps.get();
    let _ = visit(&whole, wants(&whole));
    run(&whole);
    let steps = whole.disk_steps.get() - before;
    for (step, loss) in (1..=steps).zip(LOSSES.into_iter().cycle()) {
        let world = hello();
        assert_sound(&world, "hello");
        forget(&world);
        let (at, down) = (world.disk_steps.get() + step, 1000);
        world.crash.set(Some(Crash { at, loss, down }));
        let _ = visit(&world, wants(&world));
        run(&world);
        assert_sound(&world, "hello");
    }
}

#[test]
fn failing_disk_is_told_and_nothing_is_half() {
    let kinds = [
        |percent| Weather {
            full: percent,
            ..Weather::default()
        },
        |percent| Weather {
            read_only: percent,
            ..Weather::default()
        },
        |percent| Weather {
            write_fails: percent,
            ..Weather::default()
        },
        |percent| Weather {
            read_fails: percent,
            ..Weather::default()
        },
        |percent| Weather {
            names_fail: percent,
            ..Weather::default()
        },
        |percent| Weather {
            record_fails: percent,
            ..Weather::default()
        },
    ];
    for weather in kinds {
        for seed in 0..15 {
            let world = publisher(seed, HELLO, |_| {});
            let tips = tips(&world, "hello");
            *world.weather.borrow_mut() = weather(if seed < 12 { 12 } else { 100 });
            for wants in [&tips[..1], &tips[..]] {
                let diary = visit(&world, asking(&world, Ask::pack("hello", wants)));
                run(&world);
                // A pack that is put together breaks off where it cannot be read.
                let ending = first(&diary);
                let status = ending.answer().map(|answer| answer.status);
                assert!(matches!(status, Some(200 | 503) | None), "{ending:?}");
            }
            world.weather.take();
            assert_sound(&world, "hello");
        }
    }
}

#[test]
fn full_disk_at_any_byte() {
    let world = hello();
    let used = world.disk.borrow().used("");
    for room in (0..8000).step_by(250) {
        let world = hello();
        let tips = tips(&world, "hello");
        world.disk.borrow_mut().capacity = used + room;
        for wants in [&tips[..1], &tips[1..], &tips[..]] {
            let status = told(&world, Ask::pack("hello", wants)).status;
            assert!(matches!(status, 200 | 503), "{room}: {status}");
        }
        let staged = world.disk.borrow().below(".zigdepot/staging");
        assert_eq!(staged, [""; 0]);
        // Where the note is, the others are.
        for note in derived(&world, "hello")
            .iter()
            .filter(|path| path.strip_suffix(".note").is_some())
        {
            let stem = note.trim_end_matches(".note");
            for part in [".sideband", ".idx", ".plain-idx"] {
                assert!(world.disk.borrow().open(&format!("{stem}{part}")).is_ok());
            }
        }
        world.disk.borrow_mut().capacity = 1 << 20;
        assert_sound(&world, "hello");
    }
}

#[test]
fn read_only_disk_serves_what_was_derived() {
    let world = hello();
    let tips = tips(&world, "hello");
    assert_pack(&told(&world, Ask::pack("hello", &tips[..1])), &tips[..1]);
    world.weather.borrow_mut().read_only = 100;
    world.clock.pass(60_000);
    assert_pack(&told(&world, Ask::pack("hello", &tips[..1])), &tips[..1]);
    assert_eq!(told(&world, Ask::git("hello", Wish::List)).status, 200);
    assert_eq!(told(&world, Ask::pack("hello", &tips[1..])).status, 503);
    world.weather.take();
    assert_sound(&world, "hello");
}

#[test]
fn tarball_that_is_damaged_or_gone_is_told() {
    let path = format!("p/hello/tag/{TAG}.tar.gz");
    let whole = hello();
    let len = whole
        .disk
        .borrow()
        .open(&path)
        .expect("it is there")
        .bytes
        .borrow()
        .len();
    for at in (0..len).step_by(40) {
        let world = hello();
        let tip = tip(&world, "hello", TAG).target.id;
        world.disk.borrow_mut().is_damaged = true;
        let wait = world.random.between(0, 60);
        world.weather.borrow_mut().slow = 30;
        let there = Rc::clone(&world);
        let (damaged, lost) = (path.clone(), at % 80 == 0);
        world.after(wait, "damage", move || {
            if lost {
                there.disk.borrow_mut().lose(&damaged);
            } else {
                damage(&there, &damaged, at);
            }
        });
        let diary = visit(&world, asking(&world, Ask::pack("hello", &[tip])));
        run(&world);
        // It may have been read before. That no wrong pack has a name the disk looks at.
        let answer = answer(&diary);
        assert!(matches!(answer.status, 200 | 500), "{}", text(&answer));
        // Others are not touched by it.
        let other = published(&world, "hello").remove(0).target.id;
        assert_pack(&told(&world, Ask::pack("hello", &[other])), &[other]);
    }
}

#[test]
fn what_is_derived_may_be_deleted_at_any_time() {
    for wait in (0..240).step_by(4) {
        let world = publisher(wait, HELLO, |config| config.limits.chunk_bytes = 200);
        world.weather.borrow_mut().slow = 60;
        let tips = tips(&world, "hello");
        let wishes = [
            Ask::pack("hello", &tips[..1]),
            Ask::pack("hello", &tips),
            Ask::git("hello", Wish::List),
            Ask::git("hello", Wish::File("info/refs".into())),
        ];
        let visitors = wishes.map(|ask| Visitor {
            room: 400,
            sip: 400,
            gap: 20,
            ..asking(&world, ask)
        });
        let diaries = visitors.map(|visitor| visit(&world, visitor));
        for again in 0..3 {
            let there = Rc::clone(&world);
            world.after(wait + 50 * again, "delete", move || there.delete_derived());
        }
        run(&world);
        for diary in &diaries {
            let ending = first(diary);
            let status = ending.answer().map(|answer| answer.status);
            let is_cut = matches!(ending, Ending::Reset(_));
            assert!(
                matches!(status, Some(200 | 503)) || is_cut,
                "{wait}: {ending:?}"
            );
        }
        world.weather.take();
        assert_sound(&world, "hello");
    }
}
