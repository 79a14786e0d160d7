//! Faults that end, binary `backstop-chaos`.
//!
//! [`commands`] parses and dispatches. [`proxy`] harms what passes
//! over TCP, [`faults`] harms processes, [`experiment`] runs experiments in Chaos Toolkit's format, [`doctor`] says
//! which faults this host can inject, and [`drill`] rehearses whole accidents on servers of its own. Whatever outlives this process is held by a lease (crate `lease`) before it is
//! injected, and [`watched`] sees to it that somebody keeps that lease.

pub mod commands;
pub mod doctor;
pub mod drill;
pub mod experiment;
pub mod faults;
pub mod proxy;
pub mod span;
pub mod watched;
