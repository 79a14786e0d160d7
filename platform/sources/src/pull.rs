//! Pulls facts about an enterprise from the six outside sources.

use std::collections::BTreeMap;

use domain::product::Source;
use futures::future;
use reqwest::{Method, Url};
use serde_json::Value;

use crate::error::{SetupError, SourceError};
use crate::http;
use crate::link::{Idempotent, Link};
use crate::settings::Settings;
use crate::stats::SourceStats;
use crate::subject::Subject;

/// The six sources, each behind its own guard, over one pool of connections.
#[derive(Debug)]
pub struct Sources {
    links: BTreeMap<Source, (Url, Link)>,
}

impl Sources {
    /// All six below one base URL: `{base}/sources/{source}`.
    ///
    /// # Errors
    /// An address that is not plain HTTP on loopback, or settings that make no sense.
    pub fn new(base_url: &str, settings: Settings) -> Result<Self, SetupError> {
        let base = http::base(base_url)?;
        let address = |source: &Source| Ok((*source, http::below(&base, &format!("sources/{source}"))?));
        Self::build(Source::ALL.iter().map(address), &settings)
    }

    /// Each source at its own address. One without an address is never
    /// reached: it answers [`SourceError::Unreachable`].
    ///
    /// # Errors
    /// As [`Sources::new`].
    pub fn at(addresses: &BTreeMap<Source, String>, settings: &Settings) -> Result<Self, SetupError> {
        let address = |(source, url): (&Source, &String)| {
            // The address as it is written, without the slash that a base gets.
            http::base(url)?;
            Ok((*source, Url::parse(url).map_err(|_| SetupError::BadUrl)?))
        };
        Self::build(addresses.iter().map(address), settings)
    }

    fn build(
        addresses: impl Iterator<Item = Result<(Source, Url), SetupError>>,
        settings: &Settings,
    ) -> Result<Self, SetupError> {
        let client = http::client()?;
        let mut links = BTreeMap::new();
        for address in addresses {
            let (source, url) = address?;
            let link = Link::new(source.as_str(), client.clone(), settings.of(source).clone())?;
            links.insert(source, (url, link));
        }
        Ok(Self { links })
    }

    /// Asks one source about an enterprise; a JSON object.
    ///
    /// # Errors
    /// No usable answer within the source's limits.
    pub async fn pull(&self, source: Source, subject: &Subject) -> Result<Value, SourceError> {
        let (url, link) = self.links.get(&source).ok_or(SourceError::Unreachable)?;
        let call = Idempotent {
            method: Method::POST,
            url,
            body: Some(&subject.told_to(source)),
            answers: &[200],
        };
        link.call(call).await.map(|answer| Value::Object(answer.body))
    }

    /// Asks several sources at once and waits for all of them: as long as the
    /// slowest takes, which its timeout bounds.
    pub async fn pull_all(
        &self,
        sources: &[Source],
        subject: &Subject,
    ) -> Vec<(Source, Result<Value, SourceError>)> {
        let pulls = sources
            .iter()
            .map(async |source| (*source, self.pull(*source, subject).await));
        future::join_all(pulls).await
    }

    /// What became of the calls, source by source.
    #[must_use]
    pub fn stats(&self) -> Vec<SourceStats> {
        self.links.values().map(|(_, link)| link.stats()).collect()
    }
}
