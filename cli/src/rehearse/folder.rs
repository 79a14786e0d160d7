//! The folder of one rehearsal's results.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;

use crate::ended::stop;

/// Everything that a rehearsal writes, and so may clear away the next time.
const OURS: &[&str] = &[
    "report.html",
    "report.html.draft",
    "report.json",
    "report.json.draft",
    "journal.jsonl",
    "pages.jsonl",
    "progress.jsonl",
    "load.json",
    "anchors.jsonl",
    "snapshots",
    "logs",
    "lending.db",
    "lending.db-wal",
    "lending.db-shm",
    "control.db",
    "control.db-wal",
    "control.db-shm",
    "control-anchors.jsonl",
    "watch",
    "watch.toml",
    "evidence.pub",
    "control-evidence.pub",
    "runbooks.db",
    "runbooks.db-wal",
    "runbooks.db-shm",
    "leases",
    "outage.json",
    "outage-journal.json",
    "faults.jsonl",
    "exit",
];

/// The folder, ready to be written to.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, or clears an earlier rehearsal out of it; a folder that
    /// holds anything else is refused, for it is somebody's.
    pub(super) fn prepare(dir: &Path) -> anyhow::Result<Self> {
        let failed = || format!("failed to prepare {}", dir.display());
        fs::create_dir_all(dir).with_context(failed)?;
        let mut old = Vec::new();
        for entry in fs::read_dir(dir).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let name = entry.file_name();
            if !OURS.iter().any(|ours| *ours == name) {
                let what = name.to_string_lossy().into_owned();
                let text = format!(
                    "{} holds {what}, which is no rehearsal's: name another folder",
                    dir.display()
                );
                return Err(stop(exit::USAGE, text));
            }
            old.push(entry.path());
        }
        for path in old {
            let gone = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            gone.with_context(failed)?;
        }
        let folder = Self(dir.canonicalize().with_context(failed)?);
        for part in [folder.logs(), folder.snapshots()] {
            fs::create_dir_all(part).with_context(failed)?;
        }
        Ok(folder)
    }

    /// All of it.
    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    pub(super) fn progress(&self) -> PathBuf {
        self.0.join("progress.jsonl")
    }

    /// The pages that reached whoever is paged.
    pub(super) fn pages(&self) -> PathBuf {
        self.0.join("pages.jsonl")
    }

    /// What the control plane is told to watch.
    pub(super) fn watch_config(&self) -> PathBuf {
        self.0.join("watch.toml")
    }

    /// Samples that the control plane keeps.
    pub(super) fn watch(&self) -> PathBuf {
        self.0.join("watch")
    }

    pub(super) fn load_summary(&self) -> PathBuf {
        self.0.join("load.json")
    }

    /// The evidence log's checkpoints.
    pub(super) fn anchors(&self) -> PathBuf {
        self.0.join("anchors.jsonl")
    }

    pub(super) fn snapshots(&self) -> PathBuf {
        self.0.join("snapshots")
    }

    pub(super) fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("lending.db")
    }

    /// The control plane's store.
    pub(super) fn control_database(&self) -> PathBuf {
        self.0.join("control.db")
    }

    /// The checkpoints of its evidence log.
    pub(super) fn control_anchors(&self) -> PathBuf {
        self.0.join("control-anchors.jsonl")
    }

    /// The public key of the service's evidence log: the rehearsal's own keys go away with it.
    pub(super) fn evidence_key(&self) -> PathBuf {
        self.0.join("evidence.pub")
    }

    /// The same of the control plane's.
    pub(super) fn control_key(&self) -> PathBuf {
        self.0.join("control-evidence.pub")
    }

    /// Where runs of runbooks are kept.
    pub(super) fn runs(&self) -> PathBuf {
        self.0.join("runbooks.db")
    }

    /// Undo records of the faults that are in force.
    pub(super) fn leases(&self) -> PathBuf {
        self.0.join("leases")
    }

    /// The experiment that takes away everything outside.
    pub(super) fn outage(&self) -> PathBuf {
        self.0.join("outage.json")
    }

    /// What its tool wrote of it.
    pub(super) fn outage_journal(&self) -> PathBuf {
        self.0.join("outage-journal.json")
    }

    /// What was seen of the faults, from outside of what injects and undoes them.
    pub(super) fn faults(&self) -> PathBuf {
        self.0.join("faults.jsonl")
    }

    /// The folder of the customer's exit.
    pub(super) fn exit(&self) -> PathBuf {
        self.0.join("exit")
    }

    /// Writes a report file whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        let draft = self.0.join(format!("{name}.draft"));
        fs::write(&draft, text)?;
        fs::rename(&draft, &path)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_rehearsal_is_cleared_and_anything_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::prepare(dir.path()).unwrap();
        fs::write(folder.journal(), "old").unwrap();
        folder.write("report.html", "old").unwrap();
        let again = Folder::prepare(dir.path()).unwrap();
        assert!(!again.journal().exists());

        fs::write(dir.path().join("thesis.txt"), "mine").unwrap();
        let error = Folder::prepare(dir.path()).unwrap_err();
        assert_eq!(crate::ended::code(&error), exit::USAGE);
        assert!(error.to_string().contains("thesis.txt"), "{error}");
        assert!(dir.path().join("thesis.txt").exists());
    }
}
