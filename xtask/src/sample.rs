//! Files to serve: made from a seed, and signed by the real minisign with a key of this run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::{Doing, Failure},
    tools,
};

/// A minisign key pair without password, in a folder of the run.
pub(crate) struct Key {
    secret: PathBuf,
    /// The public half as one base64 word.
    pub(crate) public: String,
}

impl Key {
    pub(crate) fn make(dir: &Path) -> Result<Self, Failure> {
        let (public, secret) = (dir.join("test.pub"), dir.join("test.key"));
        let mut minisign = Command::new("minisign");
        minisign.args(["-G", "-W", "-f", "-p"]).arg(&public);
        tools::stdout_of(minisign.arg("-s").arg(&secret))?;
        let text = fs::read_to_string(&public).doing(public.display())?;
        let word = text.lines().nth(1).doing("minisign made no public key")?;
        Ok(Self {
            public: word.to_owned(),
            secret,
        })
    }

    /// Signs as ziglang.org does: prehashed, with the file's name in the trusted comment.
    pub(crate) fn sign(&self, file: &Path, name: &str, signature: &Path) -> Result<(), Failure> {
        let comment = format!("timestamp:1735689600\tfile:{name}\thashed");
        let mut minisign = Command::new("minisign");
        minisign
            .args(["-S", "-H", "-t", &comment, "-s"])
            .arg(&self.secret);
        minisign.arg("-x").arg(signature).arg("-m").arg(file);
        tools::stdout_of(&mut minisign).map(drop)
    }
}

/// Where a file's signature lies.
pub(crate) fn signature_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// Bytes that no compressor can shrink, the same for the same seed (xorshift64*).
pub(crate) fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut out = Vec::with_capacity(count + 8);
    while out.len() < count {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        out.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    out.truncate(count);
    out
}
