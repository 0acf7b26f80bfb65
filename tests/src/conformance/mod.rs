//! The conformance suite: what every host promises (`app`) and what socket hosts promise (`wire`).
//!
//! A case is a function over a [`Host`]; its module's `NEEDS` says which abilities
//! it takes. [`app_cases`](crate::app_cases) and [`wire_cases`](crate::wire_cases) list all cases, and
//! [`suite`](crate::suite) makes one test of each for a host. Cases refuse to depend on timing: they
//! hold the upstream at a gate and look at what is there, and a wait only bounds how long a failure takes.

pub mod app;
pub mod depot;
pub mod publisher;
pub mod wire;

use crate::host::{Ability, Host};
use crate::tools;

/// Runs a case on a host that can do what it needs, or says what is missing.
pub fn run(host: &dyn Host, needs: &[Ability], case: fn(&dyn Host)) {
    if let Some(tool) = host.missing() {
        return tools::not_here(&format!("no {tool}"));
    }
    match needs.iter().find(|ability| !host.can(**ability)) {
        Some(ability) => tools::not_here(&format!("{} cannot {ability:?}", host.name())),
        None => case(host),
    }
}

/// Makes one test of each listed case: `suite!(host; app_cases)`.
#[macro_export]
macro_rules! suite {
    ($host:expr; $suite:ident; $($module:ident: $($case:ident)+;)+) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                use $crate::conformance::$suite::$module;
                $crate::conformance::run(&$host, $module::NEEDS, $module::$case);
            })+
        })+
    };
}

#[cfg(test)]
mod tests {
    use crate::scratch::files_below;
    use std::path::Path;

    #[test]
    fn every_case_is_listed() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
        for suite in ["app", "wire"] {
            let list = std::fs::read_to_string(dir.join(suite).join("mod.rs")).unwrap();
            for file in files_below(&dir.join(suite)) {
                let text = std::fs::read_to_string(dir.join(suite).join(&file)).unwrap();
                let cases = text
                    .lines()
                    .filter(|line| line.ends_with("(host: &dyn Host) {"));
                for name in cases.filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next())
                {
                    let listed = list
                        .split_whitespace()
                        .any(|word| word.trim_end_matches(';') == name);
                    assert!(listed, "{suite}/{file}: {name} is not in the list of cases");
                }
            }
        }
    }
}
