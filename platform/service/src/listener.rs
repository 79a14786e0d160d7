//! The accept loop: HTTP/1.1 over TCP, with bounds on connections, on the
//! request's head, and on how long a slow client may take to send it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use base::shutdown::Shutdown;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tower::util::MapRequest;

use crate::config::Limits;

/// Out of file descriptors, an accept fails at once, again and again: a pause
/// lets a connection end.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until the shutdown; then stops accepting and lets what is in flight
/// finish. Says whether all of it did, in time.
pub async fn run(listener: TcpListener, router: Router, limits: &Limits, shutdown: Shutdown) -> bool {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_buf_size(limits.head_bytes);
    // Readiness went down with the signal; the door stays open for the notice.
    let notice = limits.notice_time;
    let stop = async {
        shutdown.cancelled().await;
        tokio::time::sleep(notice).await;
    };
    tokio::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (accept(&listener).await, place)
        };
        let (stream, place) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        let Ok(place) = place else { break };
        let service = TowerToHyperService::new(router.clone().map_request(body as Boxing));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        connections.spawn(serve(connection, shutdown.clone(), notice, place));
    }
    drop(listener);
    connections.close();
    let drained = tokio::time::timeout(limits.drain_time, connections.wait()).await;
    drained.is_ok()
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Small answers must not wait for the client's delayed ACK.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection keeps Nagle's delay");
                }
                return stream;
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

type Boxing = fn(Request<Incoming>) -> Request<Body>;
type Service = TowerToHyperService<MapRequest<Router, Boxing>>;

fn body(request: Request<Incoming>) -> Request<Body> {
    request.map(Body::new)
}

async fn serve(
    connection: http1::Connection<TokioIo<TcpStream>, Service>,
    shutdown: Shutdown,
    notice: Duration,
    place: OwnedSemaphorePermit,
) {
    tokio::pin!(connection);
    let ending = async {
        shutdown.cancelled().await;
        tokio::time::sleep(notice).await;
    };
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = ending => {
            // The request in flight is answered, with `connection: close`; none after it.
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(place);
}
