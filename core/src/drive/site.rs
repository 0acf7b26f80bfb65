//! The state that all workers share: the application, and what the driver keeps beside it.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Poll, Waker};

use super::host::Host;
use super::memory::Room;
use crate::app::derivation::DerivationId;
use crate::app::flight::{FlightId, Follow, FollowerId};
use crate::app::indexes::Document;
use crate::app::ingest::JobId;
use crate::app::repositories::Repositories;
use crate::app::shelf::Item;
use crate::app::{App, Effect, Job};
use crate::registry::catalog::Catalog;
use crate::store::StoreKey;
use crate::store::proof::{Proof, Stat};
use crate::time::{Instant, Timestamp};

/// Most proofs, and most files that may change, kept in mind because the data directory cannot be
/// written or upstream cannot be asked.
const PROOFS_CAP: usize = 4096;

/// The application, the staging files that followers read, and the followers' wakers.
#[derive(Debug)]
pub struct Site<F> {
    /// The application.
    pub app: App,
    staged: BTreeMap<FlightId, F>,
    wakers: BTreeMap<FollowerId, Waker>,
    proofs: BTreeMap<StoreKey, Proof>,
    good_until: BTreeMap<StoreKey, Timestamp>,
    promised: BTreeMap<FlightId, u64>,
    documents: BTreeMap<Document, Item<F>>,
    making: Making,
    readers: BTreeMap<u64, Waker>,
    next_reader: u64,
    keeper: Option<(Instant, Waker)>,
    /// Who waits for which ingest or derivation to end.
    waiters: BTreeMap<u64, (Awaited, Waker)>,
    next_waiter: u64,
    /// The last catalog, and the file that it was read from.
    catalog: Option<(Stat, Arc<Catalog>)>,
    /// Packages for Git's clients.
    pub repositories: Repositories,
    /// Bytes of memory that bodies of requests, and plans of answers, may still take.
    rooms: [usize; 2],
}

/// A job whose end is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A package is being brought.
    Ingest(JobId),
    /// A release's Git pack is being derived.
    Derivation(DerivationId),
}

/// Who makes the documents of the indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Making {
    /// Nobody.
    Nobody,
    /// Somebody, of the indexes as they are.
    Somebody,
    /// Somebody, of indexes that have changed since.
    Outrun,
}

impl<F: Clone> Site<F> {
    /// A site around a fresh application.
    pub fn new(app: App) -> Self {
        let limits = &app.config().limits;
        let rooms = [limits.bodies_bytes, limits.plans_bytes];
        let repositories = Repositories::new(limits);
        Self {
            app,
            repositories,
            rooms,
            staged: BTreeMap::new(),
            wakers: BTreeMap::new(),
            proofs: BTreeMap::new(),
            good_until: BTreeMap::new(),
            promised: BTreeMap::new(),
            documents: BTreeMap::new(),
            making: Making::Nobody,
            readers: BTreeMap::new(),
            next_reader: 0,
            keeper: None,
            waiters: BTreeMap::new(),
            next_waiter: 0,
            catalog: None,
        }
    }

    /// The staging file that a follower reads; none when the flight has ended or begun anew.
    pub fn staged(&self, follower: FollowerId) -> Option<F> {
        let flight = self.app.flights().read_by(follower)?;
        self.staged.get(&flight).cloned()
    }

    /// Sets the staging file of a flight.
    pub fn set_staged(&mut self, flight: FlightId, file: F) {
        self.staged.insert(flight, file);
    }

    /// Forgets the staging file of a flight.
    pub fn drop_staged(&mut self, flight: FlightId) {
        self.staged.remove(&flight);
        self.promised.remove(&flight);
    }

    /// Promises room for a flight's file, and returns what is promised to all flights together.
    pub fn promise(&mut self, flight: FlightId, bytes: u64) -> u64 {
        self.promised.insert(flight, bytes);
        self.promised
            .values()
            .fold(0, |sum, bytes| sum.saturating_add(*bytes))
    }

