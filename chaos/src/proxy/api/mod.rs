//! Toxiproxy's HTTP API: [`routes()`] is its table of contents, `bodies` reads what is sent, `problem` is what is
//! answered when something is refused.

mod bodies;
mod loader;
pub(super) mod problem;
mod proxies;
mod routes;
mod toxics;

pub use loader::{check, load};
pub use routes::routes;
