use super::*;
use crate::store::ZigKind;
use crate::zig::archive::ArchiveName;

const HELD: u64 = 100;

fn name() -> ArchiveName {
    ArchiveName::parse("zig-x86_64-linux-0.14.1.tar.xz").unwrap()
}

fn key() -> StoreKey {
    StoreKey::zig(ZigKind::Stable, &name())
}

fn flying() -> (Flights, FlightId, FollowerId) {
    let mut flights = Flights::default();
    let flight = flights.open(Asset::Zig(name()), HELD);
    let follower = flights.join(flight, Appetite::Stream).unwrap();
    (flights, flight, follower)
}

#[test]
fn follower_gets_bytes_as_they_come_but_not_the_held_back_end() {
    let (mut flights, flight, follower) = flying();
    assert_eq!(flights.follow(follower, 0), Follow::Pending);
    flights.handle_opened(flight, Some(1000));
    assert_eq!(flights.follow(follower, 0), Follow::Pending);
    flights.handle_progress(flight, 10);
    assert_eq!(
        flights.follow(follower, 0),
        Follow::Bytes {
            total: 1000,
            released: 10
        }
    );
    assert_eq!(flights.follow(follower, 10), Follow::Pending);
    flights.handle_progress(flight, 1000);
    assert_eq!(
        flights.follow(follower, 10),
        Follow::Bytes {
            total: 1000,
            released: 900
        }
    );
    assert_eq!(flights.follow(follower, 900), Follow::Pending);
    flights.finish(flight, Ok(key()));
    assert_eq!(flights.follow(follower, 900), Follow::Published);
}

#[test]
fn file_no_longer_than_the_held_back_end_waits_whole() {
    let (mut flights, flight, follower) = flying();
    flights.handle_opened(flight, Some(HELD));
    flights.handle_progress(flight, HELD);
    assert_eq!(flights.follow(follower, 0), Follow::Pending);
}

#[test]
fn file_of_unknown_length_waits_whole() {
    let (mut flights, flight, follower) = flying();
    flights.handle_opened(flight, None);
    flights.handle_progress(flight, 10_000);
    assert_eq!(flights.follow(follower, 0), Follow::Pending);
}

#[test]
fn range_request_waits_for_the_outcome() {
    let (mut flights, flight, _) = flying();
    let ranged = flights.join(flight, Appetite::Outcome).unwrap();
    flights.handle_opened(flight, Some(1000));
    flights.handle_progress(flight, 500);
    assert_eq!(flights.follow(ranged, 0), Follow::Pending);
    flights.finish(flight, Ok(key()));
    assert_eq!(flights.follow(ranged, 0), Follow::Published);
}

#[test]
fn failure_reaches_every_follower() {
    let (mut flights, flight, follower) = flying();
    let late = flights.join(flight, Appetite::Stream).unwrap();
    flights.handle_opened(flight, Some(1000));
    flights.handle_progress(flight, 500);
    assert!(matches!(flights.follow(follower, 0), Follow::Bytes { .. }));
    flights.finish(flight, Err(Failure::NotFound));
    assert_eq!(
        flights.follow(follower, 500),
        Follow::Failed(Failure::NotFound)
    );
    assert_eq!(flights.follow(late, 0), Follow::Failed(Failure::NotFound));
}

#[test]
fn restart_cuts_only_those_that_had_begun() {
    let (mut flights, flight, begun) = flying();
    let waiting = flights.join(flight, Appetite::Outcome).unwrap();
    flights.handle_opened(flight, Some(1000));
    flights.handle_progress(flight, 500);
    assert!(matches!(flights.follow(begun, 0), Follow::Bytes { .. }));
    flights.handle_restarted(flight);
    assert_eq!(flights.follow(begun, 500), Follow::Failed(Failure::Changed));
    assert_eq!(flights.read_by(begun), None);
    assert_eq!(flights.read_by(waiting), Some(flight));
    assert_eq!(flights.follow(waiting, 0), Follow::Pending);
    flights.handle_opened(flight, Some(2000));
    flights.handle_progress(flight, 600);
    let fresh = flights.join(flight, Appetite::Stream).unwrap();
    assert_eq!(
        flights.follow(fresh, 0),
        Follow::Bytes {
            total: 2000,
            released: 600
        }
    );
}

#[test]
fn flight_goes_on_without_followers_and_leaves_nothing_behind() {
    let (mut flights, flight, follower) = flying();
    flights.leave(follower);
    assert_eq!(flights.under_way(), 1);
    assert!(flights.is_known(flight));
    flights.finish(flight, Ok(key()));
    assert!(!flights.is_known(flight));
    assert_eq!((flights.under_way(), flights.followers()), (0, 0));
}

#[test]
fn ended_flight_stays_until_its_last_follower_left() {
    let (mut flights, flight, follower) = flying();
    flights.finish(flight, Ok(key()));
    assert_eq!(flights.find(&Asset::Zig(name())), None);
    assert!(flights.is_known(flight));
    flights.leave(follower);
    assert!(!flights.is_known(flight));
}
