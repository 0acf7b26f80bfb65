//! Repositories to ingest: the same objects in every run, made by `git fast-import`.
//!
//! They are packed as a host keeps them, with deltas. Nothing of them is anybody's source.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::{super::words::Words, Git};
use crate::{
    failure::{Doing, Failure},
    sample,
};

/// Who made all of it, and when.
const WHO: &str = "A U Thor <author@example.org> 1700000000 +0000";

/// Files that grow no deltas, as with media and archives; git tries none above this either.
const BIG_FILE_THRESHOLD: &str = "16m";

/// A repository of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Repository {
    /// One tag of 1,500 files, 8 MB of text.
    Files,
    /// 300 tags, half of them annotated, each of 20 files, of which one is new.
    Tags,
    /// One tag: three files of 64 MB that nothing shrinks, eight of 5 MB that differ little from
    /// each other, and the files of [`Files`](Self::Files).
    Large,
    /// One tag at the end of some commits: 21 files, 60 KB of text.
    Small,
    /// One tag at the end of some commits: 1,501 files, 8 MB of text.
    Big,
}

impl Repository {
    /// What a package of it is called.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Tags => "tags",
            Self::Large => "large",
            Self::Small => "small",
            Self::Big => "big",
        }
    }

    pub(in super::super) fn tags(self) -> u32 {
        match self {
            Self::Files | Self::Large | Self::Small | Self::Big => 1,
            Self::Tags => 300,
        }
    }

    /// Makes it in a folder that is not there yet.
    pub(in super::super) fn make(self, git: &Git, dir: &Path) -> Result<(), Failure> {
        fs::create_dir_all(dir).doing(dir.display())?;
        git.run(dir, &["init", "--quiet", "--bare", "--initial-branch=main"])?;
        let threshold = ["config", "core.bigFileThreshold", BIG_FILE_THRESHOLD];
        git.run(dir, &threshold)?;
        git.feed(dir, &["fast-import", "--quiet"], |out| self.write(out))?;
        git.run(dir, &["repack", "-a", "-d", "-f", "-q"])?;
        git.run(dir, &["pack-refs", "--all"])?;
        git.run(dir, &["commit-graph", "write", "--reachable"])
    }

    fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let mut words = Words::new(1);
        for number in 0..self.tags() {
            match self {
                Self::Small => history(out, &mut words, 21, 120)?,
                Self::Big => history(out, &mut words, 1501, LINES)?,
                Self::Files | Self::Large | Self::Tags => commit(out, number)?,
            }
            match self {
                Self::Small | Self::Big => {}
                Self::Files => source(out, &mut words)?,
                Self::Tags => release(out, &mut words, number)?,
                Self::Large => {
                    source(out, &mut words)?;
                    media(out)?;
                }
            }
            tag(out, number)?;
        }
        Ok(())
    }
}

/// The name of the first tag; it is the only one where there is one.
pub(in super::super) const TAG: &str = "v1.0.0";

/// A file has fewer lines; 1,500 such files are 8 MB.
const LINES: u64 = 250;

fn source(out: &mut dyn Write, words: &mut Words) -> io::Result<()> {
    manifest(out, 0)?;
    for number in 1..1500 {
        let path = format!("src/part{}/unit{number}.zig", number % 37);
        file(out, &path, words.file(LINES).as_bytes())?;
    }
    Ok(())
}

/// Commits before the one with the tag.
const EARLIER: u32 = 20;

/// All files in the first commit, then in each some that grew by a line.
fn history(out: &mut dyn Write, words: &mut Words, files: u32, lines: u64) -> io::Result<()> {
    let mut texts: Vec<String> = (1..files).map(|_| words.file(lines)).collect();
    for number in (0..=EARLIER).rev() {
        commit(out, number)?;
        manifest(out, number)?;
        for (which, text) in texts.iter_mut().enumerate() {
            let is_new = number == EARLIER;
            let grows = which % 7 == number as usize % 7;
            if grows && !is_new {
                words.line(text);
            }
            if grows || is_new {
                let path = format!("src/part{}/unit{which}.zig", which % 37);
                file(out, &path, text.as_bytes())?;
            }
        }
    }
    Ok(())
}

/// All files the first time, then one of them anew.
fn release(out: &mut dyn Write, words: &mut Words, number: u32) -> io::Result<()> {
    manifest(out, number)?;
    let new = if number == 0 {
        1..20
    } else {
        let which = 1 + number % 19;
        which..which + 1
    };
    for which in new {
        let path = format!("src/unit{which}.zig");
        file(out, &path, words.file(LINES).as_bytes())?;
    }
    Ok(())
}

