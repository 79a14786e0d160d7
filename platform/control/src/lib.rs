//! The control plane: `backstop serve`, with a store and an evidence log of its own, so that it works
//! while the data plane is down.
//!
//! [`drills`] keeps what tools tell of their drills, each act with its leaf, and [`runs`] those of runbooks; [`anchors`] keeps the other
//! plane's checkpoints; [`watching`] is what people do to the watcher, which is the crate `watch`. [`security`] counts what firewalls saw. [`schema`] has the tables, [`names`] the only words that get into them. [`router`]
//! is the table of contents, with a file per verb in [`routes`]; [`door`] is what a request passes,
//! [`app`] what all share, [`metrics`] what is shown, [`openapi`] the document. [`run`](run::run) serves
//! until shutdown.
//!
//! **Invariant**: nothing here knows the data plane's tables, and no free text is stored: [`names`] and digests only.

pub mod anchors;
pub mod app;
pub mod door;
pub mod drills;
pub mod metrics;
pub mod names;
pub mod openapi;
mod refusal;
pub mod route;
pub mod router;
pub mod routes;
pub mod run;
pub mod runs;
pub mod schema;
pub mod security;
pub mod watching;

pub use app::App;
pub use refusal::Refusal;
