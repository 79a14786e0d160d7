//! `backstop runbook` as somebody uses it at night: the shipped page that closes intake, on a real service, with a real
//! control plane.
//!
//! [`operator`] is who types. [`shown`] is a whole run without a terminal, [`typed`] one at a terminal, [`approved`] one
//! that another person has to agree to, [`offline`] one while the control plane is down, [`killed`] ones that die at any
//! moment, [`leaves`] the purge of a customer that does, [`walk`] whoever goes through one, [`paused`] one that is
//! interrupted, [`looking`] one that only looks.

mod approved;
mod killed;
mod leaves;
mod looking;
mod offline;
mod operator;
mod paused;
mod shown;
mod typed;
mod walk;
