//! What one worker counts about requests; the sum over workers is the server's.
//!
//! Plain numbers in memory. It refuses to grow with what clients send: routes and statuses are
//! few, and at most `Limits::sources` names of clients are kept, the rest counts as `other`.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::route::mirrored::Family;

/// The kinds of routes that are told apart in logs and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKind {
    /// `/`, `/healthz` and other small documents.
    Page,
    /// The Zig indexes.
    Index,
    /// Toolchain files.
    Toolchain,
    /// Packages.
    Package,
    /// Artifacts.
    Artifact,
    /// Tarballs asked for by their package hash.
    Hash,
    /// Tarballs and manifests of the registry.
    Release,
    /// The registry's API.
    Api,
    /// Packages as Git repositories.
    Git,
    /// Nothing we have a route for, or a request we could not read.
    Unknown,
}

impl RouteKind {
    /// The kind of the routes to a family of mirrored files.
    pub fn of(family: &Family) -> Self {
        match family {
            Family::Package => Self::Package,
            Family::Artifact { .. } => Self::Artifact,
        }
    }

    /// The word in logs and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Index => "index",
            Self::Toolchain => "zig",
            Self::Package => "pkg",
            Self::Artifact => "artifact",
            Self::Hash => "hash",
            Self::Release => "p",
            Self::Api => "api",
            Self::Git => "git",
            Self::Unknown => "unknown",
        }
    }
}

/// Where the bytes of an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CacheState {
    /// Made on the spot.
    None,
    /// A file that was in the store.
    Hit,
    /// A file that had to be fetched, or was being fetched.
    Miss,
}

impl CacheState {
    /// The word in logs and metrics.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "-",
            Self::Hit => "hit",
            Self::Miss => "miss",
        }
    }
}

/// The label for clients beyond the cap.
pub const OTHER_SOURCE: &str = "other";

/// One worker's counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests by route, status and cache state.
    pub requests: BTreeMap<(RouteKind, u16, CacheState), u64>,
    /// Bytes of bodies sent.
    pub bytes: u64,
    /// Requests per client name (`?source=`).
    pub sources: BTreeMap<String, u64>,
}

impl Stats {
    /// Counts one request.
    pub fn count(&mut self, route: RouteKind, status: u16, cache: CacheState, bytes: u64) {
        *self.requests.entry((route, status, cache)).or_default() += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds another worker's counts.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.requests {
            *self.requests.entry(*key).or_default() += count;
        }
        self.bytes = self.bytes.saturating_add(other.bytes);
        for (source, count) in &other.sources {
            *self.sources.entry(source.clone()).or_default() += count;
        }
    }

    /// Counts a client's name.
    pub fn count_source(&mut self, label: String, cap: usize) {
        if let Some(count) = self.sources.get_mut(&label) {
            *count += 1;
            return;
        }
        let label = if self.sources.len() < cap {
            label
        } else {
            OTHER_SOURCE.into()
        };
        *self.sources.entry(label).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn names_of_clients_are_bounded() {
        let mut stats = Stats::default();
        for n in 0..100 {
            stats.count_source(format!("client{n}"), 32);
        }
        assert_eq!(stats.sources.len(), 33);
        assert_eq!(stats.sources[OTHER_SOURCE], 68);
    }
}
