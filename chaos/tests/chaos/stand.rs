//! The proxy in a thread of its own, and a client of its API.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use chaos::proxy::api::routes;
use chaos::proxy::collection::Collection;
use serde_json::{Value, json};

pub(crate) struct Stand {
    pub(crate) api: String,
    _runtime: tokio::runtime::Runtime,
}

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

impl Stand {
    pub(crate) fn start() -> Self {
        Self::seeded(7)
    }

    pub(crate) fn seeded(seed: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let api = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move {
            axum::serve(listener, routes(Collection::new(seed, false)))
                .await
                .unwrap();
        });
        Self {
            api,
            _runtime: runtime,
        }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Said {
        let answer = lease::ask(method, &self.api, path, body).unwrap();
        Said {
            status: answer.status,
            body: String::from_utf8(answer.body).unwrap(),
        }
    }

    /// Makes the proxy `p`; where it listens.
    pub(crate) fn proxy(&self, upstream: SocketAddr) -> SocketAddr {
        let body = json!({ "name": "p", "upstream": upstream.to_string() });
        let said = self.ask("POST", "/proxies", &body.to_string());
        assert_eq!(said.status, 201, "{said:?}");
        said.json()["listen"].as_str().unwrap().parse().unwrap()
    }

    /// Adds a toxic to `p` and gives its name.
    pub(crate) fn toxic(&self, kind: &str, stream: &str, attributes: Value) -> String {
        let body = json!({ "type": kind, "stream": stream, "attributes": attributes });
        let said = self.ask("POST", "/proxies/p/toxics", &body.to_string());
        assert_eq!(said.status, 200, "{said:?}");
        said.json()["name"].as_str().unwrap().to_owned()
    }

    pub(crate) fn remove(&self, toxic: &str) {
        let said = self.ask("DELETE", &format!("/proxies/p/toxics/{toxic}"), "");
        assert_eq!(said.status, 204, "{said:?}");
    }
}

/// A client that never waits forever.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}
