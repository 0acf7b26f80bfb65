use alloc::format;
use alloc::vec;

use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000);

fn remote(host: &str, name: &str) -> Origin {
    Origin::Remote(Remote::parse(&format!("https://{host}/o/{name}")).unwrap())
}

fn package(name: &str) -> PackageName {
    PackageName::parse(name).unwrap()
}

fn limits() -> Limits {
    Limits {
        ingests: 2,
        ingests_waiting: 3,
        ingests_told: 2,
        ..Limits::default()
    }
}

fn ask(ingests: &mut Ingests, host: &str, name: &str) -> Option<JobId> {
    ingests.request(package(name), remote(host, name), NOW, &limits())
}

fn start(ingests: &mut Ingests) -> Vec<IngestOrder> {
    core::iter::from_fn(|| ingests.poll_start(&limits())).collect()
}

fn end(ingests: &mut Ingests, order: &IngestOrder) {
    ingests.handle_ended(order.job, Err(IngestFailure::NoTags), &limits());
}

#[test]
fn two_requests_for_one_package_are_one_job() {
    let mut ingests = Ingests::default();
    let first = ask(&mut ingests, "a", "x").unwrap();
    assert_eq!(ask(&mut ingests, "a", "x"), Some(first));
    let started = start(&mut ingests);
    assert_eq!(started.len(), 1);
    assert_eq!(ask(&mut ingests, "a", "x"), Some(first));
    end(&mut ingests, &started[0]);
    assert_ne!(ask(&mut ingests, "a", "x"), Some(first));
}

#[test]
fn one_name_from_two_places_is_brought_one_after_the_other() {
    let mut ingests = Ingests::default();
    let one = ingests.request(package("x"), remote("a", "x"), NOW, &limits());
    let other = ingests.request(package("X"), remote("b", "x"), NOW, &limits());
    assert_ne!(one, other);
    let started = start(&mut ingests);
    assert_eq!(started.len(), 1);
    end(&mut ingests, &started[0]);
    assert_eq!(start(&mut ingests).len(), 1);
}

#[test]
fn a_host_is_asked_by_one_job_at_a_time_and_rests_in_between() {
    let mut ingests = Ingests::default();
    for (host, name) in [("a", "x"), ("a", "y"), ("b", "z")] {
        ask(&mut ingests, host, name);
    }
    let started = start(&mut ingests);
    let names: Vec<_> = started.iter().map(|order| order.package.as_str()).collect();
    assert_eq!(names, ["x", "z"]);
    end(&mut ingests, &started[0]);
    assert_eq!(start(&mut ingests), vec![]);
    ingests.handle_rested(&started[0]);
    assert_eq!(start(&mut ingests).len(), 1);
}

#[test]
fn too_many_jobs_are_not_taken() {
    let mut ingests = Ingests::default();
    for name in ["a", "b", "c"] {
        assert!(ask(&mut ingests, "h", name).is_some());
    }
    assert_eq!(ask(&mut ingests, "h", "d"), None);
    assert!(ask(&mut ingests, "h", "a").is_some(), "it waits already");
    start(&mut ingests);
    assert!(ask(&mut ingests, "h", "d").is_some());
}

#[test]
fn ended_jobs_are_told_of_until_newer_ones_have_ended() {
    let mut ingests = Ingests::default();
    let mut jobs = Vec::new();
    for name in ["a", "b", "c"] {
        jobs.extend(ask(&mut ingests, "h", name));
        let started = start(&mut ingests);
        end(&mut ingests, &started[0]);
        ingests.handle_rested(&started[0]);
    }
    let is_told: Vec<_> = jobs.iter().map(|job| ingests.job(*job).is_some()).collect();
    assert_eq!(is_told, [false, true, true]);
}

#[test]
fn progress_of_a_job_that_has_ended_is_not_its_state() {
    let mut ingests = Ingests::default();
    let job = ask(&mut ingests, "h", "a").unwrap();
    let started = start(&mut ingests);
    let progress = Progress {
        refs: 3,
        ..Progress::default()
    };
    ingests.handle_progress(job, progress);
    assert_eq!(ingests.job(job).unwrap().state, JobState::Running(progress));
    end(&mut ingests, &started[0]);
    ingests.handle_progress(job, progress);
    assert!(matches!(
        ingests.job(job).unwrap().state,
        JobState::Ended(..)
    ));
}

#[test]
fn a_stop_ends_what_waits() {
    let mut ingests = Ingests::default();
    let jobs = [ask(&mut ingests, "h", "a"), ask(&mut ingests, "h", "b")];
    assert_eq!(ingests.handle_stop(&limits()).len(), 2);
    for job in jobs.into_iter().flatten() {
        let state = &ingests.job(job).unwrap().state;
        let outcome = Err(IngestFailure::Stopped);
        assert_eq!(*state, JobState::Ended(Progress::default(), outcome));
    }
    assert_eq!(ingests.open(), (0, 0));
}

#[test]
fn numbers_of_jobs_are_not_given_twice_and_read_back() {
    let mut ingests = Ingests::default();
    let one = ask(&mut ingests, "h", "a").unwrap();
    let two = ask(&mut ingests, "h", "b").unwrap();
    assert!(two > one);
    assert_eq!(JobId::parse(&format!("{one}")), Some(one));
    for text in ["", "1", "g000000000000000", "+000000000000001"] {
        assert_eq!(JobId::parse(text), None, "{text}");
    }
    let later = Ingests::default().request(
        package("a"),
        remote("h", "a"),
        Timestamp(NOW.0 + 1),
        &limits(),
    );
    assert!(later > Some(two));
}
