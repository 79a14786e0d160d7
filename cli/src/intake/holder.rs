//! Who keeps a SQLite database from being written. Nobody can be ended from within it, as on PostgreSQL; but its
//! locks are the kernel's, which lists them with their owners.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The byte of the log's index (`-shm`) that SQLite locks for whoever writes, by its file format.
const WRITE_LOCK: u64 = 120;

/// A process that holds a database's write lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pid: u32,
    name: String,
    /// Whether it was stopped (SIGSTOP, Ctrl-Z, a debugger), and so will not go on by itself.
    stopped: bool,
}

impl Holder {
    /// Whoever writes to this file now, if anybody does and the kernel tells.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let mut index = file.as_os_str().to_owned();
        index.push("-shm");
        // Not opened: closing it again would give up locks of this process's own.
        let inode = std::fs::metadata(&index).ok()?.ino();
        let locks = std::fs::read_to_string("/proc/locks").ok()?;
        let pid = writer(&locks, inode).filter(|pid| *pid != std::process::id())?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name is in parentheses and may hold some itself; after it stands the state.
        let (before, after) = stat.rsplit_once(") ")?;
        let (_, name) = before.split_once('(')?;
        Some(Self {
            pid,
            name: name.chars().filter(|c| !c.is_control()).collect(),
            stopped: after.starts_with(['T', 't']),
        })
    }
}

impl fmt::Display for Holder {
    /// What to do about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, name, stopped } = self;
        let state = if *stopped { ", stopped" } else { "" };
        write!(
            f,
            "process {pid} ({name}{state}) holds the file: if it hangs, end it with `kill -9 {pid}`, then close again"
        )
    }
}

/// The owner of the write lock, of the kernel's list: `1: POSIX ADVISORY WRITE 4711 fd:01:131090 120 120`.
/// Who only waits for it has an arrow after the number.
fn writer(locks: &str, inode: u64) -> Option<u32> {
    let of_file = format!(":{inode}");
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, "WRITE", pid, file, first, last] = words[..] else {
            return None;
        };
        let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
        let locked = file.ends_with(&of_file) && (first..=last).contains(&WRITE_LOCK);
        // Of another container's process the kernel says 0, or less.
        locked.then(|| pid.parse().ok()).flatten().filter(|pid| *pid > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_who_writes_is_found_among_all_locks() {
        let locks = "1: POSIX  ADVISORY  READ 800 fd:01:77 123 123\n\
                     2: POSIX  ADVISORY  WRITE 801 fd:01:777 120 120\n\
                     3: FLOCK  ADVISORY  WRITE 802 fd:01:77 0 EOF\n\
                     3: POSIX  ADVISORY  WRITE 803 fd:01:77 128 128\n\
                     4: POSIX  ADVISORY  WRITE 4711 fd:01:77 120 120\n\
                     4: -> POSIX  ADVISORY  WRITE 804 fd:01:77 120 120\n";
        assert_eq!(writer(locks, 77), Some(4711));
        assert_eq!(writer(locks, 777), Some(801));
        assert_eq!(writer(locks, 78), None);
        assert_eq!(writer("1: POSIX  ADVISORY  WRITE 0 fd:01:77 120 120", 77), None);
        assert_eq!(writer("", 77), None);
    }

    #[test]
    fn what_to_do_is_said() {
        let holder = Holder {
            pid: 4711,
            name: "financing".to_owned(),
            stopped: true,
        };
        assert_eq!(
            holder.to_string(),
            "process 4711 (financing, stopped) holds the file: if it hangs, end it with `kill -9 4711`, then close again"
        );
    }
}
