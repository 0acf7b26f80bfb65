//! What the stories share.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use zigdepot_tests::command::{Outcome, run};
use zigdepot_tests::conformance::depot::{LARGE, Plan, RELEASE, bytes_of};
use zigdepot_tests::host::{Binary, Host};
use zigdepot_tests::scratch::files_below;

pub(crate) const DEV_DIR: &str = "zig/dev/0.15.0-dev.631+9a3540d61";
pub(crate) const PACKAGE: &str = "pkg/hexops/mach/0123456789abcdef.tar.gz";
pub(crate) const ARTIFACT: &str = "artifact/hexops/dawn/v1/lib.tar.gz";

/// What a story is about: a program, a data directory, an upstream.
pub(crate) struct Story<'p> {
    pub(crate) program: &'p Binary,
    pub(crate) plan: Plan<'p>,
}

impl<'p> Story<'p> {
    pub(crate) fn new(program: &'p Binary) -> Self {
        let plan = Plan::new(program);
        Self { program, plan }
    }

    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        run(self.program, &self.plan.settings, words)
    }

    pub(crate) fn path(&self, path: &str) -> std::path::PathBuf {
        self.plan.path(path)
    }

    pub(crate) fn stored(&self) -> Vec<String> {
        let mut files = files_below(&self.path(""));
        files.retain(|path| !path.starts_with(".zigdepot/"));
        files
    }

    pub(crate) fn state(&self, dir: &str) -> Vec<String> {
        files_below(&self.path(".zigdepot").join(dir))
    }

    pub(crate) fn store_release(&self) -> std::sync::Arc<[u8]> {
        let bytes = bytes_of(1, LARGE);
        self.plan.store_signed("zig/stable/0.14.1", RELEASE, &bytes);
        bytes
    }

    /// Changes the file's bytes and nothing else that can be seen of it.
    pub(crate) fn damage(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = self.path(path);
        let modified = fs::metadata(&path)
            .expect("it can be done")
            .modified()
            .expect("it can be done");
        let mut bytes = fs::read(&path).expect("it can be done");
        change(&mut bytes);
        fs::write(&path, bytes).expect("it can be done");
        fs::File::open(&path)
            .expect("it can be done")
            .set_modified(modified)
            .expect("it can be done");
    }
}

/// Lets a file or a directory look unused and unchanged for so many hours.
pub(crate) fn age(path: &Path, hours: u64) {
    let at = SystemTime::now() - Duration::from_hours(hours);
    let times = fs::FileTimes::new().set_accessed(at).set_modified(at);
    fs::File::open(path)
        .expect("it can be done")
        .set_times(times)
        .expect("it can be done");
}

impl Story<'_> {
    pub(crate) fn name(&self) -> &'static str {
        match self.program.name() {
            "smol" => "zigdepot",
            _ => "zigdepot-tokio",
        }
    }
}