    /// What a follower may do next; while it is nothing, `waker` is called on a change.
    pub fn poll_follow(&mut self, id: FollowerId, sent: u64, waker: &Waker) -> Poll<Follow> {
        match self.app.follow(id, sent) {
            Follow::Pending => {
                self.wakers.insert(id, waker.clone());
                Poll::Pending
            }
            follow @ (Follow::Bytes { .. } | Follow::Published | Follow::Failed(_)) => {
                Poll::Ready(follow)
            }
        }
    }

    /// A follower is done or gone.
    pub fn leave(&mut self, id: FollowerId) {
        self.wakers.remove(&id);
        self.app.leave(id);
    }

    /// A proof that could not be written to the disk.
    pub fn proof(&self, key: &StoreKey) -> Option<&Proof> {
        self.proofs.get(key)
    }

    /// Keeps a proof in memory; when there are too many, the first by name goes.
    pub fn keep_proof(&mut self, key: StoreKey, proof: Proof) {
        if self.proofs.len() >= PROOFS_CAP {
            self.proofs.pop_first();
        }
        self.proofs.insert(key, proof);
    }

    /// Until when a file that may change is served without asking upstream, if that is not told by
    /// its record in the store.
    pub fn good_until(&self, key: &StoreKey) -> Option<Timestamp> {
        self.good_until.get(key).copied()
    }

    /// Keeps that in memory; when there are too many, the first by name goes.
    pub fn keep_good_until(&mut self, key: StoreKey, until: Timestamp) {
        if self.good_until.len() >= PROOFS_CAP {
            self.good_until.pop_first();
        }
        self.good_until.insert(key, until);
    }

    /// The file's record in the store tells it.
    pub fn forget_good_until(&mut self, key: &StoreKey) {
        self.good_until.remove(key);
    }

    /// A document made of the indexes.
    pub fn document(&self, document: Document) -> Option<Item<F>> {
        self.documents.get(&document).cloned()
    }

    /// Begins to make the documents; false if another is at it, who is told to look again.
    pub fn begin_documents(&mut self) -> bool {
        let is_free = self.making == Making::Nobody;
        self.making = if is_free {
            Making::Somebody
        } else {
            Making::Outrun
        };
        is_free
    }

    /// The documents are made; false if the indexes have changed meanwhile, so that all are to be
    /// made anew.
    pub fn finish_documents(&mut self) -> bool {
        let is_over = self.making != Making::Outrun;
        self.making = if is_over {
            Making::Nobody
        } else {
            Making::Somebody
        };
        is_over
    }

    /// Whoever made the documents is gone.
    pub fn abandon_documents(&mut self) {
        self.making = Making::Nobody;
    }

    /// Sets a document.
    pub fn set_document(&mut self, document: Document, served: Item<F>) {
        self.documents.insert(document, served);
    }

    /// Remembers who waits for the first documents, at the place it has or at a new one; none if
    /// too many do.
    pub fn add_reader(&mut self, place: Option<u64>, waker: &Waker) -> Option<u64> {
        let place = place.unwrap_or(self.next_reader);
        let has_room = self.readers.len() < self.app.config().limits.index_readers;
        if !has_room && !self.readers.contains_key(&place) {
            return None;
        }
        self.next_reader = self.next_reader.max(place + 1);
        self.readers.insert(place, waker.clone());
        Some(place)
    }

    /// One who waited for the first documents does not any more.
    pub fn remove_reader(&mut self, place: u64) -> Option<Waker> {
        self.readers.remove(&place)
    }

    /// Those who wait for the first documents.
    pub fn take_readers(&mut self) -> Vec<Waker> {
        core::mem::take(&mut self.readers).into_values().collect()
    }

    /// Remembers who waits for an ingest or a derivation to end, at the place it has or at a new one.
    pub fn add_waiter(&mut self, place: Option<u64>, awaited: Awaited, waker: &Waker) -> u64 {
        let place = place.unwrap_or(self.next_waiter);
        self.next_waiter = self.next_waiter.max(place + 1);
        self.waiters.insert(place, (awaited, waker.clone()));
        place
    }

