//! The Git face as bytes: discovery, packs, and what is refused.

use crate::conformance::publisher::{PACKAGE, Publisher, Reply};
use crate::host::{Ability, Host};
use crate::packages::gzip;
use crate::pkt::{self, Fetched, error, fetch, packet, wire};
use crate::repo::{Repo, fixtures};

/// What these cases need.
pub const NEEDS: &[Ability] = &[];

const DISCOVERY: &str = "/hello/info/refs?service=git-upload-pack";
const UPLOAD: &str = "/hello/git-upload-pack";
const ASKED: (&str, &str) = ("Content-Type", "application/x-git-upload-pack-request");
const V2: (&str, &str) = ("Git-Protocol", "version=2");
const AGENT: &str = concat!("agent=git/zigdepot-", env!("CARGO_PKG_VERSION"));
const FORMS: [&str; 4] = ["/git/hello.git", "/git/hello", "/hello.git", "/hello"];

/// Publishes [`PACKAGE`] with two releases: an annotated one, and a light one on top of it.
#[track_caller]
fn publish(depot: &Publisher<'_>) -> Repo {
    let repo = depot.hello();
    let first = repo.commit_of("v0.1.0");
    let second = repo.commit(&fixtures::package(14).file("two", "2"), Some(&first));
    repo.light_tag("v0.2.0", &second);
    depot.fetch(&depot.url()).expect(200);
    repo
}

#[track_caller]
fn post(depot: &Publisher<'_>, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Reply {
    depot.send("POST", path, &[&[ASKED], fields].concat(), body)
}

/// Panics unless this is an answer of the protocol with its length, which nobody may keep.
#[track_caller]
fn expect_answer(answer: &Reply, kind: &str) {
    assert_eq!(answer.status, 200, "{}", answer.response.text());
    let kind = format!("application/x-git-upload-pack-{kind}");
    assert_eq!(answer.field("content-type"), kind);
    let kept = answer.field("cache-control");
    assert!(
        kept.contains("no-cache") || kept.contains("no-store"),
        "{kept}"
    );
    let length = answer.field("content-length").parse();
    assert_eq!(length, Ok(answer.response.body.len()));
}

/// Panics unless this is an error of that status, in one line of text that names this.
#[track_caller]
fn expect_line(answer: &Reply, status: u16, names: &str) {
    let text = answer.response.text();
    assert_eq!(answer.status, status, "{text}");
    let kind = answer.field("content-type");
    assert!(kind.starts_with("text/plain"), "{kind}");
    assert_eq!(text.trim_end_matches('\n').lines().count(), 1, "{text:?}");
    assert!(text.contains(names), "no {names:?} in {text:?}");
}

/// Panics unless a request is refused as such: with 400 and a line, or a packet that says why.
#[track_caller]
fn expect_refusal(answer: &Reply) {
    if answer.status == 400 {
        expect_line(answer, 400, "");
    } else {
        expect_answer(answer, "result");
        error(&answer.response.body);
    }
}

/// Shows bytes of the protocol so that a difference can be read.
fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// Version 2 says what it offers, at each form of the path.
pub fn discovery_in_version_2_is_exact(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = publish(&depot);
    let lines = [
        "version 2",
        AGENT,
        "ls-refs=unborn",
        "fetch=shallow filter",
        "object-format=sha1",
        "0000",
    ];
    for form in FORMS {
        let path = format!("{form}/info/refs?service=git-upload-pack");
        for value in [
            "version=2",
            "version=1:version=2",
            "object-format=sha1:version=2",
        ] {
            let answer = depot.send("GET", &path, &[("Git-Protocol", value)], b"");
            expect_answer(&answer, "advertisement");
            assert_eq!(shown(&answer.response.body), shown(&wire(&lines)), "{path}");
            let head = depot.send("HEAD", &path, &[("Git-Protocol", value)], b"");
            assert_eq!((head.status, head.response.body.len()), (200, 0), "{path}");
            let length = answer.response.body.len().to_string();
            assert_eq!(head.field("content-length"), length, "{path}");
        }
    }
}

