use alloc::string::String;
use alloc::vec::Vec;

use super::super::manifest::{ReleaseManifest, ZigManifest};
use super::super::tag::TagName;
use super::*;
use crate::git::id::ObjectId;
use crate::time::Timestamp;

mod schema;

const ID: &str = "ce919ccf45951856a762ffdb8ef850301cd8c588";
const OTHER: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn package() -> PackageName {
    PackageName::parse("hello").unwrap()
}

fn tag(text: &str) -> TagName {
    TagName::parse(text).unwrap()
}

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text.as_bytes()).unwrap()
}

fn report() -> IngestReport {
    IngestReport {
        package: package(),
        latest: Some(tag("rel/v1.0+ab")),
        created: 4,
        present: 1,
        count: 5,
        conflicts: Vec::from([Conflict {
            tag: tag("v0"),
            published: Some(id(ID)),
            upstream: id(OTHER),
        }]),
        refused: Vec::from([Refused::new(b"bad\xff\n", "two\nlines")]),
    }
}

fn trouble() -> Trouble {
    let mut trouble = Trouble::default();
    trouble.handle_ingest(&report(), Timestamp(9));
    trouble.handle_claim("https://other.test/x/hello", Timestamp(10));
    trouble
}

fn imported(name: &str) -> ReleaseManifest {
    let text = alloc::format!(
        r#"{{"package":"hello","tag":"{name}","git_commit_oid":"{ID}","git_tree_oid":"{OTHER}",
        "tarball_sha256":"{0}{0}","tarball_md5":"{0}","tarball_crc32":"{1}","size_bytes":371}}"#,
        "0123456789abcdef".repeat(2),
        "00c0ffee"
    );
    ReleaseManifest::parse(text.as_bytes()).unwrap()
}

fn info() -> PackageInfo {
    PackageInfo {
        package: package(),
        registered: true,
        local: true,
        upstream: Some("https://f.test/o/hello".into()),
        language: None,
        tags: Vec::from([
            TagInfo::of_manifest(&imported("v0.10.0")),
            TagInfo::bare(tag("v0.9.0"), 29),
            TagInfo::of_manifest(&imported("nightly")),
        ]),
        probe: Probe::Fetchable(id(ID)),
        trouble: trouble(),
        updated_at: Timestamp(1_776_183_143),
    }
}

fn job(state: JobState) -> JobDocument {
    JobDocument {
        id: "j1".into(),
        package: package(),
        url: "https://f.test/o/hello".into(),
        progress: Progress {
            refs: 3,
            objects: 2,
            bytes: 1,
            tarballs: 0,
        },
        state,
    }
}

fn update() -> UpdateStatus {
    UpdateStatus {
        state: UpdateState::Cooldown,
        started_at: Some(Timestamp(5)),
        source_changed: true,
        source_skipped: 2,
        source_error: Some("gone".into()),
        disk_free: Some(67_049_000_000),
        packages_total: 79,
        ..UpdateStatus::default()
    }
}

#[test]
fn a_fetch_is_answered_with_packbases_members() {
    assert_eq!(
        report().to_document(),
        alloc::format!(
            concat!(
                r#"{{"status":"ok","package":"hello","tag":"rel/v1.0+ab","#,
                r#""url":"/p/hello/tag/rel/v1.0+ab.tar.gz","tarballs_created":4,"#,
                r#""tarballs_present":1,"tarball_count":5,"#,
                r#""conflicts":[{{"tag":"v0","published_commit":"{}","upstream_commit":"{}"}}],"#,
                r#""refused":[{{"tag":"bad{} ","reason":"two lines"}}]}}"#,
                "\n"
            ),
            ID,
            OTHER,
            '\u{fffd}'
        )
    );
}

#[test]
fn errors_are_one_line_of_json() {
    let document = error_document("no tag \"x\n\u{1}\" found");
    assert_eq!(
        document,
        "{\"status\":\"error\",\"error\":\"no tag \\\"x  \\\" found\"}\n"
    );
    let name = package();
    let document = not_found_document(Some(&name));
    assert_eq!(
        document,
        "{\"status\":\"not_found\",\"package\":\"hello\"}\n"
    );
    assert_eq!(not_found_document(None), "{\"status\":\"not_found\"}\n");
}

