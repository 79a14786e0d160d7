//! What every crate may lean on: [`clock`] and [`ids`] (the two sources of
//! non-determinism, passed in), [`shutdown`], [`config`], [`telemetry`] with
//! its redaction layer, [`problem`] codes and [`exit`] codes.

pub mod clock;
pub mod config;
pub mod exit;
pub mod ids;
pub mod problem;
pub mod shutdown;
pub mod telemetry;
