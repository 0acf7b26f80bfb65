//! The simulated host's store: the same steps on the virtual disk that a file store takes on a
//! real one, each of which may fail, take a while, or be the last before a crash.

use core::future::pending;
use std::rc::Rc;

use zigdepot_core::drive::host::Store;
use zigdepot_core::store::evict::{Evictable, Scope, Space};
use zigdepot_core::store::path::first_parts;
use zigdepot_core::store::proof::Stat;
use zigdepot_core::store::{Listed, Placing, STAGING_DIR, StoreError, StoreKey};
use zigdepot_core::time::Timestamp;

use super::disk::OpenFile;
use super::host::{EPOCH, SimHost};

type Result<T> = core::result::Result<T, StoreError>;

/// What a step does to the disk, which decides how it can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Read,
    Write,
    Record,
    Flush,
    Names,
}

/// A file being written; dropped by a living process it is deleted.
#[derive(Debug)]
pub struct Staging {
    host: SimHost,
    file: OpenFile,
    path: String,
    kept: bool,
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.kept && self.host.process.alive.get() {
            let _ = self.host.world.disk.borrow_mut().unlink(&self.path);
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

impl SimHost {
    /// One step on the disk.
    async fn step(&self, step: Step, what: &str, path: &str) -> Result<()> {
        let world = &self.world;
        if !self.process.alive.get() || world.disk_step() {
            // The machine stops before this step: nobody will poll again.
            pending::<()>().await;
        }
        self.dawdle().await;
        let outcome = self.fail(step);
        if let Err(error) = outcome {
            world.note(format_args!("disk {what} {path}: {error:?}"));
        } else if step != Step::Read {
            world.note(format_args!("disk {what} {path}"));
        }
        outcome
    }

    fn fail(&self, step: Step) -> Result<()> {
        let (random, weather) = (&self.world.random, self.world.weather.borrow());
        match step {
            Step::Read if random.chance(weather.read_fails) => Err(StoreError::Io),
            Step::Write if random.chance(weather.read_only) => Err(StoreError::ReadOnly),
            Step::Write if random.chance(weather.full) => Err(StoreError::Full),
            Step::Write | Step::Flush | Step::Names if random.chance(weather.write_fails) => {
                Err(StoreError::Io)
            }
            Step::Names if random.chance(weather.names_fail) => Err(StoreError::Io),
            Step::Record if random.chance(weather.record_fails) => Err(StoreError::Io),
            Step::Read | Step::Write | Step::Record | Step::Flush | Step::Names => Ok(()),
        }
    }

    fn free_path(&self) -> String {
        let number = self.process.staged.get();
        self.process.staged.set(number + 1);
        format!("{}/{number}", self.staging_dir())
    }

    /// This process's directory below staging.
    pub(super) fn staging_dir(&self) -> String {
        format!("{STAGING_DIR}/{}", self.process.number)
    }

    fn flush_parent(&self, path: &str) {
        self.world.disk.borrow_mut().flush_dir(parent(path));
    }
}

impl Store for SimHost {
    type File = OpenFile;
    type Staging = Staging;

    async fn open(&self, key: &StoreKey) -> Result<(OpenFile, Stat)> {
        self.step(Step::Read, "open", key.as_str()).await?;
        let file = self.world.disk.borrow().open(key.as_str())?;
        let stat = file.stat();
        Ok((file, stat))
    }

    async fn read_at(&self, file: &OpenFile, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.step(Step::Read, "read", "").await?;
        let bytes = file.bytes.borrow();
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let mut n = into.len().min(bytes.len() - start);
        if n > 1 && self.world.random.chance(20) {
            n = self.world.random.size(1, n);
        }
        into[..n].copy_from_slice(&bytes[start..start + n]);
        Ok(n)
    }

    async fn record(&self, key: &StoreKey, bytes: &[u8]) -> Result<()> {
        let mut staging = self.stage().await?;
        self.append(&mut staging, bytes).await?;
        self.step(Step::Record, "record", key.as_str()).await?;
        let disk = &self.world.disk;
        disk.borrow_mut()
            .rename(&staging.path, key.as_str(), true)?;
        staging.kept = true;
        Ok(())
    }

    async fn stage(&self) -> Result<Staging> {
        let path = self.free_path();
        self.step(Step::Write, "stage", &path).await?;
        let millis = self.world.clock.now();
        let nanos = u32::try_from(millis % 1000).expect("it is small") * 1_000_000;
        let modified = (EPOCH + millis / 1000, nanos + 7);
        let file = self.world.disk.borrow_mut().create(&path, modified)?;
        Ok(Staging {
            host: self.clone(),
            file,
            path,
            kept: false,
        })
    }

    fn staged(&self, staging: &Staging) -> OpenFile {
        Rc::clone(&staging.file)
    }

    async fn append(&self, staging: &mut Staging, bytes: &[u8]) -> Result<()> {
        self.step(Step::Write, "append", &staging.path).await?;
        self.world.disk.borrow_mut().append(&staging.file, bytes)
    }

    async fn publish(
        &self,
        mut staging: Staging,
        key: &StoreKey,
        placing: Placing,
        modified: Option<Timestamp>,
    ) -> Result<Stat> {
        if let Some(Timestamp(seconds)) = modified {
            self.step(Step::Write, "touch", &staging.path).await?;
            staging.file.set_modified(seconds);
        }
        self.step(Step::Flush, "flush", &staging.path).await?;
        staging.file.flush();
        let (disk, path) = (&self.world.disk, key.as_str());
        self.step(Step::Write, "publish", path).await?;
        let replaces = placing == Placing::Replace;
        disk.borrow_mut().rename(&staging.path, path, replaces)?;
        staging.kept = true;
        let flushed = self.step(Step::Names, "flush names of", path).await;
        if flushed.is_err() {
            self.world.handle_loose_name();
        }
        flushed?;
        self.flush_parent(path);
        self.world.handle_published(path);
        Ok(staging.file.stat())
    }

    async fn list(&self, dir: &StoreKey, many: usize) -> Result<Vec<Listed>> {
        self.step(Step::Read, "list", dir.as_str()).await?;
        let prefix = format!("{}/", dir.as_str());
        let below = self.world.disk.borrow().below(dir.as_str());
        let mut listed: Vec<Listed> = below
            .iter()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(|path| Listed {
                name: first_parts(path, 1).to_owned(),
                is_dir: path.contains('/'),
            })
            .collect();
        listed.dedup();
        listed.truncate(many);
        if listed.is_empty() {
            return Err(StoreError::NotFound);
        }
        Ok(listed)
    }

    async fn relocate(&self, from: &StoreKey, to: &StoreKey) -> Result<()> {
        let (from, to) = (from.as_str(), to.as_str());
        self.step(Step::Write, "move", from).await?;
        let disk = &self.world.disk;
        let is_file = disk.borrow().open(from).is_ok();
        let moved = if is_file {
            disk.borrow_mut().rename(from, to, false)
        } else {
            disk.borrow_mut().rename_dir(from, to)
        };
        if moved.is_ok() {
            self.world.handle_unpublished(from);
        }
        match moved {
            Err(StoreError::Exists) if !is_file => {
                self.world.handle_unpublished(from);
                let inside = disk.borrow().below(from);
                for path in inside {
                    self.step(Step::Write, "merge", &path).await?;
                    let new = format!("{to}{}", &path[from.len()..]);
                    match disk.borrow_mut().rename(&path, &new, false) {
                        Ok(()) | Err(StoreError::Exists | StoreError::NotFound) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            other => other?,
        }
        self.step(Step::Flush, "flush names of", to).await?;
        self.flush_parent(to);
        Ok(())
    }

    async fn discard(&self, key: &StoreKey) -> Result<()> {
        self.step(Step::Write, "discard", key.as_str()).await?;
        let mut disk = self.world.disk.borrow_mut();
        disk.unlink(key.as_str())?;
        self.world.handle_unpublished(key.as_str());
        let _ = disk.unlink(key.proof().as_str());
        Ok(())
    }

    async fn space(&self, _counted: bool) -> Result<Space> {
        self.step(Step::Read, "space", "").await?;
        let disk = self.world.disk.borrow();
        Ok(Space {
            free: Some(disk.capacity.saturating_sub(disk.used(""))),
            used: disk.stored(),
        })
    }

    async fn evictables(&self, scope: Scope) -> Result<Vec<Evictable>> {
        self.step(Step::Read, "list", "zig/dev").await?;
        let disk = self.world.disk.borrow();
        let dirs: &[(&str, usize)] = match scope {
            Scope::Dev => &[("zig/dev", 3)],
            Scope::All => &[("zig/dev", 3), ("artifact", 4), ("pkg", usize::MAX)],
        };
        let mut all: Vec<Evictable> = Vec::new();
        for (dir, parts) in dirs {
            for path in disk.below(dir) {
                let stat = disk.open(&path)?.stat();
                let whole = first_parts(&path, *parts);
                let key = StoreKey::stored(whole).map_err(|_| StoreError::Io)?;
                if all.last().is_none_or(|last| last.key != key) {
                    all.push(Evictable {
                        key,
                        bytes: 0,
                        used: Timestamp(0),
                        published: Timestamp(0),
                    });
                }
                let last = all.last_mut().expect("one was just pushed");
                last.bytes += stat.len;
                last.used = last.used.max(stat.modified);
                last.published = last.used;
            }
        }
        Ok(all)
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        let aside = self.free_path();
        self.step(Step::Write, "delete", key.as_str()).await?;
        let disk = &self.world.disk;
        let is_file = disk.borrow().open(key.as_str()).is_ok();
        let renamed = if is_file {
            disk.borrow_mut().rename(key.as_str(), &aside, false)
        } else {
            disk.borrow_mut().rename_dir(key.as_str(), &aside)
        };
        match renamed {
            Err(StoreError::NotFound) => return Ok(()),
            other => other?,
        }
        self.world.handle_unpublished(key.as_str());
        let records = [key.proof(), key.package(), key.origin()];
        let dirs = records.iter().map(StoreKey::as_str).chain([&*aside]);
        for dir in dirs {
            let mut inside = disk.borrow().below(dir);
            if disk.borrow().open(dir).is_ok() {
                inside.push(dir.to_owned());
            }
            for path in inside {
                // What cannot be removed now is swept by the next start; here it always can be.
                let _ = self.step(Step::Write, "remove", &path).await;
                let _ = disk.borrow_mut().unlink(&path);
            }
        }
        Ok(())
    }
}
