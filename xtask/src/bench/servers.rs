//! The servers that are compared: started pinned to one processor, counted, and stopped.

use core::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::{
    fs::{self, File},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use super::{
    fixture::Fixture,
    measure::Group,
    net,
    programs::{Contender, Place, Program},
};
use crate::{
    failure::{Doing, Failure},
    tools,
};

/// Joins the control group, then becomes the server.
const JOIN: &str = "door=$1; cpu=$2; shift 2; echo $$ >\"$door\"; exec taskset -c \"$cpu\" \"$@\"";

/// What a server is started for.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// It has the files.
    Warm,
    /// It has nothing, and an upstream on this port.
    Cold { upstream: u16 },
    /// It has nothing, and Git repositories are named to it; each round has a folder of its own.
    Registry { round: u32 },
    /// It has what Git repositories were named to it before.
    Git,
}

/// A running server; dropping it stops it.
pub(super) struct Server {
    pub(super) name: String,
    pub(super) program: Program,
    pub(super) port: u16,
    pub(super) group: Group,
    child: Child,
}

impl Server {
    pub(super) fn start(
        contender: &Contender,
        role: Role,
        port: u16,
        lab: &Fixture,
    ) -> Result<Self, Failure> {
        let name = contender.name.as_str();
        let dir = lab.dir.join("run").join(name.replace(' ', "-"));
        if dir.exists() {
            fs::remove_dir_all(&dir).doing(dir.display())?;
        }
        fs::create_dir_all(&dir).doing(dir.display())?;
        let unique = format!("{}-{port}", net::inside().unwrap_or_default());
        let group = Group::new(&unique);
        let mut command = pinned(&group);
        let place = Place {
            role,
            port,
            dir: &dir,
            lab,
        };
        contender.say(&mut command, place)?;
        let log = File::create(dir.join("log")).doing("log")?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().doing("log")?)
            .stderr(log);
        let child = command.spawn().doing(name)?;
        let mut server = Self {
            name: name.to_owned(),
            program: contender.program,
            port,
            group,
            child,
        };
        server.group.set_root(server.child.id());
        server.wait_listening(&dir)?;
        Ok(server)
    }

    fn wait_listening(&mut self, dir: &Path) -> Result<(), Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let end = Instant::now() + Duration::from_secs(15);
        while Instant::now() < end {
            if TcpStream::connect(address).is_ok() {
                thread::sleep(Duration::from_millis(200));
                return Ok(());
            }
            if self.child.try_wait().doing("wait")?.is_some() {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let said = fs::read_to_string(dir.join("log")).unwrap_or_default();
        Err(Failure::new(format!(
            "{} does not listen on {address}\n{said}",
            self.name
        )))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let rest = self.group.pids();
        tools::signal(self.child.id(), "TERM");
        if tools::wait_bounded(&mut self.child, Duration::from_secs(5)).is_err() {
            eprintln!("{} would not stop", self.name);
        }
        for pid in self
            .group
            .pids()
            .into_iter()
            .filter(|pid| rest.contains(pid))
        {
            tools::signal(pid, "KILL");
        }
        self.group.remove();
    }
}

/// A command that runs what is added to it on the servers' processor, counted by the group.
pub(super) fn pinned(group: &Group) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", JOIN, "sh"])
        .arg(group.door())
        .arg(net::SERVER_CPU);
    command
}
