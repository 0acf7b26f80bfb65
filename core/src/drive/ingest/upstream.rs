//! One upstream repository, asked by Git's smart HTTP protocol: its references, and packs of what
//! they name.
//!
//! Discovery follows redirects, each checked anew like any other; a command goes where discovery
//! led and is never redirected, for its answer is what one relies on. What fails in passing is tried
//! again, with waits that double.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::future::Future;

use super::objects::Pack;
use super::trouble::Trouble;
use super::watch::Watch;
use crate::app::failure::UpstreamError;
use crate::app::ingest::IngestFailure;
use crate::config::LogLevel;
use crate::drive::host::{Ask, Host, Store};
use crate::git::client::discover::{Advertisement, Discovery};
use crate::git::client::fetch::{self, Event, FetchAnswer};
use crate::git::client::ls_refs::{self, LsRefs};
use crate::git::client::remote::Remote;
use crate::git::client::{ClientError, Limits, Ref};
use crate::git::id::ObjectId;
use crate::git::pack::{PackIndex, PackLimits, READ_BYTES, Resolver, Scanner};
use crate::wire::client::{Git, ResponseHead};

/// Bytes of a pack that are indexed before others on this worker get their turn.
const PIECE: usize = 16 << 10;

/// A repository that has answered.
pub(super) struct Upstream<'a, H: Host> {
    host: &'a H,
    /// Where it is.
    remote: Remote,
    /// Where it is for good: as it was asked for, or where permanent redirects led.
    pub permanent: Remote,
    advertisement: Advertisement,
}

impl<'a, H: Host> Upstream<'a, H> {
    /// Asks a repository what it is.
    pub(super) async fn discover(host: &'a H, remote: &Remote) -> Result<Self, Trouble> {
        persist(host, || Self::discover_once(host, remote)).await
    }

    async fn discover_once(host: &'a H, asked: &Remote) -> Result<Self, Trouble> {
        let (mut remote, mut permanent) = (asked.clone(), asked.clone());
        let mut is_permanent = true;
        let ask = Ask {
            git: Some(Git::Discover),
            ..Ask::default()
        };
        for _ in 0..=host.config().limits.redirects {
            let (head, body) = host.fetch(remote.info_refs(), ask).await?;
            if !matches!(head.status, 301 | 302 | 303 | 307 | 308) {
                let advertisement = read_advertisement(host, &head, body).await?;
                return Ok(Self {
                    host,
                    remote,
                    permanent,
                    advertisement,
                });
            }
            remote = redirected(&remote, &head)?;
            host.log(
                LogLevel::Debug,
                format_args!("upstream redirects to {remote}"),
            );
            // RFC 9110 section 15.4: of these two the new place is to be remembered.
            is_permanent &= matches!(head.status, 301 | 308);
            if is_permanent {
                permanent = remote.clone();
            }
        }
        Err(UpstreamError::Redirect.into())
    }

    /// Its references.
    pub(super) async fn refs(&self) -> Result<Vec<Ref>, Trouble> {
        match &self.advertisement {
            Advertisement::V0 { refs, .. } => Ok(refs.clone()),
            Advertisement::V2 { .. } => persist(self.host, || self.refs_once()).await,
        }
    }

    async fn refs_once(&self) -> Result<Vec<Ref>, Trouble> {
        let mut request = Vec::new();
        let capabilities = self.advertisement.capabilities();
        ls_refs::request(&mut request, capabilities, &ls_refs::TAGS).map_err(ClientError::from)?;
        let mut body = self.command(&request).await?;
        let mut answer = LsRefs::new(Limits::default());
        while let Some(bytes) = self.host.next(&mut body).await? {
            answer.push(bytes)?;
        }
        Ok(answer.finish()?)
    }

    /// Sends a command.
    async fn command(&self, request: &[u8]) -> Result<H::Incoming, Trouble> {
        let ask = Ask {
            git: Some(Git::Command(request)),
            ..Ask::default()
        };
        let (head, body) = self.host.fetch(self.remote.upload_pack(), ask).await?;
        match head.status {
            200 if !head.encoded => Ok(body),
            200 => Err(UpstreamError::Protocol.into()),
            status => Err(UpstreamError::Status(status).into()),
        }
    }

    /// Fetches what these ids name, one commit deep, into a pack in staging, and indexes it.
    pub(super) async fn fetch(
        &self,
        wants: &[ObjectId],
        limits: PackLimits,
        watch: &mut Watch<'_, H>,
    ) -> Result<Pack<H>, Trouble> {
        let mut tries = Tries::new(self.host);
        loop {
            match self.fetch_once(wants, limits, watch).await {
                Err(trouble) => tries.again(trouble).await?,
                pack => return pack,
            }
        }
    }

    async fn fetch_once(
        &self,
        wants: &[ObjectId],
        limits: PackLimits,
        watch: &mut Watch<'_, H>,
    ) -> Result<Pack<H>, Trouble> {
        let host = self.host;
        let mut request = Vec::new();
        let form = fetch::request(&mut request, &self.advertisement, wants)?;
        let mut body = self.command(&request).await?;
        let mut answer = FetchAnswer::new(form, Limits::default());
        let mut spool = Spool::new(host, limits).await?;
        while let Some(bytes) = host.next(&mut body).await? {
            for piece in bytes.chunks(PIECE) {
                answer.push(piece, &mut |event| spool.handle(&event))?;
                spool.spill().await?;
                host.pause().await;
            }
            watch.handle_bytes(bytes.len());
        }
        answer.finish()?;
        // An upstream may serve one connection at a time.
        drop(body);
        let pack = spool.finish().await?;
        watch.handle_objects(pack.index.len());
        Ok(pack)
    }
}

