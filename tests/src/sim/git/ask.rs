//! Requests as Git's clients write them (gitprotocol-v2, gitprotocol-pack, gitprotocol-http).

use super::super::client::Ask;
use super::super::registry::repos::{Id, hex};
use crate::pkt::wire;

/// What is asked of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Its references, by protocol 2.
    List,
    /// A pack.
    Pack(Fetch),
    /// A file of the dumb protocol.
    File(String),
}

/// What a pack is to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Commits and tag objects.
    pub wants: Vec<Id>,
    /// Commits that the client has.
    pub haves: Vec<Id>,
    /// By protocol 0, in packets of at most 1000 bytes.
    pub is_old: bool,
    /// So many commits that nobody else has: they make the request long.
    pub strangers: u32,
}

impl Ask {
    /// A request for the repository of this package.
    pub fn git(package: &str, wish: Wish) -> Self {
        Self {
            git: Some(wish),
            ..Self::get(package)
        }
    }

    /// A request for the objects of these commits and tag objects.
    pub fn pack(package: &str, wants: &[Id]) -> Self {
        let wants = wants.to_vec();
        let fetch = Fetch {
            wants,
            ..Fetch::default()
        };
        Self::git(package, Wish::Pack(fetch))
    }
}

/// The request for what is wished of this package.
pub(in crate::sim) fn render(package: &str, wish: &Wish) -> Vec<u8> {
    match wish {
        Wish::List => {
            let lines = ["command=ls-refs", "0001", "peel", "symrefs", "0000"];
            post(package, "Git-Protocol: version=2\r\n", &wire(&lines))
        }
        Wish::Pack(fetch) if fetch.is_old => post(package, "", &negotiation(fetch)),
        Wish::Pack(fetch) => post(package, "Git-Protocol: version=2\r\n", &command(fetch)),
        Wish::File(path) => {
            let head = format!("GET /{package}.git/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            head.into_bytes()
        }
    }
}

fn post(package: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /{package}.git/git-upload-pack HTTP/1.1\r\nHost: localhost\r\n{fields}\
         Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn command(fetch: &Fetch) -> Vec<u8> {
    let mut lines: Vec<String> = ["command=fetch", "object-format=sha1", "0001"]
        .map(Into::into)
        .into();
    lines.extend(["ofs-delta", "no-progress", "deepen 1"].map(Into::into));
    lines.extend(fetch.wants.iter().map(|id| format!("want {}", hex(id))));
    // History is cut off at all that anybody can have of here.
    lines.extend(fetch.haves.iter().map(|id| format!("shallow {}", hex(id))));
    lines.extend(haves(fetch));
    lines.extend(["done", "0000"].map(Into::into));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    wire(&lines)
}

fn negotiation(fetch: &Fetch) -> Vec<u8> {
    let mut offered = " side-band ofs-delta no-progress";
    let mut lines = Vec::new();
    for want in &fetch.wants {
        lines.push(format!("want {}{offered}", hex(want)));
        offered = "";
    }
    lines.extend(fetch.haves.iter().map(|id| format!("shallow {}", hex(id))));
    lines.push("0000".into());
    lines.extend(haves(fetch));
    lines.push("done".into());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    wire(&lines)
}

fn haves(fetch: &Fetch) -> impl Iterator<Item = String> {
    let strangers = (1..=fetch.strangers).map(|number| {
        let mut id = [0xee; 20];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id
    });
    let all = strangers.chain(fetch.haves.iter().copied());
    all.map(|id| format!("have {}", hex(&id)))
}
