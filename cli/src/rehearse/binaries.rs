//! Finds the sibling executables.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;

use crate::ended::stop;

/// Where each executable is.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    pub(super) financing: PathBuf,
    pub(super) standin: PathBuf,
    pub(super) load: PathBuf,
    pub(super) watchdog: PathBuf,
    pub(super) chaos: PathBuf,
    pub(super) exit: PathBuf,
    pub(super) verify: PathBuf,
    /// This executable, which tethers the others.
    pub(super) own: PathBuf,
}

impl Binaries {
    /// Looks in `dir`, or in the folder of the running executable.
    pub(super) fn find(dir: Option<&Path>) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("failed to find this executable")?;
        let beside = own.parent().context("failed to find this executable's folder")?;
        let dir = dir.unwrap_or(beside).to_owned();
        let find = |name: &str| {
            let path = dir.join(name);
            if path.is_file() {
                return Ok(path);
            }
            let text = format!(
                "{name} is not in {}: build it, or name its folder with --bin-dir",
                dir.display()
            );
            Err(stop(exit::USAGE, text))
        };
        Ok(Self {
            financing: find("financing")?,
            standin: find("financing-standin")?,
            load: find("backstop-load")?,
            watchdog: find("backstop-watchdog")?,
            chaos: find("backstop-chaos")?,
            exit: find("backstop-exit")?,
            verify: find("backstop-verify")?,
            own,
        })
    }
}
