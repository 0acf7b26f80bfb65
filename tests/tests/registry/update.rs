//! Updates: from a catalog, and from repositories in the data directory.

use core::time::Duration;

use serde_json::{Value, json};
use zigdepot_tests::host::Binary;
use zigdepot_tests::process::{eventually, eventually_within};
use zigdepot_tests::repo::{Repo, fixtures};
use zigdepot_tests::stand_in::{Answer, File, Gate, Manner, StandIn, Step};

use crate::story::Story;

const CATALOG: &str = "/packbase.json";
/// Longer than any rest between two updates.
const REST: Duration = Duration::from_mins(1);

/// A catalog's server, with these packages.
fn catalog(story: &mut Story<'_>, packages: &Value) -> StandIn {
    let server = StandIn::start();
    publish(&server, packages);
    let url = server.url() + CATALOG;
    story.settings.set("CATALOG_URL", &url);
    server
}

fn publish(server: &StandIn, packages: &Value) {
    let text = json!({ "packages": packages }).to_string();
    server.on(
        CATALOG,
        File::new(text.into_bytes()).kind("application/json"),
    );
}

/// A record as packbase reads them.
fn record(story: &Story<'_>, name: &str) -> Value {
    json!({
        "id": format!("id-of-{name}"),
        "title": name,
        "language": "zig",
        "repository": { "url": story.upstream.repo_url(&format!("org/{name}")), "default_ref": "main" },
        "whatever": [1, 2, 3],
    })
}

fn add(story: &Story<'_>, name: &str) -> Repo {
    let repo = story.upstream.add(&format!("org/{name}"));
    repo.release("v1.0.0", &fixtures::package(14));
    repo
}

pub(crate) fn catalog_of_either_shape_brings_its_packages(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let names = ["first", "second", "third"];
    let repos = names.map(|name| add(&story, name));
    // As the schema has it that was published for these files.
    let published = json!({
        "name": "second",
        "url": story.upstream.repo_url("org/second"),
        "format": "git",
        "github": { "name": "second", "owner": "org" },
        "repository": { "url": story.upstream.repo_url("org/second") },
    });
    let named_by_url = json!({
        "id": "x",
        "repository": { "url": format!("{}.git", story.upstream.repo_url("org/third")) },
    });
    let first = story.upstream.repo_url("org/first");
    let bad = [
        json!(null),
        json!("text"),
        json!({}),
        json!({ "id": 7 }),
        json!({ "id": "no-url", "title": "no-url" }),
        json!({ "id": "bad-name", "title": "../escape", "url": first }),
        json!({ "id": "reserved", "title": "zig", "url": first }),
    ];
    let packages = [
        &[record(&story, "first"), published, named_by_url],
        &bad[..],
    ]
    .concat();
    let _catalog = catalog(&mut story, &json!(packages));
    let server = story.start();
    let answer = server.post("/api/update", &[], &json!({})).expect_json(200);
    assert_eq!(answer.json["status"], "started");
    let update = server.updated();
    for (name, repo) in names.iter().zip(&repos) {
        story.expect_proof(&server, repo, name, "v1.0.0");
    }
    assert_eq!(update["source_packages"], 3, "{update}");
    assert_eq!(update["source_added"], 3, "{update}");
    assert_eq!(update["source_skipped"], bad.len(), "{update}");
    assert_eq!(update["tarballs_created"], 3, "{update}");
    let list = server.get("/api/list").expect_json(200).json;
    assert_eq!(list["registered_packages"], json!(names));
    assert_eq!(server.info("first")["language"], "zig");
    assert_eq!(server.info("first")["registered"], true);
    assert_eq!(server.info("third")["language"], "shell");
}

