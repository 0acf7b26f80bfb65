//! The server as a registry: `GET /api/status`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::name::PackageName;
use super::{PackageInfo, Trouble, UpdateStatus, line};
use crate::json::Value;

/// What is known of all packages together: begun with [`new`](Self::new), then told each package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceStatus {
    /// This program's release.
    pub release: String,
    /// All packages.
    pub total: u64,
    /// Of these, the healthy ones.
    pub healthy: u64,
    /// How many packages each language has.
    pub languages: BTreeMap<String, u64>,
    /// What updates are doing.
    pub update: UpdateStatus,
    /// Tags that moved upstream, of all packages.
    pub conflicts: u64,
    /// All packages with troubles.
    pub troubled: u64,
    /// The first of these; at most [`ServiceStatus::MAX_TROUBLE`].
    pub trouble: Vec<TroubleLine>,
}

/// A package with troubles, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubleLine {
    /// The package.
    pub package: PackageName,
    /// Tags that moved upstream.
    pub conflicts: usize,
    /// Tags that were not published.
    pub refused: usize,
    /// Other repositories that wanted the name.
    pub claims: usize,
    /// Why the last ingest failed, if it did.
    pub error: Option<String>,
}

impl ServiceStatus {
    /// Most packages with troubles that are shown.
    pub const MAX_TROUBLE: usize = 100;

    /// A status of no packages.
    pub fn new(release: &str, update: UpdateStatus) -> Self {
        Self {
            release: release.into(),
            update,
            ..Self::default()
        }
    }

    /// Takes in one package.
    pub fn handle_package(&mut self, info: &PackageInfo) {
        self.total += 1;
        self.healthy += u64::from(info.is_healthy());
        *self.languages.entry(info.language().into()).or_default() += 1;
        self.conflicts += info.trouble.conflicts.len() as u64;
        if info.trouble.is_worth_a_look() {
            self.troubled += 1;
            if self.trouble.len() < Self::MAX_TROUBLE {
                self.trouble
                    .push(TroubleLine::new(&info.package, &info.trouble));
            }
        }
    }

    /// `{"service":"zigdepot","release":…,"packages_total":…,…,"update":{…},…}`
    pub fn to_document(&self) -> String {
        let languages = self.languages.iter();
        let languages = languages.map(|(name, count)| (name.as_str(), Value::number(*count)));
        line(&Value::object([
            ("service", Value::text("zigdepot")),
            ("release", Value::text(&self.release)),
            ("packages_total", Value::number(self.total)),
            ("packages_healthy", Value::number(self.healthy)),
            (
                "packages_unhealthy",
                Value::number(self.total.saturating_sub(self.healthy)),
            ),
            ("languages", Value::object(languages)),
            ("update", self.update.to_value()),
            ("conflicts_total", Value::number(self.conflicts)),
            ("trouble_total", Value::number(self.troubled)),
            (
                "trouble",
                Value::array(self.trouble.iter().map(TroubleLine::to_value)),
            ),
        ]))
    }
}

impl TroubleLine {
    /// A package's troubles in short.
    pub fn new(package: &PackageName, trouble: &Trouble) -> Self {
        Self {
            package: package.clone(),
            conflicts: trouble.conflicts.len(),
            refused: trouble.refused.len(),
            claims: trouble.claims.len(),
            error: trouble.last.as_ref().and_then(|last| last.error.clone()),
        }
    }

    fn to_value(&self) -> Value {
        Value::object([
            ("package", Value::shown(&self.package)),
            ("conflicts", Value::count(self.conflicts)),
            ("refused", Value::count(self.refused)),
            ("claims", Value::count(self.claims)),
            ("error", Value::maybe_text(self.error.as_deref())),
        ])
    }
}
