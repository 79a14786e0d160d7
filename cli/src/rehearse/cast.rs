//! The executables of a rehearsal, and how each of them is called.
//! `tools` are the programs that harm, close and purge.

mod tools;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use population::replay::FirmFile;
use population::{Firms, Population};
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;

use super::binaries::Binaries;
use super::child::Child;
use super::folder::Folder;
use super::pace::USERS;
use super::watching;

/// Until a process is ready. It takes well under a second; after a kill the
/// database recovers first, and a busy machine takes its time.
const READY: Duration = Duration::from_secs(30);

/// Until a process has ended in order: above the service's own drain time.
pub(super) const END: Duration = Duration::from_secs(30);

/// Any free port on loopback.
const FREE_PORT: &str = "127.0.0.1:0";

/// A free address on loopback, and what keeps it: each plane has to be told where the other will be before
/// that one has started. A socket that does not listen refuses connections, and nobody else gets its port.
pub(super) fn keep_address() -> anyhow::Result<(String, tokio::net::TcpSocket)> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(FREE_PORT.parse()?)?;
    Ok((socket.local_addr()?.to_string(), socket))
}

/// Starts and ends the others; holds the keys and tokens of this rehearsal in
/// a folder of its own that is removed with it.
pub(super) struct Cast {
    binaries: Binaries,
    folder: Folder,
    secrets: tempfile::TempDir,
    database: String,
    firms: Which,
}

/// Which firms there are: the stand-in knows those that the load brings.
#[derive(Debug, Clone)]
pub(super) struct Which {
    pub(super) seed: u64,
    /// From a file, instead of simulated ones.
    pub(super) file: Option<PathBuf>,
}

impl Which {
    /// The same firms once more, in this process.
    pub(super) fn open(&self) -> anyhow::Result<Firms> {
        match &self.file {
            None => Ok(Firms::Generated(Population::new(self.seed))),
            Some(file) => FirmFile::open(file)
                .map(Firms::Replayed)
                .with_context(|| format!("failed to read {}", file.display())),
        }
    }

    /// As the executables take it.
    fn arguments(&self) -> Vec<OsString> {
        let mut arguments = args(&[&"--seed", &self.seed.to_string()]);
        if let Some(file) = &self.file {
            arguments.extend(args(&[&"--firms", file]));
        }
        arguments
    }
}

/// The tokens that the rehearsal itself uses.
#[derive(Deserialize)]
pub(super) struct OwnTokens {
    pub(super) operator: String,
    pub(super) channel: String,
}

/// The part of `financing check` that law 1 rests on.
#[derive(Deserialize)]
struct Check {
    durability: Vec<String>,
}

impl Cast {
    /// Makes the keys, their store and the tokens.
    pub(super) async fn gather(
        binaries: Binaries,
        folder: Folder,
        database: String,
        firms: Which,
    ) -> anyhow::Result<Self> {
        let secrets = tempfile::Builder::new().prefix("backstop-rehearsal-").tempdir();
        let secrets = secrets.context("failed to make a folder for keys and tokens")?;
        let cast = Self {
            binaries,
            folder,
            secrets,
            database,
            firms,
        };
        let init = args(&[
            &"init",
            &cast.secrets.path().join("etc"),
            &"--key-store",
            &cast.key_store(),
        ]);
        cast.start("financing-init", &cast.binaries.financing, &init)?
            .finish(READY)
            .await?;
        let init = args(&[&"init", &cast.secrets.path().join("control")]);
        cast.start("backstop-init", &cast.binaries.own, &init)?
            .finish(READY)
            .await?;
        cast.introduce()?;
        let keys = [
            (cast.evidence_key(), cast.folder.evidence_key()),
            (cast.control_key(), cast.folder.control_key()),
        ];
        for (from, to) in keys {
            std::fs::copy(from, to).context("failed to leave the public keys in the folder")?;
        }
        Ok(cast)
    }

    /// Which firms the load brings.
    pub(super) fn firms(&self) -> &Which {
        &self.firms
    }

    /// The operator's token, and a channel's for what a customer is refused.
    pub(super) fn tokens(&self) -> anyhow::Result<OwnTokens> {
        let text = std::fs::read(self.secret("tokens.json")).context("failed to read the tokens")?;
        // The parser's message would repeat a part of the file.
        serde_json::from_slice(&text)
            .map_err(|_| anyhow::anyhow!("the token file names no operator and channel"))
    }

