//! What Git clients are sent of releases, from the files that are derived of them.

#[allow(dead_code, reason = "for answers of the Git face")]
pub(super) mod set;
#[allow(dead_code, reason = "for answers of the Git face")]
pub(super) mod source;
#[allow(dead_code, reason = "for answers of the Git face")]
pub(super) mod stream;

#[cfg(test)]
mod samples;
