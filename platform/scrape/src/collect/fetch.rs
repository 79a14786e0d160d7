//! Asks a target for its exposition.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE};

use super::clients::Clients;
use super::failure::{Failure, reasons};
use crate::exposition::{Format, format};
use crate::targets::token;

/// How one target is asked.
pub(super) struct Fetch {
    pub(super) clients: Arc<Clients>,
    pub(super) url: Url,
    pub(super) bearer_token_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    /// Bytes of a body.
    pub(super) largest: usize,
    /// Told to the target, so that it need not go on for longer.
    pub(super) patience: Duration,
}

impl Fetch {
    /// Whoever calls sees to the timeout, and drops this when it is over.
    pub(super) async fn ask(&self) -> Result<(Vec<u8>, Format), Failure> {
        let client = self
            .clients
            .of(self.ca_file.as_deref(), self.url.scheme() == "https")?;
        let mut request = client
            .get(self.url.clone())
            .header(ACCEPT, format::ACCEPT)
            .header(
                "X-Prometheus-Scrape-Timeout-Seconds",
                self.patience.as_secs_f64().to_string(),
            );
        if let Some(path) = &self.bearer_token_file {
            request = request.bearer_auth(token::read(path).ok_or(Failure::Token)?);
        }
        let http = |error: reqwest::Error| Failure::Http(reasons(&error.without_url()));
        let mut answer = request.send().await.map_err(http)?;
        if answer.status() != 200 {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        let said = answer.headers().get(CONTENT_TYPE);
        let said = said
            .map(|said| said.to_str().map_err(|_| Failure::ContentType))
            .transpose()?;
        let format = Format::of(said).ok_or(Failure::ContentType)?;
        let told = answer
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        if told > self.largest {
            return Err(Failure::TooLarge);
        }
        let mut body = Vec::with_capacity(told);
        while let Some(chunk) = answer.chunk().await.map_err(http)? {
            if body.len() + chunk.len() > self.largest {
                return Err(Failure::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok((body, format))
    }
}
