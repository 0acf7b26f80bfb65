//! `zigdepot`: the server on smol's executor.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use zigdepot_core::app::prefetch::Scope;
use zigdepot_core::config::{Config, LogLevel};
use zigdepot_host::log::Log;
use zigdepot_host::settings::{Command, read};
use zigdepot_smol::command;
use zigdepot_smol::server::Server;

const STOP_SIGNALS: [i32; 2] = [15, 2];

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    match read("zigdepot", arguments, |name| std::env::var(name).ok()) {
        Ok(Command::Serve(config)) => run(*config),
        Ok(Command::Prefetch(config, scopes)) => prefetch(*config, &scopes),
        Ok(Command::Print(text)) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn core::fmt::Display) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "zigdepot: {error}");
    ExitCode::FAILURE
}

fn run(config: Config) -> ExitCode {
    let mut signals = match stop_signals() {
        Ok(signals) => signals,
        Err(error) => return fail(&error),
    };
    let log = Log::new(config.log);
    let settings = config.clone();
    let server = match Server::start(config) {
        Ok(server) => server,
        Err(error) => return fail(&error),
    };
    greet(log, &settings, &server);
    let _ = signals.read(&mut [0]);
    log.line(
        LogLevel::Info,
        format_args!("stopping; answers under way are finished"),
    );
    server.stop();
    ExitCode::SUCCESS
}

/// Fetches what is in these scopes; fails if anything could not be had.
fn prefetch(mut config: Config, scopes: &[Scope]) -> ExitCode {
    config.log = config.log.min(LogLevel::Warn);
    match command::prefetch(config, scopes) {
        Ok(progress) if progress.failed == 0 && progress.files_done == progress.files => {
            ExitCode::SUCCESS
        }
        Ok(_) => ExitCode::FAILURE,
        Err(error) => fail(&error),
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
