//! Where the workspace lies and what cargo says of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::{environment, process};

/// The workspace as `cargo metadata` tells it.
pub(crate) struct Workspace {
    /// Everything cargo knows, dependencies of all platforms included.
    pub(crate) metadata: Metadata,
}

impl Workspace {
    /// Asks cargo. Fails when a manifest or the lock file is broken, with cargo's own message.
    pub(crate) fn load() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let metadata = MetadataCommand::new()
            .cargo_path(environment::cargo())
            .manifest_path(manifest)
            .exec()
            .context("failed to read the workspace with cargo metadata")?;
        Ok(Self { metadata })
    }

    /// The folder that holds the root manifest.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// A path inside the target folder.
    pub(crate) fn target(&self, below: &str) -> PathBuf {
        self.metadata.target_directory.as_std_path().join(below)
    }

    /// A `cargo` command at the workspace's root.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(environment::cargo());
        command.args(arguments);
        command
    }

    /// Any program at the workspace's root, without the variables that describe this package.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.root());
        for name in environment::about_this_package() {
            command.env_remove(name);
        }
        command
    }

    /// The commit that is checked out, with `-dirty` when files differ from it.
    pub(crate) fn commit(&self) -> Result<String> {
        let commit = process::capture(self.command("git").args(["rev-parse", "HEAD"]))?;
        let changes = process::capture(self.command("git").args(["status", "--porcelain"]))?;
        let mark = if changes.trim().is_empty() { "" } else { "-dirty" };
        Ok(format!("{}{mark}", commit.trim()))
    }
}
