//! A throw-away PostgreSQL of the bench's own, by way of `peer-postgres`, and `psql` to ask it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::bench::Context;
use crate::bench::children::Running;
use crate::process;

/// A running server with an empty database `bench`.
pub(crate) struct Postgres {
    running: Running,
    pub(crate) url: String,
}

impl Postgres {
    /// Starts it; no statement is logged yet.
    pub(crate) fn start(context: &Context<'_>, folder: &Path) -> Result<Self> {
        let (ready, url) = (folder.join("postgres.ready"), folder.join("postgres.url"));
        let mut command = Command::new(context.binary("peer-postgres"));
        command
            .arg("--ready-file")
            .arg(&ready)
            .arg("--url-file")
            .arg(&url);
        let running = Running::start(&mut command, &ready, None)?;
        Ok(Self {
            running,
            url: fs::read_to_string(&url).context("failed to read the server's address")?,
        })
    }

    /// The answer to one query, unaligned and without headings.
    pub(crate) fn ask(&self, sql: &str) -> Result<String> {
        let answer = process::capture(Command::new("psql").args([
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            sql,
            &self.url,
        ]))?;
        Ok(answer.trim().to_owned())
    }

    /// Logs every statement while `work` runs; gives back what was logged.
    pub(crate) fn logging(&self, work: impl FnOnce() -> Result<()>) -> Result<String> {
        let switch = |value: &str| -> Result<()> {
            self.ask(&format!("ALTER SYSTEM SET log_statement = '{value}'"))?;
            self.ask("SELECT pg_reload_conf()")?;
            // Sessions take a new setting up between two statements; an idle one within this.
            self.ask("SELECT pg_sleep(0.5)").map(drop)
        };
        switch("all")?;
        let outcome = work();
        switch("none")?;
        outcome?;
        let file: PathBuf = self
            .ask("SELECT current_setting('data_directory') || '/' || pg_current_logfile('jsonlog')")?
            .into();
        fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))
    }

    /// Version and the settings that durability rests on, as the server has them.
    pub(crate) fn describe(&self) -> Result<String> {
        let version = self.ask("SHOW server_version")?;
        let live = [
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "shared_buffers",
        ]
        .map(|name| {
            self.ask(&format!("SHOW {name}"))
                .map(|value| format!("{name}={value}"))
        });
        let live = live.into_iter().collect::<Result<Vec<_>>>()?;
        Ok(format!("PostgreSQL {version}, {}", live.join(", ")))
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.running.stop()
    }
}