/// Versions 0 and 1 show all references, and where history is cut off.
pub fn discovery_in_versions_0_and_1_is_exact(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    let (tag, first) = (repo.reference("v0.1.0"), repo.commit_of("v0.1.0"));
    let second = repo.commit_of("v0.2.0");
    for (fields, version) in [
        (&[][..], None),
        (&[("Git-Protocol", "version=0")], None),
        (&[("Git-Protocol", "version=99")], None),
        (&[("Git-Protocol", "version=1")], Some("version 1")),
    ] {
        let answer = depot.send("GET", DISCOVERY, fields, b"");
        expect_answer(&answer, "advertisement");
        let preamble = ["# service=git-upload-pack", "0000"];
        let before = wire(&[&preamble[..], version.as_slice()].concat());
        let rest = answer.response.body.strip_prefix(&before[..]);
        let rest = rest.unwrap_or_else(|| panic!("{}", answer.response.text()));
        let head = rest
            .iter()
            .position(|byte| *byte == 0)
            .expect("capabilities");
        assert_eq!(&rest[4..head], format!("{second} HEAD").as_bytes());
        let end = rest.iter().position(|byte| *byte == b'\n').expect("a line");
        let capabilities = String::from_utf8_lossy(&rest[head + 1..end]);
        for word in [
            "multi_ack",
            "multi_ack_detailed",
            "side-band-64k",
            "shallow",
            "symref=HEAD:refs/heads/main",
            AGENT,
        ] {
            let mut words = capabilities.split(' ');
            assert!(words.any(|it| it == word), "no {word}: {capabilities}");
        }
        let lines = [
            format!("{second} refs/heads/main"),
            format!("{tag} refs/tags/v0.1.0"),
            format!("{first} refs/tags/v0.1.0^{{}}"),
            format!("{second} refs/tags/v0.2.0"),
        ];
        let lines = wire(&lines.each_ref().map(String::as_str));
        // libgit2 fails at a line feed here.
        let boundary = packet(format!("shallow {second}"));
        let lines = [lines, boundary, wire(&["0000"])].concat();
        assert_eq!(shown(&rest[end + 1..]), shown(&lines), "{fields:?}");
    }
}

/// References by version 2, with all that can be asked about them.
pub fn references_are_listed(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    let (tag, first) = (repo.reference("v0.1.0"), repo.commit_of("v0.1.0"));
    let second = repo.commit_of("v0.2.0");
    let head = format!("{second} HEAD");
    let branch = format!("{second} refs/heads/main");
    let (light, annotated) = (
        format!("{second} refs/tags/v0.2.0"),
        format!("{tag} refs/tags/v0.1.0"),
    );
    let (target, peeled) = (
        format!("{head} symref-target:refs/heads/main"),
        format!("{annotated} peeled:{first}"),
    );
    for (arguments, expected) in [
        (&[][..], &[&head, &branch, &annotated, &light][..]),
        (
            &["peel", "symrefs", "unborn"],
            &[&target, &branch, &peeled, &light],
        ),
        (&["peel", "ref-prefix refs/tags/v0.1"], &[&peeled]),
        (
            &["ref-prefix HEAD", "ref-prefix refs/heads/"],
            &[&head, &branch],
        ),
        (&["ref-prefix refs/tags/v9"], &[]),
    ] {
        let lines = [
            &["command=ls-refs", "object-format=sha1", "0001"],
            arguments,
            &["0000"],
        ];
        let answer = post(&depot, UPLOAD, &[V2], &wire(&lines.concat()));
        expect_answer(&answer, "result");
        let expected: Vec<&str> = expected.iter().map(|line| line.as_str()).collect();
        let expected = wire(&[&expected[..], &["0000"]].concat());
        assert_eq!(
            shown(&answer.response.body),
            shown(&expected),
            "{arguments:?}"
        );
    }
}

/// A release comes whole, framed as the pickiest Zig wants it, under the id of its commit and of its
/// tag object, and says truly whether history is cut off.
pub fn release_is_fetched(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    for id in ["v0.1.0", "v0.2.0"]
        .map(|tag| [repo.commit_of(tag), repo.reference(tag)])
        .as_flattened()
    {
        let body = fetch(&[id]);
        for form in FORMS {
            let path = format!("{form}/git-upload-pack");
            let answer = post(&depot, &path, &[V2], &body);
            expect_answer(&answer, "result");
            let fetched = Fetched::read(&answer.response.body);
            let cut = format!("shallow {}", repo.commit_of("v0.2.0"));
            let said = fetched.before.contains(&cut);
            assert_eq!(
                said,
                *id == repo.commit_of("v0.2.0"),
                "{:?}",
                fetched.before
            );
            repo.feed(&["index-pack", "--stdin", "--strict"], &fetched.pack);
            let packed = post(
                &depot,
                &path,
                &[V2, ("Content-Encoding", "gzip")],
                &gzip(&body),
            );
            assert!(packed.response.body == answer.response.body, "{path}");
        }
    }
}

/// Nothing asked for is nothing answered; what is not here is said to be so.
pub fn empty_and_unknown_wants_are_answered(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    for fields in [&[V2][..], &[]] {
        let probe = post(&depot, UPLOAD, fields, b"0000");
        expect_answer(&probe, "result");
        assert_eq!(probe.response.body, b"");
    }
    let tree = repo.tree_of("v0.1.0");
    for id in [&"1".repeat(40), &"0".repeat(40), &tree] {
        let answer = post(&depot, UPLOAD, &[V2], &fetch(&[id]));
        expect_answer(&answer, "result");
        assert!(error(&answer.response.body).contains(id.as_str()), "{id}");
        let want = format!("want {id} side-band-64k");
        let answer = post(&depot, UPLOAD, &[], &wire(&[&want, "0000", "done"]));
        assert!(error(&answer.response.body).contains(id.as_str()), "{id}");
    }
}

