//! Load on the whole lending path, and the journal of what its clients saw.
//!
//! [`run`] puts it together: [`attack`] lets goose drive the users, each a
//! [`customer`] who walks the [`intake`] journey or looks after loans that
//! exist ([`existing`]). What they share is in [`shared`]: the [`tokens`], the
//! [`firms`] and the [`bodies`] made from them, the [`pool`] of live loans. One
//! attempt is judged in [`settle`], written down by [`recorder`] and counted in
//! [`figures`] under its [`verb`] ([`answered`] says what is kept of an answer);
//! [`progress`] and [`summary`] show the figures, [`stop`] ends it all.
//! [`lean`] is the other engine, for the bench: bare HTTP/1.1 and little else.
//! [`target`] refuses to load anything but this machine; [`cli`] is the command line, [`executable`] runs it.

pub mod answered;
pub mod attack;
pub mod bodies;
pub mod cli;
pub mod customer;
pub mod executable;
pub mod existing;
pub mod figures;
pub mod firms;
pub mod intake;
pub mod latency;
pub mod lean;
pub mod pool;
pub mod progress;
pub mod recorder;
pub mod run;
pub mod settle;
pub mod shared;
pub mod stop;
pub mod summary;
pub mod target;
pub mod tokens;
pub mod verb;
