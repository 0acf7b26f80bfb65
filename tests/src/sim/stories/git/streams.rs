//! Packs that are put together while they are sent, of files that may not be what they were.

use super::*;

/// The client asks for all, in small pieces; nothing but the releases' own files is there.
fn merging(seed: u64) -> Rc<World> {
    let world = publisher(seed, HELLO, |config| config.limits.chunk_bytes = 250);
    for tip in tips(&world, "hello") {
        assert_pack(&told(&world, Ask::pack("hello", &[tip])), &[tip]);
    }
    world.clock.pass(20_000);
    world
}

fn part(tag: &str, suffix: &str) -> String {
    format!(".zigdepot/git/hello/tag/{tag}.{suffix}")
}

#[test]
fn damaged_pack_breaks_off_and_is_right_the_next_time() {
    let whole = merging(1);
    for tag in ["v1.0.0", "v1.1.0"] {
        for suffix in ["sideband", "idx"] {
            let path = part(tag, suffix);
            let len = whole
                .disk
                .borrow()
                .open(&path)
                .expect("there")
                .bytes
                .borrow()
                .len();
            for at in (0..len).step_by(101) {
                let world = merging(1);
                let tips = tips(&world, "hello");
                damage(&world, &path, at);
                let diary = visit(&world, asking(&world, Ask::pack("hello", &tips)));
                run(&world);
                // A pack that is whole is the right one, which the client looks at. What is
                // derived and not needed for it may be anything.
                let ending = first(&diary);
                let status = ending.answer().map(|answer| answer.status);
                let is_cut = matches!(ending, Ending::Reset(_));
                assert!(
                    matches!(status, Some(200 | 503)) || is_cut,
                    "{path} {at}: {ending:?}"
                );
                if status == Some(200) {
                    continue;
                }
                assert_pack(&told(&world, Ask::pack("hello", &tips)), &tips);
                assert_sound(&world, "hello");
            }
        }
    }
}

#[test]
fn pack_that_was_found_damaged_is_not_sent_as_it_lies_there() {
    let world = merging(1);
    let tips = tips(&world, "hello");
    damage(&world, &part("v1.0.0", "sideband"), 700);
    // A worker takes it onto its shelf as it is, while a client of it goes before it sees anything.
    let goes = Visitor {
        vanish_after: Some(0),
        ..asking(&world, Ask::pack("hello", &tips[..1]))
    };
    let _ = visit(&world, goes);
    run(&world);
    let diary = visit(&world, asking(&world, Ask::pack("hello", &tips[..])));
    run(&world);
    assert!(matches!(first(&diary), Ending::Reset(_)), "{diary:?}");
    // Nobody has asked for both again.
    assert_pack(&told(&world, Ask::pack("hello", &tips[..1])), &tips[..1]);
}

#[test]
fn pack_that_is_damaged_while_it_is_sent_breaks_off() {
    for wait in (0..600).step_by(12) {
        let world = merging(wait);
        let tips = tips(&world, "hello");
        let slow = Visitor {
            room: 200,
            sip: 200,
            gap: 20,
            ..asking(&world, Ask::pack("hello", &tips))
        };
        let diary = visit(&world, slow);
        let there = Rc::clone(&world);
        let at = 100 + 3 * usize::try_from(wait).expect("small");
        world.after(wait, "damage", move || {
            damage(&there, &part("v1.1.0", "sideband"), at);
        });
        run(&world);
        let ending = first(&diary);
        assert!(
            matches!(&ending, Ending::Reset(_)) || ending.answer().is_some(),
            "{ending:?}"
        );
    }
}

#[test]
fn shorter_file_breaks_off() {
    for suffix in ["sideband", "idx", "plain-idx", "note"] {
        for left in [0, 1, 100, 1000] {
            let world = merging(1);
            let tips = tips(&world, "hello");
            let file = world
                .disk
                .borrow()
                .open(&part("v1.0.0", suffix))
                .expect("there");
            file.bytes.borrow_mut().truncate(left);
            let diary = visit(&world, asking(&world, Ask::pack("hello", &tips)));
            run(&world);
            let ending = first(&diary);
            let is_right = ending.answer().is_some_and(|answer| answer.status == 200);
            // The note says how long the others are, so all is derived before anything is sent.
            assert!(is_right, "{suffix} {left}: {ending:?}");
            assert_sound(&world, "hello");
        }
    }
}

#[test]
fn what_a_client_has_is_left_out() {
    let world = hello();
    push(&world, HELLO, 1);
    bring(&world, HELLO);
    let releases = published(&world, "hello");
    for had in &releases {
        for wanted in &releases {
            for is_old in [false, true] {
                let fetch = Fetch {
                    wants: vec![wanted.target.id],
                    haves: vec![had.target.commit],
                    is_old,
                    strangers: 0,
                };
                let answer = told(&world, Ask::git("hello", Wish::Pack(fetch)));
                assert_eq!(answer.status, 200);
                if !is_old && had != wanted {
                    let both = reach([&wanted.target.id]);
                    let had = reach([&had.target.id]);
                    let left = both.difference(&had).copied().collect();
                    assert_eq!(objects(&pack_in(&answer)), Ok(left));
                }
            }
        }
    }
}

#[test]
fn signed_tag_comes_to_whoever_has_its_commit() {
    let world = hello();
    let signed = tip(&world, "hello", "v1.1.0").target;
    assert_ne!(signed.id, signed.commit);
    for is_old in [false, true] {
        let fetch = Fetch {
            wants: vec![signed.id],
            haves: vec![signed.commit],
            is_old,
            strangers: 0,
        };
        // That the tag object is there, the client looks at.
        assert_eq!(
            told(&world, Ask::git("hello", Wish::Pack(fetch))).status,
            200
        );
    }
}
