//! Properties of rewrite templates and of the names that they are for.
//!
//! The second reading of a template is a substitution of text, and of a URL one that resolves dot
//! segments as an upstream may.

use zigdepot_core::route::Route;
use zigdepot_core::route::mirrored::{Family, MirroredName};
use zigdepot_core::route::template::Templates;
use zigdepot_core::store::StoreKey;
use zigdepot_core::wire::url::Url;

/// Four texts with NUL between them: `ZIG_PKG`, `ZIG_ARTIFACT`, the path of a request and a URL.
///
/// A name that a path leads to is a path within the store. Whatever the name, a template's URL stays
/// at its host and has as many parts as with the plainest name; where it can be told, the URL leads
/// back to the name. A URL that leads to a name is the one that the template makes of it.
pub fn template(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut texts = text.split('\0');
    let mut next = || texts.next().unwrap_or_default();
    let [packages, artifacts, path, url] = [next(), next(), next(), next()];
    let name = name_of(path);
    for (text, templates) in [
        (packages, Templates::packages(packages)),
        (artifacts, Templates::artifacts(artifacts)),
    ] {
        let Ok(templates) = templates else { continue };
        for (org, origin) in templates.origins() {
            let entry = entry_of(text, org);
            if let Some(name) = name.as_ref().and_then(|name| moved_to(org, name)) {
                expansion(&templates, origin, entry, &name);
            }
        }
        if let Some(found) = templates.find(url) {
            let again = templates.expand(&found).expect("it is that template's");
            assert_eq!(
                decoded(&again.to_string()),
                decoded(&normal(url)),
                "{found}"
            );
        }
    }
}

/// The mirrored file that a path leads to, which lies within the store.
fn name_of(path: &str) -> Option<MirroredName> {
    let Ok(Route::Mirrored(name)) = Route::parse(path) else {
        return None;
    };
    let key = StoreKey::mirrored(&name);
    let text = key.as_str();
    assert!(text.starts_with("pkg/") || text.starts_with("artifact/"));
    assert!(!text.contains("//") && !text.contains('\0'), "{text:?}");
    assert!(text.split('/').all(|part| part != "." && part != ".."));
    assert_eq!(StoreKey::stored(text), Ok(key.clone()), "{text:?}");
    assert_eq!(MirroredName::stored(&key), Some(name.clone()));
    Some(name)
}

/// The same name, of another organisation.
fn moved_to(org: &str, name: &MirroredName) -> Option<MirroredName> {
    let file: Vec<&str> = name.file().split('/').collect();
    match name.family() {
        Family::Package => MirroredName::package(org, name.repo(), &file),
        Family::Artifact { version } => MirroredName::artifact(org, name.repo(), version, &file),
    }
}

/// The URL of the accepted entry for this organisation.
fn entry_of<'a>(text: &'a str, org: &str) -> &'a str {
    let mut entries = text
        .split(',')
        .filter_map(|entry| entry.trim().split_once("::"));
    let found = entries.find(|(own, _)| *own == org);
    found.expect("an organisation has an entry").1
}

fn expansion(templates: &Templates, origin: &Url, entry: &str, name: &MirroredName) {
    let Some(url) = templates.expand(name) else {
        let is_long = 3 * entry.len() * (name.to_string().len() + 1) > 4096;
        let has_all = !entry.contains("$VERSION") || name.version().is_some();
        assert!(is_long || !has_all, "{entry} cannot be expanded");
        return;
    };
    assert!(
        url.is_at(origin) && url.scheme() == origin.scheme(),
        "{url}"
    );
    let plain = plain(entry, name);
    let plain = Url::parse(&plain).expect("a template of plain values is a URL");
    assert_eq!(shape(&url), shape(&plain), "{entry} and {name}");
    let found = templates.find(&url.to_string());
    if is_decidable(entry, name) && templates.origins().count() == 1 {
        assert_eq!(found.as_ref(), Some(name), "{url}");
    }
    if let Some(found) = found {
        assert_eq!(templates.expand(&found), Some(url), "{found}");
    }
}

/// The template with the plainest values that have as many segments.
fn plain(entry: &str, name: &MirroredName) -> String {
    let file = vec!["x"; name.file().split('/').count()].join("/");
    entry
        .replace("$REPO", "x")
        .replace("$VERSION", "x")
        .replace("$FILE", &file)
}

/// How many parts path and query have, as whoever resolves dot segments sees it.
fn shape(url: &Url) -> (usize, usize, usize) {
    let target = url.target();
    assert!(!target.contains('#'), "{url}");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut depth: usize = 0;
    for part in decoded(path).split('/') {
        match part {
            ".." => depth = depth.saturating_sub(1),
            "." => {}
            _ => depth += 1,
        }
    }
    let count = |mark: char| query.matches(mark).count();
    (depth, count('&'), count('?') + count('='))
}

/// Every variable stands once, `$FILE` at the end and all others between slashes.
fn is_decidable(entry: &str, name: &MirroredName) -> bool {
    let variables = ["$REPO", "$VERSION", "$FILE"];
    let wanted = if name.version().is_some() { 3 } else { 2 };
    let known = variables
        .iter()
        .filter(|name| entry.contains(*name))
        .count();
    let (path, file) = entry.rsplit_once('/').unwrap_or_default();
    let stands = |variable: &str| {
        let once = entry.matches(variable).count() == 1;
        once && path.split('/').any(|part| part == variable)
    };
    let own = ["$REPO", "$VERSION"].iter().take(wanted - 1);
    known == wanted && file == "$FILE" && !entry.contains('?') && own.copied().all(stands)
}

/// Percent-encoding undone, bytes that are no text as they are.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).and_then(|two| str::from_utf8(two).ok());
        let byte = digits
            .filter(|two| *first == b'%' && two.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn normal(url: &str) -> String {
    Url::parse(url)
        .expect("what was found is a URL")
        .to_string()
}
