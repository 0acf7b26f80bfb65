//! What a package's hash costs at least: inflating a `.tar.gz`, and SHA-256 over what is in it.
//!
//! `cargo xtask bench` starts it beside the servers and counts its CPU time as it counts theirs.
//! It is given a file, keeps it and what it inflates to in memory, and prints `ready`. For each
//! line `inflate` or `sha256` it does that once, with the core's own code, and prints `done`. It
//! ends with its input. It measures nothing itself, and neither reads tar nor computes a package
//! hash: `zigdepot hash` does.
#![allow(clippy::print_stdout, reason = "it talks to who started it")]

use core::error::Error;
use core::hint::black_box;
use std::io::{self, BufRead as _, Write as _};

use zigdepot_core::archive::gzip::{Gunzip, GzipError};
use zigdepot_core::zig::digest::Hashing;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1);
    let packed = std::fs::read(path.ok_or("usage: package_costs FILE.tar.gz")?)?;
    let mut content = Vec::new();
    inflate(&packed, |run| content.extend_from_slice(run))?;
    say("ready")?;
    for line in io::stdin().lock().lines() {
        match line?.as_str() {
            "inflate" => inflate(&packed, |run| _ = black_box(run))?,
            "sha256" => sha256(&content),
            other => return Err(format!("'{other}' is neither inflate nor sha256").into()),
        }
        say("done")?;
    }
    Ok(())
}

fn inflate(packed: &[u8], mut take: impl FnMut(&[u8])) -> Result<(), GzipError> {
    let mut gunzip = Gunzip::new();
    gunzip.push(packed, &mut |run| {
        take(run);
        Ok::<(), GzipError>(())
    })?;
    gunzip.finish()
}

fn sha256(content: &[u8]) {
    let mut hashing = Hashing::new();
    hashing.update(content);
    black_box(hashing.finish());
}

fn say(word: &str) -> io::Result<()> {
    println!("{word}");
    io::stdout().flush()
}
