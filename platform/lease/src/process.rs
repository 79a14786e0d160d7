//! Who a process is: its pid, when it started, and in which boot of the machine. A pid alone may be somebody else's by
//! the time a signal is sent, so signals go through a pidfd that was opened before the start time was compared.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

pub use rustix::process::Signal;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// One process and no other, before or after it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Process {
    /// Its pid.
    pub pid: i32,
    /// Clock ticks between the machine's boot and its start, from `/proc/PID/stat`.
    pub start: u64,
    /// The boot's id: after another boot every pid and every start time means something else.
    pub boot: String,
}

/// A process that can be signalled and no other in its place.
#[derive(Debug)]
pub struct Handle {
    fd: OwnedFd,
    process: Process,
}

impl Process {
    /// The one that has this pid now; none if there is none, or it has ended and waits for its parent.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn with_pid(pid: i32) -> io::Result<Option<Self>> {
        let boot = boot()?;
        Ok(stat(pid)?.filter(|stat| !stat.ended()).map(|stat| Self {
            pid,
            start: stat.start,
            boot,
        }))
    }

    /// This one.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn own() -> io::Result<Self> {
        let pid = i32::try_from(std::process::id()).map_err(io::Error::other)?;
        Self::with_pid(pid)?.ok_or_else(|| io::Error::other("this process is not in /proc"))
    }

    /// Whether it still runs. A zombie does not: it only waits for its parent to look.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn is_alive(&self) -> io::Result<bool> {
        Ok(self.state()?.is_some())
    }

    /// Whether a signal has stopped it.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn is_stopped(&self) -> io::Result<bool> {
        Ok(self.state()? == Some('T'))
    }

    /// Its letter in `/proc/PID/stat`; none once it has ended.
    fn state(&self) -> io::Result<Option<char>> {
        if boot()? != self.boot {
            return Ok(None);
        }
        let same = |stat: &Stat| stat.start == self.start && !stat.ended();
        Ok(stat(self.pid)?.filter(same).map(|stat| stat.state))
    }

    /// Takes hold of it; none once it has ended.
    ///
    /// # Errors
    /// When `/proc` cannot be read or the kernel knows no pidfd.
    pub fn open(&self) -> io::Result<Option<Handle>> {
        // Zero and negative numbers mean whole groups.
        let Some(pid) = (self.pid > 0).then(|| Pid::from_raw(self.pid)).flatten() else {
            return Ok(None);
        };
        let fd = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => fd,
            Err(rustix::io::Errno::SRCH) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // Compared after the hold: if the pid is reused between the two, the start time tells.
        Ok(self.is_alive()?.then(|| Handle {
            fd,
            process: self.clone(),
        }))
    }
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} (started at tick {})", self.pid, self.start)
    }
}

impl Handle {
    /// Sends it a signal; one that has ended meanwhile is left alone.
    ///
    /// # Errors
    /// When the kernel refuses, as for a process of another user.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.fd, signal) {
            Err(rustix::io::Errno::SRCH) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Who it is.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }
}

struct Stat {
    state: char,
    start: u64,
}

impl Stat {
    fn ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }

    /// The name stands in parentheses and may hold some itself, so fields are counted from the last one.
    fn parse(text: &str) -> Option<Self> {
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_ascii_whitespace();
        Some(Self {
            state: fields.next()?.chars().next()?,
            // Field 22 of the line; the state is its third.
            start: fields.nth(18)?.parse().ok()?,
        })
    }
}

fn stat(pid: i32) -> io::Result<Option<Stat>> {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(text) => Stat::parse(&text)
            .map(Some)
            .ok_or_else(|| io::Error::other(format!("/proc/{pid}/stat is not as proc(5) has it"))),
        // The second: it ended between opening and reading.
        Err(error) if error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(3) => Ok(None),
        Err(error) => Err(error),
    }
}

fn boot() -> io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?
        .trim()
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_moves_no_field() {
        let line = "12 (a) R (b) 7) T 1 12 12 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 1 0 987654 1000 1";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.state, stat.start), ('T', 987_654));
    }

    #[test]
    fn a_process_of_another_start_time_or_boot_is_another_process() {
        let own = Process::own().unwrap();
        assert!(own.is_alive().unwrap());
        assert!(own.open().unwrap().is_some());
        let earlier = Process {
            start: own.start - 1,
            ..own.clone()
        };
        assert!(!earlier.is_alive().unwrap());
        assert!(earlier.open().unwrap().is_none());
        let another_boot = Process {
            boot: "another".to_owned(),
            ..own
        };
        assert!(!another_boot.is_alive().unwrap());
    }

    #[test]
    fn one_that_was_killed_is_dead_before_its_parent_looks() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process::with_pid(i32::try_from(child.id()).unwrap())
            .unwrap()
            .unwrap();
        process.open().unwrap().unwrap().signal(Signal::KILL).unwrap();
        while process.is_alive().unwrap() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert!(process.open().unwrap().is_none());
        child.wait().unwrap();
    }

    #[test]
    fn no_pid_below_one_is_anybody() {
        for pid in [0, -1] {
            let whole_group = Process {
                pid,
                ..Process::own().unwrap()
            };
            assert!(whole_group.open().unwrap().is_none());
        }
    }
}
