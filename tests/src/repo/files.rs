//! What a commit holds, as a stream for `git fast-import`.

use std::collections::BTreeMap;

use super::program::{DATE, EMAIL, NAME};
use crate::packages::{Entry, Tree};

/// Files, links and submodules by their paths, which are bytes as in git.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<Vec<u8>, Node>);

/// One entry of [`Files`].
#[derive(Clone, Debug)]
pub enum Node {
    /// A file.
    File(Vec<u8>),
    /// A file that can be executed.
    Program(Vec<u8>),
    /// A symbolic link and its target.
    Link(Vec<u8>),
    /// A submodule and its commit.
    Submodule(String),
}

impl Files {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry, or replaces it.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<[u8]>, node: Node) -> Self {
        self.0.insert(path.as_ref().into(), node);
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        self.with(path, Node::File(bytes.as_ref().into()))
    }

    /// Adds a file that can be executed.
    #[must_use]
    pub fn program(self, path: impl AsRef<[u8]>, bytes: impl AsRef<[u8]>) -> Self {
        self.with(path, Node::Program(bytes.as_ref().into()))
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.with(path, Node::Link(target.as_ref().into()))
    }

    /// Adds a submodule; it is also listed in `.gitmodules`.
    #[must_use]
    pub fn submodule(self, path: &str, commit: &str) -> Self {
        let listed = format!(
            "[submodule \"{path}\"]\n\tpath = {path}\n\turl = https://git.invalid/{path}\n"
        );
        self.with(path, Node::Submodule(commit.into()))
            .file(".gitmodules", listed)
    }

    /// Adds all of others, or replaces what is there.
    #[must_use]
    pub fn and(mut self, others: &Self) -> Self {
        self.0.extend(others.0.clone());
        self
    }

    /// A commit on a branch whose parent, if it has one, is this.
    pub(super) fn stream(&self, branch: &str, parent: Option<&str>) -> Vec<u8> {
        let mut stream = format!("reset {branch}\n\n").into_bytes();
        self.write_commit(&mut stream, branch, None, parent);
        stream
    }

    /// Writes a commit, which gets a mark if there is one.
    pub(super) fn write_commit(
        &self,
        stream: &mut Vec<u8>,
        branch: &str,
        mark: Option<usize>,
        parent: Option<&str>,
    ) {
        let mark = mark.map(|mark| format!("mark :{mark}\n"));
        let parent = parent.map(|parent| format!("from {parent}\n"));
        let head = format!(
            "commit {branch}\n{}author {NAME} <{EMAIL}> {DATE}\ncommitter {NAME} <{EMAIL}> {DATE}\n",
            mark.unwrap_or_default()
        );
        stream.extend(head.into_bytes());
        write_data(stream, b"A commit\n");
        stream.extend(parent.unwrap_or_default().into_bytes());
        stream.extend(b"deleteall\n");
        for (path, node) in &self.0 {
            node.write(stream, path);
        }
        stream.push(b'\n');
    }
}

impl From<&Tree> for Files {
    fn from(tree: &Tree) -> Self {
        let mut files = Self::default();
        for (path, entry) in tree.entries() {
            let node = match entry {
                Entry::File(bytes) => Node::File(bytes.clone()),
                Entry::Link(target) => Node::Link(target.clone().into_bytes()),
            };
            files.0.insert(path.as_bytes().into(), node);
        }
        files
    }
}

impl Node {
    fn write(&self, stream: &mut Vec<u8>, path: &[u8]) {
        let (mode, bytes) = match self {
            Self::File(bytes) => ("100644 inline", Some(bytes)),
            Self::Program(bytes) => ("100755 inline", Some(bytes)),
            Self::Link(target) => ("120000 inline", Some(target)),
            Self::Submodule(commit) => (&*format!("160000 {commit}"), None),
        };
        stream.extend(format!("M {mode} ").into_bytes());
        write_quoted(stream, path);
        stream.push(b'\n');
        if let Some(bytes) = bytes {
            write_data(stream, bytes);
        }
    }
}

fn write_data(stream: &mut Vec<u8>, bytes: &[u8]) {
    stream.extend(format!("data {}\n", bytes.len()).into_bytes());
    stream.extend_from_slice(bytes);
    stream.push(b'\n');
}

/// A path as a C string, which may hold every byte but zero.
fn write_quoted(stream: &mut Vec<u8>, path: &[u8]) {
    stream.push(b'"');
    for byte in path {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'/' | b'.' | b'-' | b'_' => {
                stream.push(*byte);
            }
            other => stream.extend(format!("\\{other:03o}").into_bytes()),
        }
    }
    stream.push(b'"');
}
