//! Faults that nobody holds any more: tool and watchdog may have been killed together, and then whoever next runs
//! `backstop` sees to it that they end.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base::config::Env;

/// Names the folder of undo records, as it does for `backstop-chaos` and `backstop-watchdog`.
const FOLDER: &str = "BACKSTOP_LEASES";

/// What can undo them; this program must not link what injects faults.
const UNDOES: &str = "backstop-chaos";

/// Has what is over undone beside the command that was asked for, which waits for none of it: closing intake is never
/// held up by a fault that is hard to undo. Faults that a living tool holds are left to it.
pub(crate) fn end(env: &impl Env) {
    let Some(folder) = env.get(FOLDER).filter(|folder| has_records(Path::new(folder))) else {
        return;
    };
    let undoing = std::env::current_exe().and_then(|own| {
        Command::new(own.with_file_name(UNDOES))
            .args(["recover", "--leases", &folder])
            .stdin(Stdio::null())
            // What the command prints is its own.
            .stdout(Stdio::null())
            .spawn()
    });
    let error = match undoing {
        Ok(mut child) => {
            // Reaped by whoever lives that long, as `serve` does; a short command leaves it to the system.
            std::thread::spawn(move || drop(child.wait()));
            return;
        }
        Err(error) => error,
    };
    let told =
        format!("backstop: {folder} holds injected faults, and {UNDOES} cannot be run to end them: {error}");
    drop(writeln!(std::io::stderr(), "{told}"));
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
