use alloc::string::String;
use alloc::vec::Vec;

use super::*;

fn tag(text: &str) -> TagName {
    TagName::parse(text).unwrap()
}

#[test]
fn tags_that_git_takes_are_taken() {
    for text in [
        "v1.0.0",
        "1",
        "release/1.0",
        "a/b/c",
        "@",
        "-x",
        "%2F",
        "100%",
        "v1+build",
        "é",
        "a{b}",
        "x.y",
        "lock",
        "v1.tar.gz",
        "v1.manifest.json",
        "#1",
        "a&b=c;d",
        "\"quoted\"",
        "<b>",
    ] {
        assert_eq!(tag(text).as_str(), text);
    }
}

#[test]
fn tags_that_git_refuses_are_refused() {
    let long = "x".repeat(201);
    let many = "/%".repeat(40);
    for (text, error) in [
        ("", TagError::Length),
        (&long, TagError::Length),
        (&many, TagError::Length),
        ("a b", TagError::Character),
        ("a\n", TagError::Character),
        ("a\u{7f}", TagError::Character),
        ("a\u{85}", TagError::Character),
        ("a~1", TagError::Character),
        ("a^{}", TagError::Character),
        ("a:b", TagError::Character),
        ("a?", TagError::Character),
        ("a*", TagError::Character),
        ("a[b", TagError::Character),
        ("a\\b", TagError::Character),
        ("..", TagError::Sequence),
        ("a/../b", TagError::Sequence),
        ("a@{b", TagError::Sequence),
        ("a.", TagError::Part),
        (".a", TagError::Part),
        ("a/.b", TagError::Part),
        ("a.lock", TagError::Part),
        ("a.lock/b", TagError::Part),
        ("/a", TagError::Part),
        ("a/", TagError::Part),
        ("a//b", TagError::Part),
    ] {
        assert_eq!(TagName::parse(text), Err(error), "{text:?}");
    }
    assert_eq!(TagName::of_bytes(b"v1\xff"), Err(TagError::Encoding));
}

#[test]
fn the_form_of_the_store_can_be_turned_back() {
    for (text, stored) in [
        ("v1", "v1"),
        ("a/b", "a%2Fb"),
        ("a%2Fb", "a%252Fb"),
        ("100%", "100%25"),
        ("é/%25", "é%2F%2525"),
    ] {
        assert_eq!(tag(text).stored(), stored);
        assert_eq!(TagName::of_stored(stored), Some(tag(text)));
    }
    let longest = "x".repeat(200);
    assert_eq!(TagName::of_stored(&longest), Some(tag(&longest)));
    for other in [
        "a%2fb", "a%41", "a%", "a%2", "a/b", "%2Fa", ".a", "a%2F", "%é",
    ] {
        assert_eq!(TagName::of_stored(other), None, "{other}");
    }
}

#[test]
fn a_url_names_the_tag_and_nothing_else() {
    for (text, url) in [
        ("v1.0+b", "v1.0+b"),
        ("a/b", "a/b"),
        ("a%2Fb", "a%252Fb"),
        ("é#\"", "%C3%A9%23%22"),
    ] {
        assert_eq!(tag(text).in_url(), url);
        let path = alloc::format!("/{url}");
        let decoded = crate::route::decode(&path);
        assert_eq!(decoded, Ok(alloc::format!("/{text}")));
    }
}

fn latest(tags: &[&str]) -> Option<String> {
    let tags: Vec<TagName> = tags.iter().map(|text| tag(text)).collect();
    TagName::latest(&tags).map(|tag| tag.as_str().into())
}

#[test]
fn latest_is_the_greatest_release() {
    for (tags, expected) in [
        (&["v0.9.0", "v0.10.0"][..], "v0.10.0"),
        (&["v1.0.0", "v1.1.0-rc.1"], "v1.0.0"),
        (&["v1.1.0-rc.1", "v1.1.0-rc.2"], "v1.1.0-rc.2"),
        (&["nightly", "v0.1.0-alpha"], "v0.1.0-alpha"),
        (&["zlib-9.9.9", "v0.1.0"], "v0.1.0"),
        (&["b", "a"], "b"),
    ] {
        assert_eq!(latest(tags).as_deref(), Some(expected), "{tags:?}");
    }
    assert_eq!(latest(&[]), None);
}
