use super::*;
use crate::app::failure::UpstreamError;
use crate::config::Given;
use crate::store::ZigKind;
use crate::time::Timestamp;
use crate::zig::archive::ArchiveName;
use crate::zig::index::{self, Index};

const DEV: &str = "zig-x86_64-linux-0.16.0-dev.1+abcdef012.tar.xz";
const DEV_VERSION: &str = "0.16.0-dev.1+abcdef012";
const CLIENT: Cause = Cause::Client {
    address: IpAddr::V4(core::net::Ipv4Addr::new(1, 2, 3, 4)),
    spurs_prefetch: true,
};

fn app(settings: &[(&str, &str)]) -> App {
    let given: Given = settings
        .iter()
        .map(|(n, v)| ((*n).into(), (*v).into()))
        .collect();
    App::new(
        Arc::new(Config::parse(&given).unwrap()),
        "http://localhost:8080".into(),
    )
}

fn asset(name: &str) -> Asset {
    Asset::Zig(ArchiveName::parse(name).unwrap())
}

fn at(millis: u64) -> Now {
    Now {
        instant: Instant(millis),
        unix: Timestamp(0),
    }
}

fn effects(app: &mut App) -> Vec<Effect> {
    core::iter::from_fn(|| app.poll_effect()).collect()
}

/// Indexes in which `version` is nominated and a later one is master.
fn nominating(version: &str) -> Catalog {
    let parse =
        |text: String| Index::parse(text.as_bytes(), &index::IndexLimits::default()).unwrap();
    let target = |name: &str| {
        let digest = "ab".repeat(32);
        alloc::format!(r#"{{"tarball":"https://h/{name}","shasum":"{digest}","size":"7"}}"#)
    };
    let master = target("zig-0.16.0-dev.9+abcdef012.tar.xz");
    let official = parse(alloc::format!(
        r#"{{"master":{{"version":"0.16.0-dev.9+abcdef012","src":{master}}}}}"#
    ));
    let source = target(&alloc::format!("zig-{version}.tar.xz"));
    let nominated = parse(alloc::format!(
        r#"{{"2026.1.0-mach":{{"version":"{version}","src":{source}}}}}"#
    ));
    index::catalog(&official, Some(&nominated))
}

fn fill_order(app: &mut App) -> FillOrder {
    let mut orders = effects(app).into_iter().filter_map(|effect| match effect {
        Effect::Start(Job::Fill(order)) => Some(*order),
        Effect::Start(
            Job::Move(_)
            | Job::Refresh(_)
            | Job::Prefetch
            | Job::Purge(_)
            | Job::Ingest(_)
            | Job::Derive(_)
            | Job::Update,
        )
        | Effect::Wake(_)
        | Effect::Ended(_)
        | Effect::Derived(_) => None,
    });
    let order = orders.next().expect("a fill was started");
    assert!(orders.next().is_none(), "only one");
    order
}

#[test]
fn second_request_joins_running_fill() {
    let mut app = app(&[]);
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    let order = fill_order(&mut app);
    assert_eq!(order.sources[0].path(), alloc::format!("/builds/{DEV}"));
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(1))
        .unwrap();
    assert_eq!(effects(&mut app), []);
    assert_eq!(app.flights().under_way(), 1);
}

#[test]
fn old_dev_versions_are_looked_for_once_an_hour_where_house_is_kept() {
    /// In milliseconds.
    const HOUR: u64 = 3_600_000;
    let purges = |app: &mut App, millis| {
        let due = app.handle_time(Instant(millis));
        let is_purge = |effect: &Effect| matches!(effect, Effect::Start(Job::Purge(_)));
        (effects(app).iter().filter(|e| is_purge(e)).count(), due)
    };
    let mut app = app(&[("PURGE_DEV_OLDER_THAN", "30d")]);
    assert_eq!(
        purges(&mut app, 0).0,
        0,
        "a process for one request keeps no house"
    );
    app.handle_keeper(Instant(5));
    assert_eq!(app.due(), Instant(5));
    assert_eq!(purges(&mut app, 5).0, 1);
    assert_eq!(purges(&mut app, HOUR + 4).0, 0);
    assert_eq!(purges(&mut app, HOUR + 5).0, 1);
    app.handle_stop();
    assert_eq!(purges(&mut app, 3 * HOUR), (0, Instant::NEVER));
    let mut app = self::app(&[]);
    app.handle_keeper(Instant(5));
    assert_eq!(purges(&mut app, 5).0, 0, "it is off");
}

#[test]
fn missing_upstream_is_remembered_for_a_while() {
    let mut app = app(&[("TIMEOUTS", "missing=90s")]);
    let follower = app
        .join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    let order = fill_order(&mut app);
    app.handle_filled(&order, Err(Failure::NotFound), Instant(0));
    assert_eq!(effects(&mut app), [Effect::Wake(follower)]);
    app.leave(follower);
    let refused = app
        .join(&asset(DEV), Appetite::Stream, CLIENT, at(89_999))
        .unwrap_err();
    assert_eq!(refused, Refused::Failure(Failure::NotFound));
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(90_000))
        .unwrap();
    fill_order(&mut app);
}

