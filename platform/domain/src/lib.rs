//! What the lending business is made of, with no I/O and no clock.
//!
//! Values that parse on construction: [`money`], [`rate`], [`ids`], [`codes`]
//! ([`credit_code`], [`resident_id`]), [`region`], [`product`]. Lifecycles as
//! state machines over one [`lifecycle`] macro: [`application`], [`offer`],
//! [`task`], [`contract`], [`draw`], [`loan`], [`instalment`]. The arithmetic of
//! a loan: [`schedule`] (with [`annuity`]), [`accrual`], [`penalty`],
//! [`payoff`], [`allocate`]; [`extension`] says how much longer it may run. And [`calendar`], workdays as data, and [`lane`],
//! which keeps stress traffic apart from live business by type.
//!
//! Whoever needs today's date or a random id passes it in.

mod named;

pub mod accrual;
pub mod allocate;
pub mod annuity;
pub mod application;
pub mod calendar;
pub mod codes;
pub mod contract;
pub mod credit_code;
pub mod draw;
pub mod extension;
pub mod ids;
pub mod instalment;
pub mod lane;
pub mod lifecycle;
pub mod loan;
pub mod money;
pub mod offer;
pub mod payoff;
pub mod penalty;
pub mod product;
pub mod rate;
pub mod region;
pub mod resident_id;
pub mod schedule;
pub mod task;
