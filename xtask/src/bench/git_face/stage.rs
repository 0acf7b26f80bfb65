//! The repositories, as the rival has them and as our servers have taken them in.
//!
//! All of it is made once a run. A server of ours is told the repository like any other upstream's,
//! and started anew for what is measured, so that the ingest is not in its memory.

use core::time::Duration;
use std::{
    fs,
    path::{Path, PathBuf},
};

use super::super::{
    git::{
        Git,
        host::Host,
        repository::{Repository, TAG},
    },
    pairs::Contest,
    servers::{Role, Server},
};
use crate::{
    failure::{Doing, Failure},
    http,
};

/// How long an ingest may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// One repository that both servers have.
pub(super) struct Stage {
    pub(super) git: Git,
    name: &'static str,
    /// The rival's bare repository.
    pub(super) bare: PathBuf,
    /// The release's, in hex.
    pub(super) commit: String,
    /// A folder for what a scenario writes.
    scratch: PathBuf,
}

impl Stage {
    /// Makes the repository where it is not there yet, and has our servers take it in.
    pub(super) fn set(
        git: Git,
        repository: Repository,
        contest: &Contest<'_>,
    ) -> Result<Self, Failure> {
        let name = repository.name();
        let bare = contest.lab.repositories().join(format!("{name}.git"));
        if !bare.exists() {
            repository.make(&git, &bare)?;
        }
        let peeled = format!("refs/tags/{TAG}^{{commit}}");
        let commit = git
            .stdout(&bare, &["rev-parse", &peeled])?
            .trim()
            .to_owned();
        let host = Host::start(git.clone(), &bare)?;
        for server in contest.start(Role::Git)? {
            if server.program.is_ours() && !has(&server, name)? {
                ingest(&server, &host.url(name))?;
            }
        }
        let scratch = contest.lab.dir.join("git/scratch");
        Ok(Self {
            git,
            name,
            bare,
            commit,
            scratch,
        })
    }

    /// Where either server has the repository.
    pub(super) fn path(&self) -> String {
        format!("/git/{}.git", self.name)
    }

    /// A folder for what a scenario writes, empty.
    pub(super) fn empty_scratch(&self) -> Result<&Path, Failure> {
        let dir = self.scratch.as_path();
        if dir.exists() {
            fs::remove_dir_all(dir).doing(dir.display())?;
        }
        fs::create_dir_all(dir).doing(dir.display()).map(|()| dir)
    }
}

/// Whether an earlier scenario had it taken in, from a host that is gone.
fn has(server: &Server, name: &str) -> Result<bool, Failure> {
    let tarball = format!("/p/{name}/tag/{TAG}.tar.gz");
    Ok(http::get(server.port, &tarball, None)?.status == 200)
}

/// One POST, which is answered when the release is there.
fn ingest(server: &Server, url: &str) -> Result<(), Failure> {
    let json = format!("{{\"url\":\"{url}\"}}");
    let (status, body) = http::post(server.port, "/api/fetch", &json, PATIENCE)?;
    let failed = || {
        let said = body.trim();
        Failure::new(format!("{}: /api/fetch: {status} {said}", server.name))
    };
    (status == 200).then_some(()).ok_or_else(failed)
}
