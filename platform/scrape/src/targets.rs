//! What is watched, as people write it: tables of `watch.toml`, and files in the form of Prometheus' file
//! discovery.
//!
//! [`config`] are the tables and [`settle`] looks at them, [`span`] is a duration in them, [`address`] makes
//! a target of a text, [`files`] reads files of targets and sees when they change, [`error`] says what is
//! wrong and where.

pub mod address;
pub mod config;
pub mod error;
pub(crate) mod files;
mod settle;
pub mod span;

pub use address::Target;
pub use config::{Config, Expect, Host, Probe, ProbeKind, Process, Scrape};
pub use error::ConfigError;
pub use span::Span;
