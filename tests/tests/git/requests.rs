//! Requests as clients and proxies send them: compressed, in chunks, padded, with old manners.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;

use zigdepot_tests::client::Connection;
use zigdepot_tests::gits::clients;
use zigdepot_tests::host::Binary;
use zigdepot_tests::packages::gzip;
use zigdepot_tests::pkt::{self, Fetched, packet};
use zigdepot_tests::repo::{Repo, fixtures};

use crate::story::{Story, expect_sound, expect_tags, lines};

const KIND: (&str, &str) = ("Content-Type", "application/x-git-upload-pack-request");
const V2: (&str, &str) = ("Git-Protocol", "version=2");

fn hello(story: &Story<'_>) -> Repo {
    let repo = story.add("hello");
    fixtures::every_kind_of_tag(&repo);
    story.publish("hello");
    repo
}

/// Sends a request for a pack.
#[track_caller]
fn post(story: &Story<'_>, fields: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let fields = [&[KIND], fields].concat();
    let answer = story
        .depot
        .send("POST", "/hello/git-upload-pack", &fields, body);
    assert_eq!(answer.status, 200, "{}", answer.response.text());
    answer.response.body
}

/// Panics unless a pack has all that a commit or tag leads to, and nothing wrong in it.
#[track_caller]
fn expect_pack(story: &Story<'_>, pack: &[u8], repo: &Repo, id: &str) {
    let own = Repo::create(&story.git, &story.fresh());
    let cut = repo.git(&["rev-list", "--tags"]) + "\n";
    fs::write(own.dir().join("shallow"), cut).expect("ours");
    own.feed(&["index-pack", "--stdin", "--strict"], pack);
    let walk = ["rev-list", "--objects", "--no-object-names", "-1", id];
    assert_eq!(lines(&own.git(&walk)), lines(&repo.git(&walk)), "{id}");
}

/// 0.14 to 0.16 send what lies in their memory behind an id.
pub(crate) fn stray_bytes_behind_a_want_are_passed_over(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let id = repo.commit_of("v1.0.0");
    let plain = Fetched::read(&post(&story, &[V2], &pkt::fetch(&[&id]))).pack;
    expect_pack(&story, &plain, &repo, &id);
    let mut stack = *b"\xe0m J.\xe6\x7f\0\0\xff\n 0000\0\x01want \xfe";
    for _ in 0..24 {
        stack.rotate_left(1);
        for stray in [[0; 24], stack, [b'f'; 24], [b' '; 24]] {
            let want = packet([b"want ".as_slice(), id.as_bytes(), &stray, b"\n"].concat());
            assert_eq!(&want[..4], b"004a");
            let before = pkt::wire(&["command=fetch", "agent=zig/0.14.1", "0001", "deepen 1"]);
            let body = [before, want, pkt::wire(&["done", "0000"])].concat();
            let fetched = Fetched::read(&post(&story, &[V2], &body));
            assert!(fetched.pack == plain, "{}", stray.escape_ascii());
        }
    }
}

/// As git compresses what is longer than a kilobyte, and as proxies send on what they have read.
pub(crate) fn bodies_come_compressed_and_in_chunks(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let id = repo.reference("v1.0.0");
    let body = pkt::fetch(&[&id]);
    let plain = post(&story, &[V2], &body);
    let coding = ("Content-Encoding", "gzip");
    let packed = post(&story, &[V2, coding], &gzip(&body));
    assert!(plain == packed);
    assert!(plain == post(&story, &[V2, ("Content-Encoding", "x-gzip")], &gzip(&body)));
    for size in [1, 7, 4096] {
        for (fields, body) in [
            ("", body.clone()),
            ("Content-Encoding: gzip\r\n", gzip(&body)),
        ] {
            assert!(
                plain == in_chunks(&story, fields, &body, size),
                "{size} {fields}"
            );
        }
    }
    let (kind, pack) = ("transfer-encoding", Fetched::read(&plain).pack);
    expect_pack(&story, &pack, &repo, &id);
    let probe = story
        .depot
        .send("POST", "/hello/git-upload-pack", &[KIND], b"0000");
    assert_eq!((probe.status, probe.field(kind)), (200, ""));
    assert_eq!(probe.response.body, b"");
}

