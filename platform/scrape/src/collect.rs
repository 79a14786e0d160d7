//! The loops that fill the store: one for each target, for each probe, and for this machine.
//!
//! [`scraper`] starts and ends them as the configuration says, [`round`] is one of them, in step by
//! [`pace`]. What is found out is an exposition in each case, whether it comes over HTTP ([`fetch`],
//! [`clients`]) or from [`crate::host`] and [`crate::probe`]; [`intake`] gives it the labels that
//! [`conflict`] leaves, stores it, and notes which series have ended. [`failure`] says why there was none.

mod clients;
mod conflict;
pub mod failure;
mod fetch;
mod intake;
mod pace;
mod round;
pub mod scraper;

pub use failure::Failure;
pub use scraper::{Running, Scraper};
