//! A disk in memory that forgets what was not flushed.
//!
//! A file's bytes and a directory's names are each durable only once flushed. After a loss of
//! power chance decides what of the rest is there. Whatever gets a name in the store is compared
//! with the genuine files at once. It refuses to model directories: a path is a name.

use core::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use zigdepot_core::store::StoreError;
use zigdepot_core::store::proof::Stat;
use zigdepot_core::time::Timestamp;

use super::catalog::CATALOG;
use super::forge;
use super::git::truth;
use super::random::Random;
use super::registry::promises;

/// A file, with or without a name.
#[derive(Debug)]
pub struct Inode {
    /// Its bytes as a reader sees them.
    pub bytes: RefCell<Vec<u8>>,
    /// So many of them survive.
    flushed: Cell<usize>,
    modified: Cell<(u64, u32)>,
    /// Put there by the operator: nobody promises that it is right.
    planted: bool,
    /// It has or had a name in the store, so its bytes may not change.
    sealed: Cell<bool>,
}

/// An open file.
pub type OpenFile = Rc<Inode>;

/// What a loss of power leaves of the unflushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Nothing is lost: only the process died.
    Nothing,
    /// All of it is lost.
    All,
    /// Names and bytes up to some point are there.
    After,
    /// Any of the names, and bytes that may read as zeros.
    Any,
}

#[derive(Clone, Debug)]
enum Change {
    Link(String, OpenFile),
    Unlink(String),
    Rename(String, String, OpenFile),
    RenameDir(String, String),
}

/// The names of files, now and after a loss of power.
#[derive(Debug)]
pub struct Disk {
    names: BTreeMap<String, OpenFile>,
    durable: BTreeMap<String, OpenFile>,
    pending: Vec<Change>,
    /// Bytes that fit.
    pub capacity: u64,
    /// What was found wrong.
    pub wrong: Vec<String>,
    /// The operator has taken files away, or put others there.
    pub is_damaged: bool,
}

type Result<T> = core::result::Result<T, StoreError>;

impl Inode {
    fn new(modified: (u64, u32), planted: bool) -> Self {
        Self {
            bytes: RefCell::default(),
            flushed: Cell::new(0),
            modified: Cell::new(modified),
            planted,
            sealed: Cell::new(false),
        }
    }

    /// Makes all its bytes durable.
    pub fn flush(&self) {
        self.flushed.set(self.bytes.borrow().len());
    }

    /// Sets the time of modification.
    pub fn set_modified(&self, seconds: u64) {
        self.modified.set((seconds, 0));
    }

    /// What a host sees of it.
    pub fn stat(&self) -> Stat {
        let (seconds, nanos) = self.modified.get();
        Stat {
            len: length(&self.bytes.borrow()),
            modified: Timestamp(seconds),
            modified_nanos: nanos,
        }
    }

    fn lose(&self, loss: Loss, random: &Random) {
        let mut bytes = self.bytes.borrow_mut();
        let (flushed, len) = (self.flushed.get().min(bytes.len()), bytes.len());
        match loss {
            Loss::Nothing => return,
            Loss::All => bytes.truncate(flushed),
            Loss::Any if random.chance(50) => bytes[flushed..].fill(0),
            Loss::After | Loss::Any => bytes.truncate(random.size(flushed, len)),
        }
        self.flushed.set(bytes.len());
    }
}

impl Disk {
    /// An empty disk.
    pub fn new(capacity: u64) -> Self {
        Self {
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            pending: Vec::new(),
            capacity,
            wrong: Vec::new(),
            is_damaged: false,
        }
    }

    /// Opens a file.
    pub fn open(&self, path: &str) -> Result<OpenFile> {
        self.names.get(path).cloned().ok_or(StoreError::NotFound)
    }

    /// Makes an empty file, or fails if the name is taken.
    pub fn create(&mut self, path: &str, modified: (u64, u32)) -> Result<OpenFile> {
        if self.names.contains_key(path) {
            return Err(StoreError::Exists);
        }
        let file = Rc::new(Inode::new(modified, false));
        self.change(Change::Link(path.into(), Rc::clone(&file)));
        Ok(file)
    }

