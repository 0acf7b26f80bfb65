//! References as a server lists them.

use alloc::vec::Vec;

use super::{ClientError, Limits};
use crate::git::id::ObjectId;

/// What a line is part of, for errors.
const WITHIN: &str = "list of references";

/// A reference of an upstream repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// The full name, such as `refs/tags/v1.0` or `HEAD`: at least one byte, no spaces and no
    /// control characters; not judged further. A server may list one name twice.
    pub name: Vec<u8>,
    /// The object named: of an annotated tag the tag object. It is what a fetch has to want, for
    /// the pack to hold the tag object too, and what servers that allow no other wants allow.
    pub id: ObjectId,
    /// Of an annotated tag what it leads to in the end, if the server says so. It is not verified.
    pub peeled: Option<ObjectId>,
    /// The name of the reference that this one stands for, if the server says so.
    pub symref_target: Option<Vec<u8>>,
}

/// References in the making, within the limits.
#[derive(Debug, Clone)]
pub(super) struct RefList {
    refs: Vec<Ref>,
    limits: Limits,
}

impl RefList {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            refs: Vec::new(),
            limits,
        }
    }

    pub(super) fn into_refs(self) -> Vec<Ref> {
        self.refs
    }

    /// Takes a line of an answer to `ls-refs`, without its line feed:
    /// `id SP name *(SP attribute)`.
    pub(super) fn handle_line(&mut self, line: &[u8]) -> Result<(), ClientError> {
        if line.starts_with(b"unborn ") {
            // An empty repository's HEAD; it is not asked for, and names no object.
            return Ok(());
        }
        let mut words = line.split(|&byte| byte == b' ');
        let (id, name) = (words.next(), words.next());
        let (Some(id), Some(name)) = (id.and_then(ObjectId::parse), name) else {
            return Err(ClientError::unexpected(WITHIN, line));
        };
        let mut listed = self.listed(name, id, line)?;
        for attribute in words {
            if let Some(hex) = attribute.strip_prefix(b"peeled:") {
                let peeled = ObjectId::parse(hex);
                listed.peeled = Some(peeled.ok_or_else(|| ClientError::unexpected(WITHIN, line))?);
            } else if let Some(target) = attribute.strip_prefix(b"symref-target:") {
                listed.symref_target = Some(self.name(target, line)?);
            }
        }
        self.add(listed)
    }

    /// Takes a line of an advertisement of version 0, without capabilities: `id SP name`, where
    /// `name^{}` says what the reference before leads to.
    pub(super) fn handle_advertised(&mut self, line: &[u8]) -> Result<(), ClientError> {
        let unexpected = || ClientError::unexpected(WITHIN, line);
        let (hex, rest) = line
            .split_at_checked(2 * ObjectId::BYTES)
            .ok_or_else(unexpected)?;
        let name = rest.strip_prefix(b" ").ok_or_else(unexpected)?;
        let id = ObjectId::parse(hex).ok_or_else(unexpected)?;
        let Some(tag) = name.strip_suffix(b"^{}") else {
            let listed = self.listed(name, id, line)?;
            return self.add(listed);
        };
        // It is a hint: one that stands apart from its tag is not worth an error.
        if let Some(last) = self.refs.last_mut().filter(|last| last.name == tag) {
            last.peeled = Some(id);
        }
        Ok(())
    }

    /// Notes that one reference stands for another, if it is listed.
    pub(super) fn handle_symref(&mut self, name: &[u8], target: &[u8]) -> Result<(), ClientError> {
        let target = self.name(target, target)?;
        // Only HEAD is ever said to be one, and it is listed first.
        if let Some(listed) = self
            .refs
            .iter_mut()
            .take(1)
            .find(|listed| listed.name == name)
        {
            listed.symref_target = Some(target);
        }
        Ok(())
    }

    fn listed(&self, name: &[u8], id: ObjectId, line: &[u8]) -> Result<Ref, ClientError> {
        Ok(Ref {
            name: self.name(name, line)?,
            id,
            peeled: None,
            symref_target: None,
        })
    }

    fn name(&self, name: &[u8], line: &[u8]) -> Result<Vec<u8>, ClientError> {
        let limit = self.limits.name_bytes;
        if name.len() > limit {
            return Err(ClientError::NameTooLong { limit });
        }
        if name.is_empty() || name.iter().any(|&byte| byte <= b' ' || byte == 0x7f) {
            return Err(ClientError::unexpected(WITHIN, line));
        }
        Ok(name.to_vec())
    }

    fn add(&mut self, listed: Ref) -> Result<(), ClientError> {
        let limit = self.limits.refs;
        if self.refs.len() >= limit {
            return Err(ClientError::TooManyRefs { limit });
        }
        self.refs.push(listed);
        Ok(())
    }
}
