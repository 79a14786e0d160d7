//! `xtask rehearse`: release binaries, then `backstop rehearse` from beside them.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::args::{EXIT_FAILED, RehearseArgs};
use crate::workspace::Workspace;
use crate::{dist, process};

/// Builds, rehearses, and hands on the exit code.
pub(crate) fn run(workspace: &Workspace, args: &RehearseArgs) -> Result<ExitCode> {
    process::run(&mut dist::release_build(workspace))?;
    // In the caller's folder, so that a relative --out means what it says.
    let mut rehearse = Command::new(workspace.target("release/backstop"));
    rehearse.arg("rehearse").args(&args.rest);
    if !args
        .rest
        .iter()
        .any(|argument| argument == "--out" || argument.starts_with("--out="))
    {
        let usual = workspace.root().join("out/rehearsal");
        rehearse.arg("--out").arg(args.out.as_ref().unwrap_or(&usual));
    }
    let status = rehearse.status().context("failed to start backstop rehearse")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(EXIT_FAILED)))
}
