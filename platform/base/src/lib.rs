//! What every crate may lean on: [`clock`] and [`ids`] (the two sources of
//! non-determinism, passed in), [`shutdown`], [`config`], [`telemetry`] with
//! its redaction layer, [`problem`] codes and [`exit`] codes, with which a
//! command has [`ended`].

pub mod clock;
pub mod config;
pub mod ended;
pub mod exit;
pub mod ids;
pub mod problem;
pub mod shutdown;
pub mod telemetry;
