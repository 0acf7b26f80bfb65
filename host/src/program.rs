//! The program around a host: arguments, signals, greeting, exit codes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use zigdepot_core::app::failure::Failure;
use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::prefetch::{Progress, prefetch_now};

use crate::commands::{
    Call, CommandError, Doing, NOT_RUN, OnWorker, fetch, update, upstream, vendor,
};
use crate::log::Log;
use crate::progress::Bar;
use crate::server::{Server, Work};
use crate::settings::{Order, read};
use crate::shared::{Seat, Shared, StartError};
use crate::store::OpenFile;
use crate::task::{Solo, Task};

const STOP_SIGNALS: [i32; 2] = [15, 2];

/// A program: its name, and what its host does.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The name it goes by.
    pub name: &'static str,
    /// One worker's life.
    pub work: Work,
}

/// Fetches what is in these scopes.
struct Prefetch<'a>(&'a [Scope]);

impl Task for Prefetch<'_> {
    type Outcome = Result<Progress, Failure>;

    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> Self::Outcome {
        prefetch_now(host, self.0, &mut Bar::new()).await
    }
}

impl Program {
    /// Does what the command line and the environment ask for.
    #[must_use]
    pub fn run<S: Solo>(&self) -> ExitCode {
        let arguments = std::env::args_os().skip(1);
        let (status, error) = match read(self.name, arguments, |name| std::env::var(name).ok()) {
            Ok(order) => match self.carry_out::<S>(order) {
                Ok(status) => return status,
                Err(failed) => failed,
            },
            Err(error) => (error.status(), error.to_string()),
        };
        let _ = writeln!(std::io::stderr(), "{}: {error}", self.name);
        status.into()
    }

    /// The exit status, or that of a failure and what it was.
    fn carry_out<S: Solo>(&self, order: Order) -> Result<ExitCode, (u8, String)> {
        let of_start = |error: StartError| (1, error.to_string());
        match order {
            Order::Serve(config) => self.serve(*config).map_err(of_start),
            Order::Prefetch(config, scopes) => prefetch::<S>(*config, &scopes).map_err(of_start),
            Order::Run(command, call) => {
                let refused = |error| (NOT_RUN, format!("{}: {error}", command.name));
                match command.run {
                    Doing::Here(run) => run(&call),
                    Doing::OnWorker(work) => on_worker::<S>(work, *call),
                }
                .map_err(refused)
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
}

/// Fetches what is in these scopes; fails if anything could not be had.
fn prefetch<S: Solo>(mut config: Config, scopes: &[Scope]) -> Result<ExitCode, StartError> {
    config.log = config.log.min(LogLevel::Warn);
    let port = config.http_port;
    let seat = Seat::new(Arc::new(Shared::open(config, port)?));
    let progress = S::carry_out(seat, &mut Prefetch(scopes))?;
    let progress = progress.map_err(|failure| StartError::new(&failure))?;
    let is_whole = progress.failed == 0 && progress.files_done == progress.files;
    Ok(if is_whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Does the work of a command that needs the host.
fn on_worker<S: Solo>(work: OnWorker, call: Call) -> Result<ExitCode, CommandError> {
    match work {
        // Its order is one of its own.
        OnWorker::Prefetch => Ok(ExitCode::SUCCESS),
        OnWorker::Vendor => vendor::run::<S>(call),
        OnWorker::Fetch => fetch::run::<S>(call),
        OnWorker::Update => update::run::<S>(call),
        OnWorker::Upstream => upstream::run::<S>(call),
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
