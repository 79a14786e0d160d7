//! The executables that scenarios start: built once, before the tests, so that no test builds anything.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace::Workspace;
use crate::{dist, process};

/// What scenarios without planted bugs run: the binaries as they ship.
pub(crate) fn shipped(workspace: &Workspace) -> PathBuf {
    workspace.target("release")
}

/// `financing` with failpoints, where no ordinary build overwrites it.
pub(crate) fn with_failpoints(workspace: &Workspace) -> PathBuf {
    workspace.target("chaos/financing")
}

/// Builds the release binaries, and `financing` with failpoints, which is copied aside to target/chaos. The
/// latter is a debug build: it shares its dependencies with the tests, and nobody measures it.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    process::run(dist::release_build(workspace).arg("--quiet"))?;
    process::run(&mut workspace.cargo(&["build", "--quiet", "-p", "service", "--features", "chaos"]))?;
    let aside = with_failpoints(workspace);
    fs::create_dir_all(workspace.target("chaos")).context("failed to make target/chaos")?;
    // Removed first: the file may be running, and a running file cannot be written.
    drop(fs::remove_file(&aside));
    fs::copy(workspace.target("debug/financing"), &aside)
        .context("failed to copy the binary with failpoints aside")?;
    Ok(())
}
