//! Whether an answer to a Git client is true, and may be given.
//!
//! A pack has all that was asked for and nothing that no release has; references name what is
//! published, and leave nothing out for longer than a repository is kept in mind.

use zigdepot_core::git::pack::IndexFile;

use super::super::answer::{Answer, judge_text};
use super::super::client::Ask;
use super::super::registry::repos::{Id, hex, unhex};
use super::super::world::World;
use super::ask::{Fetch, Wish};
use super::truth::{Ids, Release, SMALL, contents, objects, published, reach};
use crate::pkt::{self, Packet, packets, unbanded};

type Judged = Result<(), String>;

/// A request, and what is there to answer it with.
struct Case<'a> {
    world: &'a World,
    package: &'a str,
    /// When it was sent.
    sent: u64,
    releases: Vec<Release>,
}

/// Whether a whole answer is true; `sent` is when it was asked for.
pub(in crate::sim) fn judge(
    world: &World,
    (ask, wish, sent): (&Ask, &Wish, u64),
    answer: &Answer,
) -> Judged {
    let case = Case {
        world,
        package: &ask.name,
        sent,
        releases: published(world, &ask.name),
    };
    let is_damaged = world.disk.borrow().is_damaged;
    match (wish, answer.status) {
        (_, 503) if answer.field("retry-after").is_some() => judge_text(answer),
        (_, 500) if is_damaged => judge_text(answer),
        (Wish::List, 200) => case.judge_list(&answer.body),
        (Wish::Pack(fetch), 200) => case.judge_pack(fetch, &answer.body),
        (Wish::File(path), 200) => case.judge_file(path, &answer.body),
        (_, 404) => case.judge_missing(wish).and_then(|()| judge_text(answer)),
        _ => Err("which is no answer to this".into()),
    }
}

