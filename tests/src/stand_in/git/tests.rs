use super::Step::{Discovery, Fetch, References};
use super::*;
use crate::conformance::depot::bytes_of;
use crate::repo::{Files, git};
use crate::stand_in::Gate;

/// A host with the repository `org/hello` of one tag; none where git is missing.
fn host() -> Option<(Git, GitHost, Repo)> {
    let git = git()?;
    let host = GitHost::start(&git);
    let repo = host.add("org/hello");
    let files = Files::new().file("a", bytes_of(1, 100_000)).file("b", "b");
    repo.annotated_tag("v1", &repo.release("light", &files));
    Some((git, host, repo))
}

/// Clones the tag, with more arguments for git; what git said if it failed.
fn clone(git: &Git, url: &str, more: &[&str]) -> Result<String, String> {
    let scratch = Scratch::new("clone");
    let arguments = ["clone", "-q", "--depth=1", "--branch=v1", url, "c"];
    git.try_feed(scratch.path(), &[more, &arguments[..]].concat(), b"")?;
    let dir = scratch.join("c");
    git.run(&dir, &["fsck", "--strict"]);
    Ok(git.run(&dir, &["rev-parse", "HEAD^{tree}"]))
}

fn steps(host: &GitHost) -> Vec<Step> {
    host.asked().iter().map(|asked| asked.step).collect()
}

fn root() -> &'static Path {
    Path::new("/")
}

#[test]
fn real_git_lists_and_clones_and_is_written_down() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    for url in [host.repo_url("org/hello"), host.repo_url("org/hello.git")] {
        let listed = git.run(root(), &["ls-remote", "--tags", &url]);
        assert_eq!(listed.lines().count(), 3, "{listed}");
        assert_eq!(clone(&git, &url, &[]), Ok(repo.tree_of("v1")));
    }
    let expected = [Discovery, References, Discovery, References, Fetch].repeat(2);
    assert_eq!(steps(&host), expected);
    let asked = host.asked_for("org/hello");
    assert_eq!(asked.len(), 10);
    assert!(asked.iter().all(|asked| asked.agent().starts_with("git/")));
    assert!(asked.iter().all(|asked| asked.protocol() == "version=2"));
    assert_eq!(asked[4].wants()[0], repo.reference("v1"));
    assert!(asked[0].body.is_empty() && !asked[1].body.is_empty());
}

#[test]
fn older_protocols_are_all_that_some_hosts_speak() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    for protocol in [Protocol::V0, Protocol::V1] {
        host.speak(protocol);
        let before = host.count();
        let url = host.repo_url("org/hello");
        assert_eq!(
            clone(&git, &url, &[]),
            Ok(repo.tree_of("v1")),
            "{protocol:?}"
        );
        assert!(!steps(&host)[before..].contains(&References));
    }
    let plain = ["-c", "protocol.version=0"];
    host.speak(Protocol::Asked);
    assert!(clone(&git, &host.repo_url("org/hello"), &plain).is_ok());
    assert_eq!(host.asked().last().map(Asked::protocol), Some(""));
}

