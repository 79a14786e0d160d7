//! What faces the network, for every process that serves HTTP.
//!
//! A connection passes the accept loop ([`listener`], over [`tls`] and a patient [`wire`], with so many
//! places for each of its [`peers`], each of which [`owed`]s its next request), within the [`limits`]. A
//! request's caller shows a [`bearer`] token, is held to a [`rate`], and sends a bounded [`body`] under a [`key`]; its
//! answer comes before a [`deadline`], is a [`problem`] if it was refused or a handler [`panics`],
//! and leaves with guarding [`headers`]. [`ready_file`] tells a supervisor the address,
//! and [`process`] a scrape what the process uses; [`openapi`] is what documents share.
//!
//! **Invariant**: no route, no role and no business is known here.

pub mod bearer;
pub mod body;
pub mod deadline;
pub mod headers;
pub mod key;
pub mod limits;
pub mod listener;
pub mod openapi;
pub mod owed;
pub mod panics;
pub mod peers;
pub mod problem;
pub mod process;
pub mod rate;
pub mod ready_file;
pub mod tls;
pub mod wire;

pub use limits::Limits;
pub use problem::Failure;
