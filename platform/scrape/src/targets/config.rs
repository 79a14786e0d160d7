//! The tables `[[scrape]]`, `[[probe]]` and `[host]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::address::{self, is_label};
use super::{ConfigError, Span};
use crate::exposition::Bounds;

/// Everything that fills the store. Other tables of the same file are for others to read, and to refuse.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Targets that show an exposition.
    pub scrape: Vec<Scrape>,
    /// What is tried from outside.
    pub probe: Vec<Probe>,
    /// This machine; nothing is told of it without this table.
    pub host: Option<Host>,
}

/// Targets of one job.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scrape {
    /// The label `job`.
    pub job: String,
    /// `host:port`, or a URL.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Files of Prometheus' `file_sd` form in JSON, with one `*` in the last part of the path at most; relative
    /// ones lie beside the configuration. They are read again when they change.
    #[serde(default)]
    pub files: Vec<PathBuf>,
    /// How often; 5 s unless it is said.
    #[serde(default = "five_seconds")]
    pub interval: Span,
    /// How long one scrape may take, at most the interval; four fifths of it unless it is said.
    pub timeout: Option<Span>,
    /// Of targets that are no URL: `http` or `https`.
    #[serde(default = "http")]
    pub scheme: String,
    /// Of targets that are no URL.
    #[serde(default = "metrics")]
    pub metrics_path: String,
    /// Labels of all of its series.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// A file whose content is sent as bearer token; read with each scrape, so that it may change.
    pub bearer_token_file: Option<PathBuf>,
    /// The authorities, in PEM, that a target's certificate may come from; the system's unless it is said.
    pub ca_file: Option<PathBuf>,
    /// Whether a target's own labels win over those given here; else its own are kept as `exported_…`.
    #[serde(default)]
    pub honor_labels: bool,
    /// Whether a target may say the time of its samples.
    #[serde(default = "yes")]
    pub honor_timestamps: bool,
    /// What is too much for one scrape.
    #[serde(default)]
    pub bounds: Bounds,
}

/// Addresses that are tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// The label `job`.
    pub job: String,
    /// What is tried.
    pub kind: ProbeKind,
    /// URLs for `http`; `host:port` for `tcp` and `tls`.
    pub targets: Vec<String>,
    /// How often; 15 s unless it is said.
    #[serde(default = "fifteen_seconds")]
    pub interval: Span,
    /// How long one may take, at most the interval; four fifths of it, and 10 s at most, unless it is said.
    pub timeout: Option<Span>,
    /// Labels of all of its series.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The authorities, in PEM, that a certificate may come from; the system's unless it is said.
    pub ca_file: Option<PathBuf>,
    /// What an HTTP answer must be.
    #[serde(default)]
    pub expect: Expect,
}

/// A way to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProbeKind {
    /// A GET, whose answer is as [`Expect`] says. Redirects are not followed: they are an answer.
    Http,
    /// A connection comes about.
    Tcp,
    /// And TLS on it, with a certificate that is valid.
    Tls,
}

/// What an HTTP answer must be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expect {
    /// One of these; any of 200–299 if none is named.
    pub status: Vec<u16>,
    /// A text that must be in the first 256 kB of the body.
    pub text: Option<String>,
}

/// This machine, under the names of `node_exporter` and `process-exporter`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// The label `job`; `node` unless it is said.
    pub job: String,
    /// The label `instance`; the machine's name unless it is said.
    pub instance: Option<String>,
    /// How often; 5 s unless it is said.
    pub interval: Span,
    /// Labels of all of its series.
    pub labels: BTreeMap<String, String>,
    /// Processes that are told of.
    pub process: Vec<Process>,
}

/// Processes that are one group.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// The label `groupname`; and, without a file, the name that the kernel knows the processes by.
    pub name: String,
    /// A file that holds the process's id.
    pub pid_file: Option<PathBuf>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            job: "node".to_owned(),
            instance: None,
            interval: five_seconds(),
            labels: BTreeMap::new(),
            process: Vec::new(),
        }
    }
}

const fn five_seconds() -> Span {
    Span::seconds(5)
}

const fn fifteen_seconds() -> Span {
    Span::seconds(15)
}

fn http() -> String {
    "http".to_owned()
}

