//! Starts a release program, under an emulator if it is for another machine, and has it serve.
//!
//! The store has an archive that a key of this run signed, and one that was changed afterwards.
//! The first must come byte for byte, twice: once after its verification, once from the shelf. The
//! second must not come at all. The archive is from 2100, so that times of 32 bits are seen. Nothing leaves loopback: no upstream listens.

use core::time::Duration;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Instant, SystemTime},
};

use crate::{
    failure::{Doing, Failure},
    http,
    sample::{Key, bytes, signature_of},
    tools,
};

const GENUINE: &str = "zig-x86_64-linux-0.14.1.tar.xz";
const CHANGED: &str = "zig-aarch64-linux-0.14.1.tar.xz";
/// Several reads and writes, and no round number.
const SIZE: usize = 1_234_567;
/// The start of the year 2100, 47 482 days after that of 1970.
const MODIFIED: Duration = Duration::from_hours(24 * 47_482);
const LAST_MODIFIED: &str = "Fri, 01 Jan 2100 00:00:00 GMT";
const MARK: &str = "listening on http://127.0.0.1:";

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(15);

/// The files to serve and the key that signed them, in a folder of the run.
pub(super) struct Depot {
    dir: PathBuf,
    key: Key,
}

impl Depot {
    /// Starts afresh in this folder.
    pub(super) fn make(dir: PathBuf) -> Result<Self, Failure> {
        if dir.exists() {
            fs::remove_dir_all(&dir).doing(dir.display())?;
        }
        fs::create_dir_all(&dir).doing(dir.display())?;
        let key = Key::make(&dir)?;
        Ok(Self { dir, key })
    }

    /// Starts the program, asks for the files, and stops it.
    pub(super) fn check(&self, emulator: Option<&str>, program: &Path) -> Result<(), Failure> {
        let data = self.dir.join(program.file_name().doing("no file name")?);
        let store = data.join("zig/stable/0.14.1");
        fs::create_dir_all(&store).doing(store.display())?;
        let genuine = self.put(&store, GENUINE)?;
        self.put(&store, CHANGED)?;
        fs::write(store.join(CHANGED), bytes(2, SIZE)).doing(CHANGED)?;
        let mut server = Server::start(command(emulator, program, &data, &self.key), &data)?;
        let served = ask(server.port, &genuine, &store);
        let stopped = server.stop();
        served.and(stopped).map_err(|failure| {
            let log = fs::read_to_string(log_of(&data)).unwrap_or_default();
            Failure::new(format!("{}: {failure}\n{log}", program.display()))
        })
    }

    /// Stores a signed file; its bytes.
    fn put(&self, store: &Path, name: &str) -> Result<Vec<u8>, Failure> {
        let file = store.join(name);
        let body = bytes(1, SIZE);
        fs::write(&file, &body).doing(file.display())?;
        let opened = File::options().write(true).open(&file);
        let dated = opened.and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH + MODIFIED));
        dated.doing(file.display())?;
        self.key.sign(&file, name, &signature_of(&file))?;
        Ok(body)
    }
}

fn ask(port: u16, genuine: &[u8], store: &Path) -> Result<(), Failure> {
    let mut buffer = vec![0; 64 << 10];
    let path = format!("/zig/{GENUINE}");
    for _ in 0..2 {
        let response = http::get(port, &path, None)?;
        if response.last_modified.as_deref() != Some(LAST_MODIFIED) {
            let said = response.last_modified.unwrap_or_default();
            return Err(Failure::new(format!("Last-Modified: {said:?}")));
        }
        response.compare(genuine, &mut buffer).doing(GENUINE)?;
    }
    let signature = fs::read(signature_of(&store.join(GENUINE))).doing("signature")?;
    let response = http::get(port, &format!("{path}.minisig"), None)?;
    response
        .compare(&signature, &mut buffer)
        .doing("signature")?;
    match http::get(port, &format!("/zig/{CHANGED}"), None)?.status {
        504 => Ok(()),
        status => Err(Failure::new(format!(
            "a changed file got status {status}, not 504"
        ))),
    }
}

fn command(emulator: Option<&str>, program: &Path, data: &Path, key: &Key) -> Command {
    let mut command = match emulator {
        None => Command::new(program),
        Some(emulator) => {
            let mut command = Command::new(emulator);
            command.arg(program);
            command
        }
    };
    command.env_clear().env("DATA_DIR", data);
    command.env("HTTP_PORT", "0").env("BIND", "127.0.0.1");
    // Nothing listens on the discard port.
    command
        .env("ZIG_UPSTREAM_URL", "http://127.0.0.1:9")
        .env("ZIG_NOMINATED_INDEX_URL", "")
        .env("ZIG_MINISIGN_KEY", &key.public)
        .env("ZIG_PREFETCH", "off")
        .env("TIMEOUTS", "retry=20ms");
    command
}

fn log_of(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// A running server; dropping it kills it.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(mut command: Command, data: &Path) -> Result<Self, Failure> {
        let path = log_of(data);
        let log = File::create(&path).doing(path.display())?;
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(log).spawn().doing("start")?;
        let mut server = Self { child, port: 0 };
        server.port = server.wait_listening(&path)?;
        Ok(server)
    }

    /// The port that the log names.
    fn wait_listening(&mut self, log: &Path) -> Result<u16, Failure> {
        let end = Instant::now() + START;
        loop {
            let said = fs::read_to_string(log).unwrap_or_default();
            if let Some(port) = port(&said) {
                return Ok(port);
            }
            if Instant::now() >= end || self.child.try_wait().doing("wait")?.is_some() {
                return Err(Failure::new(format!("it does not listen\n{said}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to end, which it must do well.
    fn stop(&mut self) -> Result<(), Failure> {
        tools::signal(self.child.id(), "TERM");
        match tools::wait_bounded(&mut self.child, STOP)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(Failure::new(format!("it stopped with {status}"))),
            None => Err(Failure::new("it did not stop")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Of a server that has stopped already, nothing is left to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The port in the line that says where it listens, once that line is whole.
fn port(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once(MARK)?;
    let (port, _) = rest.split_once('\n')?;
    port.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_a_whole_line_only() {
        assert_eq!(
            port("x\nINFO listening on http://127.0.0.1:4711\n"),
            Some(4711)
        );
        assert_eq!(port("INFO listening on http://127.0.0.1:47"), None);
        assert_eq!(port("INFO starting\n"), None);
    }
}
