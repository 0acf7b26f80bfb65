//! The program around a host: arguments, signals, greeting, exit codes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::prefetch::Progress;

use crate::commands::{NOT_RUN, vendor};
use crate::log::Log;
use crate::server::{Server, Work};
use crate::settings::{Order, read};
use crate::shared::{Seat, Shared, StartError};

const STOP_SIGNALS: [i32; 2] = [15, 2];

/// A program: its name, and what its host does.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The name it goes by.
    pub name: &'static str,
    /// One worker's life.
    pub work: Work,
    /// Fetches what is in these scopes, on one worker.
    pub prefetch: fn(Seat, &[Scope]) -> Result<Progress, StartError>,
    /// Makes an offline bundle, on one worker.
    pub vendor: vendor::Work,
}

impl Program {
    /// Does what the command line and the environment ask for.
    #[must_use]
    pub fn run(&self) -> ExitCode {
        let arguments = std::env::args_os().skip(1);
        let (status, error) = match read(self.name, arguments, |name| std::env::var(name).ok()) {
            Ok(order) => match self.carry_out(order) {
                Ok(status) => return status,
                Err(failed) => failed,
            },
            Err(error) => (error.status(), error.to_string()),
        };
        let _ = writeln!(std::io::stderr(), "{}: {error}", self.name);
        status.into()
    }

    /// The exit status, or that of a failure and what it was.
    fn carry_out(&self, order: Order) -> Result<ExitCode, (u8, String)> {
        let of_start = |error: StartError| (1, error.to_string());
        match order {
            Order::Serve(config) => self.serve(*config).map_err(of_start),
            Order::Prefetch(config, scopes) => self.prefetch(*config, &scopes).map_err(of_start),
            Order::Vendor(call) => vendor::run(*call, self.vendor)
                .map_err(|error| (NOT_RUN, format!("{}: {error}", vendor::COMMAND.name))),
            Order::Run(command, call) => {
                let run = command.run.unwrap_or(|_| Ok(ExitCode::SUCCESS));
                let refused = |error| (NOT_RUN, format!("{}: {error}", command.name));
                run(&call).map_err(refused)
            }
            Order::Print(text) => {
                let _ = std::io::stdout().write_all(text.as_bytes());
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    fn serve(&self, config: Config) -> Result<ExitCode, StartError> {
        let mut signals = stop_signals().map_err(|error| StartError::new(&error))?;
        let log = Log::new(config.log);
        let settings = config.clone();
        let server = Server::start(config, self.work)?;
        greet(log, &settings, &server);
        let _ = signals.read(&mut [0]);
        log.line(
            LogLevel::Info,
            format_args!("stopping; answers under way are finished"),
        );
        server.stop();
        Ok(ExitCode::SUCCESS)
    }

    /// Fetches what is in these scopes; fails if anything could not be had.
    fn prefetch(&self, mut config: Config, scopes: &[Scope]) -> Result<ExitCode, StartError> {
        config.log = config.log.min(LogLevel::Warn);
        let port = config.http_port;
        let seat = Seat::new(Arc::new(Shared::open(config, port)?));
        let progress = (self.prefetch)(seat, scopes)?;
        let is_whole = progress.failed == 0 && progress.files_done == progress.files;
        Ok(if is_whole {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// A stream that becomes readable when the process is told to stop.
fn stop_signals() -> std::io::Result<UnixStream> {
    let (reader, writer) = UnixStream::pair()?;
    for signal in STOP_SIGNALS {
        signal_hook::low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(reader)
}

/// What a newcomer wants to know: where it listens, what it keeps, what to try.
fn greet(log: Log, config: &Config, server: &Server) {
    let base = config.base_url_at(server.address().port());
    log.announce(format_args!("listening on http://{}", server.address()));
    let kept = if server.is_writable() {
        "kept"
    } else {
        "served read-only"
    };
    let verified = if config.minisign_keys.is_some() {
        "verified"
    } else {
        "NOT verified"
    };
    let (dir, upstream) = (server.data_dir().display(), &config.zig_upstream);
    log.line(
        LogLevel::Info,
        format_args!("files from {upstream} are {verified} and {kept} in {dir}"),
    );
    log.line(
        LogLevel::Info,
        format_args!("try: curl -O {base}/zig/zig-x86_64-linux-0.14.1.tar.xz"),
    );
}
