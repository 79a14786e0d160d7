//! One process, as `/proc/<pid>` tells of it.

use std::fs;
use std::path::Path;

use super::processor::TICKS;
use super::read_in;

/// A process is a number and a start: numbers come back.
pub(super) type Key = (u32, u64);

/// What is known of one; what this user may not see is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Process {
    pub(super) key: Key,
    /// Seconds of processors, its own and the kernel's for it.
    pub(super) user: f64,
    pub(super) system: f64,
    pub(super) threads: f64,
    pub(super) resident: Option<f64>,
    pub(super) virtual_memory: Option<f64>,
    pub(super) swapped: Option<f64>,
    pub(super) descriptors: Option<f64>,
    /// How many it may have; none if as many as it likes.
    pub(super) descriptors_limit: Option<f64>,
}

/// The name that the kernel knows it by, at most 15 bytes of it.
pub(super) fn name(proc: &Path, pid: u32) -> Option<String> {
    read_in(&proc.join(pid.to_string()), "comm").map(|name| name.trim_end().to_owned())
}

pub(super) fn read(proc: &Path, pid: u32) -> Option<Process> {
    let folder = proc.join(pid.to_string());
    let stat = read_in(&folder, "stat")?;
    // Its name stands in brackets and may hold any byte, so fields count from the last bracket.
    let (_, after) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_ascii_whitespace().collect();
    // A zombie has ended; nobody has asked how.
    if matches!(fields.first(), Some(&("Z" | "X"))) {
        return None;
    }
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    let ticks = |number: usize| super::number(fields.get(number - 3).copied()).map(|ticks| ticks / TICKS);
    let status = read_in(&folder, "status").unwrap_or_default();
    let bytes = |name: &str| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        super::number(line?.split_ascii_whitespace().next()).map(|kilobytes| kilobytes * 1_024.0)
    };
    let limits = read_in(&folder, "limits").unwrap_or_default();
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    Some(Process {
        key: (pid, field(22)?),
        user: ticks(14)?,
        system: ticks(15)?,
        threads: super::number(fields.get(17).copied())?,
        resident: bytes("VmRSS"),
        virtual_memory: bytes("VmSize"),
        swapped: bytes("VmSwap"),
        descriptors: descriptors(&folder),
        descriptors_limit: limit.and_then(|limit| super::number(limit.split_ascii_whitespace().next())),
    })
}

fn descriptors(folder: &Path) -> Option<f64> {
    let open = fs::read_dir(folder.join("fd")).ok()?.count();
    u32::try_from(open).ok().map(f64::from)
}
