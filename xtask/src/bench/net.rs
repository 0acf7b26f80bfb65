//! A network and a process tree of the bench's own.
//!
//! The bench runs itself again in new network and process namespaces: no other program's ports are
//! in the way, loopback uses cubic (BBR paces it and spoils bulk figures) without touching the
//! machine's setting, and nothing that the bench started outlives it, however it ends. Needs root; without, the
//! figures come from the machine's own loopback, and the report says so.

use std::{
    env,
    io::{self, Read},
    process::{Command, ExitStatus, Stdio},
    thread,
};

use crate::failure::{Doing, Failure};

/// Set for the run inside; holds a word that is unique on the machine.
const INSIDE: &str = "ZIGDEPOT_BENCH_INSIDE";

/// The shell stays as process 1, so that an interrupt ends the bench and with it the namespace.
const SET_UP: &str = "\
ulimit -n 16384 2>/dev/null
renice -n -10 -p $$ >/dev/null 2>&1
ip link set lo up || exit 1
for to in 127.0.0.1 127.0.0.0/8; do
    ip route replace local \"$to\" dev lo proto kernel scope host src 127.0.0.1 table local congctl cubic || exit 1
done
\"$@\"
exit $?";

const NAMESPACES: [&str; 5] = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

/// The processor that the servers run on.
pub(super) const SERVER_CPU: &str = "0";

/// The processor that the load runs on: another one where there is one.
pub(super) fn load_cpu() -> &'static str {
    if thread::available_parallelism().is_ok_and(|count| count.get() > 1) {
        "1"
    } else {
        "0"
    }
}

/// The unique word when this process is the one inside.
pub(super) fn inside() -> Option<String> {
    env::var(INSIDE).ok()
}

/// Runs this program again with the same arguments, pinned, in a network of its own if it may.
pub(super) fn enter() -> Result<ExitStatus, Failure> {
    let mut command = if may_unshare() {
        private()
    } else {
        on_this_network()
    };
    command.args(["taskset", "-c", load_cpu()]);
    command
        .arg(env::current_exe().doing("own path")?)
        .args(env::args_os().skip(1));
    command.env(INSIDE, std::process::id().to_string());
    let mut child = command.stdin(Stdio::piped()).spawn().doing("unshare")?;
    let lifeline = child.stdin.take();
    let status = child.wait().doing("wait");
    drop(lifeline);
    status
}

/// Ends this process when the one outside is gone: standard input is the lifeline it holds.
pub(super) fn end_with_outside() {
    thread::spawn(|| {
        io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(1);
    });
}

fn private() -> Command {
    let mut command = Command::new("unshare");
    command.args(NAMESPACES).args(["sh", "-c", SET_UP, "sh"]);
    command
}

fn on_this_network() -> Command {
    println!(
        "no right to a private network (root has it): figures are of this machine's own loopback"
    );
    let mut command = Command::new("env");
    command.arg("--");
    command
}

fn may_unshare() -> bool {
    let mut probe = Command::new("unshare");
    probe
        .args(NAMESPACES)
        .args(["sh", "-c", SET_UP, "sh", "true"]);
    probe
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