#[test]
fn what_is_newer_than_master_is_missing_for_a_shorter_while() {
    let mut app = app(&[]);
    app.handle_catalog(nominating(DEV_VERSION));
    let newer = asset("zig-0.16.0-dev.10+abcdef012.tar.xz");
    let follower = app.join(&newer, Appetite::Stream, CLIENT, at(0)).unwrap();
    let order = fill_order(&mut app);
    app.handle_filled(&order, Err(Failure::NotFound), Instant(0));
    app.leave(follower);
    assert!(
        app.join(&newer, Appetite::Stream, CLIENT, at(9_999))
            .is_err()
    );
    assert!(
        app.join(&newer, Appetite::Stream, CLIENT, at(10_000))
            .is_ok()
    );
}

#[test]
fn other_trouble_is_never_remembered() {
    for failure in [
        Failure::Upstream(UpstreamError::Status(403)),
        Failure::Upstream(UpstreamError::Timeout),
        Failure::Unsigned,
        Failure::Store(crate::store::StoreError::Full),
    ] {
        let mut app = app(&[]);
        let follower = app
            .join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
            .unwrap();
        let order = fill_order(&mut app);
        app.handle_filled(&order, Err(failure), Instant(0));
        app.leave(follower);
        effects(&mut app);
        app.join(&asset(DEV), Appetite::Stream, CLIENT, at(1))
            .unwrap();
        fill_order(&mut app);
        assert_eq!(app.counts().failed.get(failure.kind()), Some(&1));
    }
}

#[test]
fn limiter_counts_only_requests_that_open_a_flight() {
    let mut app = app(&[("MISS_RATE", "1,10")]);
    for _ in 0..5 {
        app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
            .unwrap();
    }
    let refused = app
        .join(&asset("zig-0.14.1.tar.xz"), Appetite::Stream, CLIENT, at(0))
        .unwrap_err();
    assert_eq!(refused, Refused::TooMany(60));
    app.join(
        &asset("zig-0.14.1.tar.xz"),
        Appetite::Stream,
        Cause::Job,
        at(0),
    )
    .unwrap();
}

#[test]
fn caps_on_flights_and_followers_answer_503() {
    let mut app = app(&[("MISS_RATE", "off")]);
    let mut config = (*app.config).clone();
    config.limits.flights = 1;
    config.limits.followers = 2;
    app.config = Arc::new(config);
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    let busy = app
        .join(&asset("zig-0.14.1.tar.xz"), Appetite::Stream, CLIENT, at(0))
        .unwrap_err();
    assert_eq!(busy, Refused::Failure(Failure::Busy));
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    let full = app
        .join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap_err();
    assert_eq!(full, Refused::Failure(Failure::Busy));
}

#[test]
fn nominated_version_moves_and_comes_from_its_own_upstream() {
    let mut app = app(&[]);
    let places = app.places(&asset(DEV));
    assert!(places[0].as_str().starts_with("zig/dev/"));
    app.handle_catalog(nominating(DEV_VERSION));
    let moves = effects(&mut app);
    let [Effect::Start(Job::Move(order))] = moves.as_slice() else {
        panic!("{moves:?}")
    };
    assert_eq!(order.from.as_str(), alloc::format!("zig/dev/{DEV_VERSION}"));
    assert_eq!(
        order.to.as_str(),
        alloc::format!("zig/nominated/{DEV_VERSION}")
    );
    assert!(
        app.places(&asset(DEV))[0]
            .as_str()
            .starts_with("zig/nominated/")
    );
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    let fill = fill_order(&mut app);
    assert_eq!(fill.sources[0].host(), "pkg.hexops.org");
    assert_eq!(fill.sources[1].host(), "ziglang.org");
}

#[test]
fn misplaced_file_is_moved_once() {
    let mut app = app(&[]);
    let release = asset("zig-0.14.1.tar.xz");
    let stray = release.places(ZigKind::Dev)[0].clone();
    app.handle_misplaced(&release, &stray);
    app.handle_misplaced(&release, &stray);
    let moves = effects(&mut app);
    let [Effect::Start(Job::Move(order))] = moves.as_slice() else {
        panic!("{moves:?}")
    };
    assert_eq!(
        (order.from.as_str(), order.to.as_str()),
        ("zig/dev/0.14.1", "zig/stable/0.14.1")
    );
    app.handle_moved(order);
    app.handle_misplaced(&release, &stray);
    assert_eq!(effects(&mut app).len(), 1);
    let dev = asset(DEV);
    app.handle_misplaced(&dev, &dev.places(ZigKind::Nominated)[0]);
    assert_eq!(effects(&mut app), []);
}

#[test]
fn stopping_server_opens_no_flight_but_lets_others_end() {
    let mut app = app(&[]);
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(0))
        .unwrap();
    app.handle_stop();
    app.join(&asset(DEV), Appetite::Stream, CLIENT, at(1))
        .unwrap();
    let refused = app
        .join(&asset("zig-0.14.1.tar.xz"), Appetite::Stream, CLIENT, at(1))
        .unwrap_err();
    assert_eq!(refused, Refused::Failure(Failure::Stopped));
}
