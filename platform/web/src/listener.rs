//! The accept loop: HTTP/1.1 over TCP or TLS, with bounds on connections, on the
//! request's head, and on how long a slow client may take to shake hands, to
//! send it, and to read its answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use base::shutdown::Shutdown;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::limits::Limits;
use crate::owed::Owed;
use crate::peers::Peers;
use crate::tls::{Certificate, Tls, peer};
use crate::wire::{Patient, Wire};
use crate::{headers, rate};

/// Out of file descriptors, an accept fails at once, again and again: a pause
/// lets a connection end.
const PAUSE: Duration = Duration::from_millis(50);

/// What a connection meets.
pub struct Door {
    /// Every route.
    pub router: Router,
    /// Certificates, unless connections come in the clear.
    pub tls: Option<Tls>,
    /// The bounds.
    pub limits: Limits,
    /// Paths whose requests always say where they came from: those where somebody proves who they are.
    pub proving: &'static [&'static str],
    /// Set off when the process has to end.
    pub shutdown: Shutdown,
}

/// Where a request came from, in its extensions while rates are held by address,
/// and where somebody signs in.
#[derive(Debug, Clone, Copy)]
pub struct Source(pub IpAddr);

/// Serves until the shutdown; then stops accepting and lets what is in flight
/// finish. Says whether all of it did, in time.
pub async fn run(listener: TcpListener, door: Door) -> bool {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(door.limits.connections));
    let peers = Peers::new(door.limits.connections_per_address);
    let mut http = http1::Builder::new();
    // An answer is small: copied into one buffer it costs less than gathered from two.
    http.writev(false).max_buf_size(door.limits.head_bytes);
    let door = Arc::new(door);
    // Readiness went down with the signal; the door stays open for the notice.
    let stop = door.ending();
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let ((stream, address), place) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        let Ok(place) = place else { break };
        let Some(peer) = peers.admit(address.ip()) else {
            tracing::debug!("an address has all of its connections");
            continue;
        };
        let (door, http) = (Arc::clone(&door), http.clone());
        connections.spawn(async move {
            door.serve(&http, stream, address.ip()).await;
            drop((place, peer));
        });
    }
    drop(listener);
    connections.close();
    let drained = tokio::time::timeout(door.limits.drain_time, connections.wait()).await;
    drained.is_ok()
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Small answers must not wait for the client's delayed ACK.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps Nagle's delay");
                }
                return (stream, address);
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The client left between its SYN and our accept.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

impl Door {
    async fn ending(&self) {
        self.shutdown.cancelled().await;
        tokio::time::sleep(self.limits.notice_time).await;
    }

    async fn serve(&self, http: &http1::Builder, stream: TcpStream, address: IpAddr) {
        let wire = tokio::select! {
            wire = self.wire(stream) => wire,
            () = self.ending() => return,
        };
        let Some(wire) = wire else { return };
        let guard = match wire {
            Wire::Plain(_) => headers::plain,
            Wire::Tls(_) => headers::secure,
        };
        let named = self.limits.rate_address.is_some();
        let certificate = certificate(&wire);
        let owed = Arc::new(Owed::new());
        let service = service_fn(|request: Request<Incoming>| {
            owed.came();
            let mut request = request.map(Body::new);
            if named || self.proving.contains(&request.uri().path()) {
                request.extensions_mut().insert(Source(rate::source(address)));
            }
            if let Some(certificate) = &certificate {
                request.extensions_mut().insert(certificate.clone());
            }
            let reads = request.method().is_safe();
            let answer = self.router.clone().oneshot(request);
            let owed = &owed;
            async move {
                let answer = answer.await.map(guard);
                // Others that are ready run first: answers that leave together wake a client once. Writes were
                // answered together already, by their commit: the first client back feeds the next one.
                if reads {
                    tokio::task::yield_now().await;
                }
                owed.answered();
                answer
            }
        });
        let io = TokioIo::new(Patient::new(wire, self.limits.write_time, Arc::clone(&owed)));
        let connection = http.serve_connection(io, service);
        tokio::pin!(connection);
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = self.ending() => {
                // The request in flight is answered, with `connection: close`; none after it.
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            () = owed.overdue(self.limits.head_time) => {
                tracing::debug!("a connection sent no whole request in time");
                return;
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    /// The connection after its handshake, if it needs one and gets through in time.
    async fn wire(&self, stream: TcpStream) -> Option<Wire> {
        let Some(tls) = &self.tls else {
            return Some(Wire::Plain(stream));
        };
        match tokio::time::timeout(self.limits.handshake_time, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => Some(Wire::Tls(Box::new(stream))),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a TLS handshake took too long");
                None
            }
        }
    }
}

/// What the client's certificate shows, if it has one; verified in the handshake.
fn certificate(wire: &Wire) -> Option<Certificate> {
    let Wire::Tls(stream) = wire else { return None };
    let (_, connection) = stream.get_ref();
    let own = connection.peer_certificates()?.first()?;
    Some(Certificate(Arc::new(peer::shown(own))))
}
