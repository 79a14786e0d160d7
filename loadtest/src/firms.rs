//! The firms that come to register, each once.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::{Context as _, ensure};
use population::replay::FirmFile;
use population::{Population, SimFirm};
use reqwest::Url;
use serde::Deserialize;

/// A queue of firms that have not registered yet.
#[derive(Debug)]
pub struct Firms {
    all: population::Firms,
    next: AtomicU64,
}

impl Firms {
    /// From a file, or generated from a seed; the first to come is firm `first`.
    ///
    /// # Errors
    /// When the file can't be read or holds what is no firm.
    pub fn open(file: Option<&Path>, seed: u64, first: u64) -> anyhow::Result<Self> {
        let all = match file {
            None => population::Firms::Generated(Population::new(seed)),
            Some(path) => population::Firms::Replayed(
                FirmFile::open(path).with_context(|| format!("failed to read {}", path.display()))?,
            ),
        };
        Ok(Self {
            all,
            next: AtomicU64::new(first),
        })
    }

    /// The next; none once a file is at its end.
    pub fn next(&self) -> Option<SimFirm> {
        let firm = self.all.firm(self.next.fetch_add(1, Relaxed))?;
        Some(firm.into_owned())
    }

    /// Checks that a stand-in for the sources knows the same firms. With another
    /// seed it would know none of them, and every application would be left to
    /// people: a load without a single loan, for a reason hard to find.
    ///
    /// # Errors
    /// When it doesn't answer, or knows another firm by that number.
    pub async fn same_as(&self, standin: &Url) -> anyhow::Result<()> {
        #[derive(Deserialize)]
        struct Known {
            credit_code: String,
        }
        let first = self.next.load(Relaxed);
        let ours = self
            .all
            .firm(first)
            .with_context(|| format!("there is no firm {first}"))?;
        let url = standin
            .join(&format!("/firms/{first}"))
            .context("the stand-in's address")?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let answer = http.get(url).send().await.context("failed to ask the stand-in")?;
        ensure!(
            answer.status().is_success(),
            "the stand-in answered {} for firm {first}",
            answer.status()
        );
        let known: Known = answer
            .json()
            .await
            .context("failed to read the stand-in's answer")?;
        ensure!(
            known.credit_code == ours.credit_code,
            "the stand-in's firm {first} is another one: start both with the same --seed or --firms"
        );
        Ok(())
    }
}
