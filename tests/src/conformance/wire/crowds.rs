//! Many connections: idle ones cost little, greedy clients are capped, others are served.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::client::Connection;
use crate::conformance::depot::Depot;
use crate::host::{Ability, Host};
use crate::tools::not_here;

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Wire, Ability::Peers];

/// A thousand idle connections of a hundred clients leave room for one more.
pub fn thousand_idle_connections_leave_room(host: &dyn Host) {
    let Some(()) = room_for(1200) else { return };
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let before = depot.running.resident();
    let idle: Vec<Connection> = (0..100)
        .flat_map(|client| (0..10).map(move |_| client))
        .map(|client| depot.connect_from([127, 0, 1, client]))
        .collect();
    depot
        .zig(crate::conformance::depot::RELEASE)
        .expect_bytes(&bytes);
    if let (Some(before), Some(after)) = (before, depot.running.resident()) {
        assert!(
            after.saturating_sub(before) < 32 << 20,
            "{before} -> {after} bytes resident"
        );
    }
    drop(idle);
    depot
        .zig(crate::conformance::depot::RELEASE)
        .expect_bytes(&bytes);
}

/// One client that opens all the connections it can leaves others their share.
pub fn greedy_client_is_capped(host: &dyn Host) {
    let Some(()) = room_for(1700) else { return };
    let depot = Depot::new(host);
    let bytes = depot.warm_release();
    let mut greedy: Vec<Connection> = (0..1500)
        .map(|_| {
            let mut connection = depot.connect_from([127, 0, 0, 77]);
            connection.send("GET / HTTP/1.1\r\n");
            connection
        })
        .collect();
    let mut other = depot.connect_from([127, 0, 0, 78]);
    let path = format!("/zig/{}", crate::conformance::depot::RELEASE);
    other
        .request("GET", &path, &[])
        .expect("an answer")
        .expect_bytes(&bytes);
    let last = greedy.last_mut().expect("there are many");
    match last.response("GET") {
        Ok(answer) => assert!(matches!(answer.status(), 429 | 503), "{}", answer.status()),
        Err(broken) => assert!(broken.is_end(), "the cap is above 1500: {broken:?}"),
    }
}

/// Raises this process's limit of open files if need be; its children inherit it.
fn room_for(files: u64) -> Option<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= files) {
        return Some(());
    }
    let raised = Rlimit {
        current: limit.maximum.or(Some(files)),
        maximum: limit.maximum,
    };
    let enough = limit.maximum.is_none_or(|maximum| maximum >= files);
    if enough && setrlimit(Resource::Nofile, raised).is_ok() {
        return Some(());
    }
    not_here(&format!("fewer than {files} open files"));
    None
}
