//! The bearers that the journeys need.

use std::path::Path;

use anyhow::Context as _;
use client::http::{Client, SetupError};
use serde::Deserialize;

/// The token file: JSON with these names. Others in it are nobody's business here.
#[derive(Clone, Deserialize)]
pub struct Tokens {
    /// Acts for customers over a channel.
    pub channel: String,
    /// Reports, and gives the first verdict.
    pub officer1: String,
    /// Gives the second verdict.
    pub officer2: String,
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
                "{} must be JSON with channel, officer1 and officer2",
                path.display()
            )
        })
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
    /// When a token can't stand in a header.
    pub fn new(channel: Client, tokens: &Tokens) -> Result<Self, SetupError> {
        Ok(Self {
            officer1: channel.with_token(&tokens.officer1)?,
            officer2: channel.with_token(&tokens.officer2)?,
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
