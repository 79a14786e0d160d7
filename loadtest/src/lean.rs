//! The lean engine: bare HTTP/1.1 on keep-alive connections, for measuring a
//! service that shares its cores with its clients.
//!
//! A closed model, in which each client waits for its answer, or a fixed arrival rate. [`engine`] drives the
//! clients on one thread; [`wire`] is a prepared request and the reading of an
//! answer; [`result`] what came out. [`applications`], [`existing`] and [`reads`] are the
//! commands. Not here on purpose: TLS, redirects, chunked answers, retries.

pub mod applications;
pub mod engine;
pub mod existing;
pub mod reads;
pub mod result;
pub mod wire;

/// Runs a measurement on one thread: more would take the service's cores.
///
/// # Errors
/// Those of the measurement.
pub fn alone(work: impl Future<Output = anyhow::Result<String>>) -> anyhow::Result<String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
