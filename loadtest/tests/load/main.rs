//! The load generator against a stand-in for the service ([`stub`]).

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

mod journal;
mod lean;
mod pace;
mod signals;
mod stub;
