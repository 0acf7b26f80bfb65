//! What a release's `build.zig.zon` says, as JSON.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::fields::{FieldError, FieldProblem, Fields};
use super::ZigFacts;
use crate::json::Value;
use crate::zig::manifest::{Dependency, Manifest, Source};
use crate::zig::package::{Hashes, Package, PackageError};

impl ZigFacts {
    /// What Zig makes of a tarball: the package in it, or why there is none.
    pub fn of(package: Result<&Package, &PackageError>) -> Self {
        let error = match package {
            Ok(package) => return Self::of_package(package),
            Err(error) => error,
        };
        let problem = if let PackageError::Manifest(problem) = error {
            Some(format!("{problem}"))
        } else {
            None
        };
        Self {
            hash_problem: Some(format!("{error}")),
            problem,
            ..Self::default()
        }
    }

    fn of_package(package: &Package) -> Self {
        let Hashes { new, legacy } = &package.hashes;
        Self {
            hash: new.clone().ok(),
            hash_legacy: Some(legacy.clone()),
            hash_problem: new.as_ref().err().map(|reason| format!("{reason}")),
            manifest: package.manifest.as_ref().map(ZigManifest::from),
            problem: None,
        }
    }
}

/// The fields of a `build.zig.zon` that tell of a package without its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZigManifest {
    /// The package's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Written as a string, `0x` and 16 hex digits: JSON's numbers are not exact everywhere.
    pub fingerprint: Option<u64>,
    /// The oldest Zig that it is for.
    pub minimum_zig_version: Option<String>,
    /// What it needs, in its order.
    pub dependencies: Vec<ZigDependency>,
}

/// Another package that one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZigDependency {
    /// What the package calls it.
    pub name: String,
    /// Where it is.
    pub source: Source,
    /// Whether it is fetched only when the build asks for it.
    pub lazy: bool,
}

impl From<&Manifest> for ZigManifest {
    fn from(manifest: &Manifest) -> Self {
        let dependencies = manifest.dependencies.iter();
        Self {
            name: manifest.name.as_str().into(),
            version: manifest.version.clone(),
            fingerprint: manifest.fingerprint,
            minimum_zig_version: manifest.minimum_zig_version.clone(),
            dependencies: dependencies.map(ZigDependency::from).collect(),
        }
    }
}

impl From<&Dependency> for ZigDependency {
    fn from(dependency: &Dependency) -> Self {
        Self {
            name: dependency.name.clone(),
            source: dependency.source.clone(),
            lazy: dependency.lazy,
        }
    }
}

impl ZigManifest {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            name: fields.text("name")?,
            version: fields.text("version")?,
            fingerprint: fields.maybe_parsed("fingerprint", fingerprint)?,
            minimum_zig_version: fields.maybe_text("minimum_zig_version")?,
            dependencies: fields.objects("dependencies", ZigDependency::read)?,
        })
    }

    /// The JSON object that stands for it in a manifest and in the API.
    pub fn to_value(&self) -> Value {
        let fingerprint = self
            .fingerprint
            .map(|it| Value::text(&format!("{it:#018x}")));
        let minimum = self.minimum_zig_version.as_deref().map(Value::text);
        let dependencies = self.dependencies.iter().map(ZigDependency::to_value);
        Value::object([
            ("name", Value::text(&self.name)),
            ("version", Value::text(&self.version)),
            ("fingerprint", Value::or_null(fingerprint)),
            ("minimum_zig_version", Value::or_null(minimum)),
            ("dependencies", Value::array(dependencies)),
        ])
    }
}

impl ZigDependency {
    fn read(fields: &Fields<'_>) -> Result<Self, FieldError> {
        let url = fields.maybe_text("url")?;
        let hash = fields.maybe_text("hash")?;
        let source = match (url, fields.maybe_text("path")?) {
            (Some(url), None) => Source::Url { url, hash },
            (None, Some(path)) => Source::Path(path),
            (Some(_), Some(_)) => {
                return Err(fields.wrong("path", FieldProblem::Contradicts("url")));
            }
            (None, None) => return Err(fields.wrong("url", FieldProblem::Missing)),
        };
        Ok(Self {
            name: fields.text("name")?,
            source,
            lazy: fields.flag("lazy")?,
        })
    }

    fn to_value(&self) -> Value {
        let mut members = Vec::from([("name", Value::text(&self.name))]);
        match &self.source {
            Source::Url { url, hash } => members.extend([
                ("url", Value::text(url)),
                ("hash", Value::or_null(hash.as_deref().map(Value::text))),
            ]),
            Source::Path(path) => members.push(("path", Value::text(path))),
        }
        members.push(("lazy", Value::bool(self.lazy)));
        Value::object(members)
    }
}

fn fingerprint(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    let is_hex = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u64::from_str_radix(digits, 16).ok())?
}
