//! Becoming a program that lies beside this one.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use anyhow::Context as _;
use base::exit;

use crate::ended::stop;

/// Becomes the sibling, so that signals and exit codes are its own.
///
/// # Errors
/// It is not there, or cannot be run.
pub(crate) fn become_it(name: &str, arguments: &[OsString]) -> anyhow::Result<u8> {
    let own = std::env::current_exe().context("failed to find this executable")?;
    let path = own.with_file_name(name);
    if !path.is_file() {
        let text = format!(
            "{name} is not beside {}: build or install it there",
            own.display()
        );
        return Err(stop(exit::USAGE, text));
    }
    let error = Command::new(&path).args(arguments).exec();
    Err(error).with_context(|| format!("failed to run {}", path.display()))
}
