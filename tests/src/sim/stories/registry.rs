//! The registry: what upstreams, crashes, disks and other nodes may do to an ingest.

mod nodes;

use core::time::Duration;

use super::*;
use crate::sim::disk::Loss;
use crate::sim::registry::api::{Log, Told, Wish, ask};
use crate::sim::registry::ills::{Ill, Saying};
use crate::sim::registry::plan::tune;
use crate::sim::registry::promises;
use crate::sim::registry::repos::{HELLO, ODD, RIVAL, SERVED, TOOL};
use crate::sim::reply::Cut;
use crate::sim::scene::Crash;

const LOSSES: [Loss; 4] = [Loss::Nothing, Loss::All, Loss::After, Loss::Any];

/// A world with a registry, of a seed.
fn registry_of(seed: u64, change: impl FnOnce(&mut Config)) -> Rc<World> {
    let config = settings(|config| {
        tune(config);
        change(config);
    });
    World::new(seed, config)
}

fn registry() -> Rc<World> {
    registry_of(1, |_| {})
}

#[track_caller]
fn told(world: &Rc<World>, wish: Wish) -> Told {
    let log = ask(world, 0, 0, vec![wish]);
    run(world);
    first_of(&log)
}

#[track_caller]
fn first_of(log: &Log) -> Told {
    log.borrow().first().expect("the client is done").clone()
}

#[track_caller]
fn bring(world: &Rc<World>, path: &str) -> Told {
    told(world, Wish::fetch("git.test", path))
}

fn script(world: &World, ills: impl IntoIterator<Item = Ill>) {
    let mut hosts = world.hosts.borrow_mut();
    hosts.script = ills.into_iter().map(Saying::from).collect();
}

fn push(world: &World, path: &'static str, generation: usize) {
    let mut hosts = world.hosts.borrow_mut();
    hosts.generations.insert(path, generation);
}

/// The package is whole, and each tarball can be had.
#[track_caller]
fn assert_whole(world: &Rc<World>, path: &str) {
    let answer = bring(world, path);
    assert_eq!(answer.status(), Some(200), "{answer:?}");
    promises::end(world).expect("all promises are kept");
    for name in SERVED.keys() {
        let stored = promises::stored(name).replace(".tar.gz", ".manifest.json");
        if world.disk.borrow().open(&stored).is_ok() {
            let diary = fetch(world, name);
            assert_eq!(super::answer(&diary).status, 200, "{name}");
        }
    }
}

fn tarball(world: &World, tag: &str) -> Vec<u8> {
    let disk = world.disk.borrow();
    let file = disk.open(&format!("p/hello/tag/{tag}.tar.gz"));
    file.expect("it is published").bytes.borrow().clone()
}

#[test]
fn package_is_brought_in_few_requests() {
    for path in [HELLO, TOOL, ODD] {
        let world = registry();
        push(&world, HELLO, 2);
        let answer = bring(&world, path);
        assert_eq!(answer.status(), Some(200), "{answer:?}");
        let made = world.hosts.borrow().asked.len();
        assert!(made <= 4, "{made} requests");
        assert_eq!(bring(&world, path).number("tarballs_created"), 0);
        assert_whole(&world, path);
    }
}

#[test]
fn tag_that_nobody_can_unpack_does_not_keep_the_others() {
    let answer = bring(&registry(), ODD);
    assert_eq!(answer.status(), Some(200), "{answer:?}");
    let counts = (answer.number("tarball_count"), answer.count("refused"));
    assert_eq!(counts, (2, 2), "{answer:?}");
}

#[test]
fn cut_connections_are_tried_again() {
    for how in [Cut::Fin, Cut::Reset, Cut::Stall] {
        for request in 0..3 {
            for after in (0..400).step_by(13).chain([1500, 2500]) {
                let world = registry();
                let mut ills = vec![Ill::No; request];
                ills.push(Ill::Cut(after, how));
                script(&world, ills);
                let answer = bring(&world, HELLO);
                assert_eq!(
                    answer.status(),
                    Some(200),
                    "{how:?} {request} {after}: {answer:?}"
                );
                assert_eq!(answer.number("tarball_count"), 2);
            }
        }
    }
}

#[test]
fn what_does_not_stop_breaking_off_fails_and_leaves_nothing() {
    let world = registry();
    script(&world, vec![Ill::Cut(60, Cut::Reset); 3]);
    let answer = bring(&world, HELLO);
    assert_eq!(answer.status(), Some(502), "{answer:?}");
    assert_eq!(world.disk.borrow().below("p"), [""; 0]);
    assert_whole(&world, HELLO);
}