    /// Puts a file where the operator wants it, durable.
    pub fn plant(&mut self, path: &str, bytes: &[u8], modified: u64) {
        let file = Rc::new(Inode::new((modified, 0), true));
        file.bytes.borrow_mut().extend_from_slice(bytes);
        file.flush();
        self.names.insert(path.into(), Rc::clone(&file));
        self.durable.insert(path.into(), file);
    }

    /// Appends; a disk that gets full takes a part.
    pub fn append(&mut self, file: &OpenFile, bytes: &[u8]) -> Result<()> {
        if file.sealed.get() {
            self.wrong
                .push("bytes are appended to a published file".into());
        }
        let room = self.capacity.saturating_sub(self.used(""));
        let fits = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        file.bytes.borrow_mut().extend_from_slice(&bytes[..fits]);
        if fits < bytes.len() {
            return Err(StoreError::Full);
        }
        Ok(())
    }

    /// Renames a file; what has the name already is kept, unless `replaces`.
    pub fn rename(&mut self, from: &str, to: &str, replaces: bool) -> Result<()> {
        let file = self.open(from)?;
        let is_taken = self.names.contains_key(to);
        if !replaces && is_taken {
            return Err(StoreError::Exists);
        }
        let is_fixed = forge::is_stored(to) && !forge::may_change(to) || to.starts_with("p/");
        if is_taken && is_fixed {
            self.wrong
                .push(format!("{to}, which is fixed, is replaced"));
        }
        self.judge_leaving(from);
        self.change(Change::Rename(from.into(), to.into(), file));
        Ok(())
    }

    /// Renames all below a directory.
    pub fn rename_dir(&mut self, from: &str, to: &str) -> Result<()> {
        if self.below(from).is_empty() {
            return Err(StoreError::NotFound);
        }
        if !self.below(to).is_empty() {
            return Err(StoreError::Exists);
        }
        self.change(Change::RenameDir(from.into(), to.into()));
        Ok(())
    }

    /// Takes a name away.
    pub fn unlink(&mut self, path: &str) -> Result<()> {
        self.open(path)?;
        self.judge_leaving(path);
        self.change(Change::Unlink(path.into()));
        Ok(())
    }

    /// The operator loses a file.
    pub fn lose(&mut self, path: &str) {
        self.is_damaged = true;
        self.names.remove(path);
        self.durable.remove(path);
    }

    /// Whether a file would be there after a loss of power.
    pub fn is_durable(&self, path: &str) -> bool {
        let file = self.durable.get(path);
        file.is_some_and(|file| file.flushed.get() == file.bytes.borrow().len())
    }

    /// What is published stays where it is.
    fn judge_leaving(&mut self, path: &str) {
        let manifest = path.replace(".tar.gz", ".manifest.json");
        if path.starts_with("p/") && self.names.contains_key(&manifest) && !self.is_damaged {
            self.wrong
                .push(format!("{path} is published, and taken away"));
        }
    }

    /// Makes the names in a directory durable.
    pub fn flush_dir(&mut self, dir: &str) {
        let parent = |path: &str| path.rsplit_once('/').map_or("", |(parent, _)| parent) == dir;
        let touches = |change: &Change| match change {
            Change::Link(path, _) | Change::Unlink(path) => parent(path),
            Change::Rename(from, to, _) | Change::RenameDir(from, to) => parent(from) || parent(to),
        };
        let pending = core::mem::take(&mut self.pending);
        let (now, later): (Vec<_>, Vec<_>) = pending.into_iter().partition(touches);
        self.pending = later;
        for change in now {
            apply(&mut self.durable, change);
        }
    }