fn metrics() -> String {
    "/metrics".to_owned()
}

const fn yes() -> bool {
    true
}

impl Config {
    /// Looks at every field, and makes paths absolute that are relative to the configuration's folder.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        for (at, scrape) in self.scrape.iter_mut().enumerate() {
            scrape
                .settle(folder)
                .map_err(|error| error.under(&format!("scrape[{at}]")))?;
        }
        for (at, probe) in self.probe.iter_mut().enumerate() {
            probe
                .settle(folder)
                .map_err(|error| error.under(&format!("probe[{at}]")))?;
        }
        match &mut self.host {
            Some(host) => host.settle(folder).map_err(|error| error.under("host")),
            None => Ok(()),
        }
    }
}

impl Scrape {
    /// How long a scrape may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.timeout.map_or(self.interval.0 / 5 * 4, |timeout| timeout.0)
    }

    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, self.timeout, &self.labels)?;
        if !matches!(self.scheme.as_str(), "http" | "https") {
            return Err(ConfigError::field("scheme", "http or https"));
        }
        if !self.metrics_path.starts_with('/') {
            return Err(ConfigError::field("metrics_path", "a path begins with /"));
        }
        if self.targets.is_empty() && self.files.is_empty() {
            return Err(ConfigError::field(
                "targets",
                "a target, or a file of them in `files`",
            ));
        }
        for (at, target) in self.targets.iter().enumerate() {
            let made = address::target(self, target, &BTreeMap::new());
            made.map_err(|wanted| ConfigError::field(format!("targets[{at}]"), wanted))?;
        }
        for (at, file) in self.files.iter_mut().enumerate() {
            *file = folder.join(&*file);
            super::files::check(file).map_err(|wanted| ConfigError::field(format!("files[{at}]"), wanted))?;
        }
        for path in [&mut self.bearer_token_file, &mut self.ca_file]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&*path);
        }
        Ok(())
    }
}

impl Probe {
    /// How long a probe may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let usual = (self.interval.0 / 5 * 4).min(Duration::from_secs(10));
        self.timeout.map_or(usual, |timeout| timeout.0)
    }

    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, self.timeout, &self.labels)?;
        if self.targets.is_empty() {
            return Err(ConfigError::field("targets", "at least one"));
        }
        for (at, target) in self.targets.iter().enumerate() {
            let checked = match self.kind {
                ProbeKind::Http => address::url(target).map(drop),
                ProbeKind::Tcp | ProbeKind::Tls => address::host_and_port(target).map(drop),
            };
            checked.map_err(|wanted| ConfigError::field(format!("targets[{at}]"), wanted))?;
        }
        if let Some(path) = &mut self.ca_file {
            *path = folder.join(&*path);
        }
        Ok(())
    }
}

impl Host {
    fn settle(&mut self, folder: &Path) -> Result<(), ConfigError> {
        common(&self.job, self.interval, None, &self.labels)?;
        for (at, process) in self.process.iter_mut().enumerate() {
            if process.name.is_empty() {
                return Err(ConfigError::field(format!("process[{at}].name"), "a name"));
            }
            if let Some(path) = &mut process.pid_file {
                *path = folder.join(&*path);
            }
        }
        Ok(())
    }
}

/// What all tables have.
fn common(
    job: &str,
    interval: Span,
    timeout: Option<Span>,
    labels: &BTreeMap<String, String>,
) -> Result<(), ConfigError> {
    if job.is_empty() {
        return Err(ConfigError::field("job", "a name"));
    }
    // Below a second a scrape costs more than it tells; above two minutes PromQL would not believe a sample
    // after one that is missing.
    if interval < Span::seconds(1) || interval > Span::seconds(120) {
        return Err(ConfigError::field("interval", "between 1s and 2m"));
    }
    if timeout.is_some_and(|timeout| timeout.0.is_zero() || timeout > interval) {
        return Err(ConfigError::field(
            "timeout",
            "above 0s, and at most the interval",
        ));
    }
    for name in labels.keys() {
        if !is_label(name) || name.starts_with("__") {
            return Err(ConfigError::field(
                format!("labels.{name}"),
                "a label's name is letters, digits and _, no digit first, and no two _ first",
            ));
        }
    }
    Ok(())
}
