//! An initialised data directory, made once and copied: `initdb` takes a second,
//! a copy some hundredths.

use crate::account::Account;
use crate::run::run;
use crate::{ClusterError, binaries};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Puts a fresh data directory at `data`, whose parent the account owns.
pub(crate) fn copy_to(data: &Path, account: &Account) -> Result<(), ClusterError> {
    let template = ready(account)?;
    let mut copy = Command::new("cp");
    copy.arg("-a").arg("--reflink=auto").arg(&template).arg(data);
    run("copying the initialised data directory", account.apply(&mut copy))
}

/// The template for this version and user, made if it is not there.
fn ready(account: &Account) -> Result<PathBuf, ClusterError> {
    let programs = binaries::available().map_err(ClusterError::Missing)?;
    let shelf = shelf(account)?;
    let template = shelf.join(version(&programs)?);
    if template.is_dir() {
        return Ok(template);
    }
    // Made aside and moved into place, so that nobody copies half of one.
    let aside = tempfile::Builder::new()
        .prefix("initdb-")
        .tempdir_in(&shelf)
        .map_err(ClusterError::io("making a folder for initdb"))?;
    account.own(aside.path())?;
    let made = aside.path().join("data");
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .arg("-D")
        .arg(&made)
        .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]);
    initdb
        .args(["--no-sync", "--no-instructions"])
        .current_dir(aside.path());
    run("initialising a data directory", account.apply(&mut initdb))?;
    // Whoever was faster has made the same: either one serves.
    match std::fs::rename(&made, &template) {
        Ok(()) => Ok(template),
        Err(_) if template.is_dir() => Ok(template),
        Err(error) => Err(ClusterError::io("keeping the initialised data directory")(error)),
    }
}

/// The folder of templates. Its name can be guessed, so it is used only if it is
/// the account's own and no link to elsewhere.
fn shelf(account: &Account) -> Result<PathBuf, ClusterError> {
    let shelf = std::env::temp_dir().join(format!("backstop-postgres-{}", account.uid()));
    match std::fs::DirBuilder::new().mode(0o700).create(&shelf) {
        Ok(()) => account.own(&shelf)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(ClusterError::io("making the folder of templates")(error)),
    }
    let found = std::fs::symlink_metadata(&shelf).map_err(ClusterError::io("looking at the templates"))?;
    let owner = found.uid() == account.uid() || found.uid() == nix::unistd::geteuid().as_raw();
    if found.is_dir() && owner {
        return Ok(shelf);
    }
    Err(ClusterError::failed(
        "using the folder of templates",
        format!("{} is someone else's", shelf.display()),
    ))
}

/// `postgres --version` with everything but letters, digits and dots left out.
fn version(programs: &Path) -> Result<String, ClusterError> {
    let output = Command::new(programs.join("postgres"))
        .arg("--version")
        .output()
        .map_err(ClusterError::io("asking for the server's version"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(said
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect())
}
