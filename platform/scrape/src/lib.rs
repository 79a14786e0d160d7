//! Fills a store of series with what is watched: targets that show an exposition, this machine, and addresses
//! that are tried from outside.
//!
//! A watcher is put together of four things:
//!
//! - [`Store::open`] (or [`Store::new`], without a tail on disk) takes samples and keeps them within
//!   [`Limits`]; it is a [`promql::Source`], and rules write their own series to it by [`Store::append`] and
//!   [`Store::end`].
//! - [`Config`] is what people write in `watch.toml`.
//! - [`Scraper::new`] checks it, and [`Scraper::run`] fills the store until shutdown.
//! - [`Health`] has the meters of all this, and what is known of each target.
//!
//! A value whose series [`Store::freshness`] calls unknown is shown as unknown: a sample counts for two of
//! its intervals.
//!
//! [`exposition`] reads what targets show; [`store`] keeps samples and [`persist`] writes their tail;
//! [`targets`] is the configuration; [`collect`] has the loops; `host` looks at this machine
//! and `probe` tries addresses; [`health`] tells how the watcher itself is.

pub mod collect;
pub mod exposition;
pub mod health;
mod host;
pub mod persist;
mod probe;
pub mod store;
pub mod targets;

pub use collect::{Failure, Running, Scraper};
pub use health::Health;
pub use persist::OpenError;
pub use store::{Freshness, Limits, Store};
pub use targets::{Config, ConfigError};
