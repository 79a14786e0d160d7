//! The tables `[[scrape]]`, `[[probe]]` and `[host]`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::{Scalar, Span, Step};
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
    /// Files of Prometheus' `file_sd` form in JSON, with one `*` in the last part of the path at most;
    /// relative ones lie beside the configuration. They are read again when they change.
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
    /// URLs for `http` and `journey`; `host:port` for `tcp` and `tls`.
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
    /// Of a journey: a file whose content is sent as bearer token; read with each one, so that it may change.
    pub bearer_token_file: Option<PathBuf>,
    /// Of a journey: what is asked, one after the other.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Of a journey: what stands for the names in its steps.
    #[serde(default)]
    pub values: BTreeMap<String, Scalar>,
    /// Of a journey: a file with more of them, one JSON object; read once, when the configuration is.
    pub values_file: Option<PathBuf>,
    /// Of a journey: whether it may POST, by which the bank is bound as by any customer's.
    #[serde(default)]
    pub writes: bool,
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
    /// All steps of a customer's way are answered as they say.
    Journey,
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
