//! Requests as git 2.47 sends them for `git clone --depth 1 --branch TAG`, sent by wrk.
//!
//! Version 2 of Git's protocol (gitprotocol-v2). Bodies are made here and are the same for both
//! servers, byte by byte.

use std::{path::Path, path::PathBuf, time::Instant};

use super::{
    super::{
        load::{self, Wrk},
        measure,
        pairs::Contest,
        scenario::PATIENCE,
        servers::{Role, Server},
    },
    Costs, Stage, answers,
};
use crate::{
    failure::{Doing, Failure},
    http,
};

/// As many as the rival has processes waiting.
const CONNECTIONS: u32 = 8;

const VERSION: &str = "Git-Protocol: version=2";
const TYPE: &str = "Content-Type: application/x-git-upload-pack-request";
const ACCEPT: &str = "Accept: application/x-git-upload-pack-result";

/// One of the requests that a clone is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Request {
    /// `GET info/refs`: what the server can.
    Refs,
    /// `ls-refs`: what it has.
    LsRefs,
    /// `fetch` of one commit without its parents.
    Fetch,
}

impl Request {
    fn method(self) -> &'static str {
        match self {
            Self::Refs => "GET",
            Self::LsRefs | Self::Fetch => "POST",
        }
    }

    fn path(self, repository: &str) -> String {
        match self {
            Self::Refs => format!("{repository}/info/refs?service=git-upload-pack"),
            Self::LsRefs | Self::Fetch => format!("{repository}/git-upload-pack"),
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Refs => &[VERSION],
            Self::LsRefs | Self::Fetch => &[VERSION, TYPE, ACCEPT],
        }
    }

    /// The body, if it has one, for the release with this commit.
    fn body(self, commit: &str) -> Vec<u8> {
        match self {
            Self::Refs => Vec::new(),
            Self::LsRefs => ls_refs(),
            Self::Fetch => fetch(commit),
        }
    }

    /// Asks once and returns the answer's body.
    pub(super) fn ask(self, server: &Server, stage: &Stage) -> Result<Vec<u8>, Failure> {
        let path = self.path(&stage.path());
        let line = format!("{} {path}", self.method());
        let body = self.body(&stage.commit);
        match http::ask(server.port, &line, self.fields(), &body)? {
            (200, answer) => Ok(answer),
            (status, answer) => {
                let answer = String::from_utf8_lossy(&answer);
                Err(Failure::new(format!("{line}: {status} {}", answer.trim())))
            }
        }
    }
}

/// Replays the request in alternation, once both have answered it alike.
pub(super) fn run(
    request: Request,
    stage: &Stage,
    contest: &Contest<'_>,
) -> Result<Costs, Failure> {
    let servers = contest.start(Role::Git)?;
    answers::compare(request, stage, &servers)?;
    let body = stage.empty_scratch()?.join("body");
    std::fs::write(&body, request.body(&stage.commit)).doing(body.display())?;
    let asked = Asked {
        request,
        path: request.path(&stage.path()),
        body,
    };
    let patience = Instant::now() + PATIENCE;
    let mut runs = [Vec::new(), Vec::new()];
    for server in &servers {
        asked.load(server, 1)?;
    }
    for _ in 0..contest.rounds {
        for (server, runs) in servers.iter().zip(&mut runs) {
            runs.push(measure::quietest(&server.group, patience, || {
                asked.load(server, contest.seconds)
            })?);
        }
    }
    let names = servers.each_ref().map(|server| server.name.clone());
    Ok(Costs {
        names,
        runs,
        what: "request",
    })
}

/// A request as wrk is told it.
struct Asked {
    request: Request,
    path: String,
    body: PathBuf,
}

impl Asked {
    fn load(&self, server: &Server, seconds: u32) -> Result<measure::Load, Failure> {
        let posts = self.request != Request::Refs;
        let wrk = Wrk {
            connections: CONNECTIONS,
            headers: self.request.fields(),
            body: posts.then_some(Path::new(&self.body)),
        };
        load::wrk(wrk, server.port, &self.path, seconds)
    }
}

fn ls_refs() -> Vec<u8> {
    let mut body = command("ls-refs");
    for argument in ["peel", "symrefs", "unborn"] {
        line(&mut body, &format!("{argument}\n"));
    }
    for prefix in ["HEAD", "refs/heads/", "refs/tags/"] {
        line(&mut body, &format!("ref-prefix {prefix}\n"));
    }
    body.extend_from_slice(b"0000");
    body
}

fn fetch(commit: &str) -> Vec<u8> {
    let mut body = command("fetch");
    for argument in ["thin-pack", "no-progress", "include-tag", "ofs-delta"] {
        line(&mut body, argument);
    }
    line(&mut body, "deepen 1");
    line(&mut body, &format!("want {commit}\n"));
    line(&mut body, "done\n");
    body.extend_from_slice(b"0000");
    body
}

/// The command with its capabilities; arguments follow.
fn command(name: &str) -> Vec<u8> {
    let mut body = Vec::new();
    line(&mut body, &format!("command={name}"));
    line(&mut body, "agent=git/2.47.3");
    line(&mut body, "object-format=sha1");
    body.extend_from_slice(b"0001");
    body
}

/// A pkt-line (gitprotocol-common): its length, four digits included, then the text.
fn line(body: &mut Vec<u8>, text: &str) {
    body.extend_from_slice(format!("{:04x}{text}", text.len() + 4).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_those_of_git() {
        let text =
            String::from_utf8(Request::Fetch.body("0123456789012345678901234567890123456789"));
        assert_eq!(
            text.unwrap(),
            "0011command=fetch0014agent=git/2.47.30016object-format=sha10001000dthin-pack\
             000fno-progress000finclude-tag000dofs-delta000cdeepen 1\
             0032want 0123456789012345678901234567890123456789\n0009done\n0000"
        );
        let text = String::from_utf8(Request::LsRefs.body(""));
        assert_eq!(
            text.unwrap(),
            "0013command=ls-refs0014agent=git/2.47.30016object-format=sha100010009peel\n\
             000csymrefs\n000bunborn\n0014ref-prefix HEAD\n001bref-prefix refs/heads/\n\
             001aref-prefix refs/tags/\n0000"
        );
        assert!(Request::Refs.body("").is_empty());
    }
}