#[test]
fn troubles_are_errors_for_git() {
    let Some((git, host, _)) = host() else { return };
    let url = host.repo_url("org/hello");
    let status = |status| (Manner::Status(status), status.to_string());
    let rows = [
        (Discovery, status(403)),
        (Discovery, status(500)),
        (Discovery, (Manner::Status(404), "not found".into())),
        (
            Discovery,
            (Manner::Status(401), "could not read Username".into()),
        ),
        (
            References,
            (
                Manner::Error("busy now".into()),
                "remote error: busy now".into(),
            ),
        ),
        (
            Fetch,
            (Manner::Error("gone".into()), "remote error: gone".into()),
        ),
        (Fetch, status(503)),
        (Fetch, (Manner::Cut(2000), "early EOF".into())),
        (
            Fetch,
            (Manner::pack(|pack| pack.truncate(5000)), "early EOF".into()),
        ),
        (
            Fetch,
            (
                Manner::pack(|pack| pack[3000] ^= 1),
                "invalid index-pack output".into(),
            ),
        ),
        (
            Fetch,
            (
                Manner::pack(|pack| *pack.last_mut().unwrap() ^= 1),
                "pack is corrupted".into(),
            ),
        ),
    ];
    for (step, (manner, words)) in rows {
        let row = format!("{step:?} {manner:?}");
        host.on("org/hello", step, manner);
        let said = clone(&git, &url, &[]).unwrap_err();
        assert!(said.contains(&words), "{row}: {said}");
        host.on("org/hello", step, Manner::Plain);
    }
    assert!(clone(&git, &url, &[]).is_ok());
    assert!(clone(&git, &host.repo_url("org/none"), &[]).is_err());
}

#[test]
fn redirects_are_followed_to_another_path_and_another_port() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    let other = GitHost::start(&git);
    for status in [301, 302] {
        host.on(
            "old/hello",
            Discovery,
            Manner::moved(status, &host.repo_url("org/hello")),
        );
        other.on(
            "hello",
            Discovery,
            Manner::moved(status, &host.repo_url("org/hello")),
        );
        for url in [host.repo_url("old/hello"), other.repo_url("hello")] {
            assert_eq!(clone(&git, &url, &[]), Ok(repo.tree_of("v1")));
        }
    }
    assert_eq!(host.asked_for("old/hello").len(), 2);
    assert_eq!(other.count(), 2);
}

#[test]
fn tag_moves_between_the_list_and_the_pack() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    let old = repo.tree_of("v1");
    let moved = repo.clone();
    host.on(
        "org/hello",
        Fetch,
        Manner::after(move || {
            moved.annotated_tag(
                "v1",
                &moved.release("light", &Files::new().file("a", "new")),
            );
        }),
    );
    assert_eq!(
        clone(&git, &host.repo_url("org/hello"), &[]),
        Ok(old.clone())
    );
    assert_ne!(repo.tree_of("v1"), old);
}

#[test]
fn slow_hosts_are_slow_and_end_with_the_test() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    let (url, gate) = (host.repo_url("org/hello"), Gate::new());
    host.on("org/hello", Fetch, Manner::Drip(400_000));
    assert_eq!(clone(&git, &url, &[]), Ok(repo.tree_of("v1")));
    host.on("org/hello", Fetch, Manner::Gated(gate.clone()));
    std::thread::scope(|scope| {
        let cloning = scope.spawn(|| clone(&git, &url, &[]));
        gate.wait_reached();
        assert!(!cloning.is_finished());
        gate.open();
        assert!(cloning.join().unwrap().is_ok());
    });
    host.on("org/hello", References, Manner::Hang);
    std::thread::scope(|scope| {
        let cloning = scope.spawn(|| clone(&git, &url, &[]));
        let asked = host.count();
        crate::process::eventually("it is asked", || (host.count() >= asked + 2).then_some(()));
        drop(host);
        assert!(cloning.join().unwrap().is_err());
    });
}

#[test]
fn pack_can_be_another() {
    let Some((git, host, repo)) = host() else {
        return;
    };
    let pack = repo.pack_of(&repo.commit_of("v1"));
    host.on(
        "org/hello",
        Fetch,
        Manner::pack(move |sent| sent.clone_from(&pack)),
    );
    // The tag object is not in it, so git misses it.
    let said = clone(&git, &host.repo_url("org/hello"), &[]).unwrap_err();
    assert!(
        said.contains("did not send all necessary objects"),
        "{said}"
    );
    let light = ["clone", "-q", "--depth=1", "--branch=light"];
    let scratch = Scratch::new("clone");
    let url = host.repo_url("org/hello");
    git.run(scratch.path(), &[&light[..], &[&url, "c"]].concat());
}
