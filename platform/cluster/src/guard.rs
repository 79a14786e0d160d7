//! Ends the server when this process dies, even by SIGKILL.
//!
//! A small shell waits at the end of a pipe that only this process holds, from
//! before the first start to after the last stop. When the pipe closes, it stops the
//! server that still runs, if any, and removes the folder.

use crate::ClusterError;
use crate::account::Account;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The server records its pid on the first line of `postmaster.pid`, and removes the
/// file when it ends in order. A pid that was given to another process since does
/// not have the folder among its arguments. After ten seconds the server is killed;
/// removing is tried again for what a dying logger still writes.
const SCRIPT: &str = r#"
read -r _
dir=$1 keep=$2
mine() {
  pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] &&
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF "$dir/data"
}
mine && kill -INT "$pid"
tries=0
while mine && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
mine && kill -KILL "$pid"
[ "$keep" = keep ] && exit
rm -rf "$dir" || { sleep 1; rm -rf "$dir"; }
"#;

/// Dropping it does what the death of this process does, and waits for that.
pub(crate) struct Guard {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Guard {
    pub(crate) fn watch(account: &Account, folder: &Path, keep: bool) -> Result<Self, ClusterError> {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(SCRIPT)
            .arg("backstop-postgres-guard")
            .arg(folder);
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

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}
