//! What a Git server says (gitprotocol-v2, gitprotocol-pack): references, and packs of what they
//! name.

use super::ills::{Ill, Saying};
use super::pack::pack;
use super::repos::{BLOB, COMMIT, Id, Object, Repo, hex, unhex};

fn line(out: &mut Vec<u8>, content: &[u8]) {
    out.extend(format!("{:04x}", content.len() + 4).into_bytes());
    out.extend_from_slice(content);
}

fn text(out: &mut Vec<u8>, content: &str) {
    line(out, format!("{content}\n").as_bytes());
}

/// The references as `(name, id, peeled)`.
fn refs(repo: &Repo, generation: usize) -> Vec<(String, Id, Option<Id>)> {
    let tags = repo.tags(generation);
    let head = tags
        .values()
        .next()
        .map(|tag| ("HEAD".to_owned(), tag.commit, None));
    let named = tags.iter().map(|(name, tag)| {
        let peeled = (tag.id != tag.commit).then_some(tag.commit);
        (format!("refs/tags/{name}"), tag.id, peeled)
    });
    head.into_iter().chain(named).collect()
}

/// The answer to discovery.
pub(super) fn advertise(repo: &Repo, generation: usize, saying: &Saying) -> Vec<u8> {
    let mut out = Vec::new();
    if let Ill::Says(words) = saying.ill {
        text(&mut out, &format!("ERR {words}"));
        return out;
    }
    text(&mut out, "# service=git-upload-pack");
    out.extend_from_slice(b"0000");
    if !repo.is_old {
        for word in [
            "version 2",
            "agent=git/2.50.0",
            "ls-refs=unborn",
            "fetch=shallow wait-for-done",
            "object-format=sha1",
        ] {
            text(&mut out, word);
        }
        out.extend_from_slice(b"0000");
        return out;
    }
    let mut offered = "\0multi_ack thin-pack side-band side-band-64k ofs-delta shallow no-progress object-format=sha1 agent=git/1.6";
    for (name, id, peeled) in refs(repo, generation) {
        text(&mut out, &format!("{} {name}{offered}", hex(&id)));
        offered = "";
        if let Some(peeled) = peeled {
            text(&mut out, &format!("{} {name}^{{}}", hex(&peeled)));
        }
    }
    out.extend_from_slice(b"0000");
    out
}

/// The answer to a command; `gives_all` also gives what no reference names.
pub(super) fn command(
    gives_all: bool,
    (repo, generation): (&Repo, usize),
    body: &[u8],
    saying: &Saying,
) -> Vec<u8> {
    let body = String::from_utf8_lossy(body);
    let mut out = Vec::new();
    if let Ill::Says(words) = saying.ill {
        text(&mut out, &format!("ERR {words}"));
        return out;
    }
    if body.contains("command=ls-refs") {
        for (name, id, peeled) in refs(repo, generation) {
            let peeled = peeled.map_or(String::new(), |id| format!(" peeled:{}", hex(&id)));
            text(&mut out, &format!("{} {name}{peeled}", hex(&id)));
        }
        out.extend_from_slice(b"0000");
        return out;
    }
    let wants = body.split("want ").skip(1);
    let wants: Vec<Id> = wants.filter_map(|rest| unhex(rest.get(..40)?)).collect();
    let named: Vec<Id> = refs(repo, generation)
        .iter()
        .map(|(_, id, _)| *id)
        .collect();
    if let Some(lost) = wants.iter().find(|id| !named.contains(id) && !gives_all) {
        text(
            &mut out,
            &format!("ERR upload-pack: not our ref {}", hex(lost)),
        );
        return out;
    }
    let commits = repo.reachable(&wants);
    let commits = commits.iter().filter(|(_, object)| object.kind == COMMIT);
    if !repo.is_old {
        text(&mut out, "shallow-info");
    }
    for (id, _) in commits {
        text(&mut out, &format!("shallow {}", hex(id)));
    }
    if repo.is_old {
        out.extend_from_slice(b"0000");
        text(&mut out, "NAK");
    } else {
        out.extend_from_slice(b"0001");
        text(&mut out, "packfile");
    }
    for part in packed(repo, &wants, saying).chunks(1500) {
        line(&mut out, &[b"\x01", part].concat());
    }
    out.extend_from_slice(b"0000");
    out
}

fn packed(repo: &Repo, wants: &[Id], saying: &Saying) -> Vec<u8> {
    let mut objects = repo.reachable(wants);
    let forged = Object {
        kind: BLOB,
        content: b"forged".to_vec(),
    };
    if let Ill::Without(at) = saying.ill
        && !objects.is_empty()
    {
        objects.remove(at % objects.len());
    }
    if let Ill::Forged(at) = saying.ill {
        let mut blobs: Vec<_> = objects
            .iter_mut()
            .filter(|(_, object)| object.kind == BLOB)
            .collect();
        let count = blobs.len().max(1);
        if let Some((_, blob)) = blobs.get_mut(at % count) {
            *blob = &forged;
        }
    }
    pack(&objects, saying.deltas)
}
