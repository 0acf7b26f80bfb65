//! What a server says that it can do, as far as it matters here.

use super::ClientError;
use super::words::Words;

/// Something that a server may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Listing references (protocol 2).
    LsRefs,
    /// Making packs (protocol 2).
    Fetch,
    /// Packs of so many commits deep.
    Shallow,
    /// Packets of up to 65,520 bytes that hold pack, progress and errors apart (protocol 0).
    SideBand64k,
    /// The same, of up to 1,000 bytes (protocol 0).
    SideBand,
    /// Packs that lean on what the client has (protocol 0).
    ThinPack,
    /// Deltas that name their base by its place; in protocol 2 always offered.
    OfsDelta,
    /// Being silent while it works; in protocol 2 always offered.
    NoProgress,
    /// Hearing which object ids the client means.
    ObjectFormat,
    /// Hearing the client's name.
    Agent,
}

/// What a server offers, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// A bit for each [`Capability`].
    offered: u16,
    agent: Words,
}

impl Capabilities {
    /// Whether the server offers it.
    pub const fn offers(&self, capability: Capability) -> bool {
        self.offered & 1 << capability as u16 != 0
    }

    /// The server's name and version as it tells it, such as `git/2.47.3`; may be empty.
    pub const fn agent(&self) -> &Words {
        &self.agent
    }

    /// Takes a line of protocol 2: `key` or `key=value`.
    pub(super) fn handle_v2(&mut self, line: &[u8]) -> Result<(), ClientError> {
        let (key, value) = split_value(line);
        match key {
            b"ls-refs" => self.add(Capability::LsRefs),
            b"fetch" => {
                self.add(Capability::Fetch);
                if value
                    .split(|&byte| byte == b' ')
                    .any(|word| word == b"shallow")
                {
                    self.add(Capability::Shallow);
                }
            }
            _ => return self.handle_common(key, value),
        }
        Ok(())
    }

    /// Takes a word of the list that protocol 0 hangs on its first reference.
    pub(super) fn handle_v0(&mut self, word: &[u8]) -> Result<(), ClientError> {
        let (key, value) = split_value(word);
        match key {
            b"shallow" => self.add(Capability::Shallow),
            b"side-band-64k" => self.add(Capability::SideBand64k),
            b"side-band" => self.add(Capability::SideBand),
            b"thin-pack" => self.add(Capability::ThinPack),
            b"ofs-delta" => self.add(Capability::OfsDelta),
            b"no-progress" => self.add(Capability::NoProgress),
            _ => return self.handle_common(key, value),
        }
        Ok(())
    }

    /// Refuses a server of protocol 2 that lacks a command.
    pub(super) const fn check_v2(&self) -> Result<(), ClientError> {
        match (
            self.offers(Capability::LsRefs),
            self.offers(Capability::Fetch),
        ) {
            (true, true) => Ok(()),
            (false, _) => Err(ClientError::NoCommand("ls-refs")),
            (true, false) => Err(ClientError::NoCommand("fetch")),
        }
    }

    /// If object formats are listed more than once, the first is the repository's own
    /// (gitprotocol-capabilities(5)); without one it is sha1.
    fn handle_common(&mut self, key: &[u8], value: &[u8]) -> Result<(), ClientError> {
        match key {
            b"agent" => {
                self.add(Capability::Agent);
                self.agent = Words::new(value);
            }
            b"object-format" if !self.offers(Capability::ObjectFormat) => {
                if value != b"sha1" {
                    return Err(ClientError::ObjectFormat(Words::new(value)));
                }
                self.add(Capability::ObjectFormat);
            }
            _ => {}
        }
        Ok(())
    }

    const fn add(&mut self, capability: Capability) {
        self.offered |= 1 << capability as u16;
    }
}

fn split_value(word: &[u8]) -> (&[u8], &[u8]) {
    let (key, rest) = word.split_at(memchr::memchr(b'=', word).unwrap_or(word.len()));
    (key, rest.strip_prefix(b"=").unwrap_or_default())
}
