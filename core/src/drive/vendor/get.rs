//! Ways to an archive: the store, a file of the project, the mirror, the URL itself.
//!
//! What a template makes goes into the mirror's store, as if a client had asked for it. What comes
//! straight from a URL stays a staging file and is never published: nobody said to mirror it.

use super::{Archive, Bundle, Event, Trip, Trouble};
use crate::app::Cause;
use crate::app::asset::Asset;
use crate::app::failure::{Failure, UpstreamError};
use crate::app::flight::{Appetite, Follow};
use crate::app::pursuit::{Pursuit, Step};
use crate::drive::fetch;
use crate::drive::find::{Found, find};
use crate::drive::host::{Ask, Host, Store};
use crate::drive::package::by_hash;
use crate::drive::race::{First, race};
use crate::drive::site::act;
use crate::drive::voucher::Following;
use crate::route::Route;
use crate::route::mirrored::MirroredName;
use crate::store::StoreError;
use crate::wire::url::Url;
use crate::zig::dependencies::{Place, Remote};
use crate::zig::package::PackageHash;

/// Bytes of a local file copied at once.
const CHUNK: usize = 128 << 10;

/// An archive, and what keeps its file there.
pub(super) struct Got<H: Host> {
    pub(super) archive: Archive<H::File>,
    _staging: Option<<H::Store as Store>::Staging>,
}

impl<H: Host> Got<H> {
    fn stored(archive: Archive<H::File>) -> Self {
        Self {
            archive,
            _staging: None,
        }
    }
}

