//! Making an entry of a pack whole in memory, whatever chain of deltas it hangs on.
//!
//! ```text
//! Idle ─► Inflating ─┬──────────────► Ready ─► Idle
//!             ▲      └─► Applying ─┬────▲
//!             └────────────────────┘
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::cache::Cache;
use super::entry::{Entry, NO_BASE};
use super::inflate::{Ending, Inflater};
use super::pages::Pages;
use super::{PackError, PackLimits};
use crate::git::delta::{Applying, DeltaError};
use crate::git::id::{ObjectHasher, ObjectId};

/// Makes entries whole, one at a time.
pub(super) struct Unpacker {
    pub(super) pages: Pages,
    pub(super) cache: Cache,
    pub(super) inflater: Inflater,
    limits: PackLimits,
    /// Bytes that may still be inflated or made.
    work: u64,
    /// Entries to be made after the one that is in the making, each from the next; the last one
    /// first.
    chain: Vec<u32>,
    job: Job,
}

/// What may be done in one call, in bytes inflated or made, or what costs as much.
pub(super) struct Budget(pub(super) usize);

/// An entry made whole.
pub(super) struct Whole {
    pub(super) index: u32,
    pub(super) content: Vec<u8>,
    /// Its id, if it was a delta that was not resolved.
    pub(super) id: Option<ObjectId>,
}

/// How far it is.
pub(super) enum Step {
    /// The byte of the pack at this place is needed.
    Read(u64),
    /// The budget is used up.
    Spent,
    Whole(Whole),
}

enum Job {
    Idle,
    Inflating(Inflating),
    Applying(Box<Making>),
    Ready(Whole),
}

struct Inflating {
    index: u32,
    base: Option<Whole>,
    out: Vec<u8>,
    made: usize,
    /// Where the next input is in the pack.
    at: u64,
}

struct Making {
    index: u32,
    base: Whole,
    delta: Vec<u8>,
    applying: Applying,
    /// For an entry that is not resolved.
    hasher: Option<ObjectHasher>,
}

impl Budget {
    pub(super) const fn spend(&mut self, amount: usize) {
        self.0 = self.0.saturating_sub(amount);
    }

    pub(super) const fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

impl Unpacker {
    /// What an object costs beside its bytes.
    const OBJECT: usize = 512;