/// Odd: an even seed's bytes are those of the next one.
const FILMS: [u64; 3] = [1, 3, 5];
const TABLE: u64 = 7;

fn media(out: &mut dyn Write) -> io::Result<()> {
    for seed in FILMS {
        let path = format!("media/film{seed}.bin");
        file(out, &path, &sample::bytes(seed, 64 << 20))?;
    }
    let mut table = sample::bytes(TABLE, 5 << 20);
    for number in 1..=8 {
        // A little is new at one place each, so that each is a delta on another.
        let at = number * (500 << 10);
        table[at..at + 1024].copy_from_slice(&sample::bytes(number as u64, 1024));
        file(out, &format!("media/table{number}.bin"), &table)?;
    }
    Ok(())
}

fn manifest(out: &mut dyn Write, number: u32) -> io::Result<()> {
    let text =
        format!(".{{ .name = \"bench\", .version = \"1.0.{number}\", .paths = .{{\"\"}} }}\n");
    file(out, "build.zig.zon", text.as_bytes())
}

/// The next commit on the branch; its files follow.
fn commit(out: &mut dyn Write, number: u32) -> io::Result<()> {
    let mark = number + 1;
    let head = format!("commit refs/heads/main\nmark :{mark}\ncommitter {WHO}\n");
    out.write_all(head.as_bytes())?;
    data(out, b"A commit\n")
}

/// Every second tag has an object of its own.
fn tag(out: &mut dyn Write, number: u32) -> io::Result<()> {
    let (name, mark) = (format!("v1.0.{number}"), number + 1);
    if number.is_multiple_of(2) {
        return write!(out, "reset refs/tags/{name}\nfrom :{mark}\n\n");
    }
    write!(out, "tag {name}\nfrom :{mark}\ntagger {WHO}\n")?;
    data(out, b"A release\n")
}

fn file(out: &mut dyn Write, path: &str, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "M 100644 inline {path}")?;
    data(out, bytes)
}

fn data(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    writeln!(out, "data {}", bytes.len())?;
    out.write_all(bytes)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn stream(repository: Repository) -> Vec<u8> {
        let mut bytes = Vec::new();
        repository.write(&mut bytes).unwrap();
        bytes
    }

    fn count(bytes: &[u8], start: &str) -> usize {
        let lines = bytes.split(|&byte| byte == b'\n');
        lines
            .filter(|line| line.starts_with(start.as_bytes()))
            .count()
    }

    #[test]
    fn the_repository_of_one_tag_has_1500_files_and_8_megabytes() {
        let bytes = stream(Repository::Files);
        assert_eq!(count(&bytes, "M 100644 inline "), 1500);
        assert_eq!(count(&bytes, "reset refs/tags/v1.0.0"), 1);
        assert!(
            (7_500_000..8_500_000).contains(&bytes.len()),
            "{}",
            bytes.len()
        );
        assert_eq!(bytes, stream(Repository::Files));
    }

    #[test]
    fn a_release_at_the_end_of_a_history_is_the_last_commit() {
        for (repository, files, size) in [
            (Repository::Small, 21, 55_000..65_000),
            (Repository::Big, 1501, 7_500_000..8_500_000),
        ] {
            let bytes = stream(repository);
            let text = String::from_utf8(bytes).unwrap();
            let commits: Vec<&str> = text.split("commit refs/heads/main\n").collect();
            assert_eq!(commits.len(), 22);
            assert_eq!(commits[1].matches("M 100644 inline ").count(), files);
            assert!(size.contains(&commits[1].len()), "{}", commits[1].len());
            let last = commits[21];
            assert!(last.starts_with("mark :1\n") && last.contains("refs/tags/v1.0.0\nfrom :1\n"));
        }
    }

    #[test]
    fn no_large_file_is_like_another() {
        let seeds = [&FILMS[..], &[TABLE]].concat();
        let starts: BTreeSet<_> = seeds.iter().map(|seed| sample::bytes(*seed, 64)).collect();
        assert_eq!(starts.len(), seeds.len());
    }

    #[test]
    fn half_of_the_many_tags_are_annotated() {
        let bytes = stream(Repository::Tags);
        assert_eq!(count(&bytes, "reset refs/tags/"), 150);
        assert_eq!(count(&bytes, "tag v1.0."), 150);
        assert_eq!(count(&bytes, "M 100644 inline "), 300 + 19 + 299);
    }
}
