//! Ends the server when this process dies, even by SIGKILL.
//!
//! A small shell waits at the end of a pipe that only this process holds. When the
//! pipe closes, it stops the server, if that still runs under the recorded pid, and
//! removes the directory.

use crate::ClusterError;
use crate::account::Account;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The server writes its own pid on the first line of `postmaster.pid` and removes
/// the file when it ends in order; after ten seconds it is killed.
const SCRIPT: &str = r#"
read -r _
pid=$1 dir=$2 keep=$3
mine() { [ "$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null)" = "$pid" ] && kill -0 "$pid" 2>/dev/null; }
mine && kill -INT "$pid"
tries=0
while mine && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
mine && kill -KILL "$pid"
[ "$keep" = keep ] || rm -rf "$dir"
"#;

/// Dropping it ends the server, as the death of this process does.
pub(crate) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    pub(crate) fn watch(account: &Account, pid: u32, dir: &Path, keep: bool) -> Result<Self, ClusterError> {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(SCRIPT)
            .arg("backstop-postgres-guard")
            .arg(pid.to_string())
            .arg(dir);
        command.arg(if keep { "keep" } else { "remove" }).current_dir("/");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut shell = account
            .apply(&mut command)
            .spawn()
            .map_err(ClusterError::io("starting the server's guard"))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }
}

impl Guard {
    /// Ends the guard without its work, for a server that is to be started again.
    pub(crate) fn dismiss(mut self) {
        let _ = self.shell.kill();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}
