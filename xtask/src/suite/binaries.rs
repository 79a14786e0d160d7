//! The executables that scenarios start: built once, before the tests, so that no test builds anything.

use std::fs;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// The packages whose binaries make up the product.
pub(crate) const PACKAGES: &[&str] = &["service", "sources", "loadtest", "cli"];

/// Their binaries.
pub(crate) const BINARIES: &[&str] = &["financing", "financing-standin", "backstop-load", "backstop"];

/// Builds `financing` with failpoints, copies it aside to target/chaos, then builds all four as they ship. In
/// this order the ordinary `financing` is what remains in target/debug; cargo keeps both builds, so neither
/// run compiles the other's work again.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    process::run(&mut workspace.cargo(&["build", "--quiet", "-p", "service", "--features", "chaos"]))?;
    let aside = workspace.target("chaos");
    fs::create_dir_all(&aside).context("failed to make target/chaos")?;
    fs::copy(workspace.target("debug/financing"), aside.join("financing"))
        .context("failed to copy the binary with failpoints aside")?;
    let mut build = workspace.cargo(&["build", "--quiet"]);
    for package in PACKAGES {
        build.args(["-p", package]);
    }
    process::run(&mut build)
}
