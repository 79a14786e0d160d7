//! The stand-in (挡板): one process in place of the six sources, core banking
//! and the notifier, over a population of firms.
//!
//! `facts` answers for the sources, `firms` says who there is, `core` pays into
//! a [`book`] that pays once per reference and may be kept in a [`journal`],
//! `notices` counts notices, [`pager`] is paged; [`control`] makes any of them slow or faulty while
//! it runs, and `faults` does it.
//!
//! ```text
//! POST /sources/{source}            {credit_code} -> facts (with contact_id at credit_bureau)
//! POST /core/payments               {reference, amount, account} -> {state: "paid", reference}
//! GET  /core/payments/{reference}   {state: "paid", reference, amount}; 404 {state: "unknown"}
//! GET  /core/payments?after=&limit= {count, total, payments: [{reference, amount}]}; limit=0 only counts
//! POST /notices                     {notices: [{id, about}]} -> {accepted}
//! POST /pages                       Alertmanager's webhook, version 4 -> {pages}
//! GET  /pages                       {pages: [{at, alert, resolved, key}]}
//! GET  /firms                       {simulated, seed, count}
//! GET  /firms/{n}                   what the n-th firm registers and applies with
//! GET  /control                     every target's settings and counters
//! GET  /control/{target}            one of them; a target is a source, `core`, `notices` or `pager`
//! PUT  /control/{target}            {latency_ms, jitter_ms, failure_rate, status, failure}
//! GET  /livez
//! ```

pub mod book;
pub mod control;
mod core;
mod facts;
mod faults;
mod firms;
pub mod journal;
mod notices;
pub mod pager;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use base::shutdown::Shutdown;
use population::Firms;
use tokio::net::TcpListener;

use book::Book;
use control::Controls;
use pager::Pager;

/// Largest request body: a batch of 200 notices is about 20 KB.
const BODY_BYTES: usize = 64 * 1024;
/// How long a stopping process waits for answers under way; the slowest that a
/// control may set are cut off earlier, by the shutdown itself.
const DRAIN: Duration = Duration::from_secs(5);

/// What a stand-in is started with.
#[derive(Debug)]
pub struct Settings {
    /// Who there is.
    pub firms: Firms,
    /// Seeds the choice of which requests fail.
    pub seed: u64,
    /// The payments so far, and where they are kept.
    pub book: Book,
    /// Where pages are kept.
    pub pager: Pager,
}

/// What the handlers share.
pub(crate) struct App {
    pub(crate) firms: Firms,
    pub(crate) seed: u64,
    pub(crate) controls: Controls,
    pub(crate) book: Book,
    pub(crate) notices: notices::Delivered,
    pub(crate) pager: Pager,
    pub(crate) shutdown: Shutdown,
}

/// Serves until shutdown.
///
/// # Errors
/// When the listener fails.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: Shutdown) -> io::Result<()> {
    let Settings {
        firms,
        seed,
        book,
        pager,
    } = settings;
    let app = Arc::new(App {
        firms,
        seed,
        controls: Controls::new(seed),
        book,
        notices: notices::Delivered::default(),
        pager,
        shutdown: shutdown.clone(),
    });
    // Answers are small and written at once; waiting to fill a segment would cost 40 ms each.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let stop = shutdown.clone();
    let serve = axum::serve(listener, router(app))
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .into_future();
    let patience = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = serve => ended,
        () = patience => Ok(()),
    }
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/sources/{source}", post(facts::answer))
        .route("/core/payments", post(core::pay).get(core::list))
        .route("/core/payments/{reference}", get(core::status))
        .route("/notices", post(notices::deliver))
        .route("/pages", post(pager::page).get(pager::list))
        .route("/firms", get(firms::about))
        .route("/firms/{n}", get(firms::card))
        .route("/control", get(control::list))
        .route("/control/{target}", get(control::show).put(control::set))
        .route("/livez", get(async || "ok\n"))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(app)
}
