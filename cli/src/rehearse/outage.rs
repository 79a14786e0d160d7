//! Everything outside falls away: a proxy between the service and the sources resets every connection, under a lease,
//! until the tool that did it is killed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use laws::faults::{Told, Word, append, read};
use serde_json::{Value, json};

use super::child::Child;
use super::pair::{DATABASE, REPLICATION};

/// The proxy's name, and the fault's in its file.
const SOURCES: &str = "sources";
const FAULT: &str = "outage";

/// When the fault ends of itself, in seconds, if nobody ends it: longer than all that is waited for while it is on.
const LASTS: u64 = 120;

/// How often the proxy is asked whether the fault is in force: law 8 counts in tenths of a second at the least.
const LOOK: Duration = Duration::from_millis(20);
/// Until it is in force, and until it is not: the tool starts, and a watchdog looks every 200 ms.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running proxy between the service and what is outside.
pub(super) struct Proxy {
    pub(super) child: Child,
    /// Where its API is.
    api: String,
    http: reqwest::Client,
}

impl Proxy {
    /// One that has started.
    pub(super) fn new(child: Child, api: String) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { child, api, http })
    }

    /// What it begins with: a proxy on any free port before everything outside, and two more where the database is a
    /// server.
    pub(super) fn config(upstream: &str, server: Option<u16>) -> Value {
        let proxy = |name: &str, upstream: &str| json!({ "name": name, "listen": "", "upstream": upstream, "enabled": true });
        let mut all = vec![proxy(SOURCES, upstream)];
        if let Some(port) = server {
            let upstream = format!("127.0.0.1:{port}");
            all.extend([DATABASE, REPLICATION].map(|name| proxy(name, &upstream)));
        }
        all.into()
    }

    /// Where it listens for the service.
    pub(super) async fn listens(&self) -> anyhow::Result<String> {
        self.listens_as(SOURCES).await
    }

    /// Cuts everybody off who comes through one of its proxies, or leads them to a port of loopback.
    pub(super) async fn leads(&self, name: &str, to: Option<u16>) -> anyhow::Result<()> {
        let url = format!("http://{}/proxies/{name}", self.api);
        let wanted = match to {
            None => json!({ "enabled": false }),
            Some(port) => json!({ "enabled": true, "upstream": format!("127.0.0.1:{port}") }),
        };
        let answer = self
            .http
            .post(url)
            .json(&wanted)
            .send()
            .await
            .context("the proxy does not answer")?;
        anyhow::ensure!(
            answer.status().is_success(),
            "the proxy refuses: {}",
            answer.status()
        );
        Ok(())
    }

    /// Where one of its proxies listens.
    pub(super) async fn listens_as(&self, name: &str) -> anyhow::Result<String> {
        let url = format!("http://{}/proxies/{name}", self.api);
        let answer = self
            .http
            .get(url)
            .send()
            .await
            .context("the proxy does not answer")?;
        let proxy: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let listens = proxy.get("listen").and_then(Value::as_str);
        listens
            .map(str::to_owned)
            .context("the proxy does not say where it listens")
    }

    /// The experiment that resets every connection, of a tool that holds it until it is ended.
    pub(super) fn experiment(&self) -> Value {
        json!({
            "title": "Everything outside is gone",
            "description": "The proxy before the sources and core banking resets every connection.",
            "method": [{
                "name": "reset every connection", "type": "action",
                "provider": { "type": "native", "func": "add_toxic", "arguments": {
                    "api": self.api, "proxy": SOURCES, "name": FAULT, "type": "reset_peer",
                    "attributes": { "timeout": 0 }, "for": format!("{LASTS}s"),
                } },
                "pauses": { "after": LASTS },
            }],
        })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = format!("http://{}/proxies/{SOURCES}{path}", self.api);
        let answer = self
            .http
            .get(url)
            .send()
            .await
            .context("the proxy does not answer")?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Waits until the fault is in force, or is not any more.
    async fn until(&self, in_force: bool) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let toxics = self.get("/toxics").await?;
            if toxics
                .as_array()
                .is_some_and(|toxics| toxics.is_empty() != in_force)
            {
                return Ok(());
            }
            anyhow::ensure!(
                begun.elapsed() < PATIENCE,
                "the fault does not {}",
                if in_force { "begin" } else { "end" }
            );
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// What is seen of the fault, from outside of what injects and undoes it.
pub(super) struct Outage {
    tool: Child,
    seen: PathBuf,
    clock: Clock,
}

impl Outage {
    /// Waits until the tool's fault is in force; answers when that was as well, in microseconds since the Unix epoch.
    pub(super) async fn began(
        tool: Child,
        proxy: &Proxy,
        seen: PathBuf,
        clock: &Clock,
    ) -> anyhow::Result<(Self, i64)> {
        let before = clock.now_micros();
        proxy.until(true).await?;
        let at = clock.now_micros();
        let outage = Self {
            tool,
            seen,
            clock: clock.clone(),
        };
        // It began before it was seen: its end is counted from the later.
        let until = at
            .max(before)
            .saturating_add(i64::try_from(LASTS)?.saturating_mul(1_000_000));
        outage.tell(at, Word::Began, Some(until))?;
        Ok((outage, at))
    }

    /// Kills the tool, and waits until the fault has ended by others' hands; answers how long that took.
    pub(super) async fn ends(mut self, proxy: &Proxy) -> anyhow::Result<Duration> {
        self.tool
            .must_run()
            .context("the tool ended before it was killed")?;
        let (at, begun) = (self.clock.now_micros(), Instant::now());
        self.tool.kill()?;
        self.tell(at, Word::ToolKilled, None)?;
        proxy.until(false).await?;
        let took = begun.elapsed();
        self.tell(self.clock.now_micros(), Word::Ended, None)?;
        Ok(took)
    }

    fn tell(&self, at: i64, word: Word, until: Option<i64>) -> anyhow::Result<()> {
        let told = Told {
            at,
            fault: FAULT.to_owned(),
            word,
            until,
        };
        append(&self.seen, &told).context("failed to keep what was seen of the fault")
    }
}

/// Law 8: what was seen of the faults, and the undo records that are left.
pub(super) fn ended(
    seen: &std::path::Path,
    leases: &std::path::Path,
) -> anyhow::Result<laws::verdict::Ruling> {
    let told = match read(seen) {
        Err(laws::faults::TellError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Vec::new()
        }
        told => told?,
    };
    let mut left = Vec::new();
    match std::fs::read_dir(leases) {
        Ok(files) => {
            for file in files {
                let name = file?.file_name().to_string_lossy().into_owned();
                left.extend(name.strip_suffix(".json").map(str::to_owned));
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(laws::faults::every_fault_ends(&told, &left))
}