#[test]
fn wrong_bytes_are_never_published() {
    for request in 0..3 {
        for at in (0..4200).step_by(11) {
            let world = registry();
            let mut ills = vec![Ill::No; request];
            ills.push(Ill::Flip(at));
            script(&world, ills);
            // The disk and the client look at what comes of it.
            let answer = bring(&world, HELLO);
            assert!(
                matches!(answer.status(), Some(200 | 422 | 502)),
                "{answer:?}"
            );
            promises::end(&world).expect("all promises are kept");
        }
    }
}

#[test]
fn forged_and_missing_objects_publish_nothing_of_their_tag() {
    for at in 0..14 {
        for ill in [Ill::Without(at), Ill::Forged(at)] {
            let world = registry();
            script(&world, [Ill::No, Ill::No, ill.clone(), ill]);
            let answer = bring(&world, HELLO);
            assert!(
                matches!(answer.status(), Some(200 | 422 | 502)),
                "{answer:?}"
            );
            assert_whole(&world, HELLO);
        }
    }
}

#[test]
fn crash_between_any_two_steps_of_an_ingest() {
    let whole = registry();
    assert_eq!(bring(&whole, HELLO).status(), Some(200));
    let steps = whole.disk_steps.get();
    for loss in LOSSES {
        for at in 1..=steps {
            for moves in [false, true] {
                let world = registry();
                let down = 1000;
                world.crash.set(Some(Crash { at, loss, down }));
                let _ = bring(&world, HELLO);
                let disk = world.disk.borrow();
                let known = ["p/", ".zigdepot/"];
                let strange = disk
                    .paths()
                    .find(|path| !known.iter().any(|own| path.starts_with(own)));
                assert_eq!(strange, None, "{loss:?} at {at}");
                drop(disk);
                if moves {
                    push(&world, HELLO, 1);
                    // What the crash left over of a tag that has moved is nobody's by then.
                    world.clock.pass(3_600_000);
                }
                assert_whole(&world, HELLO);
                let tags = if moves { 3 } else { 2 };
                let manifests = world.disk.borrow().below("p/hello/tag").len();
                assert_eq!(manifests, 2 * tags, "{loss:?} at {at}");
            }
        }
    }
}

#[test]
fn moved_tag_stays_as_it_was_published() {
    let world = registry();
    assert_whole(&world, HELLO);
    let before = tarball(&world, "v1.1.0");
    push(&world, HELLO, 1);
    let answer = bring(&world, HELLO);
    assert_eq!((answer.status(), answer.count("conflicts")), (Some(200), 1));
    assert_eq!(answer.number("tarballs_created"), 1);
    push(&world, HELLO, 2);
    assert_eq!(bring(&world, HELLO).count("conflicts"), 1);
    assert_eq!(tarball(&world, "v1.1.0"), before);
    assert_whole(&world, HELLO);
}

#[test]
fn tag_that_moves_between_list_and_fetch_is_taken_as_it_is_then() {
    for gives_all in [false, true] {
        let world = registry();
        world.hosts.borrow_mut().gives_all = gives_all;
        script(&world, [Ill::No, Ill::No, Ill::Moves]);
        let answer = bring(&world, HELLO);
        assert_eq!(answer.status(), Some(200), "{answer:?}");
        assert_whole(&world, HELLO);
    }
}

#[test]
fn name_belongs_to_the_first_upstream() {
    let world = registry();
    assert_whole(&world, HELLO);
    let answer = bring(&world, RIVAL);
    assert_eq!(answer.status(), Some(409), "{answer:?}");
    assert_whole(&world, HELLO);
}

#[test]
fn stop_during_an_ingest_answers_everybody() {
    for wait in (0..600).step_by(10) {
        let world = registry();
        let usual = Saying {
            chunk: 500,
            gap: 20,
            ..Saying::default()
        };
        world.hosts.borrow_mut().usual = usual;
        let logs = [HELLO, TOOL].map(|path| ask(&world, 0, 0, vec![Wish::fetch("git.test", path)]));
        let there = Rc::clone(&world);
        world.after(wait, "stop", move || there.stop());
        run(&world);
        for log in &logs {
            let status = first_of(log).status();
            assert!(matches!(status, None | Some(200 | 502 | 503)), "{status:?}");
        }
        world.start();
        assert_whole(&world, HELLO);
        assert_whole(&world, TOOL);
    }
}

#[test]
fn full_disk_is_told_and_nothing_is_half() {
    let whole = registry();
    assert_whole(&whole, HELLO);
    let used = whole.disk.borrow().used("");
    for capacity in (0..used + 8000).step_by(300) {
        let world = registry();
        world.disk.borrow_mut().capacity = capacity;
        let answer = bring(&world, HELLO);
        assert!(
            matches!(answer.status(), Some(200 | 503)),
            "{capacity}: {answer:?}"
        );
        world.disk.borrow_mut().capacity = 1 << 20;
        assert_whole(&world, HELLO);
    }
}

