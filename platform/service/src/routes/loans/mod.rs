//! Verbs on loans, one file each.

pub mod pay_off;
pub mod quote;
pub mod repay;
pub mod show;
pub mod statement;
