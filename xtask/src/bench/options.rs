//! What a run was asked to do; what cannot be done is refused before anything starts.

use std::path::{Path, PathBuf};

use super::{
    pairs::{PAIRS, Pair},
    programs::{Contender, Program},
    scenario::Scenario,
    scenarios::SCENARIOS,
};
use crate::failure::{Doing, Failure};

const DEFAULT_SECONDS: u32 = 4;

/// The flags of `cargo xtask bench`.
pub(super) struct Options {
    /// Words of pairs; empty: all.
    against: Vec<String>,
    /// Names of scenarios; empty: each pair's own.
    pub(super) only: Vec<String>,
    /// None: each pair's own.
    pub(super) rounds: Option<u32>,
    pub(super) seconds: u32,
    /// Measured instead of a build of the server on smol.
    server: Option<PathBuf>,
    /// Rivals meet themselves.
    pub(super) noise: bool,
    pub(super) list: bool,
}

impl Options {
    pub(super) fn parse(args: &[&str]) -> Result<Self, Failure> {
        let mut options = Self {
            against: Vec::new(),
            only: Vec::new(),
            rounds: None,
            seconds: DEFAULT_SECONDS,
            server: None,
            noise: false,
            list: false,
        };
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            let mut value = || args.next().copied().doing(format!("{arg} needs a value"));
            match arg {
                "--against" => options.against = words(value()?),
                "--only" => options.only = words(value()?),
                "--rounds" => options.rounds = Some(positive(value()?)?),
                "--seconds" => options.seconds = positive(value()?)?,
                "--server" => options.server = Some(existing(value()?)?),
                "--noise" => options.noise = true,
                "--list" => options.list = true,
                other => return Err(Failure::new(format!("bench knows no {other}"))),
            }
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<(), Failure> {
        all_known(&self.against, "rival", |name| {
            PAIRS.iter().any(|pair| pair.word == name)
        })?;
        all_known(&self.only, "scenario", |name| {
            SCENARIOS.iter().any(|scenario| scenario.name == name)
        })?;
        match self.pairs().next() {
            Some(_) => Ok(()),
            None => Err(Failure::new("no program of these pairs can fetch files")),
        }
    }

    /// The pairs asked for that have something to do.
    pub(super) fn pairs(&self) -> impl Iterator<Item = &'static Pair> {
        let wanted = |pair: &&Pair| {
            self.against.is_empty() || self.against.iter().any(|word| word == pair.word)
        };
        PAIRS
            .iter()
            .filter(wanted)
            .filter(|pair| !pair.scenarios(&self.only).is_empty())
    }

    /// All that will be measured, pair after pair.
    pub(super) fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> {
        self.pairs().flat_map(|pair| pair.scenarios(&self.only))
    }

    /// Builds a program, unless another file was given for it.
    pub(super) fn build(&self, program: Program) -> Result<(), Failure> {
        match self.given(program) {
            Some(_) => Ok(()),
            None => program.build(),
        }
    }

    /// A program that is there already.
    pub(super) fn contender(&self, program: Program) -> Result<Contender, Failure> {
        let binary = match self.given(program) {
            Some(path) => path.to_owned(),
            None => program.binary()?,
        };
        let name = program.name().to_owned();
        Ok(Contender {
            program,
            name,
            binary,
        })
    }

    fn given(&self, program: Program) -> Option<&Path> {
        self.server.as_deref().filter(|_| program == Program::Smol)
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn existing(path: &str) -> Result<PathBuf, Failure> {
    Path::new(path).canonicalize().doing(path)
}

fn positive(text: &str) -> Result<u32, Failure> {
    let number = text
        .parse()
        .ok()
        .filter(|&number| (1..=100).contains(&number));
    number.doing(format!("not a number from 1 to 100: {text}"))
}

fn all_known(words: &[String], what: &str, known: impl Fn(&str) -> bool) -> Result<(), Failure> {
    match words.iter().find(|word| !known(word)) {
        Some(word) => Err(Failure::new(format!("no {what} {word}; --list names them"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_refused_before_anything_starts() {
        assert!(Options::parse(&["--only", "small_ka,no_such"]).is_err());
        assert!(Options::parse(&["--against", "apache"]).is_err());
        assert!(Options::parse(&["--against", "hyper", "--only", "burst"]).is_err());
        assert!(Options::parse(&["--rounds", "0"]).is_err());
        assert!(Options::parse(&["--seconds"]).is_err());
        assert!(Options::parse(&["--server", "/no/such/program"]).is_err());
    }

    #[test]
    fn pairs_without_a_scenario_to_run_are_left_out() {
        let options = Options::parse(&["--only", "small_ka,burst", "--rounds", "3"]).unwrap();
        assert_eq!((options.rounds, options.seconds), (Some(3), 4));
        assert_eq!(options.pairs().count(), PAIRS.len() - 1, "no Git in them");
        let options = Options::parse(&["--only", "burst"]).unwrap();
        let words: Vec<&str> = options.pairs().map(|pair| pair.word).collect();
        assert_eq!(words, ["nginx", "smol"]);
        let options = Options::parse(&["--against", "hyper,smol"]).unwrap();
        let words: Vec<&str> = options.pairs().map(|pair| pair.word).collect();
        assert_eq!(words, ["smol", "hyper"]);
    }
}
