//! Faults that nobody holds any more: tool and watchdog may have been killed together, and then whoever next runs
//! `backstop` sees to it that they end.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base::config::Env;

/// Names the folder of undo records, as it does for `backstop-chaos` and `backstop-watchdog`.
const FOLDER: &str = "BACKSTOP_LEASES";

/// What can undo them; this program must not link what injects faults.
const UNDOES: &str = "backstop-chaos";

/// What undoing says, beside the records: a command's own output is its own, and whoever reads it to its end must not
/// wait for a program that still holds it open.
const LOG: &str = "recover.log";

/// Has what is over undone beside the command that was asked for, which waits for none of it: closing intake is never
/// held up by a fault that is hard to undo. Faults that a living tool holds are left to it.
pub(crate) fn end(env: &impl Env) {
    let Some(folder) = env.get(FOLDER).filter(|folder| has_records(Path::new(folder))) else {
        return;
    };
    match begin(&folder) {
        // Reaped by whoever lives that long, as `serve` does; a short command leaves it to the system.
        Ok(mut undoing) => drop(std::thread::spawn(move || undoing.wait())),
        Err(error) => {
            let told = format!(
                "backstop: {folder} holds injected faults, and {UNDOES} cannot be run to end them: {error}"
            );
            drop(writeln!(std::io::stderr(), "{told}"));
        }
    }
}

fn begin(folder: &str) -> io::Result<Child> {
    let log = File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(Path::new(folder).join(LOG))?;
    let own = std::env::current_exe()?;
    Command::new(own.with_file_name(UNDOES))
        .args(["recover", "--leases", folder])
        // Ctrl-C is for the command that somebody looks at.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}

fn has_records(folder: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(folder) else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.path().extension().is_some_and(|ending| ending == "json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_with_a_record_is_worth_a_look() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_records(&folder.path().join("absent")));
        assert!(!has_records(folder.path()));
        std::fs::write(folder.path().join("1.why"), "a note").unwrap();
        assert!(!has_records(folder.path()));
        std::fs::write(folder.path().join("1.json"), "{}").unwrap();
        assert!(has_records(folder.path()));
    }
}
