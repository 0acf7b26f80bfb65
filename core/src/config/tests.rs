use alloc::string::ToString;

use super::*;

#[test]
fn nothing_given_gives_the_documented_defaults() {
    let config = Config::parse(&Given::new()).unwrap();
    assert_eq!(config.http_port, 8080);
    assert_eq!(config.bind, ANY);
    assert_eq!(config.base_url_at(8080), "http://localhost:8080");
    assert_eq!(config.zig_upstream.to_string(), "https://ziglang.org/");
    assert_eq!(config.disk_reserve, 512 << 20);
    assert!(config.minisign_keys.is_some());
    assert_eq!(config.limits, Limits::default());
}

#[test]
fn bad_value_names_the_setting_and_what_is_expected() {
    for (name, value) in [
        ("HTTP_PORT", "65536"),
        ("HTTP_PORT", ""),
        ("BIND", "localhost"),
        ("BASE_URL", "zig.example.org"),
        ("ZIG_UPSTREAM_URL", "ftp://ziglang.org"),
        ("ZIG_MINISIGN_KEY", "RWxyz"),
        ("STORE_MAX", "40 GB"),
        ("DISK_RESERVE", "-1"),
        ("MISS_RATE", "10"),
        ("MISS_RATE", "0,0"),
        ("TRUSTED_PROXIES", "10.0.0.0/40"),
        ("UPSTREAM_ALLOW_PRIVATE", "yes please"),
        ("HTTPS_PROXY", "socks5://localhost:1080"),
        ("WORKERS", "0"),
        ("TIMEOUTS", "head=10"),
        ("TIMEOUTS", "nap=10s"),
        ("TIMEOUTS", "idle=0s"),
        ("LOG", "verbose"),
        ("HTTPS_PORT", "8443"),
        ("ZIG_PREFETCH", "sometimes"),
    ] {
        let error = Config::parse(&given(&[(name, value)])).unwrap_err();
        let line = error.to_string();
        assert!(line.starts_with(&format!("{name}=")), "{line}");
        assert!(!line.contains('\n'));
    }
}

#[test]
fn aliases_that_disagree_are_refused() {
    let error = Config::parse(&given(&[("HTTP_PORT", "1"), ("PACKBASE_PORT", "2")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "HTTP_PORT=1: PACKBASE_PORT=2 says otherwise; set one of the two"
    );
    let config = Config::parse(&given(&[("PACKBASE_PORT", "2")])).unwrap();
    assert_eq!(config.http_port, 2);
}

#[test]
fn empty_nominated_base_means_none() {
    let config = Config::parse(&given(&[("ZIG_NOMINATED_VERSION_BASE_URL", "")])).unwrap();
    assert!(config.nominated_base.is_none());
}

#[test]
fn operators_hosts_are_known_by_host_and_port() {
    let config = Config::parse(&given(&[("ZIG_UPSTREAM_URL", "http://127.0.0.1:81/x/")])).unwrap();
    assert!(config.is_operators(&Url::parse("http://127.0.0.1:81/other").unwrap()));
    let other = Url::parse("http://127.0.0.1:82/x").unwrap();
    assert!(!config.is_operators(&other));
    let named = Config {
        named: [Url::parse("http://127.0.0.1:82/named").unwrap()].into(),
        ..config
    };
    assert!(named.is_operators(&other));
}

#[test]
fn url_that_paths_are_appended_to_has_no_query() {
    for name in ["BASE_URL", "ZIG_UPSTREAM_URL"] {
        for url in ["https://h/x?y=1", "https://h/#f"] {
            let error = Config::parse(&given(&[(name, url)])).unwrap_err();
            assert_eq!((&*error.setting, &*error.value), (name, url));
        }
    }
}

#[test]
fn waits_are_changed_one_by_one() {
    let config = Config::parse(&given(&[("TIMEOUTS", "head=300ms, retry=5ms")])).unwrap();
    assert_eq!(config.limits.head_wait.as_millis(), 300);
    assert_eq!(config.limits.retry_wait.as_millis(), 5);
    assert_eq!(config.limits.idle_wait, Limits::default().idle_wait);
}

fn given(pairs: &[(&str, &str)]) -> Given {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn mirror_that_is_the_nominated_host_does_not_call_itself() {
    let config = Config::parse(&given(&[("BASE_URL", "https://pkg.hexops.org")])).unwrap();
    assert!(config.nominated_base.is_none() && config.nominated_index.is_none());
    let config = Config::parse(&given(&[("BASE_URL", "https://zig.example.org")])).unwrap();
    assert!(config.nominated_base.is_some() && config.nominated_index.is_some());
}

#[test]
fn template_that_leads_back_is_refused_without_a_public_url_too() {
    for (setting, url) in [
        ("BASE_URL", "https://zig.example.org"),
        ("HTTP_PORT", "8081"),
    ] {
        let host = url.strip_prefix("https://").unwrap_or("localhost:8081");
        let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
        let template = format!("o::{scheme}://{host}/pkg/o/$REPO/$FILE");
        let error = Config::parse(&given(&[(setting, url), ("ZIG_PKG", &template)])).unwrap_err();
        assert!(error.to_string().contains("this server itself"), "{error}");
    }
}
