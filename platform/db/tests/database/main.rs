//! What a transaction promises, told once and shown on both databases.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking")]

mod atomicity;
mod constraints;
mod fixture;
mod groups;
mod limits;
mod migrations;
mod patience;
mod reads;
mod settings;
mod tls;
mod values;
mod writers;
