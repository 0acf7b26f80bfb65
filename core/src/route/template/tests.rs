use alloc::string::ToString;

use super::*;

const GITHUB: &str = "hexops::https://github.com/hexops/$REPO/archive/$FILE";
const RELEASES: &str = "hexops::https://github.com/hexops/$REPO/releases/download/$VERSION/$FILE";

fn package(org: &str, repo: &str, file: &str) -> MirroredName {
    MirroredName::package(org, repo, &file.split('/').collect::<Vec<_>>()).unwrap()
}

fn expand(template: &str, repo: &str, file: &str) -> String {
    let templates = Templates::packages(template).unwrap();
    let url = templates.expand(&package("hexops", repo, file));
    url.unwrap().to_string()
}

#[test]
fn the_seeds_examples_expand() {
    assert_eq!(
        expand(GITHUB, "mach", "refs/tags/v1.tar.gz"),
        "https://github.com/hexops/mach/archive/refs/tags/v1.tar.gz"
    );
    let templates = Templates::artifacts(RELEASES).unwrap();
    let name = MirroredName::artifact("hexops", "mach", "v1", &["a.zip"]).unwrap();
    assert_eq!(
        templates.expand(&name).unwrap().to_string(),
        "https://github.com/hexops/mach/releases/download/v1/a.zip"
    );
}

#[test]
fn values_cannot_leave_their_place() {
    for (repo, file, expected) in [
        ("a?b", "x", "a%3Fb/archive/x"),
        ("a#b", "x", "a%23b/archive/x"),
        ("@evil.example", "x", "%40evil.example/archive/x"),
        ("a", "x%2e%2e", "a/archive/x%252e%252e"),
        ("a", "v1+b c.tar.gz", "a/archive/v1%2Bb%20c.tar.gz"),
        ("é", "x", "%C3%A9/archive/x"),
        ("a\\b", "x", "a%5Cb/archive/x"),
    ] {
        assert_eq!(
            expand(GITHUB, repo, file),
            alloc::format!("https://github.com/hexops/{expected}")
        );
    }
}

#[test]
fn a_value_in_a_query_is_one_value() {
    let template = "hexops::https://h/get?repo=$REPO&file=$FILE";
    assert_eq!(
        expand(template, "a&x=1", "b=c"),
        "https://h/get?repo=a%26x%3D1&file=b%3Dc"
    );
}

#[test]
fn entries_are_separated_by_commas_and_blanks_ignored() {
    let templates = Templates::packages(&alloc::format!(
        " {GITHUB} , my.org::http://h:1/$REPO/$FILE,"
    ))
    .unwrap();
    let orgs: Vec<_> = templates.origins().map(|(org, _)| org).collect();
    assert_eq!(orgs, ["hexops", "my.org"]);
    assert!(templates.expand(&package("other", "r", "f")).is_none());
    assert_eq!(Templates::packages("").unwrap(), Templates::default());
}

#[test]
fn bad_entry_is_named_with_its_problem() {
    let unknown = |text: &str| Problem::Unknown(text.to_owned());
    for (entry, problem) in [
        ("https://h/$REPO/$FILE", Problem::NoSeparator),
        ("a b::https://h/$REPO/$FILE", Problem::Org),
        ("::https://h/$REPO/$FILE", Problem::Org),
        ("../x::https://h/$REPO/$FILE", Problem::Org),
        ("o::ftp://h/$REPO/$FILE", Problem::Url(UrlError::Scheme)),
        ("o::h/$REPO/$FILE", Problem::Url(UrlError::NotAbsolute)),
        ("o::https://$REPO.example/$FILE", Problem::Host),
        ("o::https://h$FILE/$REPO", Problem::Host),
        ("o::https://h:$REPO/$FILE", Problem::Host),
        ("o::$REPO://h/$FILE", Problem::Host),
        (
            "o::https://u:p@h/$REPO/$FILE",
            Problem::Url(UrlError::Userinfo),
        ),
        ("o::https://h/$REPO/$FILENAME", unknown("FILENAME")),
        ("o::https://h/$ORG/$REPO/$FILE", unknown("ORG")),
        ("o::https://h/$VERSION/$REPO/$FILE", unknown("VERSION")),
        ("o::https://h/$/$REPO/$FILE", unknown("")),
        ("o::https://h/$REPO", Problem::NoFile),
        ("o::https://h/$REPO/$FILE#x", Problem::Fragment),
        ("o::https://h/%$REPO/$FILE", Problem::Percent),
        ("o::https://h/%2$FILE", Problem::Percent),
        ("o::https://h/$FILE%", Problem::Percent),
        (
            "o::https://h/a b/$FILE",
            Problem::Url(UrlError::BadCharacter),
        ),
        ("hexops::https://h/$REPO/$FILE", Problem::Doubled),
    ] {
        let text = alloc::format!("{GITHUB},{entry}");
        let error = Templates::packages(&text).unwrap_err();
        assert_eq!((error.number, &error.problem), (2, &problem), "{entry}");
        assert_eq!(error.entry, entry);
    }
}

#[test]
fn a_url_is_found_again_however_its_template_is_spelled() {
    let name = package("o", "r", "\u{fc}");
    for template in [
        "o::HTTPS://H.Example:443/\u{e4}/$REPO/$FILE",
        "o::https://h?repo=$REPO&file=$FILE",
    ] {
        let templates = Templates::packages(template).unwrap();
        let url = templates.expand(&name).unwrap().to_string();
        assert_eq!(templates.find(&url), Some(name.clone()), "{url}");
    }
    let twice = Templates::packages("o::https://h/$REPO/$REPO/$FILE").unwrap();
    assert_eq!(twice.find("https://h/r/r/f"), Some(package("o", "r", "f")));
    assert_eq!(twice.find("https://h/r/s/f"), None);
}

#[test]
fn a_url_is_found_again() {
    let templates = Templates::packages(GITHUB).unwrap();
    for (repo, file) in [("mach", "v1.tar.gz"), ("m+h", "refs/heads/a b.zip")] {
        let name = package("hexops", repo, file);
        let url = templates.expand(&name).unwrap().to_string();
        assert_eq!(templates.find(&url), Some(name));
    }
    assert_eq!(
        templates.find("https://github.com/hexops/mach/archive/v1+b.tar.gz"),
        Some(package("hexops", "mach", "v1+b.tar.gz"))
    );
    assert_eq!(
        templates.find("HTTPS://GitHub.com:443/hexops/mach/archive/v1"),
        Some(package("hexops", "mach", "v1"))
    );
    for url in [
        "https://github.com/hexops/mach/archive/",
        "https://github.com/hexops/mach/archive/../x",
        "https://github.com/hexops/a/b/archive/x",
        "https://github.com/other/mach/archive/x",
        "http://github.com/hexops/mach/archive/x",
        "https://github.com/hexops/mach/archive/x?y",
        "https://github.com/hexops/mach/archive/x#y",
    ] {
        assert_eq!(templates.find(url), None, "{url}");
    }
}