    /// Each plane gets the token that the other knows it by.
    fn introduce(&self) -> anyhow::Result<()> {
        for (folder, holder) in [("etc", "control-plane"), ("control", "financing")] {
            let token = self.token(folder, holder)?;
            secretly(&self.pass(holder), &token).context("failed to write a plane's token")?;
        }
        Ok(())
    }

    /// The operator's token at the control plane.
    pub(super) fn control_token(&self) -> anyhow::Result<String> {
        self.token("control", "operator")
    }

    fn token(&self, folder: &str, holder: &str) -> anyhow::Result<String> {
        let text = std::fs::read(self.secrets.path().join(folder).join("tokens.json"));
        let tokens =
            serde_json::from_slice::<BTreeMap<String, String>>(&text.context("failed to read the tokens")?);
        // The parser's message would repeat a part of the file.
        let token = tokens.ok().and_then(|mut tokens| tokens.remove(holder));
        token.with_context(|| format!("the token file names no {holder}"))
    }

    /// The file of a plane's token at the other.
    fn pass(&self, holder: &str) -> PathBuf {
        self.secrets.path().join(format!("{holder}.token"))
    }

    /// The file of the service's evidence log's public key.
    pub(super) fn evidence_key(&self) -> PathBuf {
        self.secret("evidence.pub")
    }

    /// The file of the control plane's.
    pub(super) fn control_key(&self) -> PathBuf {
        self.secrets.path().join("control").join("evidence.pub")
    }

    /// Starts the control plane at an address, for the first time or again; the planes keep each other's
    /// checkpoints, and the control plane watches the service.
    pub(super) async fn control(&self, address: &str, service: &str, again: bool) -> anyhow::Result<Child> {
        let ready = self.ready_file("control");
        // A killed process leaves its ready file behind.
        if again {
            forget(&ready)?;
        }
        let keys = self.secrets.path().join("control");
        let database = format!("sqlite:{}", self.folder.control_database().display());
        let other = format!("http://{service}");
        let args = args(&[
            &"serve",
            &"--listen",
            &address,
            &"--database",
            &database,
            &"--keys",
            &keys,
            &"--anchor-file",
            &self.folder.control_anchors(),
            &"--anchor-plane",
            &other,
            &"--anchor-plane-token",
            &self.pass("control-plane"),
            &"--known-log",
            &self.evidence_key(),
            &"--watch",
            &self.folder.watch_config(),
            &"--samples",
            &self.folder.watch(),
            &"--ready-file",
            &ready,
        ]);
        let mut child = self.start("backstop-serve", &self.binaries.own, &args)?;
        child.ready(&ready, READY).await?;
        Ok(child)
    }

    /// Writes down what is watched, and that the stand-in is paged.
    pub(super) fn watch(
        &self,
        control: &str,
        service: &str,
        standin: &str,
        every: u32,
    ) -> anyhow::Result<()> {
        let pager = self.secrets.path().join("pager.url");
        secretly(&pager, &format!("{standin}/pages")).context("failed to write the pager's address")?;
        let text = watching::config(control, service, &pager, every);
        std::fs::write(self.folder.watch_config(), text).context("failed to write what is watched")
    }

    /// Starts the watchdog of the control plane.
    pub(super) fn watchdog(&self, control: &str) -> anyhow::Result<Child> {
        let heartbeat = format!("http://{control}/v1/watch/heartbeat");
        let args = args(&[
            &"--config",
            &self.folder.watch_config(),
            &"--heartbeat",
            &heartbeat,
            &"--tell",
            &watching::PAGER,
            &"--patience",
            &watching::PATIENCE.to_string(),
            &"--leases",
            &self.folder.leases(),
        ]);
        self.start("backstop-watchdog", &self.binaries.watchdog, &args)
    }

    /// Where the service's database is from now on.
    pub(super) fn lead_to(&mut self, database: &str) {
        database.clone_into(&mut self.database);
    }

    /// The service's database.
    pub(super) fn database(&self) -> &str {
        &self.database
    }

