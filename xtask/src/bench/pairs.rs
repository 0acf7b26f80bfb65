//! Which program is measured against which, over what, and how one such contest runs.
//!
//! Both of a pair are measured in alternation, by the same code; all ratios are of the subject to
//! the rival.

use std::fs;

use super::{
    Options,
    fixture::Fixture,
    programs::{Contender, Program},
    report::Figures,
    scenario::Scenario,
    scenarios::SCENARIOS,
    servers::{Role, Server},
    targets::{self, Target},
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// A program and the one it is measured against.
pub(super) struct Pair {
    /// The rival's short name, for `--against`.
    pub(super) word: &'static str,
    pub(super) what: &'static str,
    subject: Program,
    rival: Program,
    /// Run unless `--only` names others.
    scenarios: &'static [&'static str],
    /// Run unless `--rounds` says otherwise.
    pub(super) rounds: u32,
    targets: &'static [Target],
}

pub(super) const PAIRS: &[Pair] = &[
    Pair {
        word: "nginx",
        what: "zigdepot against Debian's nginx",
        subject: Program::Smol,
        rival: Program::Nginx,
        scenarios: &[
            "idle",
            "slow200",
            "small_ka",
            "small_ka1000",
            "small_close",
            "index_ka",
            "index_304",
            "big1",
            "big8",
            "burst",
            "late",
        ],
        rounds: 5,
        targets: targets::NGINX,
    },
    Pair {
        word: "git",
        what: "zigdepot's Git face against git http-backend behind fcgiwrap and nginx",
        subject: Program::Smol,
        rival: Program::HttpBackend,
        scenarios: &[
            "git_refs",
            "git_ls_refs",
            "git_fetch_small",
            "git_fetch_big",
            "git_clone_small",
            "git_clone_big",
            "git_clone_memory",
        ],
        rounds: 3,
        targets: targets::GIT,
    },
    Pair {
        word: "smol",
        what: "zigdepot on tokio against zigdepot on smol",
        subject: Program::Tokio,
        rival: Program::Smol,
        scenarios: &[
            "idle",
            "slow200",
            "small_ka",
            "small_ka1000",
            "index_ka",
            "big1",
            "big8",
            "burst",
            "late",
            "pkg_small_ka",
            "pkg_index_ka",
            "pkg_fill",
            "ingest",
            "ingest_tags",
        ],
        rounds: 3,
        targets: targets::SMOL,
    },
    Pair {
        word: "hyper",
        what: "zigdepot's tower service against a plain file server, both under hyper",
        subject: Program::Service,
        rival: Program::HyperFiles,
        scenarios: &["idle", "small_ka", "index_ka", "big1", "big8"],
        rounds: 3,
        targets: targets::HYPER,
    },
];

impl Pair {
    /// The rival first: it is the base of the ratios. To see the noise it meets itself.
    pub(super) fn programs(&self, noise: bool) -> [Program; 2] {
        [self.rival, if noise { self.rival } else { self.subject }]
    }

    /// The scenarios asked for that both can do; without a wish, the pair's own.
    pub(super) fn scenarios(&self, only: &[String]) -> Vec<&'static Scenario> {
        let wanted = |name: &str| {
            if only.is_empty() {
                self.scenarios.contains(&name)
            } else {
                only.iter().any(|wish| wish == name)
            }
        };
        let both = |can: fn(Program) -> bool| can(self.rival) && can(self.subject);
        let both_can = |scenario: &Scenario| {
            if scenario.is_git_face() {
                return both(Program::serves_git);
            }
            both(Program::serves_files)
                && (both(Program::fetches) || !scenario.is_cold())
                && (both(Program::has_packages) || !scenario.is_about_packages())
        };
        SCENARIOS
            .iter()
            .filter(|scenario| wanted(scenario.name) && both_can(scenario))
            .collect()
    }

    /// Runs the scenarios and prints their tables and the summary, or what the machine lacks.
    pub(super) fn run(&self, options: &Options, lab: &Fixture) -> Result<(), Failure> {
        if let Some(tool) = self.lacks(options.noise) {
            println!("## {}\n\nskipped: no {tool}\n", self.what);
            let allowed = !tools::must_have(tool);
            return allowed.then_some(()).doing(format!("CI must have {tool}"));
        }
        let contest = self.contest(options, lab)?;
        let mut figures = Figures::default();
        self.print_heading(options, &contest);
        contest.note_size(&mut figures)?;
        for scenario in self.scenarios(&options.only) {
            println!("{}: {}", scenario.name, scenario.what);
            scenario.run(&contest, &mut figures)?;
        }
        figures.summary(if options.noise { &[] } else { self.targets });
        println!();
        Ok(())
    }

    /// A program that is missing.
    pub(super) fn lacks(&self, noise: bool) -> Option<&'static str> {
        self.programs(noise).into_iter().find_map(Program::lacks)
    }

    fn contest<'a>(&self, options: &Options, lab: &'a Fixture) -> Result<Contest<'a>, Failure> {
        let [rival, subject] = self.programs(options.noise);
        let rival = options.contender(rival)?;
        let mut subject = options.contender(subject)?;
        if options.noise {
            subject.name += " again";
        }
        Ok(Contest {
            rival,
            subject,
            rounds: options.rounds.unwrap_or(self.rounds),
            seconds: options.seconds,
            lab,
        })
    }

    fn print_heading(&self, options: &Options, contest: &Contest<'_>) {
        let Contest {
            rounds, seconds, ..
        } = contest;
        if options.noise {
            let name = self.rival.name();
            print!("## {name} against {name}: the noise");
        } else {
            print!("## {}", self.what);
        }
        println!("; {rounds} rounds of {seconds} s\n");
    }
}

const PORTS: [u16; 2] = [21_101, 21_102];

/// Two programs that are there to be started, and for how long they are measured.
pub(super) struct Contest<'a> {
    rival: Contender,
    subject: Contender,
    pub(super) rounds: u32,
    pub(super) seconds: u32,
    pub(super) lab: &'a Fixture,
}

impl Contest<'_> {
    /// Starts both afresh; the rival is the first.
    pub(super) fn start(&self, role: Role) -> Result<[Server; 2], Failure> {
        Ok([
            Server::start(&self.rival, role, PORTS[0], self.lab)?,
            Server::start(&self.subject, role, PORTS[1], self.lab)?,
        ])
    }

    fn note_size(&self, figures: &mut Figures) -> Result<(), Failure> {
        let Contender {
            program, binary, ..
        } = &self.subject;
        if program.is_ours() {
            let meta = fs::metadata(binary).doing(binary.display())?;
            figures.note("binary", "bytes", meta.len() as f64);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_and_targets_of_pairs_exist() {
        let known = |name: &str| SCENARIOS.iter().any(|scenario| scenario.name == name);
        for pair in PAIRS {
            assert_eq!(pair.scenarios(&[]).len(), pair.scenarios.len());
            for target in pair.targets {
                let (scenario, _) = target.figure.split_once(": ").unwrap();
                assert!(known(scenario) || scenario == "binary", "{scenario}");
            }
        }
    }

    #[test]
    fn a_server_that_cannot_fetch_is_not_asked_for_what_it_has_not() {
        let only = ["burst", "small_close", "ingest"].map(str::to_owned);
        let counts: Vec<usize> = PAIRS
            .iter()
            .map(|pair| pair.scenarios(&only).len())
            .collect();
        assert_eq!(counts, [2, 0, 3, 1]);
    }
}
