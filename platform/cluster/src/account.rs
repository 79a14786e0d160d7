//! The user that the server runs as: PostgreSQL refuses to run as root.

use crate::ClusterError;
use nix::unistd::{User, geteuid};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Users tried in turn when this process is root.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The user of a server's processes and files.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    uid: u32,
    gid: u32,
    /// This process is root and has to step down.
    step_down: bool,
}

impl Account {
    /// This process's own user, or an unprivileged one if that is root.
    ///
    /// # Errors
    /// If root has nobody to step down to.
    pub fn choose() -> Result<Self, ClusterError> {
        let me = geteuid();
        if !me.is_root() {
            return Ok(Self {
                uid: me.as_raw(),
                gid: nix::unistd::getegid().as_raw(),
                step_down: false,
            });
        }
        UNPRIVILEGED
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self {
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
                step_down: true,
            })
            .ok_or_else(|| {
                ClusterError::Missing("root needs a user postgres or nobody for the server".into())
            })
    }

    /// The user's number.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Makes a command run as this user, in a process group of its own: a Ctrl-C at
    /// the terminal is for this process, which then stops the server in order.
    pub(crate) fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        if self.step_down {
            command.uid(self.uid).gid(self.gid);
        }
        command.process_group(0)
    }

    /// Gives this user a file or folder.
    ///
    /// # Errors
    /// What the system refused.
    pub fn own(&self, path: &Path) -> Result<(), ClusterError> {
        if self.step_down {
            std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid)).map_err(ClusterError::io(
                format!("giving {} to the server's user", path.display()),
            ))?;
        }
        Ok(())
    }
}