#[test]
fn read_only_directory_serves_what_is_there() {
    let world = registry();
    assert_whole(&world, HELLO);
    world.weather.borrow_mut().read_only = 100;
    push(&world, HELLO, 1);
    assert_eq!(bring(&world, HELLO).status(), Some(503));
    let diary = fetch(&world, "p/hello/tag/v1.0.0.tar.gz");
    assert_eq!(super::answer(&diary).status, 200);
    world.weather.take();
    assert_whole(&world, HELLO);
}

#[test]
fn lost_tarball_comes_back_as_it_was() {
    let world = registry();
    assert_whole(&world, HELLO);
    let before = tarball(&world, "v1.1.0");
    world.disk.borrow_mut().lose("p/hello/tag/v1.1.0.tar.gz");
    let answer = bring(&world, HELLO);
    assert_eq!(
        (answer.status(), answer.number("tarballs_created")),
        (Some(200), 1)
    );
    assert_eq!(tarball(&world, "v1.1.0"), before);
    // Once the tag has moved, nobody can make it again.
    world.disk.borrow_mut().lose("p/hello/tag/v1.1.0.tar.gz");
    push(&world, HELLO, 1);
    assert_eq!(bring(&world, HELLO).count("conflicts"), 1);
    let path = "p/hello/tag/v1.1.0.tar.gz";
    assert!(world.disk.borrow().open(path).is_err());
}

#[test]
fn update_goes_on_while_clients_ask() {
    let world = registry();
    let records = [HELLO, TOOL, ODD].map(|path| format!(r#"{{"url":"https://git.test{path}"}}"#));
    let catalog = format!(r#"{{"packages":[7,{}]}}"#, records.join(","));
    world.hosts.borrow_mut().catalog = catalog;
    let wishes = || {
        vec![
            Wish::Update,
            Wish::Get("/api/status".into()),
            Wish::fetch("git.test", HELLO),
        ]
    };
    let logs: Vec<Log> = (0..4).map(|n| ask(&world, 0, n * 300, wishes())).collect();
    run(&world);
    for log in &logs {
        assert!(log.borrow().iter().all(|told| told.status() == Some(200)));
    }
    for path in [HELLO, TOOL, ODD] {
        assert_eq!(bring(&world, path).number("tarballs_created"), 0);
    }
    // A catalog that cannot be had changes nothing.
    world.hosts.borrow_mut().catalog = "<html>".into();
    world.clock.pass(60_000);
    assert_eq!(told(&world, Wish::Update).text("status"), "started");
    let status = told(&world, Wish::Get("/api/status".into()));
    assert_eq!(status.status(), Some(200));
    assert_whole(&world, TOOL);
}

#[test]
fn full_queue_is_told_at_once() {
    let world = registry_of(1, |config| config.limits.ingests_waiting = 1);
    world.hosts.borrow_mut().usual.delay = 1000;
    let paths = [HELLO, TOOL, ODD];
    let logs = paths.map(|path| ask(&world, 0, 0, vec![Wish::fetch("git.test", path)]));
    run(&world);
    let mut statuses = logs.each_ref().map(|log| first_of(log).status());
    statuses.sort_unstable();
    assert_eq!(statuses, [Some(200), Some(200), Some(503)]);
}

#[test]
fn time_for_one_package_is_limited() {
    let world = registry_of(1, |config| {
        config.limits.ingest.time = Duration::from_secs(20)
    });
    let usual = Saying {
        chunk: 10,
        gap: 900,
        ..Saying::default()
    };
    world.hosts.borrow_mut().usual = usual;
    let answer = bring(&world, HELLO);
    assert_eq!(answer.status(), Some(422), "{answer:?}");
    assert!(answer.text("error").contains("time=20"), "{answer:?}");
    assert!(world.clock.now() < 60_000);
    world.hosts.borrow_mut().reform();
    assert_whole(&world, HELLO);
}

#[test]
fn redirects_lead_to_no_private_address() {
    for host in ["inside.test", "mixed.test"] {
        let world = registry();
        script(&world, [Ill::Redirect(host, true)]);
        // Of several addresses one that is public will do; the others see no connection.
        let expected = if host == "inside.test" { 502 } else { 200 };
        let answer = bring(&world, HELLO);
        assert_eq!(answer.status(), Some(expected), "{answer:?}");
    }
}

#[test]
fn package_that_has_moved_for_good_keeps_its_name_on_both_ways() {
    let world = registry();
    script(&world, [Ill::Redirect("alt.test", true)]);
    assert_eq!(bring(&world, HELLO).status(), Some(200));
    let answer = told(&world, Wish::fetch("alt.test", HELLO));
    assert_eq!(answer.status(), Some(200), "{answer:?}");
}
