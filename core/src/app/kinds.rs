//! Versions and their kinds, and the moves that follow when a kind changes.
//!
//! A version's directory moves as a whole. A dev version is never demoted: one found under
//! `nominated/` stays there, for an index that shrinks must not make files purgeable.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::asset::Asset;
use super::{App, Effect, Job, MoveOrder};
use crate::store::{StoreKey, ZigKind};
use crate::zig::index::Catalog;
use crate::zig::version::Version;

impl App {
    /// Where a file may be in the store, the right place first.
    pub fn places(&self, asset: &Asset) -> Vec<StoreKey> {
        asset.places(self.kind_of(asset))
    }

    /// The kind of the version that an asset belongs to; of one without a version it means nothing.
    pub(super) fn kind_of(&self, asset: &Asset) -> ZigKind {
        asset
            .zig_version()
            .map_or(ZigKind::Stable, |version| self.kind_of_version(version))
    }

    fn kind_of_version(&self, version: &Version) -> ZigKind {
        if !version.is_dev() {
            ZigKind::Stable
        } else if self.catalog.is_nominated(version) {
            ZigKind::Nominated
        } else {
            ZigKind::Dev
        }
    }

    /// Versions and files are known anew; versions that are nominated now move.
    pub fn handle_catalog(&mut self, catalog: Catalog) {
        for version in catalog
            .nominated()
            .filter(|version| !self.catalog.is_nominated(version))
        {
            let from = StoreKey::zig_version(ZigKind::Dev, version);
            let to = StoreKey::zig_version(ZigKind::Nominated, version);
            start_move(&mut self.moving, &mut self.effects, MoveOrder { from, to });
        }
        self.catalog = catalog;
    }

    /// A file was found in another kind's directory than its version has now. Releases and
    /// nominated versions come home; a dev version stays where it is, for it may have been
    /// nominated once.
    pub fn handle_misplaced(&mut self, asset: &Asset, found: &StoreKey) {
        let Asset::Zig(name) = asset else { return };
        let kind = self.kind_of_version(name.version());
        if kind == ZigKind::Dev {
            return;
        }
        let away = kind
            .others()
            .into_iter()
            .find(|other| StoreKey::zig(*other, name) == *found);
        if let Some(away) = away {
            let from = StoreKey::zig_version(away, name.version());
            let to = StoreKey::zig_version(kind, name.version());
            start_move(&mut self.moving, &mut self.effects, MoveOrder { from, to });
        }
    }

    /// A move is over, well or not.
    pub fn handle_moved(&mut self, order: &MoveOrder) {
        self.moving.remove(&order.from);
    }
}

fn start_move(moving: &mut BTreeSet<StoreKey>, effects: &mut VecDeque<Effect>, order: MoveOrder) {
    if moving.insert(order.from.clone()) {
        effects.push_back(Effect::Start(Job::Move(order)));
    }
}
