//! Looks for what may remain of customers after their exit, and for what law keeps of them.
//!
//! Before the exit a [`witness`] notes what there is, sealed: [`catalog`] reads the live schema, [`owned`]
//! walks its foreign keys from the customers, [`mentions`] finds rows that name them in texts, [`opened`]
//! opens their sealed fields, [`ledger`] sums up the books; [`gather`] does it all. Afterwards [`scan`]
//! looks: [`needles`] are what is searched for, [`places`] where tokens may stay, [`query`] goes through
//! tables, [`files`] through files, [`accounts`] compares record, `exit_rows` and archive. [`ruling`] is
//! law 6 in the rehearsal's terms. It shares no code with the exit but the files' types.

pub mod accounts;
pub mod catalog;
pub mod error;
pub mod files;
pub mod gather;
pub mod ledger;
pub mod mentions;
pub mod needles;
pub mod opened;
pub mod owned;
pub mod places;
pub mod query;
pub mod ruling;
pub mod scan;
pub mod tokens;
pub mod weak;
pub mod witness;

pub use error::VerifyError;
