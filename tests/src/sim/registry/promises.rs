//! What must hold of the registry, whatever happens.
//!
//! What has a name below `p/` is genuine, whole and there for good: a tarball is the one of a commit
//! that upstream had for this tag, a manifest is that of the tarball beside it, and all of a package
//! comes from one upstream. The disk asks [`judge`] for each name that is given; the rest is looked
//! at after every step, when a client is told something, and at the end.

use std::collections::BTreeMap;

use zigdepot_core::app::ingest::JobState;
use zigdepot_core::git::id::ObjectId;
use zigdepot_core::registry::manifest::ReleaseManifest;
use zigdepot_core::registry::proof::{Kept, verify_commit};
use zigdepot_core::zig::digest::Sha256Digest;

use super::super::host::Process;
use super::super::world::World;
use super::api::Told;
use super::repos::{Id, Part, REPOS, TAG, id_of, tarballs};
use super::serve::GitHosts;

/// Requests to upstream that one ingest may make at most: two rounds of references and a fetch for
/// each of five tags, each tried three times, with redirects, and the former place asked as well.
const REQUESTS: usize = 150;

/// Whether a file may have this name, as far as it shows by itself.
pub fn judge(
    path: &str,
    bytes: &[u8],
    beside: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<(), String> {
    match Part::of(path) {
        Some(Part::Tarball(package, tag)) => match commit_of(package, tag, bytes) {
            Some(_) => Ok(()),
            None => Err(format!("{} bytes that upstream never had", bytes.len())),
        },
        Some(Part::Manifest(package, tag)) => {
            let tarball = beside(&format!("p/{package}/tag/{tag}.tar.gz"));
            judge_manifest((package, tag), bytes, tarball.as_deref())
        }
        Some(Part::Upstream(_)) => {
            let text = String::from_utf8_lossy(bytes);
            if text.contains(".test/") && text.ends_with("}\n") {
                Ok(())
            } else {
                Err(format!("it says {text:?}"))
            }
        }
        None => Err("nothing has such a name".into()),
    }
}

fn commit_of(package: &str, tag: &str, bytes: &[u8]) -> Option<Id> {
    let mut all = tarballs(package, tag);
    all.find(|(_, genuine)| *genuine == bytes)
        .map(|(commit, _)| commit)
}

fn judge_manifest(
    (package, tag): (&str, &str),
    bytes: &[u8],
    tarball: Option<&[u8]>,
) -> Result<(), String> {
    let manifest = ReleaseManifest::parse(bytes).map_err(|error| error.to_string())?;
    let tarball = tarball.ok_or("its tarball is not there")?;
    if manifest.package.as_str() != package || manifest.tag.stored() != tag {
        return Err("it is another release's".into());
    }
    if manifest.tarball.sha256 != Sha256Digest::of(tarball) {
        return Err("its tarball is another one".into());
    }
    let commit = commit_of(package, tag, tarball).ok_or("its tarball is not genuine")?;
    if manifest.commit != Some(ObjectId::from_bytes(commit)) {
        return Err("its commit is not its tarball's".into());
    }
    let git = manifest.git().ok_or("it keeps no commit")?;
    let kept = Kept {
        id: ObjectId::from_bytes(commit),
        bytes: &git.commit_object,
    };
    let tag_id = |bytes: &Vec<u8>| ObjectId::from_bytes(id_of(TAG, bytes));
    let tags: Vec<Kept<'_>> = git
        .tag_objects
        .iter()
        .map(|bytes| Kept {
            id: tag_id(bytes),
            bytes,
        })
        .collect();
    let tree = manifest.tree.ok_or("it names no tree")?;
    verify_commit(tree, kept, &tags).map_err(|error| format!("{error:?}"))
}

/// When a client is told that a package was brought, all of it is there, and stays.
pub fn told_of(world: &World, url: &str, told: &Told) -> Result<(), String> {
    let (package, tag) = (told.text("package"), told.text("tag").replace('/', "%2F"));
    let repo = REPOS.iter().find(|repo| url.ends_with(repo.path));
    if repo.is_none_or(|repo| repo.package != package) {
        return Err("it is another package".into());
    }
    let disk = world.disk.borrow();
    let dir = format!("p/{package}/tag/");
    let is_manifest = |path: &&String| path.starts_with(&dir) && path.ends_with(".manifest.json");
    let manifests: Vec<&String> = disk.paths().filter(is_manifest).collect();
    let count = u64::try_from(manifests.len()).expect("it is small");
    if count < told.number("tarball_count") {
        return Err(format!("only {count} releases are there"));
    }
    if !manifests.contains(&&format!("{dir}{tag}.manifest.json")) {
        return Err("the latest is not there".into());
    }
    if world.may_be_volatile() {
        return Ok(());
    }
    let lost = manifests.iter().find(|path| !disk.is_durable(path));
    lost.map_or(Ok(()), |path| {
        Err(format!("{path} would be lost with the power"))
    })
}

/// What is published is never said to be missing.
pub fn may_be_missing(world: &World, path: &str, since: u64) -> Result<(), String> {
    let path = path.trim_start_matches('/');
    let published = world.published.borrow();
    let memory = world.memory.borrow();
    let was = |path: &str| published.contains(path) && memory.was_released(path, since);
    let is_there = match path.strip_prefix("api/info/") {
        Some(package) => {
            let dir = format!("p/{package}/tag/");
            let mut own = published.iter().filter(|path| path.starts_with(&dir));
            own.any(|path| path.ends_with(".manifest.json") && was(path))
        }
        None => was(&stored(path).replace(".tar.gz", ".manifest.json")),
    };
    if is_there && !world.disk.borrow().is_damaged {
        Err("but it is published".into())
    } else {
        Ok(())
    }
}

/// The path in the store of what is served there.
pub fn stored(path: &str) -> String {
    match path.split_once("/tag/") {
        Some((package, tag)) => format!("{package}/tag/{}", tag.replace('/', "%2F")),
        None => path.into(),
    }
}

/// After every step: jobs keep to their limits, and no package is brought twice at a time.
pub fn jobs(process: &Process) -> Result<(), String> {
    let site = process.site.borrow();
    let (ingests, limits) = (site.app.ingests(), &process.config.limits);
    let (waiting, running) = ingests.open();
    if waiting > limits.ingests_waiting || running > limits.ingests {
        return Err(format!(
            "{running} ingests are under way, and {waiting} wait"
        ));
    }
    let mut packages = BTreeMap::new();
    for id in process.jobs.borrow().iter() {
        if let Some(job) = ingests.job(*id)
            && matches!(job.state, JobState::Running(_))
            && let Some(other) = packages.insert(job.order.package.folded(), id)
        {
            let package = &job.order.package;
            return Err(format!(
                "{package} is brought by {id} and {other} at a time"
            ));
        }
    }
    Ok(())
}

/// When nothing is left to do: no job is.
pub fn quiet(process: &Process) -> Vec<String> {
    let site = process.site.borrow();
    let (waiting, running) = site.app.ingests().open();
    if waiting + running > 0 {
        return vec![format!(
            "{running} ingests are under way for ever, and {waiting} wait"
        )];
    }
    Vec::new()
}

/// At the end: each manifest has its tarball, and a package has one upstream.
pub fn end(world: &World) -> Result<(), String> {
    let disk = world.disk.borrow();
    let mut upstreams: BTreeMap<String, String> = BTreeMap::new();
    for path in disk.below("p") {
        let Some(Part::Manifest(package, _)) = Part::of(&path) else {
            continue;
        };
        let file = disk
            .open(&path)
            .map_err(|error| format!("{path}: {error}"))?;
        let bytes = file.bytes.borrow();
        if !disk.is_damaged {
            let beside = |path: &str| Some(disk.open(path).ok()?.bytes.borrow().clone());
            judge(&path, &bytes, beside).map_err(|why| format!("{path}: {why}"))?;
        }
        let upstream = ReleaseManifest::parse(&bytes)
            .ok()
            .and_then(|manifest| manifest.upstream);
        let upstream = upstream.ok_or_else(|| format!("{path} names no upstream"))?;
        let url = upstream
            .replace("alt.test", "git.test")
            .replace("mixed.test", "git.test");
        let first = upstreams
            .entry(package.to_owned())
            .or_insert_with(|| url.clone());
        if *first != url {
            return Err(format!("{package} comes from {first} and from {url}"));
        }
    }
    let hosts: &GitHosts = &world.hosts.borrow();
    let asked = hosts.asked.len();
    let jobs = world.ingests.get();
    if asked > (jobs + 5 * hosts.count("catalog.test").max(1)) * REQUESTS {
        return Err(format!("{asked} requests to upstreams for {jobs} ingests"));
    }
    Ok(())
}
