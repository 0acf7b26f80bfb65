//! A release whose objects are sent: its pack in packets, and the pack's index.
//!
//! Both are derived. If one is not what the release's note says, note and pack are deleted, so that
//! all is derived again; nothing is ever repaired.

use alloc::vec::Vec;
use core::fmt;

use crate::config::LogLevel;
use crate::drive::host::{Host, Store};
use crate::git::id::ObjectId;
use crate::git::pack::merge::MergeError;
use crate::git::pack::{IndexEntry, IndexFile, PackChecksum, READ_BYTES};
use crate::git::server::sideband;
use crate::registry::face::note::FaceNote;
use crate::registry::name::PackageName;
use crate::registry::tag::TagName;
use crate::store::git::GitPart;
use crate::store::{StoreError, StoreKey};

/// Bytes of an index without objects, and of an object in it at most.
const INDEX: (u64, u64) = (1072, 36);
/// Entries of an index that are looked at before others on this worker get their turn: a
/// millisecond's work.
const TURN: usize = 4096;

/// A release, and what its note says of its pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drive) struct Source {
    /// The package.
    pub package: PackageName,
    /// The tag.
    pub tag: TagName,
    /// What the tag stands for: its tag object, or else the commit.
    pub tip: ObjectId,
    /// Its tag objects. Who has the commit need not have them.
    pub(super) tags: Vec<ObjectId>,
    objects: u32,
    /// Bytes of the pack.
    pub(super) length: u64,
    sum: PackChecksum,
}

/// Why a pack is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::drive) enum PackError {
    /// There are too many objects for one answer; the client is to ask for fewer tags.
    TooManyObjects {
        /// Most of them.
        most: u32,
    },
    /// What was derived of this release is gone, or not what its note said. It was forgotten, and is
    /// to be derived again.
    Stale(TagName),
    /// What was derived of some release has changed since the plan.
    Changed,
    /// Too many answers are being planned.
    NoRoom,
    /// The disk failed.
    Store(StoreError),
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyObjects { most } => MergeError::TooManyObjects { most: *most }.fmt(f),
            Self::Stale(tag) => write!(f, "what was derived of the tag {tag} is damaged"),
            Self::Changed => f.write_str("what was derived has changed meanwhile"),
            Self::NoRoom => f.write_str("too many packs are put together; ask again later"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for PackError {}

impl From<StoreError> for PackError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Source {
    /// A release and its note.
    pub(in crate::drive) fn new(package: &PackageName, tag: &TagName, note: &FaceNote) -> Self {
        Self {
            package: package.clone(),
            tag: tag.clone(),
            tip: note.tip(),
            tags: note.tags.clone(),
            objects: note.objects,
            length: note.length,
            sum: note.sum,
        }
    }

    fn key(&self, part: GitPart) -> StoreKey {
        StoreKey::git_part(&self.package, &self.tag, part)
    }

    /// Hands all entries of the pack's index to `take`, in the order of their ids; an error of it
    /// ends that.
    pub(super) async fn each_entry<H: Host>(
        &self,
        host: &H,
        mut take: impl FnMut(IndexEntry) -> Result<(), MergeError>,
    ) -> Result<(), PackError> {
        let bytes = self.index(host).await?;
        let index = match self.parse(&bytes) {
            Ok(index) => index,
            Err(error) => return Err(self.refuse(host, &error).await),
        };
        for (number, entry) in index.entries().enumerate() {
            let taken = entry.map_err(MergeError::Index).and_then(&mut take);
            if let Err(error) = taken {
                return Err(self.refuse(host, &error).await);
            }
            if number % TURN == TURN - 1 {
                host.pause().await;
            }
        }
        Ok(())
    }

    fn parse<'b>(&self, bytes: &'b [u8]) -> Result<IndexFile<'b>, MergeError> {
        let index = IndexFile::parse(bytes)?;
        let is_own = index.objects() == self.objects && index.pack_checksum() == self.sum;
        is_own.then_some(index).ok_or(MergeError::OtherIndex)
    }

    /// The index, whole: 28 bytes for each object.
    async fn index<H: Host>(&self, host: &H) -> Result<Vec<u8>, PackError> {
        let most = host.config().limits.merge_objects;
        if self.objects > most {
            return Err(PackError::TooManyObjects { most });
        }
        let longest = INDEX.0 + INDEX.1 * u64::from(self.objects);
        let (file, length) = self.open_part(host, GitPart::Index).await?;
        let length = usize::try_from(length.min(longest)).unwrap_or(0);
        let mut bytes = alloc::vec![0; length];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let room = rest.len().min(READ_BYTES);
            let rest = rest.get_mut(..room).unwrap_or_default();
            let offset = u64::try_from(filled).unwrap_or(u64::MAX);
            match host.store().read_at(&file, offset, rest).await? {
                // What is missing is nulls, and no index.
                0 => break,
                n => filled += n,
            }
        }
        Ok(bytes)
    }

    /// The pack in its packets, which has the length that it must have.
    pub(super) async fn open<H: Host>(&self, host: &H) -> Result<H::File, PackError> {
        let (file, length) = self.open_part(host, GitPart::Sideband).await?;
        if sideband::file_length(self.length) == Some(length) {
            return Ok(file);
        }
        self.warn(
            host,
            GitPart::Sideband,
            &format_args!("it has {length} bytes"),
        );
        Err(self.forget(host).await)
    }

    async fn open_part<H: Host>(
        &self,
        host: &H,
        part: GitPart,
    ) -> Result<(H::File, u64), PackError> {
        match host.store().open(&self.key(part)).await {
            Ok((file, stat)) => Ok((file, stat.len)),
            Err(error @ (StoreError::NotFound | StoreError::Clash)) => {
                self.warn(host, part, &error);
                Err(self.forget(host).await)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What an error of merging means for the answer.
    pub(super) async fn refuse<H: Host>(&self, host: &H, error: &MergeError) -> PackError {
        let part = match *error {
            MergeError::TooManyObjects { most } => return PackError::TooManyObjects { most },
            MergeError::Index(_) | MergeError::Overlap { .. } | MergeError::OtherIndex => {
                GitPart::Index
            }
            MergeError::Damaged(_) | MergeError::Write(_) => GitPart::Sideband,
        };
        self.warn(host, part, error);
        self.forget(host).await
    }

    /// Tells the operator that a derived file is not what it must be.
    pub(super) fn warn<H: Host>(&self, host: &H, part: GitPart, why: &dyn fmt::Display) {
        host.log(
            LogLevel::Warn,
            format_args!("{}: {why}; to be derived again", self.key(part)),
        );
    }

    /// Without its note, the release counts as one of which nothing is derived; without its pack
    /// nobody is sent that as it is. No worker keeps it at hand.
    pub(super) async fn forget<H: Host>(&self, host: &H) -> PackError {
        for part in [GitPart::Note, GitPart::Sideband] {
            // What cannot be deleted is found damaged again.
            let _ = host.store().discard(&self.key(part)).await;
        }
        host.clear_shelves();
        PackError::Stale(self.tag.clone())
    }
}