pub(crate) fn catalog_that_is_down_or_broken_changes_nothing(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let repo = add(&story, "first");
    let records = json!([record(&story, "first")]);
    let catalog = catalog(&mut story, &records);
    story.run(&["update"]).expect(0);
    for answer in [
        Answer::Status(500),
        Answer::Status(404),
        Answer::Reset,
        File::new(&b"<html>"[..]).into(),
        File::new(&b"[]"[..]).into(),
        File::new(&b""[..]).into(),
        File::new(&br#"{"packages":[{"id":"x""#[..]).into(),
    ] {
        let row = format!("{answer:?}");
        catalog.on(CATALOG, answer);
        story.run(&["update"]).expect(1);
        let server = story.start();
        let list = server.get("/api/list").expect_json(200).json;
        assert_eq!(list["registered_packages"], json!(["first"]), "{row}");
        story.expect_proof(&server, &repo, "first", "v1.0.0");
    }
    // The packages themselves are updated from what was known.
    repo.release("v1.1.0", &fixtures::package(14));
    catalog.switch_off();
    story.run(&["update"]).expect(1);
    let server = story.start();
    story.expect_proof(&server, &repo, "first", "v1.1.0");
    drop(server);
    catalog.switch_on();
    // One that is taken off the list keeps its tarballs.
    publish(&catalog, &json!([]));
    story.run(&["update"]).expect(0);
    let server = story.start();
    let list = server.get("/api/list").expect_json(200).json;
    assert_eq!(list["registered_packages"], json!([]));
    story.expect_proof(&server, &repo, "first", "v1.0.0");
}

pub(crate) fn updates_queue_and_rest(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let (_repo, gate) = (add(&story, "first"), Gate::new());
    let records = json!([record(&story, "first")]);
    let _catalog = catalog(&mut story, &records);
    story
        .upstream
        .on("org/first", Step::Discovery, Manner::Gated(gate.clone()));
    let server = story.start();
    let update = || {
        server
            .post("/api/update", &[], &json!({}))
            .expect_json(200)
            .json
    };
    assert_eq!(update()["status"], "started");
    gate.wait_reached();
    for _ in 0..3 {
        let queued = update();
        assert_eq!(queued["status"], "queued", "{queued}");
        assert_eq!(queued["queued"], true, "{queued}");
    }
    // HTTP never waits for an update.
    server.get("/healthz").expect(200);
    let running = server.get("/api/status").expect_json(200).json;
    let state = running["update"]["state"].as_str().unwrap_or_default();
    assert!(["running", "queued"].contains(&state), "{running}");
    server.get("/api/list").expect_json(200);
    gate.open();
    // Three that were queued are one more run.
    eventually("the queued run asks", || {
        let asked = story.upstream.asked_for("org/first");
        let asked = asked.iter().filter(|asked| asked.step == Step::Discovery);
        (asked.count() == 2).then_some(())
    });
    server.updated();
    let rests = update();
    assert_eq!(rests["status"], "cooldown", "{rests}");
    assert!(
        rests["retry_after"].as_u64().is_some_and(|wait| wait > 0),
        "{rests}"
    );
    assert_eq!(rests["queued"], false);
}

pub(crate) fn failed_package_is_tried_again_and_stops_no_other(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let names = ["first", "second", "third"];
    let repos = names.map(|name| add(&story, name));
    let records: Vec<_> = names.iter().map(|name| record(&story, name)).collect();
    let _catalog = catalog(&mut story, &json!(records));
    story
        .upstream
        .on("org/second", Step::Discovery, Manner::Status(403));
    story
        .run(&["update"])
        .expect(1)
        .expect_line("second", "403");
    let server = story.start();
    for at in [0, 2] {
        story.expect_proof(&server, &repos[at], names[at], "v1.0.0");
    }
    server.get("/p/second/tag/v1.0.0.tar.gz").expect(404);
    drop(server);
    story
        .upstream
        .on("org/second", Step::Discovery, Manner::Plain);
    // Its record is as it was, with the same time.
    story.run(&["update"]).expect(0);
    story.expect_proof(&story.start(), &repos[1], "second", "v1.0.0");
}

pub(crate) fn update_can_be_closed_and_comes_by_itself(program: &Binary) {
    let Some(mut story) = Story::new(program) else {
        return;
    };
    let repo = add(&story, "first");
    let records = json!([record(&story, "first")]);
    let _catalog = catalog(&mut story, &records);
    story
        .settings
        .set("API_TOKEN", "a-token")
        .set("UPDATE_PUBLIC", "false");
    let mut server = story.start();
    server
        .post("/api/update", &[], &json!({}))
        .expect_error(&[401], &[]);
    server.token = Some("wrong");
    server
        .post("/api/update", &[], &json!({}))
        .expect_error(&[403], &[]);
    assert_eq!(story.upstream.count(), 0);
    server.token = Some("a-token");
    server.post("/api/update", &[], &json!({})).expect_json(200);
    server.updated();
    story.expect_proof(&server, &repo, "first", "v1.0.0");
    drop(server);
    repo.release("v1.1.0", &fixtures::package(14));
    story.settings.set("UPDATE_EVERY", "1s");
    let server = story.start();
    eventually_within(REST, "the update comes by itself", || {
        (server.get("/p/first/tag/v1.1.0.tar.gz").status == 200).then_some(())
    });
    story.expect_proof(&server, &repo, "first", "v1.1.0");
}

/// Bare repositories in the data directory: loose and packed, and some that are none.
pub(crate) fn repositories_in_the_data_directory_are_published(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let create = |name: &str| Repo::create(&story.git, &story.path(&format!("git/{name}.git")));
    let (loose, packed, mixed) = (create("loose"), create("packed"), create("mixed"));
    fixtures::every_kind_of_tag(&loose);
    fixtures::deep_deltas(&packed);
    packed.git(&["pack-refs", "--all"]);
    fixtures::many_tags(&mixed, 20);
    mixed.git(&["repack", "-q", "-ad"]);
    mixed.git(&["pack-refs", "--all"]);
    mixed.release("v1.0.0", &fixtures::odd_files());
    create("empty");
    std::fs::create_dir_all(story.path("git/nothing.git")).expect("ours");
    std::fs::write(story.path("git/file.git"), "no directory").expect("ours");
    let server = story.start();
    server.post("/api/update", &[], &json!({})).expect_json(200);
    let update = server.updated();
    assert_eq!(update["repos_scanned"], 4, "{update}");
    for (name, repo) in [("loose", &loose), ("packed", &packed), ("mixed", &mixed)] {
        for tag in repo.tags() {
            if !fixtures::WITHOUT_COMMIT.contains(&tag.as_str()) {
                story.expect_proof(&server, repo, name, &tag);
            }
        }
    }
    assert_eq!(story.upstream.count(), 0);
    // An upstream of that name is another one.
    let other = story.upstream.add("org/packed");
    other.release("v9", &fixtures::bare_package());
    server
        .fetch(&story.upstream.repo_url("org/packed"))
        .expect_error(&[409], &["packed"]);
}

/// A repository below `git/` takes its name while an upstream of that name is asked, by another
/// process.
pub(crate) fn repository_of_this_machine_and_an_upstream_are_never_one_package(program: &Binary) {
    let Some(story) = Story::new(program) else {
        return;
    };
    let (server, repo) = (story.start(), add(&story, "twice"));
    repo.release("v2.0.0", &fixtures::package(14));
    let gate = Gate::new();
    story
        .upstream
        .on("org/twice", Step::Fetch, Manner::Gated(gate.clone()));
    let job = server.fetch_async(&story.upstream.repo_url("org/twice"));
    gate.wait_reached();
    let own = Repo::create(&story.git, &story.path("git/twice.git"));
    own.release("v1.0.0", &fixtures::bare_package());
    story.run(&["update"]).expect(0);
    gate.open();
    let failed = server.follow(&job);
    assert_eq!(failed["status"], 409, "{failed}");
    story.expect_proof(&server, &own, "twice", "v1.0.0");
    assert_eq!(story.published().len(), 2, "no tag of the other");
    let shown = story.run(&["upstream", "twice"]).expect(0);
    assert!(shown.lines[0].contains("git/twice.git"), "{shown:?}");
}
