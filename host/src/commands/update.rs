//! `update`: brings everything up to date, as `POST /api/update` does.

use std::process::ExitCode;

use zigdepot_core::app::ingest::Ingested;
use zigdepot_core::drive::host::Host;
use zigdepot_core::drive::ingest::Observer as _;
use zigdepot_core::drive::update::{Observer, summary, update_now};
use zigdepot_core::registry::documents::{Progress, UpdateStatus};
use zigdepot_core::registry::name::PackageName;
use zigdepot_core::store::StoreError;

use super::fetch::{is_smooth, open, status, tell};
use super::{Call, Command, CommandError, Doing, OnWorker, say};
use crate::progress::ingest::Intake;
use crate::shared::Seat;
use crate::store::OpenFile;
use crate::task::{Solo, Task};

/// The command.
pub const COMMAND: Command = Command {
    name: "update",
    usage: "",
    summary: "look for new tags of all packages, and for new packages in the catalog",
    help: "Packages are those that CATALOG_URL names, those that are published, and the bare\n\
           repositories below git/ in the DATA_DIR. A catalog that cannot be had changes nothing:\n\
           the last one counts. A package with news or trouble gets a line. A server may run\n\
           meanwhile; POST /api/update makes it do the same.\n\
           Exit status 1: a tag was refused, has moved upstream (the published one stays), or the\n\
           catalog or a repository could not be had. 2: it could not run.\n",
    flags: &[],
    run: Doing::OnWorker(OnWorker::Update),
};

/// An update, and what it has come to.
struct Update {
    intake: Intake,
    is_whole: bool,
}

impl Task for Update {
    type Outcome = UpdateStatus;

    async fn run<H: Host<File = OpenFile>>(&mut self, host: &H) -> UpdateStatus {
        self.intake.begin("update");
        let status = update_now(host, self).await;
        self.intake.end();
        status
    }
}

/// Brings everything up to date.
pub fn run<S: Solo>(call: Call) -> Result<ExitCode, CommandError> {
    call.expect_no_words()?;
    call.data_dir()?;
    let seat: Seat = open(call)?;
    if !seat.shared.store.is_writable() {
        return Err(CommandError::new(&StoreError::ReadOnly));
    }
    let mut task = Update {
        intake: Intake::new(),
        is_whole: true,
    };
    let done = S::carry_out(seat, &mut task).map_err(|error| CommandError::new(&error))?;
    if let Some(problem) = &done.source_error {
        say(format_args!(
            "CATALOG_URL: {problem}; the last catalog counts"
        ));
    }
    say(format_args!("{}", summary(&done)));
    let is_whole = task.is_whole && done.source_error.is_none() && done.source_repo_failed == 0;
    Ok(status(is_whole))
}

impl Observer for Update {
    fn handle_skipped(&mut self, record: usize, reason: &dyn core::fmt::Display) {
        self.intake.clear();
        say(format_args!(
            "catalog: record {record} is skipped: {reason}"
        ));
    }

    fn handle_progress(&mut self, status: &UpdateStatus, progress: &Progress) {
        let done = status.packages_synced + status.source_repo_failed;
        self.intake.name(&format!("update, {done} packages done"));
        self.intake.handle_progress(progress);
    }

    fn handle_ingested(&mut self, package: &PackageName, outcome: &Ingested) {
        let is_quiet = outcome
            .as_ref()
            .is_ok_and(|report| report.created == 0 && is_smooth(report));
        if !is_quiet {
            self.intake.clear();
            self.is_whole &= tell(package, outcome);
        }
    }
}
