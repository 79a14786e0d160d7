//! The handlers, one file per verb: `routes/<noun>/<verb>.rs`. None holds
//! logic: it hands the use case what the extractor found.

pub mod accounts;
pub mod applications;
pub mod consents;
pub mod contracts;
pub mod days;
pub mod draws;
pub mod entries;
pub mod evidence;
pub mod firms;
pub mod intake;
pub mod loans;
pub mod ofrep;
pub mod probes;
pub mod proposals;
pub mod renewals;
pub mod sessions;
pub mod tasks;