impl<H: Host, B: Bundle<H::File>> Trip<'_, H, B> {
    /// The archive in the store that has this hash.
    pub(super) async fn stored(&self, hash: &PackageHash) -> Option<Got<H>> {
        let found = by_hash(self.host, hash).await?;
        let archive = Archive::read(self.host, found.file, found.key.as_str()).await;
        // A record is no proof; the URL still is a way.
        let archive = archive.ok().filter(|archive| archive.check(hash).is_ok())?;
        Some(Got::stored(archive))
    }

    /// The archive at a dependency's URL, whatever its hash.
    pub(super) async fn at_url(&mut self, remote: &Remote) -> Result<Got<H>, Trouble> {
        let url = remote.url.as_str();
        if let Some(path) = url.strip_prefix("file:") {
            return self.local(remote, path).await;
        }
        if url.starts_with("git+") {
            return Err(Trouble::Git);
        }
        match self.name_here(url) {
            Some(name) => self.mirrored(remote, Asset::Mirrored(name)).await,
            None => self.download(remote).await,
        }
    }

    /// What the file at this URL is called here: by a template, or because the URL is our own.
    fn name_here(&self, url: &str) -> Option<MirroredName> {
        let config = self.host.config();
        let templated = config.packages.find(url);
        let templated = templated.or_else(|| config.artifacts.find(url));
        templated.or_else(|| {
            let own = self.host.with_site(|site| {
                let path = url.strip_prefix(site.app.base_url());
                path.map(Route::parse)
            });
            match own {
                Some(Ok(Route::Mirrored(name))) => Some(name),
                _ => None,
            }
        })
    }

    /// A file of this machine, copied so that it cannot change.
    async fn local(&mut self, remote: &Remote, path: &str) -> Result<Got<H>, Trouble> {
        let Place::Local(dir) = &remote.asker.place else {
            return Err(Trouble::Foreign);
        };
        let file = self.bundle.open(dir, path).map_err(Trouble::Files)?;
        let store = self.host.store();
        let mut staging = store.stage().await?;
        let (mut buffer, mut offset) = (alloc::vec![0; CHUNK], 0);
        loop {
            let read = store.read_at(&file, offset, &mut buffer).await?;
            if read == 0 {
                break;
            }
            offset += read as u64;
            self.check_size(offset)?;
            store
                .append(&mut staging, buffer.get(..read).unwrap_or_default())
                .await?;
        }
        self.staged(staging, path).await
    }

    /// What the mirror has or gets under this name.
    async fn mirrored(&mut self, remote: &Remote, asset: Asset) -> Result<Got<H>, Trouble> {
        let expected = remote.hash.as_ref();
        if let Some(found) = self.find(&asset).await?
            && found.proof.is_some()
        {
            let archive = Archive::read(self.host, found.file, found.key.as_str()).await;
            let is_it =
                |archive: &Archive<_>| expected.is_none_or(|hash| archive.check(hash).is_ok());
            // Upstream may have something else under that name by now.
            if !asset.may_change() || archive.as_ref().is_ok_and(is_it) {
                return Ok(Got::stored(archive?));
            }
        }
        self.follow(remote, &asset).await?;
        let found = self.find(&asset).await?;
        let found = found.ok_or(Failure::Store(StoreError::NotFound))?;
        let archive = Archive::read(self.host, found.file, found.key.as_str()).await?;
        Ok(Got::stored(archive))
    }

    async fn find(&self, asset: &Asset) -> Result<Option<Found<H::File>>, Trouble> {
        let places = self.host.with_site(|site| site.app.places(asset));
        Ok(find(self.host, &places).await?)
    }

    /// Waits for the mirror's own download.
    async fn follow(&mut self, remote: &Remote, asset: &Asset) -> Result<(), Trouble> {
        let (host, now) = (self.host, self.host.now());
        let id = act(host, |site| {
            site.app
                .join(asset, Appetite::Outcome, Cause::Prefetch, now)
        });
        let following = Following {
            host: host.clone(),
            id: id.map_err(Failure::from)?,
        };
        loop {
            let tick = host.now().instant + host.config().limits.prefetch_tick;
            match race(following.next(0), host.sleep(tick)).await {
                First::Left(Follow::Failed(failure)) => return Err(failure.into()),
                First::Left(Follow::Published | Follow::Bytes { .. } | Follow::Pending) => {
                    return Ok(());
                }
                First::Right(()) => {
                    let bytes = host.with_site(|site| site.app.flights().committed(following.id));
                    self.bundle.handle(Event::Progress(remote, bytes));
                }
            }
        }
    }

    /// Straight from the URL, a few times if need be.
    async fn download(&mut self, remote: &Remote) -> Result<Got<H>, Trouble> {
        let url = Url::parse(&remote.url).map_err(Trouble::Url)?;
        let limits = &self.host.config().clone().limits;
        let mut pursuit = Pursuit::new(1, limits, self.host.now().instant.0);
        loop {
            let failure = match self.attempt(remote, &url).await {
                Ok(staging) => return self.staged(staging, url.path()).await,
                Err(failure) => failure,
            };
            match pursuit.handle_failure(failure, false, limits) {
                Step::Again(wait) => self.host.sleep(self.host.now().instant + wait).await,
                Step::Next => {}
                Step::GiveUp(failure) => return Err(failure.into()),
            }
        }
    }

    /// Asks once, and takes what comes from its first byte.
    async fn attempt(
        &mut self,
        remote: &Remote,
        url: &Url,
    ) -> Result<<H::Store as Store>::Staging, Failure> {
        let host = self.host;
        let mut response = fetch::get(host, url, Ask::default()).await?;
        if response.head.status != 200 {
            return Err(UpstreamError::Status(response.head.status).into());
        }
        if response.head.encoded {
            return Err(UpstreamError::Protocol.into());
        }
        self.check_size(response.head.length.unwrap_or(0))?;
        let mut staging = host.store().stage().await?;
        let (mut taken, mut rested) = (0, 0);
        while let Some(bytes) = response.next(host).await? {
            taken += bytes.len() as u64;
            self.check_size(taken)?;
            host.store().append(&mut staging, bytes).await?;
            self.bundle.handle(Event::Progress(remote, taken));
            if taken - rested >= host.config().limits.turn_bytes {
                rested = taken;
                host.pause().await;
            }
        }
        Ok(staging)
    }

    fn check_size(&self, bytes: u64) -> Result<(), Failure> {
        if bytes > self.host.config().limits.file_bytes {
            return Err(UpstreamError::TooLarge.into());
        }
        Ok(())
    }

    async fn staged(
        &self,
        staging: <H::Store as Store>::Staging,
        name: &str,
    ) -> Result<Got<H>, Trouble> {
        let file = self.host.store().staged(&staging);
        Ok(Got {
            archive: Archive::read(self.host, file, name).await?,
            _staging: Some(staging),
        })
    }
}
