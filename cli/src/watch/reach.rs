//! How the control plane is reached, and who asks.

use std::path::PathBuf;
use std::time::Duration;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::http::{CallError, Client, Request, Trust};
use serde::de::DeserializeOwned;

use crate::called;
use crate::ended::stop;

/// The control plane's own limit is 20 s.
const ANSWER: Duration = Duration::from_secs(25);

/// Where the control plane is, and whose authority.
#[derive(Debug, clap::Args)]
pub(crate) struct Reach {
    /// Address of the control plane.
    #[arg(
        long,
        env = "BACKSTOP_CONTROL_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:7200"
    )]
    url: String,
    /// File of the authorities that its certificate is signed by (PEM).
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// JSON file of tokens by name, as `backstop init` makes it.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Whose token of that file.
    #[arg(long = "as", value_name = "NAME", default_value = "operator")]
    holder: String,
    /// The token itself, from the environment only.
    #[arg(long, env = "BACKSTOP_CONTROL_TOKEN", hide = true, hide_env_values = true)]
    token: Option<String>,
}

impl Reach {
    /// Asks, and answers what came.
    pub(crate) async fn send<T: DeserializeOwned>(&self, request: &Request<T>) -> anyhow::Result<T> {
        let trust = match &self.ca {
            Some(path) => Trust::default().authority(path),
            None => Ok(Trust::default()),
        };
        let trust = trust.map_err(|error| stop(exit::USAGE, format!("--ca: {error}")))?;
        let client = Client::trusting(&self.url, &self.token()?, ANSWER, &trust);
        let client = client.map_err(|error| stop(exit::USAGE, format!("--url {}: {error}", self.url)))?;
        let reply = client.send(request).await;
        reply
            .map(|reply| reply.body)
            .map_err(|error| self.refused(&error))
    }

    /// Whether the token is one of a file, whose names are those that the control plane knows.
    pub(crate) fn names_holder(&self) -> bool {
        self.token_file.is_some()
    }

    /// Whose token it is, by the file's names.
    pub(crate) fn holder(&self) -> &str {
        &self.holder
    }

    fn token(&self) -> anyhow::Result<String> {
        let Some(path) = &self.token_file else {
            let none = "who asks? --token-file FILE, or BACKSTOP_CONTROL_TOKEN in the environment";
            return self.token.clone().ok_or_else(|| stop(exit::USAGE, none));
        };
        called::token(path, &self.holder)
    }

    fn refused(&self, error: &CallError) -> anyhow::Error {
        stop(called::code(error), format!("{}: {error}", self.url))
    }
}

/// A new key for a write.
pub(crate) fn key() -> String {
    Ids::system(Clock::system()).next().simple().to_string()
}
