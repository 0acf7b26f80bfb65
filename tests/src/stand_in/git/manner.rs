//! How a Git host takes a step.

use core::fmt;
use std::sync::Arc;

use crate::stand_in::Gate;

/// The requests that a client makes of a repository, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `GET info/refs`.
    Discovery,
    /// `POST git-upload-pack` for the references, in version 2.
    References,
    /// `POST git-upload-pack` for a pack.
    Fetch,
    /// Anything else.
    Other,
}

/// The version that a host speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// What the client asks for.
    #[default]
    Asked,
    /// Version 0, as hosts that know no other.
    V0,
    /// Version 1.
    V1,
}

/// One scripted way to take a step.
#[derive(Clone)]
pub enum Manner {
    /// As git does.
    Plain,
    /// A status with a short text body.
    Status(u16),
    /// A redirect: status and `Location`.
    Redirect(u16, String),
    /// 200 and an `ERR` packet with this text.
    Error(String),
    /// The pack, changed by this.
    Pack(Change),
    /// As git does, and the connection ends after so many bytes of the body.
    Cut(usize),
    /// As git does, with at most so many bytes a second.
    Drip(u64),
    /// As git does, once this was done.
    After(Hook),
    /// As git does, once the gate is open.
    Gated(Gate),
    /// Nothing, ever.
    Hang,
}

/// What is done to a pack.
pub(super) type Change = Arc<dyn Fn(&mut Vec<u8>) + Send + Sync>;
/// What is done before an answer.
pub(super) type Hook = Arc<dyn Fn() + Send + Sync>;

impl Manner {
    /// A redirect of a discovery to that of another repository URL.
    pub fn moved(status: u16, repo_url: &str) -> Self {
        let location = format!("{repo_url}/info/refs?service=git-upload-pack");
        Self::Redirect(status, location)
    }

    /// Changes the pack.
    pub fn pack(change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        Self::Pack(Arc::new(change))
    }

    /// Does something first.
    pub fn after(hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self::After(Arc::new(hook))
    }
}

impl fmt::Debug for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("Plain"),
            Self::Status(status) => write!(f, "Status({status})"),
            Self::Redirect(status, to) => write!(f, "Redirect({status}, {to:?})"),
            Self::Error(text) => write!(f, "Error({text:?})"),
            Self::Pack(_) => f.write_str("Pack"),
            Self::Cut(bytes) => write!(f, "Cut({bytes})"),
            Self::Drip(pace) => write!(f, "Drip({pace})"),
            Self::After(_) => f.write_str("After"),
            Self::Gated(_) => f.write_str("Gated"),
            Self::Hang => f.write_str("Hang"),
        }
    }
}
