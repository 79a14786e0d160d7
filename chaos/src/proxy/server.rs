//! One proxy: listens while it is enabled, and serves each client by itself. To disable it closes its connections.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::proxy::connection;
use crate::proxy::meters::Meters;
use crate::proxy::toxics::Toxics;

/// Most connections of a proxy: two sockets each, well below what a process may open on any host.
const CONNECTIONS: usize = 4_096;
/// After an accept that failed for want of descriptors, which is no reason to spin.
const PAUSE: Duration = Duration::from_millis(50);

/// What a proxy is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// Where it listens; once it does, the address that it got.
    pub listen: String,
    /// Where it leads.
    pub upstream: String,
    /// Whether it listens.
    pub enabled: bool,
}

/// A listener at work.
struct Open {
    ends: CancellationToken,
    accepting: JoinHandle<()>,
}

/// One proxy.
pub(super) struct Proxy {
    settings: Mutex<Settings>,
    pub(super) toxics: Toxics,
    pub(super) meters: Meters,
    open: Mutex<Option<Open>>,
    random: Mutex<StdRng>,
}

impl Proxy {
    /// One that does not listen yet.
    pub(super) fn new(settings: Settings, random: StdRng) -> Self {
        Self {
            settings: Mutex::new(Settings {
                enabled: false,
                ..settings
            }),
            toxics: Toxics::default(),
            meters: Meters::default(),
            open: Mutex::new(None),
            random: Mutex::new(random),
        }
    }

    pub(super) fn settings(&self) -> Settings {
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes where it leads, once it is stopped.
    pub(super) fn set_place(&self, listen: &str, upstream: &str) {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        settings.listen = listen.to_owned();
        settings.upstream = upstream.to_owned();
    }

    /// Listens. Nothing if it does already.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub(super) async fn start(self: &Arc<Self>) -> io::Result<()> {
        let settings = self.settings();
        if settings.enabled {
            return Ok(());
        }
        let address = resolve(&settings.listen).await?;
        let listener = TcpListener::bind(address).await?;
        let got = listener.local_addr()?.to_string();
        let open = CancellationToken::new();
        {
            let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
            settings.listen = got;
            settings.enabled = true;
        }
        tracing::info!(
            proxy = settings.name,
            upstream = settings.upstream,
            "a proxy listens"
        );
        let accepting = tokio::spawn(accept(
            Arc::clone(self),
            listener,
            settings.upstream,
            open.clone(),
        ));
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(Open {
            ends: open,
            accepting,
        });
        Ok(())
    }

    /// Listens no more, and closes its connections. Its address is free when this returns; it waits for no peer.
    pub(super) async fn stop(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(open) = open {
            open.ends.cancel();
            if let Err(error) = open.accepting.await {
                tracing::error!(%error, "a proxy ended by itself");
            }
        }
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .enabled = false;
    }

    fn draw(&self) -> StdRng {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        StdRng::seed_from_u64(random.random())
    }
}

/// The first address of a text like `localhost:26379`; without a host it is this machine, for its own use.
pub(super) async fn resolve(text: &str) -> io::Result<SocketAddr> {
    let text = match text {
        "" => "127.0.0.1:0".to_owned(),
        port if port.starts_with(':') => format!("127.0.0.1{port}"),
        whole => whole.to_owned(),
    };
    lookup_host(&text)
        .await?
        .next()
        .ok_or_else(|| io::Error::other(format!("{text} has no address")))
}

async fn accept(proxy: Arc<Proxy>, listener: TcpListener, upstream: String, open: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = open.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let client = match accepted {
            Ok((client, _)) => client,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tracing::warn!("a proxy has as many connections as it may");
            continue;
        };
        let (proxy, open, upstream) = (Arc::clone(&proxy), open.clone(), upstream.clone());
        tokio::spawn(async move {
            let _place = place;
            let (toxics, random) = (proxy.toxics.follow(), proxy.draw());
            tokio::select! {
                () = open.cancelled() => {}
                () = connection::serve(client, &upstream, toxics, &proxy.meters, random) => {}
            }
        });
    }
}