#[test]
fn information_tells_the_latest_release_by_version() {
    let text = info().to_document();
    let value = Value::parse(&text, &Limits::DEFAULT).unwrap();
    let member = |key: &str| value.get(key).unwrap();
    assert_eq!(member("latest_tag").as_text().as_deref(), Some("v0.10.0"));
    assert_eq!(member("latest_size_bytes").as_u64(), Some(371));
    assert_eq!(member("size_bytes").as_u64(), Some(771));
    assert_eq!(member("healthy").as_bool(), Some(true));
    assert_eq!(member("language").as_text().as_deref(), Some("shell"));
    let tags = member("tarballs").items().unwrap().iter();
    let tags: Vec<_> = tags
        .map(|it| it.get("tag").unwrap().as_text().unwrap())
        .collect();
    assert_eq!(tags, ["nightly", "v0.9.0", "v0.10.0"]);
    let last = member("last_ingest");
    assert_eq!(
        last.get("outcome").unwrap().as_text().as_deref(),
        Some("ok")
    );
}

#[test]
fn a_package_that_git_cannot_fetch_is_not_healthy() {
    for (probe, is_healthy) in [(Probe::Unknown, true), (Probe::Failed("why".into()), false)] {
        assert_eq!(PackageInfo { probe, ..info() }.is_healthy(), is_healthy);
    }
    assert!(
        !PackageInfo {
            tags: Vec::new(),
            ..info()
        }
        .is_healthy()
    );
}

#[test]
fn updates_are_answered_as_packbase_does() {
    for (answer, text) in [
        (UpdateAnswer::Started, r#"{"status":"started"}"#),
        (
            UpdateAnswer::Queued,
            r#"{"status":"queued","retry_after":0,"queued":true}"#,
        ),
        (
            UpdateAnswer::Cooldown { retry_after: 7 },
            r#"{"status":"cooldown","retry_after":7,"queued":false}"#,
        ),
    ] {
        assert_eq!(answer.to_document(), alloc::format!("{text}\n"));
    }
    assert!(update().to_text().contains(r#""disk_free":"67.0 GB""#));
}

#[test]
fn records_are_read_as_they_were_written() {
    let mut failed = trouble();
    failed.handle_failure("no\nanswer", Timestamp(11));
    for trouble in [Trouble::default(), trouble(), failed] {
        assert_eq!(Trouble::parse(trouble.to_text().as_bytes()), Some(trouble));
    }
    for update in [UpdateStatus::default(), update()] {
        assert_eq!(
            UpdateStatus::parse(update.to_text().as_bytes()),
            Some(update)
        );
    }
    let mut upstream = Upstream::new("https://a", Timestamp(1));
    upstream.handle_move("https://b", Timestamp(2));
    assert_eq!(
        (upstream.url.as_str(), upstream.previous.len()),
        ("https://b", 1)
    );
    assert_eq!(
        Upstream::parse(upstream.to_text().as_bytes()),
        Some(upstream)
    );
}

#[test]
fn records_may_have_grown_or_be_older() {
    assert_eq!(
        UpdateStatus::parse(b"{\"later\":[1]}"),
        Some(UpdateStatus::default())
    );
    assert_eq!(Trouble::parse(b"{\"later\":1}"), Some(Trouble::default()));
    for other in [
        &b""[..],
        b"[]",
        b"{",
        b"\xff",
        b"{\"conflicts\":1,\"state\":\"x\"}",
    ] {
        assert_eq!(Trouble::parse(other), None);
        assert_eq!(UpdateStatus::parse(other), None);
        assert_eq!(Upstream::parse(other), None);
    }
}

#[test]
fn what_is_kept_of_a_package_is_bounded() {
    let mut trouble = Trouble::default();
    for n in 0..50_u64 {
        trouble.handle_claim(&alloc::format!("https://f.test/{n}"), Timestamp(n));
        trouble.handle_claim("https://again.test", Timestamp(n));
    }
    assert_eq!(trouble.claims.len(), Trouble::MAX_CLAIMS);
    assert_eq!(
        trouble.claims.last().map(|claim| claim.at),
        Some(Timestamp(49))
    );
    let mut many = report();
    many.refused = alloc::vec![Refused::new(b"x", "y"); 2000];
    trouble.handle_ingest(&many, Timestamp(0));
    assert_eq!(trouble.refused.len(), Trouble::MAX_TAGS);
}

#[test]
fn the_status_counts_packages_and_names_those_in_trouble() {
    let mut status = ServiceStatus::new("0.1.0", update());
    status.handle_package(&info());
    let calm = PackageInfo {
        trouble: Trouble::default(),
        language: Some("zig".into()),
        probe: Probe::Failed("why".into()),
        ..info()
    };
    status.handle_package(&calm);
    assert_eq!(
        (
            status.total,
            status.healthy,
            status.conflicts,
            status.troubled
        ),
        (2, 1, 1, 1)
    );
    let text = status.to_document();
    assert!(
        text.contains(r#""languages":{"shell":1,"zig":1}"#),
        "{text}"
    );
    assert!(text.contains(r#""packages_unhealthy":1"#), "{text}");
}