impl Case<'_> {
    /// Whether a release was there so long before the request.
    fn was_there(&self, release: &Release, before: u64) -> bool {
        let memory = self.world.memory.borrow();
        memory.was_released(&release.path, self.sent.saturating_sub(before))
    }

    /// Releases that no list may leave out: those that were there when a repository that is still
    /// kept in mind was looked up.
    fn old(&self) -> impl Iterator<Item = &Release> {
        let recheck = self.world.process().map(|process| {
            let recheck = process.config.limits.repository_recheck.as_millis();
            u64::try_from(recheck).expect("it is short")
        });
        let own = self.releases.iter();
        own.filter(move |release| recheck.is_some_and(|wait| self.was_there(release, wait)))
    }

    fn judge_missing(&self, wish: &Wish) -> Judged {
        let is_part = matches!(wish, Wish::File(path) if path.contains("/pack/"));
        let mut old = self.releases.iter().filter(|one| self.was_there(one, 0));
        match old.next() {
            Some(release) if !is_part => Err(format!("but {} is published", release.tag)),
            _ => Ok(()),
        }
    }

    fn judge_list(&self, body: &[u8]) -> Judged {
        let packets = packets(body);
        let (last, lines) = packets.split_last().ok_or("nothing")?;
        if *last != Packet::Flush {
            return Err("it does not end with a flush".into());
        }
        let mut listed = Vec::new();
        for line in lines {
            let Packet::Data(line) = line else {
                return Err(format!("{line:?} among references"));
            };
            listed.push(self.judge_ref(&String::from_utf8_lossy(line))?);
        }
        for release in self.old() {
            if !listed.contains(&release.tag) {
                return Err(format!("the tag {} is left out", release.tag));
            }
        }
        let heads = listed.iter().filter(|name| name.is_empty()).count();
        if heads == 2 || listed.is_empty() {
            Ok(())
        } else {
            Err(format!("{heads} heads beside {} references", listed.len()))
        }
    }

    /// The tag in a line; of a head nothing.
    fn judge_ref(&self, line: &str) -> Result<String, String> {
        let mut words = line.trim_end().split(' ');
        let id = words.next().and_then(unhex).ok_or("a line without id")?;
        let name = words.next().ok_or("a line without name")?;
        let peeled = words.find_map(|word| word.strip_prefix("peeled:"));
        if ["HEAD", "refs/heads/main"].contains(&name) {
            let mut own = self.releases.iter();
            let is_one = own.any(|release| release.target.commit == id);
            return is_one
                .then(String::new)
                .ok_or("a head that is no release".into());
        }
        let tag = name.strip_prefix("refs/tags/").ok_or("no tag")?;
        let mut own = self.releases.iter();
        let release = own.find(|release| release.tag == tag);
        let release = release.ok_or_else(|| format!("{tag} is not published"))?;
        let target = release.target;
        let expected = (target.id != target.commit).then(|| hex(&target.commit));
        if id == target.id && peeled.map(ToOwned::to_owned) == expected {
            Ok(tag.to_owned())
        } else {
            Err(format!("{tag} is said to be {line:?}"))
        }
    }

    fn judge_pack(&self, fetch: &Fetch, body: &[u8]) -> Judged {
        if body.get(4..8) == Some(b"ERR ") {
            return self.judge_refusal(fetch, &pkt::error(body));
        }
        let pack = if fetch.is_old {
            let rest = body.strip_prefix(b"0008NAK\n").ok_or("no NAK")?;
            unbanded(rest, SMALL)
        } else {
            let fetched = pkt::Fetched::read(body);
            self.judge_boundary(fetch, &fetched.before)?;
            fetched.pack
        };
        let found = objects(&pack)?;
        let (least, most) = self.expected(fetch);
        if let Some(lost) = least.difference(&found).next() {
            return Err(format!("the object {} is not in the pack", hex(lost)));
        }
        if let Some(other) = found.difference(&most).next() {
            return Err(format!("nobody has asked for the object {}", hex(other)));
        }
        Ok(())
    }

    /// What is published is given to whoever names it.
    fn judge_refusal(&self, fetch: &Fetch, reason: &str) -> Judged {
        let is_there = |want: &Id| {
            let mut own = self.releases.iter();
            own.any(|release| release.has(want) && self.was_there(release, 0))
        };
        let is_known = reason.contains("not our ref") && !fetch.wants.iter().all(is_there);
        if is_known {
            Ok(())
        } else {
            Err(format!("it is refused: {reason}"))
        }
    }

    /// Each commit that comes has parents, none of which do.
    fn judge_boundary(&self, fetch: &Fetch, before: &[String]) -> Judged {
        let known = |id: &Id| fetch.haves.contains(id);
        let releases = self.releases.iter();
        let wanted = releases.filter(|release| fetch.wants.iter().any(|want| release.has(want)));
        for commit in wanted.map(|release| release.target.commit) {
            let line = format!("shallow {}", hex(&commit));
            if before.contains(&line) == known(&commit) {
                return Err(format!("{line:?} is wrong or missing in {before:?}"));
            }
        }
        Ok(())
    }

    /// What must be in the pack, and what may be.
    fn expected(&self, fetch: &Fetch) -> (Ids, Ids) {
        let has = |id: &&Id| self.releases.iter().any(|release| release.has(id));
        let had = reach(fetch.haves.iter().filter(has));
        let least = reach(&fetch.wants).difference(&had).copied().collect();
        let is_asked = |release: &&Release| fetch.wants.iter().any(|want| release.has(want));
        let asked = self.releases.iter().filter(is_asked);
        (least, reach(asked.map(|release| &release.target.id)))
    }

    fn judge_file(&self, path: &str, body: &[u8]) -> Judged {
        let text = String::from_utf8_lossy(body);
        match path {
            "HEAD" => (text == "ref: refs/heads/main\n")
                .then_some(())
                .ok_or("no head".into()),
            "info/refs" => self.judge_dumb_refs(&text),
            "objects/info/packs" => {
                let count = text.lines().filter(|line| pack_of(line).is_some()).count();
                let is_whole = text.ends_with('\n') && count + 1 == text.lines().count();
                let enough = count >= self.old().count();
                (is_whole && enough)
                    .then_some(())
                    .ok_or(format!("{text:?}"))
            }
            _ => self.judge_dumb_pack(path, body),
        }
    }

    fn judge_dumb_refs(&self, text: &str) -> Judged {
        let rows: Vec<(&str, &str)> = text
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .collect();
        let name = |release: &Release| format!("refs/tags/{}", release.tag);
        for (id, row) in rows.iter().filter(|(_, row)| *row != "refs/heads/main") {
            let mut own = self.releases.iter().filter(|release| name(release) == *row);
            let own = own
                .next()
                .map(|release| hex(&release.synthetic(self.package)));
            if own.as_deref() != Some(id) {
                return Err(format!("{row} is said to be {id}, and is {own:?}"));
            }
        }
        let is_listed = |release: &&Release| rows.iter().any(|(_, row)| *row == name(release));
        let lost = self.old().find(|release| !is_listed(release));
        lost.map_or(Ok(()), |lost| {
            Err(format!("the tag {} is left out", lost.tag))
        })
    }

    /// A pack of the dumb protocol, or its index.
    fn judge_dumb_pack(&self, path: &str, body: &[u8]) -> Judged {
        let (sum, kind) = path
            .strip_prefix("objects/pack/pack-")
            .and_then(|rest| rest.split_once('.'))
            .ok_or("nothing has such a name")?;
        if kind == "idx" {
            let index = IndexFile::parse(body).map_err(|error| error.to_string())?;
            index.verify().map_err(|error| error.to_string())?;
            let own = index.pack_checksum().to_string();
            return (own == sum).then_some(()).ok_or(format!("it is of {own}"));
        }
        let trailer: Id = body
            .last_chunk()
            .copied()
            .ok_or("it is too short for a pack")?;
        if hex(&trailer) != sum {
            return Err(format!("its sum is {}", hex(&trailer)));
        }
        let found = objects(body)?;
        let is_its = |release: &Release| {
            let mut own = contents(&reach([&release.target.id]));
            own.insert(release.synthetic(self.package));
            own == found
        };
        let is_one = self.releases.iter().any(is_its);
        is_one.then_some(()).ok_or("it is no release's".into())
    }
}

/// The sum in a line of `objects/info/packs`.
pub fn pack_of(line: &str) -> Option<&str> {
    let sum = line.strip_prefix("P pack-")?.strip_suffix(".pack")?;
    unhex(sum).map(|_| sum)
}
