//! Experiments in Chaos Toolkit's format.
//!
//! [`load`] reads a file, [`document`] is what a valid one says, [`tolerance`] what a probe may return. [`vars`] fills in
//! configuration and secrets, `substitute` puts them into activities, `redact` keeps secrets out of everything that is
//! written. One file a provider in `provider`; [`activity`] runs one activity, `hypothesis` its probes, `method` a list
//! in the foreground and background, and [`runner`] the whole by its [`strategy`], into a [`journal`].
//!
//! **Invariant**: whatever a native action injects is leased; the runner ends the leases, and if it is killed the watchdog
//! does.

pub mod activity;
pub mod document;
mod hypothesis;
pub mod journal;
pub mod load;
mod method;
mod provider;
mod redact;
pub mod runner;
pub mod strategy;
mod substitute;
pub mod tolerance;
pub mod vars;
mod world;
