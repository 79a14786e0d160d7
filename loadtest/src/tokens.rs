//! The bearers that the journeys need.

use std::path::Path;

use anyhow::Context as _;
use client::http::Client;
use serde::Deserialize;

/// The token file: JSON with these names. Others in it are nobody's business here.
#[derive(Clone, Deserialize)]
pub struct Tokens {
    /// Acts for customers over a channel.
    pub channel: String,
    /// Reports, and gives the first verdict; a session's token, as officers are people.
    #[serde(default)]
    pub officer1: Option<String>,
    /// Gives the second verdict.
    #[serde(default)]
    pub officer2: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(redacted)")
    }
}

impl Tokens {
    /// Reads the file.
    ///
    /// # Errors
    /// When it can't be read, or a token is missing.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
        // The parser's own message would repeat a part of the file.
        serde_json::from_slice(&text).map_err(|_| {
            anyhow::anyhow!(
                "{} must be JSON with the token channel, and officer1 and officer2 for journeys",
                path.display()
            )
        })
    }

    /// The officers' tokens, which journeys need.
    ///
    /// # Errors
    /// When the file names none.
    fn officers(&self) -> anyhow::Result<[&str; 2]> {
        match (&self.officer1, &self.officer2) {
            (Some(one), Some(other)) => Ok([one, other]),
            _ => anyhow::bail!(
                "the token file needs officer1 and officer2: the sessions of two people of the role officer, \
                 who have signed in (POST /v1/sessions)"
            ),
        }
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearer {
    /// The customer, through a channel.
    Channel,
    /// The officer who visits.
    Officer1,
    /// The other officer.
    Officer2,
}

/// One client per bearer, over the same connections.
#[derive(Debug, Clone)]
pub struct Clients {
    channel: Client,
    officer1: Client,
    officer2: Client,
}

impl Clients {
    /// Clients for one service.
    ///
    /// # Errors
    /// When there are no officers, or a token can't stand in a header.
    pub fn new(channel: Client, tokens: &Tokens) -> anyhow::Result<Self> {
        let [one, other] = tokens.officers()?;
        Ok(Self {
            officer1: channel.with_token(one)?,
            officer2: channel.with_token(other)?,
            channel,
        })
    }

    /// The bearer's client.
    #[must_use]
    pub const fn of(&self, bearer: Bearer) -> &Client {
        match bearer {
            Bearer::Channel => &self.channel,
            Bearer::Officer1 => &self.officer1,
            Bearer::Officer2 => &self.officer2,
        }
    }
}
