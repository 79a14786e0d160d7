//! The executables of a rehearsal, and how each of them is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use super::binaries::Binaries;
use super::child::Child;
use super::folder::Folder;
use super::pace::USERS;

/// Until a process is ready. It takes well under a second; after a kill the
/// database recovers first, and a busy machine takes its time.
const READY: Duration = Duration::from_secs(30);

/// Until a process has ended in order: above the service's own drain time.
const END: Duration = Duration::from_secs(30);

/// Any free port on loopback.
const FREE_PORT: &str = "127.0.0.1:0";

/// Starts and ends the others; holds the keys and tokens of this rehearsal in
/// a folder of its own that is removed with it.
pub(super) struct Cast {
    binaries: Binaries,
    folder: Folder,
    secrets: tempfile::TempDir,
    database: String,
    seed: u64,
}

/// The one token that the rehearsal itself uses.
#[derive(Deserialize)]
pub(super) struct OperatorToken {
    pub(super) operator: String,
}

/// The part of `financing check` that law 1 rests on.
#[derive(Deserialize)]
struct Check {
    durability: Vec<String>,
}

impl Cast {
    /// Makes the key file and the tokens.
    pub(super) async fn gather(
        binaries: Binaries,
        folder: Folder,
        database: String,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let secrets = tempfile::Builder::new().prefix("backstop-rehearsal-").tempdir();
        let secrets = secrets.context("failed to make a folder for keys and tokens")?;
        let cast = Self {
            binaries,
            folder,
            secrets,
            database,
            seed,
        };
        let init = args(&[&"init", &cast.secrets.path().join("etc")]);
        cast.start("financing-init", &cast.binaries.financing, &init)?
            .finish(READY)
            .await?;
        Ok(cast)
    }

    /// The operator's token.
    pub(super) fn operator(&self) -> anyhow::Result<OperatorToken> {
        let text = std::fs::read(self.secret("tokens.json")).context("failed to read the tokens")?;
        // The parser's message would repeat a part of the file.
        serde_json::from_slice(&text).map_err(|_| anyhow::anyhow!("the token file names no operator"))
    }

    /// The file of the evidence log's public key.
    pub(super) fn evidence_key(&self) -> PathBuf {
        self.secret("evidence.pub")
    }

    /// Starts the stand-in for everything outside; answers its URL too.
    pub(super) async fn standin(&self) -> anyhow::Result<(Child, String)> {
        let ready = self.ready_file("standin");
        let seed = self.seed.to_string();
        let args = args(&[&"--listen", &FREE_PORT, &"--seed", &seed, &"--ready-file", &ready]);
        let mut child = self.start("financing-standin", &self.binaries.standin, &args)?;
        let address = child.ready(&ready, READY).await?;
        Ok((child, format!("http://{address}")))
    }

    /// Starts the service, on a free port or again where it was; answers its address too.
    pub(super) async fn service(
        &self,
        sources: &str,
        again: Option<&str>,
    ) -> anyhow::Result<(Child, String)> {
        let ready = self.ready_file("financing");
        // A killed process leaves its ready file behind.
        if again.is_some() {
            std::fs::remove_file(&ready).context("failed to remove the old ready file")?;
        }
        let (key, tokens) = (self.secret("vault.key"), self.secret("tokens.toml"));
        let anchors = self.folder.anchors();
        let listen = again.unwrap_or(FREE_PORT);
        let args = args(&[
            &"serve",
            &"--migrate",
            &"--listen",
            &listen,
            &"--database",
            &self.database,
            &"--key-file",
            &key,
            &"--tokens",
            &tokens,
            &"--anchor-file",
            &anchors,
            &"--sources",
            &sources,
            &"--ready-file",
            &ready,
        ]);
        let mut child = self.start("financing", &self.binaries.financing, &args)?;
        let address = child.ready(&ready, READY).await?;
        Ok((child, address))
    }

    /// Starts the load, which goes on until it is stopped.
    pub(super) fn load(&self, service: &str, standin: &str) -> anyhow::Result<Child> {
        let (tokens, journal) = (self.secret("tokens.json"), self.folder.journal());
        let (progress, summary) = (self.folder.progress(), self.folder.load_summary());
        let url = format!("http://{service}");
        let (users, seed) = (USERS.to_string(), self.seed.to_string());
        let args = args(&[
            &"run",
            &"--url",
            &url,
            &"--standin",
            &standin,
            &"--token-file",
            &tokens,
            &"--journal",
            &journal,
            &"--users",
            &users,
            &"--seed",
            &seed,
            &"--progress",
            &progress,
            &"--summary",
            &summary,
        ]);
        self.start("backstop-load", &self.binaries.load, &args)
    }

    /// What the service's own check has against the settings that its
    /// connections run with, which nobody can read from outside on SQLite.
    pub(super) async fn weak_settings(&self) -> anyhow::Result<Vec<String>> {
        let args = args(&[&"check", &"--json", &"--database", &self.database]);
        let output = tokio::process::Command::new(&self.binaries.own)
            .arg("tether")
            .arg(std::process::id().to_string())
            .arg(&self.binaries.financing)
            .args(args)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(READY, output)
            .await
            .context("financing check does not end")?;
        let output = output.context("failed to run financing check")?;
        let check: Check = serde_json::from_slice(&output.stdout).with_context(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("financing check gave no report: {}", said.trim())
        })?;
        Ok(check.durability)
    }

    /// Ends a child in order.
    pub(super) async fn end(mut child: Child) -> anyhow::Result<()> {
        child.stop(END).await
    }

    fn start(&self, name: &'static str, program: &Path, args: &[OsString]) -> anyhow::Result<Child> {
        Child::start(name, &self.binaries.own, program, args, &self.folder.logs())
    }

    fn secret(&self, name: &str) -> PathBuf {
        self.secrets.path().join("etc").join(name)
    }

    fn ready_file(&self, name: &str) -> PathBuf {
        self.secrets.path().join(format!("{name}.ready"))
    }
}

/// Words and paths as one list of arguments.
fn args(parts: &[&dyn AsArgument]) -> Vec<OsString> {
    parts.iter().map(|part| part.argument()).collect()
}

trait AsArgument {
    fn argument(&self) -> OsString;
}

impl<T: AsRef<std::ffi::OsStr>> AsArgument for T {
    fn argument(&self) -> OsString {
        self.as_ref().to_owned()
    }
}
