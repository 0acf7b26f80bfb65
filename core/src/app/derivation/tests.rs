use alloc::string::ToString;

use super::*;
use crate::git::id::ObjectId;
use crate::git::pack::PackChecksum;
use crate::registry::face::note::PlainPack;
use crate::store::StoreError;
use crate::zig::digest::Sha256Digest;

fn limits() -> Limits {
    Limits {
        derivations: 2,
        derivations_waiting: 3,
        ..Limits::default()
    }
}

fn join(derivations: &mut Derivations, name: &str, tag: &str) -> Option<DerivationId> {
    let package = PackageName::parse(name).unwrap();
    let tag = TagName::parse(tag).unwrap();
    derivations.join(&package, &tag, &limits())
}

fn start(derivations: &mut Derivations) -> Vec<DeriveOrder> {
    core::iter::from_fn(|| derivations.poll_start(&limits())).collect()
}

fn note() -> FaceNote {
    let (id, sum) = (
        ObjectId::from_bytes([1; 20]),
        PackChecksum::from_bytes([2; 20]),
    );
    FaceNote {
        tarball: Sha256Digest::of(b""),
        commit: id,
        has_parents: false,
        tags: Vec::new(),
        objects: 2,
        length: 100,
        content_end: 50,
        sum,
        plain: PlainPack {
            commit: id,
            entry: Vec::from([0x90]),
            objects: 2,
            sum,
        },
    }
}

#[test]
fn requests_for_one_release_wait_for_one_job() {
    let mut derivations = Derivations::default();
    let first = join(&mut derivations, "a", "1").unwrap();
    assert_eq!(join(&mut derivations, "a", "1"), Some(first));
    let started = start(&mut derivations);
    assert_eq!(started.len(), 1);
    assert_eq!(join(&mut derivations, "a", "1"), Some(first));
    assert_eq!(derivations.outcome(first), None);
    derivations.handle_ended(first, Ok(note()));
    for _ in 0..3 {
        assert_eq!(derivations.outcome(first), Some(Ok(note())));
        derivations.leave(first);
    }
    assert!(derivations.jobs.is_empty());
    let stopped = Some(Err(DeriveTrouble::Stopped));
    assert_eq!(derivations.outcome(first), stopped);
}

#[test]
fn a_request_after_the_end_is_another_job() {
    let mut derivations = Derivations::default();
    let first = join(&mut derivations, "a", "1").unwrap();
    start(&mut derivations);
    derivations.handle_ended(first, Err(DeriveTrouble::NoTarball));
    assert_ne!(join(&mut derivations, "a", "1"), Some(first));
    assert_ne!(join(&mut derivations, "a", "2"), Some(first));
}

#[test]
fn a_job_goes_on_when_nobody_waits_and_is_forgotten_at_its_end() {
    let mut derivations = Derivations::default();
    let queued = join(&mut derivations, "a", "1").unwrap();
    derivations.leave(queued);
    assert_eq!(start(&mut derivations).len(), 1);
    assert_eq!(derivations.open(), (0, 1));
    derivations.handle_ended(queued, Ok(note()));
    assert!(derivations.jobs.is_empty());
    assert_eq!(derivations.open(), (0, 0));
}

#[test]
fn no_more_run_or_wait_than_the_limits_say() {
    let mut derivations = Derivations::default();
    for tag in ["1", "2", "3"] {
        assert!(join(&mut derivations, "a", tag).is_some());
    }
    assert_eq!(join(&mut derivations, "a", "4"), None);
    let started = start(&mut derivations);
    assert_eq!(started.len(), 2);
    assert_eq!(derivations.open(), (1, 2));
    derivations.handle_ended(started[0].id, Ok(note()));
    derivations.handle_ended(started[0].id, Ok(note()));
    let next = start(&mut derivations);
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].tag.as_str(), "3");
}

#[test]
fn a_stop_ends_what_is_queued() {
    let mut derivations = Derivations::default();
    for tag in ["1", "2", "3"] {
        join(&mut derivations, "a", tag);
    }
    let started = start(&mut derivations);
    let stopped = derivations.handle_stop();
    assert_eq!(stopped.len(), 1);
    let outcome = derivations.outcome(stopped[0]);
    assert_eq!(outcome, Some(Err(DeriveTrouble::Stopped)));
    assert_eq!(derivations.outcome(started[0].id), None);
}

#[test]
fn trouble_says_what_to_do() {
    for (trouble, word, status) in [
        (DeriveTrouble::Store(StoreError::Full), "room", 503),
        (DeriveTrouble::Store(StoreError::ReadOnly), "may write", 503),
        (DeriveTrouble::NoTarball, "zigdepot verify", 500),
        (DeriveTrouble::Busy, "later", 503),
        (DeriveTrouble::Unpublished, "published", 404),
    ] {
        assert!(trouble.to_string().contains(word), "{trouble}");
        assert_eq!(trouble.status(), status);
    }
}
