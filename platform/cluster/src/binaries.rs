//! Where PostgreSQL's server programs are.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest version that keeps a statement's time limit apart from its COMMIT's,
/// which `db` relies on.
const OLDEST: u32 = 13;

/// The programs that a cluster and its standbys run.
const NEEDED: [&str; 6] = [
    "postgres",
    "initdb",
    "pg_isready",
    "psql",
    "pg_basebackup",
    "pg_rewind",
];

/// The folder of the server programs: the one that `pg_config` names, else the
/// newest under `/usr/lib/postgresql`, where Debian keeps them off the path.
///
/// # Errors
/// A sentence that says what to install.
pub fn available() -> Result<PathBuf, String> {
    let mut folders: Vec<PathBuf> = configured().into_iter().collect();
    folders.extend(packaged());
    folders
        .into_iter()
        .find(|folder| complete(folder))
        .ok_or_else(|| {
            format!(
                "PostgreSQL {OLDEST} or newer with its server is needed (Debian: apt-get install postgresql)"
            )
        })
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// `/usr/lib/postgresql/<version>/bin`, newest first.
fn packaged() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut versions: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|version| *version >= OLDEST)
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions
        .iter()
        .map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")))
        .collect()
}

fn complete(folder: &Path) -> bool {
    NEEDED.iter().all(|program| folder.join(program).is_file())
}
