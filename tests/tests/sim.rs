//! The simulator's random runs; its stories lie beside it.
//!
//! `SIM_SEEDS=n` runs so many seeds, `SIM_SEED=x` one of them with its whole trace, and `SIM_SURVEY=1`
//! goes on after a failure and prints one line for each.

use zigdepot_tests::sim::plan::{Run, simulate};

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn report(seed: u64, run: &Run) {
    for line in &run.trace {
        eprintln!("{line}");
    }
    let wrong = run.wrong.as_deref().unwrap_or_default();
    panic!("seed {seed}: {wrong} (SIM_SEED={seed} prints the whole run)");
}

#[test]
fn thousands_of_seeds() {
    if let Some(seed) = number("SIM_SEED") {
        let run = simulate(seed, true);
        assert_eq!(run.wrong, None, "seed {seed}");
        return;
    }
    let mut wrong = 0;
    for seed in 0..number("SIM_SEEDS").unwrap_or(3000) {
        let run = simulate(seed, false);
        match &run.wrong {
            None => {}
            // A survey: go on, one line each.
            Some(what) if number("SIM_SURVEY").is_some() => {
                eprintln!("seed {seed}: {what}");
                wrong += 1;
            }
            Some(_) => report(seed, &run),
        }
    }
    assert_eq!(wrong, 0, "seeds that went wrong");
}

#[test]
fn same_seed_is_the_same_run() {
    for seed in 0..20 {
        assert_eq!(simulate(seed, false).hash, simulate(seed, false).hash);
    }
}
