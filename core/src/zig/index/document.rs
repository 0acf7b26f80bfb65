//! The indexes that this server hands out, with downloads that point here.
//!
//! A tarball's URL is made anew from its file name and version, whatever host the index names, so
//! an index cannot send clients elsewhere. Names that are not served here keep their URL.

use alloc::format;
use alloc::string::String;

use super::{Index, file_name};
use crate::json::Value;
use crate::zig::archive::ArchiveName;
use crate::zig::version::Version;

/// How a file is named in a document.
#[derive(Clone, Copy)]
enum Form {
    /// As pkgmirror does: `zig/<version>/<file>` for releases, `zig/<file>` else.
    Mirror,
    /// As ziglang.org does: `download/<version>/<file>`, `builds/<file>`.
    Upstream,
}

/// `/download/index.json`: the official index, so that this server can stand in for ziglang.org.
/// `base_url` has no slash at its end.
pub fn official_document(official: &Index, base_url: &str) -> String {
    let mut entries = official.entries.clone();
    for (_, entry) in &mut entries {
        point_here(entry, base_url, Form::Upstream, false);
    }
    finish(entries)
}

/// `/zig/index.json`: the official index, then what only the nominated one has.
///
/// Official targets get `zigTarball` with their old URL; release entries get `version`, which
/// clients look for; nothing is added to `master` itself.
pub fn merged_document(official: &Index, nominated: Option<&Index>, base_url: &str) -> String {
    let mut entries = official.entries.clone();
    for (key, entry) in &mut entries {
        point_here(entry, base_url, Form::Mirror, true);
        add_version(key, entry);
    }
    let further = nominated
        .map(|index| index.entries.as_slice())
        .unwrap_or_default();
    for (key, entry) in further
        .iter()
        .filter(|(key, _)| official.get(key).is_none())
    {
        let mut entry = entry.clone();
        point_here(&mut entry, base_url, Form::Mirror, false);
        entries.push((key.clone(), entry));
    }
    finish(entries)
}

fn point_here(entry: &mut Value, base_url: &str, form: Form, keep_old: bool) {
    let targets = entry.members_mut().into_iter().flatten();
    for members in targets.filter_map(|(_, value)| value.members_mut()) {
        let Some((_, tarball)) = members.iter_mut().find(|(key, _)| key == "tarball") else {
            continue;
        };
        let Some(name) = tarball.as_text().and_then(|url| file_name(&url)) else {
            continue;
        };
        let old = core::mem::replace(tarball, Value::text(&url_here(base_url, &name, form)));
        if keep_old && !members.iter().any(|(key, _)| key == "zigTarball") {
            members.push(("zigTarball".into(), old));
        }
    }
}

fn url_here(base_url: &str, name: &ArchiveName, form: Form) -> String {
    let (file, version) = (name.as_str(), name.version());
    match (form, version.is_dev()) {
        (Form::Mirror, true) => format!("{base_url}/zig/{file}"),
        (Form::Mirror, false) => format!("{base_url}/zig/{version}/{file}"),
        (Form::Upstream, true) => format!("{base_url}/builds/{file}"),
        (Form::Upstream, false) => format!("{base_url}/download/{version}/{file}"),
    }
}

fn add_version(key: &str, entry: &mut Value) {
    if entry.get("version").is_none()
        && Version::parse(key).is_ok()
        && let Some(members) = entry.members_mut()
    {
        members.insert(0, ("version".into(), Value::text(key)));
    }
}

fn finish(entries: alloc::vec::Vec<(String, Value)>) -> String {
    let mut out = String::new();
    Value::Object(entries).write(0, &mut out);
    out.push('\n');
    out
}
