//! Upstreams with TLS: whom the server trusts, and that it never leaves TLS by a redirect.

use crate::conformance::depot::{Plan, RELEASE, expect_trouble};
use crate::host::{Ability, Host};
use crate::stand_in::{File, TlsZiglang};

/// What these cases need.
pub const NEEDS: &[Ability] = &[Ability::Tls];

const BYTES: &str = "a toolchain";

/// A private authority is trusted if `SSL_CERT_FILE` names it, and not otherwise.
pub fn private_authority_is_trusted_only_if_named(host: &dyn Host) {
    let Some(tls) = TlsZiglang::start(RELEASE, BYTES, None) else {
        return;
    };
    expect_trouble(plan(host, &tls).start().zig(RELEASE));
    let authority = tls.authority();
    let trusting = plan(host, &tls).set("SSL_CERT_FILE", authority.to_str().expect("UTF-8"));
    trusting.start().zig(RELEASE).expect_bytes(BYTES.as_bytes());
}

/// A certificate counts only for the names that it holds.
pub fn certificate_of_another_name_is_refused(host: &dyn Host) {
    let Some(tls) = TlsZiglang::start(RELEASE, BYTES, None) else {
        return;
    };
    let authority = tls.authority();
    let url = tls.url().replace("localhost", "127.0.0.1");
    let plan = plan(host, &tls).set("SSL_CERT_FILE", authority.to_str().expect("UTF-8"));
    expect_trouble(plan.set("ZIG_UPSTREAM_URL", &url).start().zig(RELEASE));
}

/// A redirect from https to http is refused: nobody on the way may choose the bytes.
pub fn redirect_out_of_tls_is_refused(host: &dyn Host) {
    let http = Plan::new(host).upstream;
    http.otherwise(File::new(BYTES.as_bytes()));
    let location = format!("{}/file", http.url());
    let Some(tls) = TlsZiglang::start(RELEASE, BYTES, Some(&location)) else {
        return;
    };
    let authority = tls.authority();
    let plan = plan(host, &tls).set("SSL_CERT_FILE", authority.to_str().expect("UTF-8"));
    expect_trouble(
        plan.set("UPSTREAM_ALLOW_PRIVATE", "true")
            .start()
            .zig(RELEASE),
    );
    assert_eq!(http.total(), 0);
}

fn plan<'h>(host: &'h dyn Host, tls: &TlsZiglang) -> Plan<'h> {
    let plan = Plan::new(host).set("ZIG_UPSTREAM_URL", &tls.url());
    plan.set("ZIG_MINISIGN_KEY", &tls.key().public_text())
}
