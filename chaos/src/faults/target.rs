//! Which process: by pid and start time, never by name.

use anyhow::Context as _;
use base::exit;
use lease::Process;

use base::ended::stop;

/// Finds a process. Without a start time it is the one that has the pid now.
///
/// # Errors
/// When there is none, it started at another time, or it must not be harmed.
pub fn find(pid: i32, start: Option<u64>) -> anyhow::Result<Process> {
    let own = Process::own().context("failed to look at this process")?;
    if pid <= 1 || pid == own.pid {
        return Err(stop(
            exit::REFUSED,
            format!("process {pid} is not one to be harmed"),
        ));
    }
    let process = Process::with_pid(pid)
        .with_context(|| format!("failed to look at process {pid}"))?
        .ok_or_else(|| stop(exit::USAGE, format!("there is no process {pid}")))?;
    match start {
        Some(start) if start != process.start => Err(stop(
            exit::REFUSED,
            format!(
                "process {pid} started at tick {}, not {start}: it is another one",
                process.start
            ),
        )),
        _ => Ok(process),
    }
}
