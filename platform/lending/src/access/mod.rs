//! Verbs on accounts and on proposals that several persons decide; the rules are
//! those of `auth`.

mod disable;
mod execute;
mod judge;
mod parked;
mod propose;
mod refused;
mod reopening;
mod schedule;
mod show;
mod time;

pub use disable::disable_account;
pub use execute::execute;
pub use judge::judge;
pub use propose::propose;
pub use schedule::run as keep_schedule;
pub use show::{accounts, proposal};
