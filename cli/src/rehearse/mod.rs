//! `backstop rehearse`: starts a service with everything around it, puts load on
//! it, kills it, closes its intake, brings it back, and proves from outside that
//! its promises were kept.
//!
//! [`args`] and `pace` say what is asked for and how long each phase lasts;
//! `phases` is the plan itself, [`run`] prepares it and tells its end, `course`
//! keeps how each phase went and `failure` why one did not; `judge` audits,
//! and `clear` looks for customer data.
//! `people` are the two who reopen together, `record` is the control plane that keeps what was done,
//! `watching` what it watches and whom it pages, `paged` whether somebody was.
//! `binaries`, `child` and [`tether`] start and end the executables,
//! `cast` knows how each of them is called, `store` where the data goes, `pair` the two servers that it may go to.
//! `outage` takes away everything outside, `page` is the runbook that closes intake,
//! `leave` lets a customer go.
//! `progress` follows the load, `show` tells a person, `figures` and
//! `timeline` measure, `report` writes it down.

pub mod args;
mod binaries;
mod cast;
mod child;
mod clear;
mod course;
mod failure;
mod figures;
mod folder;
mod judge;
mod leave;
mod outage;
mod pace;
mod page;
mod paged;
mod pair;
mod people;
mod phases;
mod progress;
mod record;
mod report;
pub mod run;
mod show;
mod store;
pub mod tether;
mod timeline;
mod watching;