/// What is no request is refused with a reason.
pub fn senseless_requests_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    let id = repo.commit_of("v0.1.0");
    let want = format!("want {id}");
    let bodies = [
        b"zzzz".to_vec(),
        b"0004".to_vec(),
        b"0003".to_vec(),
        b"00".to_vec(),
        b"fff1".to_vec(),
        b"0032want".to_vec(),
        b"0002".to_vec(),
        wire(&["command=push", "0001", "0000"]),
        wire(&["command=object-info", "0001", "0000"]),
        wire(&["command=fetch", "command=fetch", "0001", "0000"]),
        wire(&[
            "command=fetch",
            "object-format=sha256",
            "0001",
            "done",
            "0000",
        ]),
        wire(&["command=fetch", "0001", "want 12", "done", "0000"]),
        wire(&["command=fetch", "0001", "frob", "done", "0000"]),
        wire(&["command=fetch", "0001", &want, "deepen x", "done", "0000"]),
        wire(&["command=fetch", "0001", &want, "done"]),
        wire(&["agent=git/2", "0001", "0000"]),
        packet(b"command=\xff\xfe\0\x1b[31m"),
    ];
    for body in &bodies {
        expect_refusal(&post(&depot, UPLOAD, &[V2], body));
    }
    for body in [
        b"zzzz".to_vec(),
        wire(&["have 12", "0000"]),
        wire(&["want 12", "0000", "done"]),
        wire(&[&want, "0000", "frob"]),
        wire(&[&want]),
    ] {
        expect_refusal(&post(&depot, UPLOAD, &[], &body));
    }
    let coded = [V2, ("Content-Encoding", "gzip")];
    expect_refusal(&post(&depot, UPLOAD, &coded, b"no gzip"));
    let cut = gzip(&fetch(&[&id]));
    expect_refusal(&post(&depot, UPLOAD, &coded, &cut[..cut.len() / 2]));
    // It goes on as if nothing had been.
    Fetched::read(&post(&depot, UPLOAD, &[V2], &fetch(&[&id])).response.body);
}

/// A body that is too long is not read to its end, whether it is compressed or not.
pub fn endless_requests_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let repo = publish(&depot);
    let have = wire(&[&format!("have {}", "1".repeat(40))]);
    let start = wire(&[
        "command=fetch",
        "0001",
        &format!("want {}", repo.commit_of("v0.1.0")),
    ]);
    let body = [start, have.repeat(400_000), wire(&["done", "0000"])].concat();
    let coded = [V2, ("Content-Encoding", "gzip")];
    let answer = post(&depot, UPLOAD, &coded, &gzip(&body));
    if answer.status != 413 {
        expect_refusal(&answer);
    }
    let answer = post(&depot, UPLOAD, &[V2], &body);
    expect_line(&answer, 413, "");
}

/// What is not there, and what is not done here.
pub fn other_requests_are_refused(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = publish(&depot);
    for form in [
        "/git/unknown.git",
        "/git/unknown",
        "/unknown.git",
        "/unknown",
    ] {
        let id = "1".repeat(40);
        let want = format!("want {id} side-band-64k");
        let negotiation = wire(&[&want, "0000", "done"]);
        for (version, body) in [(&[V2][..], fetch(&[&id])), (&[], negotiation)] {
            let path = format!("{form}/info/refs?service=git-upload-pack");
            expect_line(&depot.send("GET", &path, version, b""), 404, "unknown");
            let path = format!("{form}/git-upload-pack");
            expect_line(&post(&depot, &path, version, &body), 404, "unknown");
        }
    }
    for form in FORMS {
        let discovery = format!("{form}/info/refs?service=git-receive-pack");
        expect_line(&depot.get(&discovery), 403, "push");
        let path = format!("{form}/git-receive-pack");
        expect_line(&post(&depot, &path, &[], b"0000"), 403, "push");
        let strange = depot.get(&format!("{form}/info/refs?service=git-upload-archive"));
        assert!((400..500).contains(&strange.status), "{strange:?}");
        let path = format!("{form}/git-upload-pack");
        for (method, path, allowed) in [
            ("GET", path.as_str(), "POST"),
            ("PUT", &path, "POST"),
            (
                "POST",
                &format!("{form}/info/refs?service=git-upload-pack"),
                "GET",
            ),
            ("DELETE", &format!("{form}/info/refs"), "GET"),
        ] {
            let answer = depot.send(method, path, &[], b"");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.field("allow").contains(allowed), "{method} {path}");
        }
    }
    for path in [
        "/git",
        "/git/",
        "/hello/info",
        "/hello/objects",
        "/hello.git",
        "/hello/info/refs/x",
    ] {
        let answer = depot.get(path);
        assert_eq!(answer.status, 404, "{path}");
    }
    let wrong = [("Content-Type", "application/json"), V2];
    let answer = depot.send("POST", UPLOAD, &wrong, b"0000");
    assert!([200, 415].contains(&answer.status), "{answer:?}");
    assert_eq!(PACKAGE, "hello");
    let sound = depot.send("GET", DISCOVERY, &[V2], b"");
    assert_eq!(
        pkt::packets(&sound.response.body).last(),
        Some(&pkt::Packet::Flush)
    );
}
