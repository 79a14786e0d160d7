//! The two proxies of a drill, driven over their HTTP API: `database` is the address that clients know, `link` carries
//! replication.

use std::net::SocketAddr;

use anyhow::Context as _;
use base::clock::Clock;
use lease::{Folder, Lease, Terms, Undo};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use crate::proxy::api::routes;
use crate::proxy::collection::Collection;

/// The proxy that clients know.
pub const DATABASE: &str = "database";
/// The proxy between standby and primary.
pub const LINK: &str = "link";

/// A server of proxies: in this process, which they end with, or anywhere.
#[derive(Debug, Clone)]
pub struct Front {
    api: String,
}

impl Front {
    /// One in this process, on a free port of loopback.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn begin(runtime: &Handle) -> anyhow::Result<Self> {
        let listening = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listening.context("failed to listen for the proxies' API")?;
        let api = listener.local_addr()?.to_string();
        // No chances are drawn by what is used here.
        let served = axum::serve(listener, routes(Collection::new(0, false)));
        runtime.spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the proxies' API ended");
            }
        });
        Ok(Self { api })
    }

    /// Makes a proxy, and gives where it listens.
    ///
    /// # Errors
    /// What the API said.
    pub fn add(&self, name: &str, upstream: u16) -> anyhow::Result<SocketAddr> {
        let body = json!({ "name": name, "upstream": format!("127.0.0.1:{upstream}") });
        let said = self.ask("POST", "/proxies", &body)?;
        let listen = said.get("listen").and_then(Value::as_str).unwrap_or_default();
        listen.parse().context("the proxy does not say where it listens")
    }

    /// Cuts every connection of a proxy, and takes no new one.
    ///
    /// # Errors
    /// What the API said.
    pub fn close(&self, name: &str) -> anyhow::Result<()> {
        self.ask("POST", &format!("/proxies/{name}"), &json!({ "enabled": false }))
            .map(drop)
    }

    /// Leads a proxy elsewhere and opens it. Who still has a connection to where it led before loses it.
    ///
    /// # Errors
    /// What the API said.
    pub fn lead(&self, name: &str, upstream: u16) -> anyhow::Result<()> {
        let body = json!({ "upstream": format!("127.0.0.1:{upstream}"), "enabled": true });
        self.ask("POST", &format!("/proxies/{name}"), &body).map(drop)
    }

    /// Lets nothing through a proxy in either direction, without closing anything: a partition. It ends with its leases.
    ///
    /// # Errors
    /// When no lease can be written, or what the API said; what was cut then is whole again.
    pub fn cut(
        &self,
        name: &str,
        terms: (&Folder, &Clock, std::time::Duration),
    ) -> anyhow::Result<Vec<Lease>> {
        let (folder, clock, lasts) = terms;
        let mut leases = Vec::new();
        for stream in ["upstream", "downstream"] {
            let toxic = format!("partition_{stream}");
            let terms = Terms {
                fault: format!("partition of proxy {name}, {stream}"),
                undo: Undo::RemoveToxic {
                    api: self.api.clone(),
                    proxy: name.to_owned(),
                    toxic: toxic.clone(),
                },
                lasts,
            };
            let held = folder.hold(terms, clock, |_| -> anyhow::Result<()> {
                let body = json!({
                    "name": toxic, "type": "timeout", "stream": stream, "attributes": { "timeout": 0 },
                });
                self.ask("POST", &format!("/proxies/{name}/toxics"), &body)
                    .map(drop)
            });
            match held {
                Ok(held) => leases.push(held.lease),
                Err(error) => {
                    for lease in &leases {
                        lease.end()?;
                    }
                    return Err(error);
                }
            }
        }
        Ok(leases)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let answer = lease::ask(method, &self.api, path, &body.to_string())
            .with_context(|| format!("failed to {method} {path} at the proxies' API"))?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        anyhow::ensure!(
            (200..300).contains(&answer.status),
            "{method} {path} at the proxies' API answered {}: {said}",
            answer.status
        );
        Ok(said)
    }
}
