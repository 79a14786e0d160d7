//! Real requests: to this machine, and to the origins that were allowed by name.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};

use crate::hands::{Request, Response};

/// Longest wait for a connection: beyond two seconds the listener is not there.
const CONNECT: Duration = Duration::from_secs(2);
/// Bytes that are read of an answer.
const LONGEST: usize = 64 * 1024;

/// Sends requests.
#[derive(Debug, Clone)]
pub struct Web {
    client: Client,
    origins: Vec<String>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// An origin is none.
    #[error("{0:?} is no origin: write https://HOST or https://HOST:PORT")]
    Origin(String),
    /// TLS could not be set up.
    #[error("no client for HTTP")]
    Client(#[source] reqwest::Error),
}

impl Web {
    /// `origins` are allowed besides this machine itself.
    ///
    /// # Errors
    /// An origin is none, or TLS could not be set up.
    pub fn new(origins: &[String]) -> Result<Self, WebError> {
        let origin = |text: &String| {
            let url = Url::parse(text).ok().filter(Url::has_host);
            let url = url.ok_or_else(|| WebError::Origin(text.clone()))?;
            Ok(url.origin().ascii_serialization())
        };
        // An answer that sends elsewhere is an answer that was not expected. A proxy of the environment would be a
        // place that nobody allowed.
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .build()
            .map_err(WebError::Client)?;
        Ok(Self {
            client,
            origins: origins.iter().map(origin).collect::<Result<_, WebError>>()?,
        })
    }

    /// Sends one request, once.
    pub async fn send(&self, request: &Request) -> Response {
        let url = match Url::parse(&request.url) {
            Ok(url) if self.allows(&url) => url,
            Ok(_) => return Response::NotSent("this origin is not allowed".to_owned()),
            Err(_) => return Response::NotSent("no address".to_owned()),
        };
        let Ok(method) = Method::from_bytes(request.method.as_bytes()) else {
            return Response::NotSent("no method".to_owned());
        };
        let mut out = self.client.request(method, url).timeout(request.timeout);
        if !request.key.is_empty() {
            out = out.header("Idempotency-Key", &request.key);
        }
        if let Some(body) = &request.body {
            out = out.json(body);
        }
        match out.send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                match read(answer).await {
                    Some(body) => Response::Answer { status, body },
                    None => Response::Lost(format!("status {status}, and the answer broke off")),
                }
            }
            Err(error) if error.is_connect() || error.is_builder() => {
                Response::NotSent("no connection".to_owned())
            }
            Err(error) if error.is_timeout() => Response::Lost("no answer in time".to_owned()),
            Err(_) => Response::Lost("the connection broke before the answer".to_owned()),
        }
    }

    fn allows(&self, url: &Url) -> bool {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
            return false;
        }
        let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        here || self.origins.contains(&url.origin().ascii_serialization())
    }
}

async fn read(mut answer: reqwest::Response) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        let room = LONGEST.saturating_sub(bytes.len());
        bytes.extend(chunk.iter().take(room));
        if room == 0 {
            break;
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
