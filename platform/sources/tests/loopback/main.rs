//! The connectors against the real stand-in, over loopback.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows tests by their attribute; their helpers may fail as loudly"
)]

mod outside;
mod payments;
mod process;
mod pulls;
mod standin;
mod tls;
