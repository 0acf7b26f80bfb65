//! The way out through a proxy.

use crate::conformance::depot::{Plan, RELEASE, SMALL, bytes_of, expect_trouble};
use crate::host::{Ability, Host};
use crate::stand_in::refused_address;

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Proxies];

/// With `HTTP_PROXY` the upstream is asked through it, without resolving its name here.
pub fn upstream_is_reached_through_the_proxy(host: &dyn Host) {
    for name in ["HTTP_PROXY", "http_proxy"] {
        let plan = Plan::new(host).set("ZIG_UPSTREAM_URL", "http://ziglang.invalid");
        let proxy = plan.upstream.url();
        let depot = plan.set(name, &proxy).start();
        let bytes = bytes_of(1, SMALL);
        depot.upstream().publish(RELEASE, &bytes);
        depot.zig(RELEASE).expect_bytes(&bytes);
        let seen = depot.upstream().requests();
        assert!(
            seen.iter()
                .any(|seen| seen.target.contains("ziglang.invalid")),
            "{seen:#?}"
        );
    }
}

/// Hosts in `NO_PROXY` are asked directly.
pub fn hosts_in_no_proxy_are_asked_directly(host: &dyn Host) {
    let proxy = format!("http://{}", refused_address());
    let plan = Plan::new(host)
        .set("HTTP_PROXY", &proxy)
        .set("NO_PROXY", "example.org, 127.0.0.1");
    let depot = plan.start();
    depot.warm_release();
}

/// A proxy that is not there is trouble, not a reason to go around it.
pub fn missing_proxy_is_trouble(host: &dyn Host) {
    let depot = Plan::new(host)
        .set("HTTP_PROXY", &format!("http://{}", refused_address()))
        .start();
    depot.upstream().publish(RELEASE, &bytes_of(2, SMALL));
    expect_trouble(depot.zig(RELEASE));
    assert_eq!(depot.upstream().total(), 0);
}
