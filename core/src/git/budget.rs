//! Bytes that a peer may still send.

/// Counts bytes against a limit.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    left: u64,
    limit: u64,
}

/// More bytes came than the limit allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overspent {
    /// The limit, in bytes.
    pub(super) limit: u64,
}

impl Budget {
    pub(super) const fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Overspent> {
        let left = self.left.checked_sub(bytes as u64);
        self.left = left.ok_or(Overspent { limit: self.limit })?;
        Ok(())
    }
}
