//! Tests of URLs and of redirects between them.

use std::string::ToString;

use super::*;

#[test]
fn parts_of_a_url() {
    let url = url("HTTPS://Example.COM:8443/a/b?c=d#e");
    assert_eq!(url.scheme(), Scheme::Https);
    assert_eq!(
        (url.host(), url.port(), url.host_ip()),
        ("example.com", 8443, None)
    );
    assert_eq!((url.target(), url.path()), ("/a/b?c=d", "/a/b"));
    assert_eq!(url.authority(), "example.com:8443");
    assert_eq!(url.to_string(), "https://example.com:8443/a/b?c=d");
}

#[test]
fn urls_in_their_written_form() {
    let table = [
        ("http://a", "http://a/"),
        ("http://a?q", "http://a/?q"),
        ("http://a#f", "http://a/"),
        ("http://a:80/", "http://a/"),
        ("https://a:443/x", "https://a/x"),
        ("https://a:80/x", "https://a:80/x"),
        ("http://a:/x", "http://a/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://[0:0::1]", "http://[::1]/"),
        ("http://127.0.0.1/a/../b//c", "http://127.0.0.1/a/../b//c"),
        ("http://a/%2F+~?a=b?c", "http://a/%2F+~?a=b?c"),
        ("http://a/\u{e4}", "http://a/%C3%A4"),
        ("http://a/x@y:z", "http://a/x@y:z"),
    ];
    for (written, expected) in table {
        let parsed = url(written);
        assert_eq!(parsed.to_string(), expected);
        assert_eq!(Url::parse(expected), Ok(parsed));
    }
}

#[test]
fn addresses_are_known_as_such() {
    assert_eq!(url("http://[::1]/").host(), "::1");
    assert_eq!(url("http://[::1]/").host_ip(), "::1".parse().ok());
    assert_eq!(url("http://10.0.0.1/").host_ip(), "10.0.0.1".parse().ok());
}

#[test]
fn urls_that_are_refused() {
    let table = [
        ("", UrlError::NotAbsolute),
        ("example.com/a", UrlError::NotAbsolute),
        ("http:/a", UrlError::NotAbsolute),
        ("ftp://a/", UrlError::Scheme),
        ("://a/", UrlError::Scheme),
        ("file:///etc/passwd", UrlError::Scheme),
        ("http://", UrlError::Host),
        ("http:///a", UrlError::Host),
        ("http://user@a/", UrlError::Userinfo),
        ("http://user:pw@a/", UrlError::Userinfo),
        ("http://good.example\\@evil.example/", UrlError::Userinfo),
        ("http://good.example\\.evil/", UrlError::Host),
        ("http://127.1/", UrlError::Host),
        ("http://0x7f.1/", UrlError::Host),
        ("http://2130706433/", UrlError::Host),
        ("http://[::1/", UrlError::Host),
        ("http://::1/", UrlError::Port),
        ("http://a:0/", UrlError::Port),
        ("http://a:65536/", UrlError::Port),
        ("http://a:+80/", UrlError::Port),
        ("http://a/b c", UrlError::BadCharacter),
        (" http://a/", UrlError::BadCharacter),
        ("http://a/\r\nX: y", UrlError::BadCharacter),
        ("http://a/\u{7f}", UrlError::BadCharacter),
        ("http://a/\u{a0}", UrlError::BadCharacter),
    ];
    for (written, error) in table {
        assert_eq!(Url::parse(written), Err(error), "{written}");
    }
    assert_eq!(
        Url::parse(&("http://a/".to_string() + &"a".repeat(8192))),
        Err(UrlError::TooLong)
    );
    assert_eq!(
        Url::parse(&("http://a/".to_string() + &"\u{e4}".repeat(4000))),
        Err(UrlError::TooLong)
    );
}

/// The examples of RFC 3986 5.4, with its base.
#[test]
fn redirects_resolve_as_rfc_3986_says() {
    let table = [
        ("g", "/b/c/g"),
        ("./g", "/b/c/g"),
        ("g/", "/b/c/g/"),
        ("/g", "/g"),
        ("?y", "/b/c/d;p?y"),
        ("g?y", "/b/c/g?y"),
        ("#s", "/b/c/d;p?q"),
        ("g#s", "/b/c/g"),
        (";x", "/b/c/;x"),
        ("", "/b/c/d;p?q"),
        (".", "/b/c/"),
        ("./", "/b/c/"),
        ("..", "/b/"),
        ("../", "/b/"),
        ("../g", "/b/g"),
        ("../..", "/"),
        ("../../g", "/g"),
        ("../../../g", "/g"),
        ("/./g", "/g"),
        ("/../g", "/g"),
        ("g.", "/b/c/g."),
        ("..g", "/b/c/..g"),
        ("./../g", "/b/g"),
        ("./g/.", "/b/c/g/"),
        ("g/./h", "/b/c/g/h"),
        ("g/../h", "/b/c/h"),
        ("g?y/../x", "/b/c/g?y/../x"),
        ("g#s/../x", "/b/c/g"),
        ("a//b/../c", "/b/c/a//c"),
    ];
    let base = url("http://a/b/c/d;p?q");
    for (location, target) in table {
        let joined = base.join(location);
        assert_eq!(joined.as_ref().map(Url::target), Ok(target), "{location}");
        assert_eq!(joined.as_ref().map(Url::host), Ok("a"));
    }
}

#[test]
fn redirects_to_another_host() {
    let base = url("https://a:8443/b");
    let joined = |location| base.join(location).map(|url| url.to_string());
    assert_eq!(joined("https://B/x#y").as_deref(), Ok("https://b/x"));
    assert_eq!(joined("//b/x").as_deref(), Ok("https://b/x"));
    assert_eq!(joined("/x").as_deref(), Ok("https://a:8443/x"));
    assert_eq!(
        joined("x?u=http://c/").as_deref(),
        Ok("https://a:8443/x?u=http://c/")
    );
}

#[test]
fn redirects_that_are_refused() {
    let base = url("https://a/b");
    let table = [
        ("http://a/b", UrlError::Downgrade),
        ("ftp://a/b", UrlError::Scheme),
        ("javascript:alert(1)", UrlError::NotAbsolute),
        ("https:b", UrlError::NotAbsolute),
        ("//u@b/", UrlError::Userinfo),
        ("//", UrlError::Host),
        ("//127.1/", UrlError::Host),
        ("/a b", UrlError::BadCharacter),
        ("/a\nb", UrlError::BadCharacter),
    ];
    for (location, error) in table {
        assert_eq!(base.join(location), Err(error), "{location}");
    }
}

#[test]
fn redirect_from_http_to_https_is_followed() {
    let joined = url("http://a/b").join("https://a/b");
    assert_eq!(joined.map(|url| url.port()), Ok(443));
}

fn url(written: &str) -> Url {
    Url::parse(written).unwrap()
}