    /// The paths below a directory.
    pub fn below(&self, dir: &str) -> Vec<String> {
        let prefix = format!("{dir}/");
        let from = self.names.range(prefix.clone()..);
        from.map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(&prefix))
            .collect()
    }

    /// All paths.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    /// Bytes that the server itself put into the store.
    pub fn added(&self) -> u64 {
        let own = |(path, file): &(&String, &OpenFile)| forge::is_stored(path) && !file.planted;
        let files = self.names.iter().filter(own);
        files.map(|(_, file)| length(&file.bytes.borrow())).sum()
    }

    /// Bytes of all files in the store.
    pub fn stored(&self) -> u64 {
        let own = self.names.iter().filter(|(path, _)| forge::is_stored(path));
        own.map(|(_, file)| length(&file.bytes.borrow())).sum()
    }

    /// Bytes of all files whose path begins so.
    pub fn used(&self, prefix: &str) -> u64 {
        let own = self
            .names
            .iter()
            .filter(|(path, _)| path.starts_with(prefix));
        own.map(|(_, file)| length(&file.bytes.borrow())).sum()
    }

    /// The machine stops here; the disk is as the next start finds it.
    pub fn crash(&mut self, loss: Loss, random: &Random) {
        if loss == Loss::Nothing {
            return;
        }
        let pending = core::mem::take(&mut self.pending);
        let kept = match loss {
            Loss::After => random.index(pending.len() + 1),
            Loss::Any => pending.len(),
            Loss::All | Loss::Nothing => 0,
        };
        for change in pending.into_iter().take(kept) {
            if loss != Loss::Any || random.chance(50) {
                apply(&mut self.durable, change);
            }
        }
        self.names = self.durable.clone();
        for (path, file) in self.names.clone() {
            file.lose(loss, random);
            self.judge(&path, &file);
        }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.names, change.clone());
        match &change {
            Change::Link(to, file) | Change::Rename(_, to, file) => {
                let (to, file) = (to.clone(), Rc::clone(file));
                self.judge(&to, &file);
            }
            Change::RenameDir(_, to) => {
                for path in self.below(to) {
                    let file = Rc::clone(&self.names[&path]);
                    self.judge(&path, &file);
                }
            }
            Change::Unlink(_) => {}
        }
        self.pending.push(change);
    }

    /// A file with a name in the store is one of its genuine contents, whole.
    fn judge(&mut self, path: &str, file: &OpenFile) {
        if path.starts_with("p/") && !file.planted {
            return self.judge_release(path, file);
        }
        if let Some(derived) = path.strip_prefix(".zigdepot/git/") {
            return self.judge_derived(derived, file);
        }
        if file.planted || !forge::is_stored(path) {
            return;
        }
        file.sealed.set(true);
        let name = path.rsplit('/').next().unwrap_or(path);
        let bytes = file.bytes.borrow();
        if CATALOG.generation_of(name, &bytes).is_none() {
            let len = bytes.len();
            self.wrong
                .push(format!("{path}: {len} bytes that are not genuine"));
        }
    }
}

impl Disk {
    /// A file of the registry is genuine, and fits what is beside it.
    fn judge_release(&mut self, path: &str, file: &OpenFile) {
        file.sealed.set(true);
        let beside = |path: &str| Some(self.names.get(path)?.bytes.borrow().clone());
        if let Err(why) = promises::judge(path, &file.bytes.borrow(), beside) {
            self.wrong.push(format!("{path}: {why}"));
        }
    }

    /// What is derived from a release is right, whenever it has its name.
    fn judge_derived(&mut self, path: &str, file: &OpenFile) {
        file.sealed.set(true);
        if let Err(why) = truth::judge(path, &file.bytes.borrow()) {
            self.wrong.push(format!(".zigdepot/git/{path}: {why}"));
        }
    }
}

fn apply(names: &mut BTreeMap<String, OpenFile>, change: Change) {
    match change {
        Change::Link(path, file) => {
            names.insert(path, file);
        }
        Change::Unlink(path) => {
            names.remove(&path);
        }
        Change::Rename(from, to, file) => {
            names.remove(&from);
            names.insert(to, file);
        }
        Change::RenameDir(from, to) => {
            let prefix = format!("{from}/");
            let moved: Vec<_> = names
                .keys()
                .filter(|p| p.starts_with(&prefix))
                .cloned()
                .collect();
            for path in moved {
                let file = names.remove(&path).expect("the key was just read");
                names.insert(format!("{to}/{}", &path[prefix.len()..]), file);
            }
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("lengths fit 64 bits")
}
