//! What is watched, as people write it: tables of `watch.toml`, and files in the form of Prometheus' file
//! discovery.
//!
//! [`config`] are the tables and [`settle`] looks at them, [`span`] is a duration in them, [`address`] makes
//! a target of a text, [`files`] reads files of targets and sees when they change, `token` reads one, [`error`]
//! says what is wrong and where. Of a journey [`steps`] are the tables and `journey` looks at them, with
//! [`scalar`], a value, and `template`, a text with names in it.

pub mod address;
pub mod config;
pub mod error;
pub(crate) mod files;
pub(crate) mod journey;
pub mod scalar;
mod settle;
pub mod span;
pub mod steps;
pub(crate) mod template;
pub(crate) mod token;

pub use address::Target;
pub use config::{Config, Expect, Host, Probe, ProbeKind, Process, Scrape};
pub use error::ConfigError;
pub use scalar::Scalar;
pub use span::Span;
pub use steps::{Method, Statuses, Step, StepExpect};
