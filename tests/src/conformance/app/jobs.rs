//! Ingests that outlive the request for them.

use serde_json::json;

use crate::conformance::publisher::{Publisher, REPOSITORY};
use crate::host::{Ability, Host};
use crate::process::eventually;
use crate::stand_in::{Gate, Manner, Step};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::SharedState, Ability::Background];

/// 202 at once, progress while it runs, the same result as without `Prefer` at its end.
pub fn long_ingest_is_followed(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let (_repo, gate) = (depot.hello(), Gate::new());
    depot
        .git
        .on(REPOSITORY, Step::Fetch, Manner::Gated(gate.clone()));
    let body = json!({ "url": depot.url() }).to_string();
    let mut path = String::new();
    for prefer in ["respond-async", "wait=0"] {
        let answer = depot.post("/api/fetch", &[("Prefer", prefer)], body.as_bytes());
        let answer = answer.expect(202);
        path = format!("/api/jobs/{}", answer.text("id"));
        assert_eq!(answer.field("location"), depot.path(&path));
        let job = depot.get(&path).expect(200).json;
        assert!(
            job["state"] == "queued" || job["state"] == "running",
            "{job}"
        );
    }
    gate.wait_reached();
    eventually("the references are counted", || {
        let list = depot.get(&path).expect(200).json;
        (list["progress"]["refs"].as_u64() > Some(0)).then_some(())
    });
    gate.open();
    let job = depot.follow(&path);
    assert_eq!(
        (&job["state"], &job["result"]["tarball_count"]),
        (&json!("done"), &json!(1))
    );
    assert_eq!(job["result"]["package"], "hello");
    assert_eq!(depot.send("HEAD", &path, &[], b"").status, 200);
}

/// Two requests for one package are one job and one fetch.
pub fn two_requests_are_one_job(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let (_repo, gate) = (depot.hello(), Gate::new());
    depot
        .git
        .on(REPOSITORY, Step::Fetch, Manner::Gated(gate.clone()));
    let body = json!({ "url": depot.url() }).to_string();
    let ask = || {
        let prefer = [("Prefer", "respond-async")];
        let answer = depot.post("/api/fetch", &prefer, body.as_bytes());
        answer.expect(202).field("location").to_owned()
    };
    let (one, other) = (ask(), ask());
    assert_eq!(one, other);
    gate.open();
    depot.follow(&one);
    let asked = depot.git.asked_for(REPOSITORY);
    let fetches = asked.iter().filter(|asked| asked.step == Step::Fetch);
    assert_eq!(fetches.count(), 1);
}

/// A job that failed says what the request would have been answered.
pub fn failed_job_says_why(host: &dyn Host) {
    let Some(depot) = Publisher::new(host) else {
        return;
    };
    let _repo = depot.hello();
    depot
        .git
        .on(REPOSITORY, Step::Discovery, Manner::Status(403));
    let body = json!({ "url": depot.url() }).to_string();
    let prefer = [("Prefer", "respond-async")];
    let answer = depot
        .post("/api/fetch", &prefer, body.as_bytes())
        .expect(202);
    let job = depot.follow(answer.field("location"));
    assert_eq!(
        (&job["state"], &job["status"]),
        (&json!("failed"), &json!(502)),
        "{job}"
    );
    assert!(
        job["error"]
            .as_str()
            .is_some_and(|error| error.contains("403")),
        "{job}"
    );
}
