//! The fields of a manifest, from its values.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::super::semver;
use super::super::zon::{Field, Node, Position, Value};
use super::{
    Dependency, MAX_NAME, MAX_VERSION, Manifest, ManifestError, PackageName, Problem, Source,
};

/// Most characters of a dependency's name that an error shows.
const SHOWN: usize = 48;

type Read<T> = Result<T, ManifestError>;

/// Reads the top level.
pub(super) fn manifest(root: &Node) -> Read<Manifest> {
    let mut draft = Draft::default();
    for field in fields(root, "")? {
        draft.handle_field(field)?;
    }
    draft.finish(root.at)
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    name: Option<PackageName>,
    version: Option<(String, Position, usize)>,
    fingerprint: Option<u64>,
    minimum_zig_version: Option<String>,
    paths: Option<Vec<Vec<u8>>>,
    dependencies: Dependencies,
}

impl Draft {
    fn handle_field(&mut self, field: &Field) -> Read<()> {
        let value = &field.value;
        match field.name.as_str() {
            "name" => self.name = Some(name(value)?),
            "version" => {
                let (text, length) = version(value, ".version")?;
                self.version = Some((text, value.at, length));
            }
            "fingerprint" => self.fingerprint = Some(fingerprint(value)?),
            "minimum_zig_version" => {
                let (text, _) = version(value, ".minimum_zig_version")?;
                self.minimum_zig_version = Some(text);
            }
            "paths" => self.paths.get_or_insert_default().extend(paths(value)?),
            "dependencies" => {
                for field in fields(value, ".dependencies")? {
                    self.dependencies.insert(dependency(field)?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self, at: Position) -> Read<Manifest> {
        let missing = |field| ManifestError::new(at, field, Problem::Missing);
        let name = self.name.ok_or_else(|| missing(".name"))?;
        let (version, place, length) = self.version.ok_or_else(|| missing(".version"))?;
        // A Zig that reads names of this form bounds versions, too; earlier ones do not.
        if length > MAX_VERSION && matches!(name, PackageName::Identifier(_)) {
            let problem = Problem::VersionTooLong;
            return Err(ManifestError::new(place, ".version", problem));
        }
        Ok(Manifest {
            name,
            version,
            fingerprint: self.fingerprint,
            minimum_zig_version: self.minimum_zig_version,
            paths: self.paths,
            dependencies: self.dependencies.list,
        })
    }
}

/// Dependencies in order, and where each name is in it.
#[derive(Default)]
struct Dependencies {
    list: Vec<Dependency>,
    places: BTreeMap<String, usize>,
}

impl Dependencies {
    /// A later one of the same name takes the place of the earlier one.
    fn insert(&mut self, dependency: Dependency) {
        let next = self.list.len();
        let place = *self.places.entry(dependency.name.clone()).or_insert(next);
        match self.list.get_mut(place) {
            Some(old) => *old = dependency,
            None => self.list.push(dependency),
        }
    }
}

fn dependency(field: &Field) -> Read<Dependency> {
    let path = format!(".dependencies{}", shown(&field.name));
    let (mut source, mut hash, mut lazy) = (None, None, false);
    for part in fields(&field.value, &path)? {
        let at = format!("{path}{}", shown(&part.name));
        match part.name.as_str() {
            "url" | "path" if source.is_some() => {
                return fail(&part.value, &at, Problem::TwoSources);
            }
            "url" => {
                let url = text(&part.value, &at)?;
                source = Some(Source::Url { url, hash: None });
            }
            "path" => source = Some(Source::Path(text(&part.value, &at)?)),
            "hash" => hash = Some(text(&part.value, &at)?),
            "lazy" => lazy = boolean(&part.value, &at)?,
            _ => {}
        }
    }
    let source = match source {
        Some(Source::Url { url, .. }) => Source::Url { url, hash },
        Some(Source::Path(path)) => Source::Path(path),
        None => return fail(&field.value, &path, Problem::NoSource),
    };
    Ok(Dependency {
        name: field.name.clone(),
        source,
        lazy,
        at: field.at,
    })
}

/// A field's name behind its dot, in one short line.
fn shown(name: &str) -> String {
    let bare = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let mut out = String::from(".");
    let cut: String = name.chars().take(SHOWN).collect();
    let result = if !cut.is_empty() && cut.chars().all(bare) {
        out.write_str(&cut)
    } else {
        write!(out, "@{cut:?}")
    };
    debug_assert!(result.is_ok(), "a String takes everything");
    out
}

fn fail<T>(node: &Node, field: &str, problem: Problem) -> Read<T> {
    Err(ManifestError::new(node.at, field, problem))
}

/// What a value of the wrong kind is: a literal with a fault names the fault.
fn unfit<T>(node: &Node, field: &str, expected: Problem) -> Read<T> {
    if let Value::Malformed(error) = node.value {
        Err(ManifestError::inside(field, error))
    } else {
        fail(node, field, expected)
    }
}

fn fields<'a>(node: &'a Node, field: &str) -> Read<&'a [Field]> {
    if let Value::Struct(fields) = &node.value {
        Ok(fields)
    } else {
        unfit(node, field, Problem::ExpectedStruct)
    }
}

fn bytes<'a>(node: &'a Node, field: &str) -> Read<&'a [u8]> {
    if let Value::String(bytes) = &node.value {
        Ok(bytes)
    } else {
        unfit(node, field, Problem::ExpectedString)
    }
}

fn text(node: &Node, field: &str) -> Read<String> {
    let text = String::from_utf8(bytes(node, field)?.to_vec());
    text.or_else(|_| fail(node, field, Problem::NotUtf8))
}

fn boolean(node: &Node, field: &str) -> Read<bool> {
    if let Value::Bool(value) = node.value {
        Ok(value)
    } else {
        unfit(node, field, Problem::ExpectedBool)
    }
}

/// The version as Zig writes it, and how long it was.
fn version(node: &Node, field: &str) -> Read<(String, usize)> {
    let text = text(node, field)?;
    match semver::canonical(&text) {
        Some(version) => Ok((version, text.len())),
        None => fail(node, field, Problem::ExpectedVersion),
    }
}

fn name(node: &Node) -> Read<PackageName> {
    let field = ".name";
    if let Value::Enum(name) = &node.value {
        return if name.len() > MAX_NAME {
            fail(node, field, Problem::NameTooLong)
        } else {
            Ok(PackageName::Identifier(name.clone()))
        };
    }
    if matches!(node.value, Value::String(_)) {
        return text(node, field).map(PackageName::Text);
    }
    if matches!(node.value, Value::QuotedEnum(_)) {
        return fail(node, field, Problem::QuotedName);
    }
    unfit(node, field, Problem::ExpectedName)
}

fn fingerprint(node: &Node) -> Read<u64> {
    if let Value::Int {
        magnitude: Some(value),
        negative: false,
    } = node.value
    {
        Ok(value)
    } else {
        unfit(node, ".fingerprint", Problem::ExpectedFingerprint)
    }
}

fn paths(node: &Node) -> Read<Vec<Vec<u8>>> {
    let field = ".paths";
    let Value::Tuple(items) = &node.value else {
        return unfit(node, field, Problem::ExpectedStrings);
    };
    let texts = items.iter().map(|item| bytes(item, field));
    texts.map(|text| text.map(<[u8]>::to_vec)).collect()
}