    /// Starts the stand-in for everything outside; answers its URL too.
    pub(super) async fn standin(&self) -> anyhow::Result<(Child, String)> {
        let ready = self.ready_file("standin");
        let mut args = args(&[
            &"--listen",
            &FREE_PORT,
            &"--pages",
            &self.folder.pages(),
            &"--ready-file",
            &ready,
        ]);
        args.extend(self.firms.arguments());
        let mut child = self.start("financing-standin", &self.binaries.standin, &args)?;
        let address = child.ready(&ready, READY).await?;
        Ok((child, format!("http://{address}")))
    }

    /// Starts the service, on a free port or again where it was; answers its address too. Its log's
    /// checkpoints go to the control plane as well.
    pub(super) async fn service(
        &self,
        sources: &str,
        control: &str,
        again: Option<&str>,
    ) -> anyhow::Result<(Child, String)> {
        let ready = self.ready_file("financing");
        // A killed process leaves its ready file behind.
        if again.is_some() {
            forget(&ready)?;
        }
        let (keys, tokens) = (self.secrets.path().join("etc"), self.secret("tokens.toml"));
        let access = self.secret("access.key");
        let anchors = self.folder.anchors();
        let listen = again.unwrap_or(FREE_PORT);
        let other = format!("http://{control}");
        let args = args(&[
            &"serve",
            &"--migrate",
            &"--listen",
            &listen,
            &"--database",
            &self.database,
            &"--keys",
            &keys,
            &"--key-store",
            &self.key_store(),
            &"--tokens",
            &tokens,
            &"--access-key",
            &access,
            &"--anchor-file",
            &anchors,
            &"--anchor-plane",
            &other,
            &"--anchor-plane-token",
            &self.pass("financing"),
            &"--known-log",
            &self.control_key(),
            &"--sources",
            &sources,
            &"--ready-file",
            &ready,
        ]);
        let mut child = self.start("financing", &self.binaries.financing, &args)?;
        let address = child.ready(&ready, READY).await?;
        Ok((child, address))
    }

    /// Starts the load, which goes on until it is stopped, as a channel and as two officers who have signed in.
    pub(super) fn load(
        &self,
        service: &str,
        standin: &str,
        channel: &str,
        [one, other]: &[String; 2],
    ) -> anyhow::Result<Child> {
        let (tokens, journal) = (self.secret("load.json"), self.folder.journal());
        let bearers = serde_json::json!({ "channel": channel, "officer1": one, "officer2": other });
        secretly(&tokens, &bearers.to_string()).context("failed to write the load's tokens")?;
        let (progress, summary) = (self.folder.progress(), self.folder.load_summary());
        let url = format!("http://{service}");
        let users = USERS.to_string();
        let mut args = args(&[
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
            &"--progress",
            &progress,
            &"--summary",
            &summary,
        ]);
        args.extend(self.firms.arguments());
        self.start("backstop-load", &self.binaries.load, &args)
    }

    /// Gives a person an account; answers the URI that their app is told.
    pub(super) async fn account(&self, name: &str, role: &str, password: &str) -> anyhow::Result<String> {
        let key = self.secret("access.key");
        let args = args(&[
            &"account",
            &"--database",
            &self.database,
            &"add",
            &name,
            &"--role",
            &role,
            &"--access-key",
            &key,
        ]);
        let mut child = tokio::process::Command::new(&self.binaries.own)
            .arg("tether")
            .arg(std::process::id().to_string())
            .arg(&self.binaries.financing)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("failed to run financing account")?;
        if let Some(mut input) = child.stdin.take() {
            let line = format!("{password}\n");
            // If it ended before it asked, its exit tells.
            drop(input.write_all(line.as_bytes()).await);
        }
        let output = tokio::time::timeout(READY, child.wait_with_output())
            .await
            .context("financing account does not end")?
            .context("failed to run financing account")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let uri = said.lines().find(|line| line.starts_with("otpauth://"));
        uri.map(str::to_owned).with_context(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("financing account made no account: {}", said.trim())
        })
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

    /// Apart from the keys and from the data, as it has to be.
    fn key_store(&self) -> String {
        let path = self.secrets.path().join("keys").join("keys.db");
        format!("sqlite:{}", path.display())
    }

    fn ready_file(&self, name: &str) -> PathBuf {
        self.secrets.path().join(format!("{name}.ready"))
    }
}

/// Removes the ready file of a process that was killed; one that ended in order has done so itself.
fn forget(ready: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(ready) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.context("failed to remove the old ready file"),
    }
}

/// Writes a file that only its owner reads.
fn secretly(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
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
