//! A throw-away PostgreSQL cluster on loopback, for tests, rehearsals and benches.
//!
//! [`Cluster`] is one running server: [`binaries`] finds its programs, [`account`]
//! the user that it runs as, `template` copies an initialised data directory,
//! `launch` starts the server, `guard` ends the server when this process dies in whatever way. `standby` makes a server
//! that follows another, and `fence` keeps a dead primary from taking writes until `rewind` makes a standby of it.
//! [`fresh_database`] gives a test a database of its own in one cluster per process.
//!
//! **Invariants.** The server listens on loopback and a socket in its own
//! directory only. It never runs as root. It is signalled by its recorded pid.

pub mod account;
pub mod binaries;
mod error;
mod fence;
mod guard;
mod launch;
mod options;
mod processes;
mod rewind;
mod run;
mod server;
mod shared;
mod standby;
mod template;

pub use binaries::available;
pub use error::ClusterError;
pub use options::Options;
pub use server::Cluster;
pub use shared::fresh_database;
pub use standby::Following;