/// Sends a request in version 2 in chunks of a size, the last ones with an extension and a trailer.
#[track_caller]
fn in_chunks(story: &Story<'_>, fields: &str, body: &[u8], size: usize) -> Vec<u8> {
    let address = story.depot.depot.address();
    let mut wire = format!(
        "POST /hello/git-upload-pack HTTP/1.1\r\nHost: {address}\r\nGit-Protocol: version=2\r\n{}: {}\r\n{fields}Transfer-Encoding: chunked\r\n\r\n",
        KIND.0, KIND.1
    )
    .into_bytes();
    for chunk in body.chunks(size) {
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(&[chunk, b"\r\n"].concat());
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    let mut connection = Connection::open(address);
    connection.send(wire);
    let answer = connection.response("POST").expect("an answer");
    answer.expect(200).body
}

/// A dozen wants are more than a kilobyte, which git compresses; of thousands of commits that nobody
/// knows it names 8,192 in one request of version 0, in chunks.
pub(crate) fn long_requests_of_git_are_read(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let (tags, _) = story.tags("hello");
    let own = Repo::create(&story.git, &story.fresh());
    own.feed(&["fast-import", "--quiet"], &strangers(20_000));
    for client in clients() {
        // The least that git takes; the default is a MiB.
        let client = client.with("http.postBuffer=65536");
        let url = own.dir().to_str().expect("UTF-8").to_owned();
        let dir = story.clone(&client, &["--bare"], &url);
        let url = story.url("hello");
        let arguments = ["fetch", "--quiet", "--update-shallow", &url];
        let refspec = "refs/tags/*:refs/tags/*";
        client.run(&dir, &[&arguments[..], &[refspec]].concat());
        expect_tags(&client, &dir, &repo, &tags);
    }
}

/// A stream for `git fast-import` of so many commits without files.
fn strangers(count: usize) -> Vec<u8> {
    let mut stream = String::new();
    for number in 0..count {
        let _ = write!(
            stream,
            "commit refs/heads/main\ncommitter S <s@example.org> {} +0000\ndata 0\n",
            1_600_000_000 + number
        );
    }
    stream.into_bytes()
}

/// Clients of version 0 that know fewer capabilities, down to none.
pub(crate) fn old_clients_get_packs_in_their_framing(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let id = repo.reference("v1.0.0");
    for capabilities in [
        "",
        " side-band",
        " side-band-64k",
        " side-band side-band-64k ofs-delta",
    ] {
        let want = format!("want {id}{capabilities}");
        let body = pkt::wire(&[&want, "0000", "done"]);
        for fields in [&[][..], &[("Git-Protocol", "version=1")]] {
            let answer = post(&story, fields, &body);
            let pack = answer
                .strip_prefix(b"0008NAK\n")
                .expect("NAK, and the pack");
            let pack = if capabilities.is_empty() {
                pack.to_vec()
            } else {
                let longest = if capabilities == " side-band" {
                    1000
                } else {
                    65520
                };
                pkt::unbanded(pack, longest)
            };
            expect_pack(&story, &pack, &repo, &id);
        }
        // A depth is answered at once, and the pack comes with the next request.
        let body = pkt::wire(&[&want, "deepen 1", "0000"]);
        let answer = post(&story, &[], &body);
        let commit = repo.commit_of("v1.0.0");
        let expected = [packet(format!("shallow {commit}")), b"0000".to_vec()].concat();
        assert_eq!(
            answer.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
        let body = pkt::wire(&[&want, "deepen 1", "0000", "done"]);
        let answer = post(&story, &[], &body);
        assert!(answer.starts_with(&[&expected[..], b"0008NAK\n"].concat()));
    }
}

/// All tags in one request that names each one twice, as clients do with HEAD and main.
pub(crate) fn wants_may_be_said_twice_and_in_any_order(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let mut ids: Vec<String> = fixtures::TAGS.map(|tag| repo.reference(tag)).into();
    ids.extend(fixtures::TAGS.map(|tag| repo.commit_of(tag)));
    let first: Vec<&str> = ids.iter().map(String::as_str).collect();
    let packs = [first.clone(), first.into_iter().rev().collect()].map(|wants| {
        let fetched = Fetched::read(&post(&story, &[V2], &pkt::fetch(&wants)));
        assert!(
            fetched
                .before
                .iter()
                .any(|line| line.starts_with("shallow "))
        );
        fetched.pack
    });
    for pack in &packs {
        for id in &ids {
            expect_pack(&story, pack, &repo, id);
        }
    }
}

/// A client on a connection that proxies keep open asks again and again.
pub(crate) fn one_connection_serves_many_requests(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let repo = hello(&story);
    let mut connection = Connection::open(story.depot.depot.address());
    for tag in fixtures::TAGS {
        let discovery = "/hello.git/info/refs?service=git-upload-pack";
        let answer = connection.request("GET", discovery, &[V2]);
        answer.expect("an answer").expect(200);
        let id = repo.reference(tag);
        let body = pkt::fetch(&[&id]);
        let head = format!(
            "POST /hello.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nGit-Protocol: version=2\r\n{}: {}\r\nContent-Length: {}\r\n\r\n",
            KIND.0,
            KIND.1,
            body.len()
        );
        connection.send([head.as_bytes(), &body].concat());
        let answer = connection.response("POST").expect("an answer").expect(200);
        expect_pack(&story, &Fetched::read(&answer.body).pack, &repo, &id);
    }
    for client in clients() {
        let dir = story.clone(&client, &["--depth", "1"], &story.url("hello"));
        expect_sound(&client, Path::new(&dir));
    }
}