    pub(super) fn new(limits: PackLimits) -> Self {
        Self {
            pages: Pages::default(),
            cache: Cache::new(limits.cache_bytes),
            inflater: Inflater::new(),
            limits,
            work: limits.work_bytes,
            chain: Vec::new(),
            job: Job::Idle,
        }
    }

    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.job, Job::Idle)
    }

    pub(super) const fn restore_work(&mut self) {
        self.work = self.limits.work_bytes;
    }

    /// Where in the pack it is.
    pub(super) fn place(&self, entries: &[Entry]) -> u64 {
        match &self.job {
            Job::Inflating(inflating) => inflating.at,
            Job::Applying(making) => entries[making.index as usize].offset,
            Job::Idle | Job::Ready(_) => 0,
        }
    }

    /// Starts to make an entry whole. All the entries that it builds on are resolved.
    pub(super) fn start(&mut self, entries: &[Entry], index: u32) -> Result<(), PackError> {
        self.chain.clear();
        let mut next = index;
        let base = loop {
            if let Some(content) = self.cache.take(next) {
                break Some(Whole::known(next, content));
            }
            self.chain.push(next);
            match entries[next as usize].base {
                NO_BASE => break None,
                base => next = base,
            }
        };
        self.go_on(entries, base)
    }

    /// Goes on until a part of the pack is needed, the entry is whole, or the budget is used up.
    pub(super) fn step(
        &mut self,
        entries: &[Entry],
        budget: &mut Budget,
    ) -> Result<Step, PackError> {
        loop {
            match &self.job {
                Job::Idle => return Ok(Step::Spent),
                Job::Ready(_) => {
                    if let Job::Ready(whole) = mem::replace(&mut self.job, Job::Idle) {
                        return Ok(Step::Whole(whole));
                    }
                }
                Job::Inflating(_) | Job::Applying(_) if budget.is_spent() => {
                    return Ok(Step::Spent);
                }
                Job::Inflating(_) => {
                    if let Some(place) = self.inflate(entries, budget)? {
                        return Ok(Step::Read(place));
                    }
                }
                Job::Applying(_) => self.apply(entries, budget)?,
            }
        }
    }

    /// The next entry of the chain, or, if there is none, the result.
    fn go_on(&mut self, entries: &[Entry], base: Option<Whole>) -> Result<(), PackError> {
        self.job = match (self.chain.pop(), base) {
            (Some(index), base) => {
                let entry = &entries[index as usize];
                self.inflater.restart();
                Job::Inflating(Inflating {
                    index,
                    base,
                    out: alloc::vec![0; self.whole_size(entry.stream_size())?],
                    made: 0,
                    at: entry.stream(),
                })
            }
            (None, Some(whole)) => Job::Ready(whole),
            (None, None) => Job::Idle,
        };
        Ok(())
    }

    fn whole_size(&self, size: u64) -> Result<usize, PackError> {
        let most = self.limits.whole_bytes();
        let size = usize::try_from(size).ok().filter(|_| size <= most);
        size.ok_or(PackError::limit("delta_bytes", most))
    }

    fn count_work(&mut self, made: usize) -> Result<(), PackError> {
        let most = self.limits.work_bytes;
        let left = self.work.checked_sub(made as u64);
        self.work = left.ok_or(PackError::limit("work_bytes", most))?;
        Ok(())
    }

    /// Inflates some; gives the place of the pack that is needed for more.
    fn inflate(
        &mut self,
        entries: &[Entry],
        budget: &mut Budget,
    ) -> Result<Option<u64>, PackError> {
        let Job::Inflating(inflating) = &mut self.job else {
            return Ok(None);
        };
        let offset = entries[inflating.index as usize].offset;
        let Some(input) = self.pages.from(inflating.at) else {
            return Ok(Some(self.pages.place(inflating.at)));
        };
        let size = inflating.out.len();
        let room = size.min(inflating.made.saturating_add(budget.0));
        let out = inflating.out.get_mut(..room).unwrap_or_default();
        let filled = self.inflater.fill(input, out, inflating.made);
        let (ending, used, made) = filled.map_err(|_| PackError::Zlib { offset })?;
        inflating.at += used as u64;
        inflating.made += made;
        // What makes no output costs time as well: blocks that are all header.
        budget.spend(made.max(8 * used));
        match ending {
            Ending::MoreOutput if room == size => return Err(PackError::Size { offset }),
            Ending::Done if inflating.made != size => return Err(PackError::Size { offset }),
            Ending::MoreOutput | Ending::MoreInput => self.count_work(made + used)?,
            Ending::Done => {
                budget.spend(Self::OBJECT);
                self.count_work(made + used + Self::OBJECT)?;
                self.handle_inflated(entries)?;
            }
        }
        Ok(None)
    }

    /// A stream has ended: it is the object itself, or a delta to the base.
    fn handle_inflated(&mut self, entries: &[Entry]) -> Result<(), PackError> {
        let Job::Inflating(done) = mem::replace(&mut self.job, Job::Idle) else {
            return Ok(());
        };
        let Some(base) = done.base else {
            return self.go_on(entries, Some(Whole::known(done.index, done.out)));
        };
        let entry = &entries[done.index as usize];
        let most = self.whole_size(self.limits.whole_bytes())?;
        let applying = Applying::new(base.content.len(), &done.out, most);
        let applying = applying.map_err(|error| self.delta_error(entry.offset, error))?;
        let size = applying.result_size() as u64;
        let hasher = match (entry.kind, entries[base.index as usize].kind) {
            (None, Some(kind)) => Some(ObjectHasher::new(kind, size)),
            (Some(_), _) if size != entry.size => {
                let offset = entry.offset;
                return Err(PackError::Size { offset });
            }
            (Some(_), _) | (None, None) => None,
        };
        self.job = Job::Applying(Box::new(Making {
            index: done.index,
            base,
            delta: done.out,
            applying,
            hasher,
        }));
        Ok(())
    }

    fn apply(&mut self, entries: &[Entry], budget: &mut Budget) -> Result<(), PackError> {
        let Job::Applying(making) = &mut self.job else {
            return Ok(());
        };
        let offset = entries[making.index as usize].offset;
        let before = making.applying.made().len();
        let step = making
            .applying
            .step(&making.base.content, &making.delta, budget.0);
        let is_done = step.map_err(|error| PackError::Delta { offset, error })?;
        let made = making.applying.made().get(before..).unwrap_or_default();
        if let Some(hasher) = &mut making.hasher {
            hasher.update(made);
        }
        let made = made.len();
        budget.spend(made);
        self.count_work(made)?;
        if is_done {
            self.handle_made(entries)
        } else {
            Ok(())
        }
    }

    /// A delta has been applied: the base goes back to where it came from.
    fn handle_made(&mut self, entries: &[Entry]) -> Result<(), PackError> {
        let Job::Applying(done) = mem::replace(&mut self.job, Job::Idle) else {
            return Ok(());
        };
        self.cache.insert(done.base.index, done.base.content);
        let offset = entries[done.index as usize].offset;
        let id = done.hasher.map(ObjectHasher::finish).transpose();
        let whole = Whole {
            index: done.index,
            content: done.applying.finish(),
            id: id.map_err(|error| PackError::Hash { offset, error })?,
        };
        self.go_on(entries, Some(whole))
    }

    fn delta_error(&self, offset: u64, error: DeltaError) -> PackError {
        match error {
            DeltaError::TooLong { .. } => {
                PackError::limit("delta_bytes", self.limits.whole_bytes())
            }
            DeltaError::Header
            | DeltaError::BaseSize
            | DeltaError::Copy
            | DeltaError::Cut
            | DeltaError::Reserved
            | DeltaError::ResultSize => PackError::Delta { offset, error },
        }
    }
}

impl Whole {
    const fn known(index: u32, content: Vec<u8>) -> Self {
        let id = None;
        Self { index, content, id }
    }
}
