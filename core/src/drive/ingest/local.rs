//! A bare repository in the data directory, `git/<package>.git`: its tags and its objects.
//!
//! Files as Git lays them out (gitrepository-layout): `packed-refs`, `refs/tags/`, loose objects and
//! packs. The index files of packs are not believed: a pack is indexed anew, like one from an
//! upstream. It refuses repositories that borrow objects from others, and writes nothing.

use alloc::string::String;
use alloc::vec::Vec;

use super::objects::Pack;
use super::trouble::Trouble;
use super::upstream::resolve;
use crate::drive::find::read_up_to;
use crate::drive::host::{Host, Store};
use crate::git::client::Ref;
use crate::git::id::{ObjectId, ObjectKind, object_id};
use crate::git::loose;
use crate::git::pack::{PackLimits, READ_BYTES, Scanner};
use crate::registry::name::PackageName;
use crate::store::{StoreError, StoreKey};

/// Most bytes of `packed-refs`.
const REFS_BYTES: usize = 16 << 20;
/// Most names in one directory.
const NAMES: usize = 100_000;
/// Most directories inside each other below `refs/tags`.
const DEPTH: usize = 8;
/// Most packs of one repository.
const PACKS: usize = 64;

/// The repository of this package.
#[derive(Clone, Debug)]
pub(super) struct Repository(PackageName);

/// Its loose objects.
pub(super) struct Loose {
    repository: Repository,
    /// Most bytes of one object, inflated.
    most: u64,
}

impl Repository {
    /// The one of this package.
    pub(super) fn new(package: &PackageName) -> Self {
        Self(package.clone())
    }

    fn key(&self, path: &str) -> StoreKey {
        StoreKey::repository(&self.0, path)
    }

    /// Its loose objects.
    pub(super) fn loose(&self, limits: &PackLimits) -> Loose {
        Loose {
            repository: self.clone(),
            most: limits.delta_bytes,
        }
    }

    /// Its tags.
    pub(super) async fn refs<H: Host>(&self, host: &H) -> Result<Vec<Ref>, Trouble> {
        let packed = self.read(host, "packed-refs", REFS_BYTES).await?;
        let mut refs = loose::packed_refs(&packed.unwrap_or_default());
        refs.retain(|one| one.name.starts_with(b"refs/tags/"));
        // A loose reference is newer than a packed one.
        for (name, id) in self.loose_refs(host).await? {
            refs.retain(|one| one.name != name);
            refs.push(Ref {
                name,
                id,
                peeled: None,
                symref_target: None,
            });
        }
        Ok(refs)
    }

    async fn loose_refs<H: Host>(&self, host: &H) -> Result<Vec<(Vec<u8>, ObjectId)>, Trouble> {
        let mut found = Vec::new();
        let mut dirs = alloc::vec![(String::from("refs/tags"), 0)];
        while let Some((dir, depth)) = dirs.pop() {
            let listed = match host.store().list(&self.key(&dir), NAMES).await {
                Err(StoreError::NotFound) => continue,
                listed => listed?,
            };
            for one in listed {
                let path = alloc::format!("{dir}/{}", one.name);
                if one.is_dir && depth < DEPTH {
                    dirs.push((path, depth + 1));
                } else if let Some(text) = self.read(host, &path, 256).await?
                    && let Some(id) = ObjectId::parse(text.trim_ascii_end())
                {
                    found.push((path.into_bytes(), id));
                }
            }
        }
        Ok(found)
    }

    /// Its packs, indexed.
    pub(super) async fn packs<H: Host>(
        &self,
        host: &H,
        limits: PackLimits,
    ) -> Result<Vec<Pack<H>>, Trouble> {
        if self
            .read(host, "objects/info/alternates", 1)
            .await?
            .is_some()
        {
            let what = format_args!("git/{}.git borrows objects from another repository", self.0);
            return Err(Trouble::failed(what));
        }
        let dir = self.key("objects/pack");
        let listed = match host.store().list(&dir, NAMES).await {
            Err(StoreError::NotFound) => return Ok(Vec::new()),
            listed => listed?,
        };
        let mut packs = Vec::new();
        for one in listed.iter().filter(|one| is_pack(&one.name)) {
            if packs.len() == PACKS {
                let what = format_args!("git/{}.git has more than {PACKS} packs: git gc", self.0);
                return Err(Trouble::failed(what));
            }
            let path = alloc::format!("objects/pack/{}", one.name);
            packs.push(self.pack(host, &path, limits).await?);
        }
        Ok(packs)
    }

    async fn pack<H: Host>(
        &self,
        host: &H,
        path: &str,
        limits: PackLimits,
    ) -> Result<Pack<H>, Trouble> {
        let (file, stat) = host.store().open(&self.key(path)).await?;
        let mut scanner = Scanner::new(limits);
        let (mut offset, mut buffer) = (0, alloc::vec![0; READ_BYTES]);
        while offset < stat.len {
            let n = host.store().read_at(&file, offset, &mut buffer).await?;
            if n == 0 {
                break;
            }
            scanner.handle_bytes(buffer.get(..n).unwrap_or_default())?;
            offset += u64::try_from(n).unwrap_or(u64::MAX);
            host.pause().await;
        }
        let index = resolve(host, &file, scanner).await?;
        Ok(Pack {
            file,
            bytes: stat.len,
            index,
            _staging: None,
        })
    }

    /// A file of at most `most` bytes; what is longer is cut off.
    async fn read<H: Host>(
        &self,
        host: &H,
        path: &str,
        most: usize,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        match host.store().open(&self.key(path)).await {
            Ok((file, _)) => Ok(Some(read_up_to(host.store(), &file, most).await?)),
            Err(StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Git writes it in small letters.
fn is_pack(name: &str) -> bool {
    name.strip_suffix(".pack").is_some()
}

impl Loose {
    /// An object, if it is there.
    pub(super) async fn read<H: Host>(
        &self,
        host: &H,
        id: ObjectId,
    ) -> Result<Option<(ObjectKind, Vec<u8>)>, Trouble> {
        let hex = alloc::format!("{id}");
        let (dir, file) = hex.split_at(2);
        let path = alloc::format!("objects/{dir}/{file}");
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let Some(bytes) = self.repository.read(host, &path, most).await? else {
            return Ok(None);
        };
        let read = loose::object(&bytes, most);
        let (kind, content) =
            read.map_err(|error| Trouble::refused(format_args!("the object {id}: {error}")))?;
        match object_id(kind, &content) {
            Ok(found) if found == id => Ok(Some((kind, content))),
            Ok(found) => Err(Trouble::refused(format_args!(
                "the file of the object {id} holds {found}"
            ))),
            Err(error) => Err(Trouble::refused(format_args!("the object {id}: {error}"))),
        }
    }
}
