//! What a story of the Git face is told with: a server, a Git host that it takes packages from, and
//! clones of both.

use std::fs;
use std::path::{Path, PathBuf};

use zigdepot_tests::command::{Outcome, run};
use zigdepot_tests::conformance::depot::Plan;
use zigdepot_tests::conformance::publisher::{Publisher, Reply};
use zigdepot_tests::gits::Client;
use zigdepot_tests::host::{Binary, Host};
use zigdepot_tests::repo::{Git, Repo, git};
use zigdepot_tests::scratch::Scratch;
use zigdepot_tests::stand_in::GitHost;

/// A server with an upstream.
pub(crate) struct Story<'p> {
    program: &'p Binary,
    pub(crate) git: Git,
    pub(crate) depot: Publisher<'p>,
    pub(crate) scratch: Scratch,
}

impl<'p> Story<'p> {
    /// None where git is missing, which has been said.
    pub(crate) fn new(program: &'p Binary) -> Option<Self> {
        Self::with(program, |plan| plan)
    }

    /// With settings of its own.
    pub(crate) fn with(
        program: &'p Binary,
        change: impl FnOnce(Plan<'p>) -> Plan<'p>,
    ) -> Option<Self> {
        let git = git()?;
        let token = |plan: Plan<'p>| plan.set("API_TOKEN", TOKEN);
        let depot = Publisher::with(program, |plan| change(token(plan)))?;
        Some(Self {
            program,
            git,
            depot,
            scratch: Scratch::new("git"),
        })
    }

    /// The Git host that packages come from.
    pub(crate) fn upstream(&self) -> &GitHost {
        &self.depot.git
    }

    /// A repository of the Git host, empty yet; its package has the same name.
    pub(crate) fn add(&self, package: &str) -> Repo {
        self.upstream().add(&format!("org/{package}"))
    }

    /// The upstream's URL of a package.
    pub(crate) fn upstream_url(&self, package: &str) -> String {
        self.upstream().repo_url(&format!("org/{package}"))
    }

    /// Takes in what the upstream of a package has.
    #[track_caller]
    pub(crate) fn publish(&self, package: &str) -> Reply {
        self.depot.fetch(&self.upstream_url(package)).expect(200)
    }

    /// The server's own URL, without a slash at its end.
    pub(crate) fn root(&self) -> String {
        format!("http://{}", self.depot.depot.address())
    }

    /// Where a package is cloned from.
    pub(crate) fn url(&self, package: &str) -> String {
        format!("{}/{package}", self.root())
    }

    /// Ends the server as a power cut does, does something, and starts it again.
    #[track_caller]
    pub(crate) fn crash(&mut self, meanwhile: impl FnOnce(&Self)) {
        self.depot.depot.running.kill();
        meanwhile(self);
        let depot = &mut self.depot.depot;
        depot.running = self.program.start(&depot.plan().settings);
    }

    /// Runs a command of the program.
    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        run(self.program, &self.depot.depot.plan().settings, words)
    }

    /// A path in the data directory.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.depot.depot.plan().path(below)
    }

    /// Deletes all that was derived for Git, which must be there.
    #[track_caller]
    pub(crate) fn forget_derived(&self) {
        let derived = self.path(".zigdepot/git");
        fs::remove_dir_all(derived).expect("something was derived");
    }

    /// The tags of a package that are published, and the newest of them.
    #[track_caller]
    pub(crate) fn tags(&self, package: &str) -> (Vec<String>, String) {
        let info = self.depot.get(&format!("/api/info/{package}")).expect(200);
        let listed = info.json["tarballs"].as_array().into_iter().flatten();
        let tags = listed.filter_map(|listed| listed["tag"].as_str().map(String::from));
        (tags.collect(), info.text("latest_tag").into())
    }

    /// What `ls-remote` says of a package: upstream's tags, and the newest of them as `main`.
    #[track_caller]
    pub(crate) fn expected(&self, repo: &Repo, package: &str) -> Vec<String> {
        let (tags, newest) = self.tags(package);
        let mut lines = tag_lines(repo, &tags);
        let newest = repo.commit_of(&newest);
        lines.extend([
            format!("{newest} HEAD"),
            format!("{newest} refs/heads/main"),
        ]);
        lines.sort_unstable();
        lines
    }

    /// A directory that is not there yet.
    pub(crate) fn fresh(&self) -> PathBuf {
        let count = fs::read_dir(self.scratch.path()).map_or(0, Iterator::count);
        let dir = self.scratch.join(format!("{count}"));
        fs::create_dir(&dir).expect("scratch directories can be made");
        dir.join("x")
    }

    /// Clones with these options; the clone.
    #[track_caller]
    pub(crate) fn clone(&self, client: &Client, options: &[&str], url: &str) -> PathBuf {
        let dir = self.fresh();
        let arguments = [&["clone", "--quiet"], options, &[url, text(&dir)]].concat();
        client.run(self.scratch.path(), &arguments);
        dir
    }

    /// Makes an empty repository.
    #[track_caller]
    pub(crate) fn init(&self, client: &Client) -> PathBuf {
        let dir = self.fresh();
        client.run(self.scratch.path(), &["init", "--quiet", text(&dir)]);
        dir
    }
}

