//! HTTP and wiring of the lending service.
//!
//! [`router`] is the table of contents: each [`route`] with its class, its
//! roles and its handler in [`routes`], one file per verb. A request passes
//! the accept loop of [`web`], its route's door ([`layers`]), an extractor
//! ([`extract`]) and a use case of `lending`; the answer leaves through
//! [`reply`], a refusal as a [`web::problem`]. [`endpoint`] is what one route
//! holds, [`app`] what all share, [`config`] the bounds. [`run`](run::run)
//! serves until shutdown; [`wiring`] puts the world together, [`metrics`] shows
//! figures, [`openapi`] documents, [`token_watch`] takes a changed token file into
//! force, [`stop_rules`] applies what closes intake by itself, `kept` is the recovery
//! journal as the use cases see it.
//!
//! **Invariant**: no load generator and no fault injection is in here but the
//! failpoints of feature `chaos`, which release builds leave out.

pub mod app;
pub mod config;
pub mod endpoint;
pub mod extract;
#[cfg(feature = "chaos")]
pub mod failpoint;
mod kept;
pub mod layers;
pub mod metrics;
pub mod openapi;
pub mod reply;
pub mod route;
pub mod router;
pub mod routes;
pub mod run;
pub mod stop_rules;
pub mod token_watch;
pub mod wiring;
