//! The server database: pools of connections, one transaction per job.

mod engine;
mod errors;
mod params;
mod pools;
mod rows;
mod session;
mod tls;
mod transaction;

pub(crate) use engine::Postgres;
pub(crate) use session::Session;
