//! Hands notices to the system that sends them to customers.

use reqwest::{Method, Url};
use serde_json::json;

use crate::error::{SetupError, SourceError};
use crate::http;
use crate::link::{Idempotent, Link};
use crate::settings::Limits;
use crate::stats::SourceStats;

/// The connector to the notifier.
#[derive(Debug)]
pub struct Notices {
    url: Url,
    link: Link,
}

impl Notices {
    /// Below a base URL (`{base}/notices`), with the default limits.
    ///
    /// # Errors
    /// An address that is not plain HTTP on loopback.
    pub fn new(base_url: &str) -> Result<Self, SetupError> {
        Self::with_limits(base_url, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// As [`Notices::new`], or limits that make no sense.
    pub fn with_limits(base_url: &str, limits: Limits) -> Result<Self, SetupError> {
        let url = http::below(&http::base(base_url)?, "notices")?;
        Ok(Self {
            url,
            link: Link::new("notices", http::client()?, limits)?,
        })
    }

    /// Hands over a batch of (notice id, id of what it is about); the notifier
    /// knows notices by their id, so a batch may be handed over again.
    ///
    /// # Errors
    /// It is not known to have arrived.
    pub async fn deliver(&self, notices: &[(String, String)]) -> Result<(), SourceError> {
        let batch: Vec<_> = notices
            .iter()
            .map(|(id, about)| json!({ "id": id, "about": about }))
            .collect();
        let body = json!({ "notices": batch });
        let call = Idempotent {
            method: Method::POST,
            url: &self.url,
            body: Some(&body),
            answers: &[200],
        };
        self.link.call(call).await.map(drop)
    }

    /// What became of the calls.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        self.link.stats()
    }
}
