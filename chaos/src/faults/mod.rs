//! Faults of processes. [`target`] finds the process, [`plan`] says what will be done and how it is undone before
//! anything happens, [`inject`] does it under a lease.

pub mod inject;
pub mod plan;
pub mod target;
