//! `vendor`: what a project needs, put where Zig finds it without a network.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::vendor::{Report, vendor};
use zigdepot_core::route::template::Templates;
use zigdepot_core::zig::dependencies::Place;
use zigdepot_core::zig::manifest::Manifest;
use zigdepot_core::zig::package::MANIFEST;

use super::{Call, Command, CommandError, Doing, Flag, OnWorker, SOME, say};
use crate::bundle::{Bundle, Form, read_manifest};
use crate::progress::Steps;
use crate::shared::{Seat, Shared, StartError};
use crate::store::OpenFile;
use crate::task::{Solo, Task};

/// The command.
pub const COMMAND: Command = Command {
    name: "vendor",
    usage: "PATH/build.zig.zon (--dir DIR | --cache DIR) [--no-lazy]",
    summary: "all dependencies of a project, for building it without a network",
    help: "Follows the manifest and those of its dependencies. A package comes from the store by its\n\
           hash, from the mirror if ZIG_PKG or ZIG_ARTIFACT makes its URL, or from the URL itself; it\n\
           must have the hash that its manifest says. What is in DIR already is kept.\n\
           Exit status 1: something could not be had. 2: it could not run.\n",
    flags: &[
        Flag {
            name: "dir",
            value: Some("DIR"),
            help: "DIR/<hash>/, for zig build --system DIR (0.12 to 0.17)",
        },
        Flag {
            name: "cache",
            value: Some("DIR"),
            help: "DIR/p/, for ZIG_GLOBAL_CACHE_DIR=DIR zig build (0.11 to 0.17)",
        },
        Flag {
            name: "no-lazy",
            value: None,
            help: "leave out lazy dependencies",
        },
    ],
    run: Doing::OnWorker(OnWorker::Vendor),
};

/// A bundle to be made.
#[derive(Debug)]
pub struct Order {
    /// The project's manifest.
    pub root: Manifest,
    /// Whether lazy dependencies are brought, too.
    pub follow_lazy: bool,
    /// Where to.
    pub bundle: Bundle<Steps>,
}

impl Task for Order {
    type Outcome = Report;

    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> Report {
        vendor(host, &self.root, self.follow_lazy, &mut self.bundle).await
    }
}

/// Makes a bundle.
pub fn run<S: Solo>(call: Call) -> Result<ExitCode, CommandError> {
    let (form, dir) = target(&call)?;
    let (path, root) = manifest(&call)?;
    let project = path.parent().unwrap_or(Path::new(""));
    let bundle = Bundle::open(project, &dir, form, Steps::new());
    let mut order = Order {
        root,
        follow_lazy: !call.has("no-lazy"),
        bundle: bundle.map_err(|problem| CommandError::new(&problem))?,
    };
    let config = settle(call.config, &order);
    let port = config.http_port;
    let failed = |error: StartError| CommandError::new(&error);
    let shared = Shared::open(config, port).map_err(failed)?;
    let report = S::carry_out(Seat::new(Arc::new(shared)), &mut order).map_err(failed)?;
    drop(order);
    Ok(tell(&report, project, form, &dir))
}

/// The form and the directory that were asked for.
fn target(call: &Call) -> Result<(Form, PathBuf), CommandError> {
    let (form, dir) = match (call.flags.get("dir"), call.flags.get("cache")) {
        (Some(dir), None) => (Form::System, dir),
        (None, Some(dir)) => (Form::Cache, dir),
        (Some(_), Some(_)) | (None, None) => {
            return Err(CommandError::new(&"expected either --dir or --cache"));
        }
    };
    let absolute = std::path::absolute(dir);
    let absolute = absolute.map_err(|error| CommandError::new(&format_args!("{dir:?}: {error}")));
    Ok((form, absolute?))
}

/// The manifest that was named, or that is in the directory that was named.
fn manifest(call: &Call) -> Result<(PathBuf, Manifest), CommandError> {
    let [word] = &*call.words else {
        return Err(CommandError::new(&"name one build.zig.zon"));
    };
    let mut path = PathBuf::from(word);
    if path.is_dir() {
        path.push(MANIFEST);
    }
    let refused =
        |problem: &dyn core::fmt::Display| CommandError(format!("{}: {problem}", path.display()));
    let text = read_manifest(&path).map_err(|error| refused(&error))?;
    let manifest = Manifest::parse(&text)
        .map_err(|error| CommandError(format!("{}:{error}", path.display())))?;
    Ok((path, manifest))
}

/// The settings of a command. Where there is no store and nothing to be kept in one, none is made:
/// downloads pass through the bundle's own directory.
fn settle(mut config: Config, order: &Order) -> Config {
    config.log = config.log.min(LogLevel::Warn);
    let has_templates = |templates: &Templates| templates.origins().next().is_some();
    let mirrors = has_templates(&config.packages) || has_templates(&config.artifacts);
    if !mirrors && !Path::new(&config.data_dir).exists() {
        config.data_dir = order.bundle.scratch().to_string_lossy().into_owned();
    }
    config
}

/// Says what is there, what is not, and how to use it.
fn tell(report: &Report, project: &Path, form: Form, dir: &Path) -> ExitCode {
    for missing in &report.missing {
        let place = match missing.asker.place {
            Place::Local(_) => project.join(""),
            Place::Package(..) => PathBuf::new(),
        };
        let _ = writeln!(stderr(), "zigdepot: {}{missing}", place.display());
    }
    let Report {
        kept,
        from_store,
        fetched,
        missing,
    } = report;
    say(format_args!(
        "packages: {} ({fetched} fetched, {from_store} from the store, {kept} were there), {} could not be had",
        report.packages(),
        missing.len()
    ));
    if !missing.is_empty() {
        return ExitCode::from(SOME);
    }
    let dir = quoted(&dir.to_string_lossy());
    match form {
        Form::System => say(format_args!("build with: zig build --system {dir}")),
        Form::Cache => say(format_args!(
            "build with: ZIG_GLOBAL_CACHE_DIR={dir} zig build"
        )),
    }
    ExitCode::SUCCESS
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%=".contains(c);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("/srv/a-b_c.d"), "/srv/a-b_c.d");
        assert_eq!(quoted("/a b"), "'/a b'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