    /// One who waited for that does not any more.
    pub fn remove_waiter(&mut self, place: u64) -> Option<Waker> {
        self.waiters.remove(&place).map(|(_, waker)| waker)
    }

    fn take_waiters(&mut self, awaited: Awaited) -> Vec<Waker> {
        let is_its = |_: &u64, waiter: &mut (Awaited, Waker)| waiter.0 == awaited;
        let gone = self.waiters.extract_if(.., is_its);
        gone.map(|(_, (_, waker))| waker).collect()
    }

    /// The catalog, if it was read from a file like this one.
    pub fn catalog(&self, stat: &Stat) -> Option<Arc<Catalog>> {
        let known = self.catalog.as_ref().filter(|(own, _)| own == stat);
        known.map(|(_, catalog)| Arc::clone(catalog))
    }

    /// Keeps the catalog that was read from this file.
    pub fn set_catalog(&mut self, stat: Stat, catalog: Arc<Catalog>) {
        self.catalog = Some((stat, catalog));
    }

    /// Remembers the housekeeper, who sleeps until `due`.
    pub fn set_keeper(&mut self, due: Instant, waker: &Waker) {
        self.keeper = Some((due, waker.clone()));
    }

    /// Takes so many bytes of a room; false if it has fewer.
    pub(super) fn take_room(&mut self, room: Room, bytes: usize) -> bool {
        let room = self.room(room);
        let left = room.checked_sub(bytes);
        *room = left.unwrap_or(*room);
        left.is_some()
    }

    /// Gives them back.
    pub(super) fn give_room_back(&mut self, room: Room, bytes: usize) {
        let room = self.room(room);
        *room = room.saturating_add(bytes);
    }

    const fn room(&mut self, room: Room) -> &mut usize {
        let [bodies, plans] = &mut self.rooms;
        match room {
            Room::Bodies => bodies,
            Room::Plans => plans,
        }
    }

    /// Drops the proof kept in memory: the disk has a newer one, or the file makes way for another.
    pub fn forget_proof(&mut self, key: &StoreKey) {
        self.proofs.remove(key);
    }

    /// Requests that wait to be woken.
    pub fn waiting(&self) -> usize {
        self.wakers.len()
    }

    /// Requests and jobs that wait for the end of an ingest or a derivation.
    pub fn waiters(&self) -> usize {
        self.waiters.len()
    }

    /// Bytes of memory that bodies of requests, and that plans of answers, may still take.
    pub fn rooms(&self) -> [usize; 2] {
        self.rooms
    }

    /// Staging files that followers may read.
    pub fn staging_files(&self) -> usize {
        self.staged.len()
    }

    fn drain(&mut self) -> (Vec<Job>, Vec<Waker>) {
        let (mut jobs, mut wakers) = (Vec::new(), Vec::new());
        while let Some(effect) = self.app.poll_effect() {
            match effect {
                Effect::Start(job) => jobs.push(job),
                Effect::Wake(id) => wakers.extend(self.wakers.remove(&id)),
                Effect::Ended(job) => wakers.extend(self.take_waiters(Awaited::Ingest(job))),
                Effect::Derived(job) => {
                    wakers.extend(self.take_waiters(Awaited::Derivation(job)));
                }
            }
        }
        let due = self.app.due();
        wakers.extend(
            self.keeper
                .take_if(|(until, _)| due < *until)
                .map(|(_, waker)| waker),
        );
        (jobs, wakers)
    }
}

/// Calls the application and carries out what it wants: jobs are started and followers woken
/// after the lock is given back.
pub fn act<H: Host, R>(host: &H, f: impl FnOnce(&mut Site<H::File>) -> R) -> R {
    let (result, jobs, wakers) = host.with_site(|site| {
        let result = f(site);
        let (jobs, wakers) = site.drain();
        (result, jobs, wakers)
    });
    for job in jobs {
        host.start(job);
    }
    for waker in wakers {
        waker.wake();
    }
    result
}
