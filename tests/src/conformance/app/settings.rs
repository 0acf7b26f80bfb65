//! Settings: refused at start with one line that names them, rather than half obeyed.

use crate::conformance::depot::Plan;
use crate::host::{Ability, Host};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Settings];

/// A value that makes no sense is refused by name.
pub fn senseless_values_are_refused(host: &dyn Host) {
    let rows = [
        ("HTTP_PORT", "eighty"),
        ("HTTP_PORT", "65536"),
        ("BIND", "here"),
        ("BASE_URL", "mirror.example.org"),
        ("BASE_URL", "ftp://mirror.example.org"),
        ("ZIG_UPSTREAM_URL", "ftp://ziglang.org"),
        ("ZIG_UPSTREAM_URL", ""),
        ("ZIG_MINISIGN_KEY", "RWS"),
        ("ZIG_MINISIGN_KEY", ""),
        ("ZIG_PREFETCH", "sometimes"),
        ("STORE_MAX", "much"),
        ("DISK_RESERVE", "-1"),
        ("PURGE_TO_SIZE", "0"),
        ("PURGE_DEV_OLDER_THAN", "30"),
        ("MISS_RATE", "1"),
        ("MISS_RATE", "a,b"),
        ("TRUSTED_PROXIES", "everyone"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("UPSTREAM_ALLOW_PRIVATE", "10.0.0.0/33"),
        ("LOG", "loud"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("TIMEOUTS", "head=soon"),
        ("TIMEOUTS", "lunch=1s"),
        ("SSL_CERT_FILE", "/no/such/file"),
    ];
    for (name, value) in rows {
        refused_naming(&Plan::new(host).set(name, value), name);
    }
}

/// A setting whose feature is not built is refused, not ignored: TLS silently off would be a trap.
pub fn settings_of_unbuilt_features_are_refused(host: &dyn Host) {
    for (name, value) in [
        ("HTTPS_PORT", "8443"),
        ("ACME_DOMAIN", "mirror.example.org"),
    ] {
        refused_naming(&Plan::new(host).set(name, value), name);
    }
}

/// A template that cannot work stops the start, with its entry and its problem.
pub fn bad_templates_are_refused(host: &dyn Host) {
    for (name, value, expected) in [
        ("ZIG_PKG", "org", "no ::"),
        ("ZIG_PKG", "org::https://h/$REPO/$FIEL", "$FIEL"),
        ("ZIG_PKG", "org::https://h/$VERSION/$FILE", "$VERSION"),
        ("ZIG_PKG", "org::https://h/$REPO", "$FILE"),
        (
            "ZIG_PKG",
            "o::https://h/$FILE,o::https://i/$FILE",
            "entry 2",
        ),
        ("ZIG_ARTIFACT", "org::https://$REPO/$FILE", "host"),
        ("ZIG_ARTIFACT", "org::https://h$FILE", "host"),
        ("ZIG_ARTIFACT", "org::ftp://h/$FILE", "http"),
    ] {
        refused_naming(&Plan::new(host).set(name, value), name);
        refused_naming(&Plan::new(host).set(name, value), expected);
    }
}

/// Two names of one setting that disagree are refused.
pub fn disagreeing_aliases_are_refused(host: &dyn Host) {
    refused_naming(
        &Plan::new(host)
            .set("PACKBASE_PORT", "4711")
            .set("HTTP_PORT", "4712"),
        "PACKBASE_PORT",
    );
    refused_naming(
        &Plan::new(host).set("PACKBASE_ROOT", "elsewhere"),
        "PACKBASE_ROOT",
    );
}

/// Aliases from the older programs work.
pub fn aliases_are_accepted(host: &dyn Host) {
    let mut plan = Plan::new(host).set("PACKBASE_PORT", "0");
    plan.settings.unset("HTTP_PORT");
    plan.start().warm_release();
}

/// Each variable is a flag, too, and the flag wins.
pub fn flags_are_accepted(host: &dyn Host) {
    let mut plan = Plan::new(host).set("HTTP_PORT", "1").set("LOG", "off");
    plan.settings
        .argument("--http-port")
        .argument("0")
        .argument("--log=debug");
    plan.start().warm_release();
}

/// Flags that do not exist are refused.
pub fn unknown_flags_are_refused(host: &dyn Host) {
    for flag in ["--no-such-flag", "--http-prot=1", "stray"] {
        let mut plan = Plan::new(host);
        plan.settings.argument(flag);
        refused_naming(&plan, flag.split('=').next().unwrap_or(flag));
    }
}

/// A port that is taken is refused with its number.
pub fn taken_port_is_refused(host: &dyn Host) {
    let plan = Plan::new(host);
    let port = plan.upstream.address().port().to_string();
    refused_naming(&plan.set("HTTP_PORT", &port), &port);
}

/// The log says what was asked, one line a request.
pub fn each_request_is_logged_once(host: &dyn Host) {
    let depot = Plan::new(host).set("LOG", "info").start();
    depot.warm_release();
    depot.get("/nothing-there-4711").expect(404);
    depot.running.wait_for_log(&["404", "GET"]);
    let served = depot.running.wait_for_log(&["200", "GET"]);
    let same = depot
        .running
        .log()
        .iter()
        .filter(|line| **line == served)
        .count();
    assert_eq!(same, 1);
}

#[track_caller]
fn refused_naming(plan: &Plan<'_>, name: &str) {
    let refused = plan.refused();
    let status = refused
        .status
        .unwrap_or_else(|| panic!("{name}: it neither listens nor ends"));
    assert!(!status.success(), "{name}: {status}");
    assert_eq!(refused.log.len(), 1, "{name}: one line: {:#?}", refused.log);
    let line = refused.log[0].to_lowercase();
    assert!(line.contains(&name.to_lowercase()), "{name}: {line}");
}