/// What opens writing, also to those that do not look like this machine.
const TOKEN: &str = zigdepot_tests::conformance::publisher::TOKEN;

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("scratch paths are UTF-8")
}

/// `<id> <name>` of upstream's tags, and what annotated ones lead to.
pub(crate) fn tag_lines(repo: &Repo, tags: &[String]) -> Vec<String> {
    let names: Vec<String> = tags
        .iter()
        .flat_map(|tag| [format!("refs/tags/{tag}"), format!("refs/tags/{tag}^{{}}")])
        .collect();
    let mut lines = lines(&repo.git(&["show-ref", "--tags", "--dereference"]));
    lines.retain(|line| names.iter().any(|name| &line[41..] == name));
    assert!(lines.len() >= tags.len(), "{tags:?} in {lines:?}");
    lines
}

/// Lines of references, sorted, with a blank between id and name.
pub(crate) fn lines(printed: &str) -> Vec<String> {
    let lines = printed.lines().map(|line| line.replace('\t', " "));
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines
}

/// Panics unless git finds nothing wrong with a repository or anything in it.
#[track_caller]
pub(crate) fn expect_sound(client: &Client, dir: &Path) {
    client.run(dir, &["fsck", "--full", "--strict", "--no-dangling"]);
}

/// Panics unless a clone has just these tags, with all of their objects, and the ids of upstream.
#[track_caller]
pub(crate) fn expect_tags(client: &Client, dir: &Path, repo: &Repo, tags: &[String]) {
    expect_sound(client, dir);
    let found = client.run(dir, &["show-ref", "--tags", "--dereference"]);
    assert_eq!(lines(&found), tag_lines(repo, tags), "{client}");
    let trees = tags.iter().map(|tag| format!("refs/tags/{tag}^{{tree}}"));
    let trees: Vec<String> = trees.collect();
    let trees = trees.iter().map(String::as_str);
    let ask: Vec<&str> = ["rev-parse"].into_iter().chain(trees).collect();
    assert_eq!(client.run(dir, &ask), repo.git(&ask), "{client}");
}

/// Panics unless the files of a clone are those of upstream's tag, byte for byte. For packages
/// without submodules, of which a clone has but an empty directory.
#[track_caller]
pub(crate) fn expect_files(client: &Client, dir: &Path, repo: &Repo, tag: &str) {
    let head = client.run(dir, &["rev-parse", "--verify", "HEAD"]);
    assert_eq!(head, repo.commit_of(tag), "{client} {tag}");
    assert_eq!(client.run(dir, &["status", "--porcelain"]), "", "{client}");
    // From the files, and not from what the clone remembers of them.
    client.run(dir, &["read-tree", "--empty"]);
    client.run(dir, &["add", "--all", "--force", "."]);
    let tree = client.run(dir, &["write-tree"]);
    assert_eq!(tree, repo.tree_of(tag), "{client} {tag}");
}

/// The objects that names lead to, sorted.
#[track_caller]
pub(crate) fn objects(client: &Client, dir: &Path, names: &[&str]) -> Vec<String> {
    let command = ["rev-list", "--objects", "--no-object-names"];
    lines(&client.run(dir, &[&command, names].concat()))
}

/// The commits at which a clone's history is cut off, sorted.
pub(crate) fn shallow(dir: &Path) -> Vec<String> {
    let folders = [dir.join(".git"), dir.to_path_buf()];
    let mut files = folders.iter().map(|folder| folder.join("shallow"));
    let found = files.find_map(|file| fs::read_to_string(file).ok());
    lines(&found.unwrap_or_default())
}