/// Where a redirect of discovery leads.
fn redirected(remote: &Remote, head: &ResponseHead) -> Result<Remote, Trouble> {
    let location = head.location.as_deref().ok_or(UpstreamError::Redirect)?;
    let target = remote.info_refs().join(location);
    let target = target.map_err(|_| UpstreamError::Redirect)?;
    let moved = remote.redirected(&target);
    moved.map_err(|error| IngestFailure::Git(error.to_string()).into())
}

async fn read_advertisement<H: Host>(
    host: &H,
    head: &ResponseHead,
    mut body: H::Incoming,
) -> Result<Advertisement, Trouble> {
    match head.status {
        200 if !head.encoded => {}
        200 => return Err(UpstreamError::Protocol.into()),
        status => return Err(UpstreamError::Status(status).into()),
    }
    let kind = head.content_type.as_deref().map(str::as_bytes);
    let mut discovery = Discovery::new(kind, Limits::default())?;
    while let Some(bytes) = host.next(&mut body).await? {
        discovery.push(bytes)?;
    }
    Ok(discovery.finish()?)
}

/// A pack on its way into staging.
struct Spool<'a, H: Host> {
    host: &'a H,
    staging: <H::Store as Store>::Staging,
    scanner: Scanner,
    /// Bytes that were scanned, and are to be written.
    unwritten: Vec<u8>,
    bytes: u64,
}

impl<'a, H: Host> Spool<'a, H> {
    async fn new(host: &'a H, limits: PackLimits) -> Result<Self, Trouble> {
        Ok(Self {
            host,
            staging: host.store().stage().await?,
            scanner: Scanner::new(limits),
            unwritten: Vec::new(),
            bytes: 0,
        })
    }

    fn handle(&mut self, event: &Event<'_>) -> Result<(), Trouble> {
        match event {
            Event::Pack(bytes) => {
                self.unwritten.extend_from_slice(bytes);
                self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Ok(self.scanner.handle_bytes(bytes)?)
            }
            Event::Progress(words) => {
                self.host
                    .log(LogLevel::Debug, format_args!("upstream says: {words}"));
                Ok(())
            }
            Event::Shallow(_) => Ok(()),
        }
    }

    async fn spill(&mut self) -> Result<(), Trouble> {
        let store = self.host.store();
        store.append(&mut self.staging, &self.unwritten).await?;
        self.unwritten.clear();
        Ok(())
    }

    /// All bytes are here: deltas are resolved, and each object's id is known.
    async fn finish(self) -> Result<Pack<H>, Trouble> {
        let Self {
            host,
            staging,
            scanner,
            bytes,
            ..
        } = self;
        let file = host.store().staged(&staging);
        let index = resolve(host, &file, scanner).await?;
        Ok(Pack {
            file,
            bytes,
            index,
            _staging: Some(staging),
        })
    }
}

/// Indexes a pack whose bytes have all been scanned.
pub(super) async fn resolve<H: Host>(
    host: &H,
    file: &H::File,
    scanner: Scanner,
) -> Result<PackIndex, Trouble> {
    let mut resolver = Resolver::new(scanner.finish()?);
    let mut buffer = alloc::vec![0; READ_BYTES];
    while let Some(offset) = resolver.poll_read() {
        let n = host.store().read_at(file, offset, &mut buffer).await?;
        resolver.handle_read(buffer.get(..n).unwrap_or_default())?;
        host.pause().await;
    }
    Ok(resolver.finish()?)
}

/// Tries until it works or is not worth it.
async fn persist<H: Host, T, F: Future<Output = Result<T, Trouble>>>(
    host: &H,
    once: impl Fn() -> F,
) -> Result<T, Trouble> {
    let mut tries = Tries::new(host);
    loop {
        match once().await {
            Err(trouble) => tries.again(trouble).await?,
            done => return done,
        }
    }
}

/// Counts attempts, and waits in between.
struct Tries<'a, H: Host> {
    host: &'a H,
    made: u32,
}

impl<'a, H: Host> Tries<'a, H> {
    fn new(host: &'a H) -> Self {
        Self { host, made: 0 }
    }

    /// Waits before the next attempt; the trouble itself if there is to be none.
    async fn again(&mut self, trouble: Trouble) -> Result<(), Trouble> {
        let limits = &self.host.config().limits;
        self.made += 1;
        if self.made >= limits.attempts || !trouble.is_passing() || self.host.is_stopping() {
            return Err(trouble);
        }
        let wait = limits.retry_wait * 2u32.saturating_pow(self.made - 1);
        self.host.log(
            LogLevel::Debug,
            format_args!("upstream: {trouble}; again in {wait:?}"),
        );
        let until = self.host.now().instant + wait.min(limits.retry_wait_max);
        self.host.sleep(until).await;
        Ok(())
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        if let ClientError::Server(words) = &error
            && format!("{words}").contains("not our ref")
        {
            return Self::Moved;
        }
        Self::Failed(IngestFailure::Git(format!("{error}")))
    }
}
