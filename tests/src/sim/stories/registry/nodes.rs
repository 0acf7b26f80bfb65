//! Two processes on one directory.

use super::*;

#[test]
fn two_nodes_on_one_directory_publish_the_same() {
    for seed in 0..150 {
        let world = registry_of(seed, |_| {});
        world.weather.borrow_mut().slow = 20;
        world.start_second();
        let start = |node| ask(&world, node, 0, vec![Wish::fetch("git.test", HELLO)]);
        let logs = [0, 1].map(start);
        run(&world);
        for log in &logs {
            let told = first_of(log);
            assert_eq!(told.status(), Some(200), "seed {seed}: {told:?}");
        }
        assert_whole(&world, HELLO);
    }
}

#[test]
fn two_nodes_see_a_tag_on_both_sides_of_its_move() {
    for seed in 0..300 {
        let world = registry_of(seed, |_| {});
        world.weather.borrow_mut().slow = 40;
        world.hosts.borrow_mut().gives_all = true;
        world.start_second();
        let start = |node| ask(&world, node, 0, vec![Wish::fetch("git.test", HELLO)]);
        let logs = [0, 1].map(start);
        let there = Rc::clone(&world);
        let wait = world.random.between(0, 60);
        world.after(wait, "push", move || push(&there, HELLO, 1));
        run(&world);
        for log in &logs {
            let told = first_of(log);
            assert_eq!(told.status(), Some(200), "seed {seed}: {told:?}");
        }
        promises::end(&world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        world.clock.pass(3_600_000);
        assert_whole(&world, HELLO);
    }
}

#[test]
fn upstreams_that_race_for_a_name_have_one_winner() {
    for seed in 0..150 {
        let world = registry_of(seed, |_| {});
        world.weather.borrow_mut().slow = 20;
        world.start_second();
        let start = |node, path| ask(&world, node, 0, vec![Wish::fetch("git.test", path)]);
        let logs = [start(0, HELLO), start(1, RIVAL)];
        run(&world);
        let mut statuses = logs.each_ref().map(|log| first_of(log).status());
        statuses.sort_unstable();
        assert_eq!(statuses, [Some(200), Some(409)], "seed {seed}");
        promises::end(&world).expect("all promises are kept");
    }
}
