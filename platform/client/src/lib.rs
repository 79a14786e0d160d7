//! Wire types of both planes' HTTP interfaces, and a typed client.
//!
//! The bodies are grouped by what they are about: [`firms`] (registration and
//! consent), [`applications`] (application to approval), [`contracts`]
//! (contract and draw), [`loans`] (repayment, payoff, statement), [`operations`]
//! (intake, end of day, corrections), [`renewals`] (more time for a loan), [`access`] (sessions, accounts, proposals), [`evidence`] (checkpoints
//! handed over), and the control plane's [`drills`], [`runs`] and [`watch`]. [`reveal`] shows customer data on record. [`problem`] is the error body of RFC 9457.
//! [`digest`] is the one definition of a request's digest; [`http`] the client.

pub mod access;
pub mod applications;
pub mod contracts;
pub mod digest;
pub mod drills;
pub mod evidence;
pub mod firms;
pub mod http;
pub mod loans;
pub mod ofrep;
pub mod operations;
pub mod problem;
pub mod renewals;
pub mod reveal;
pub mod runs;
pub mod watch;
