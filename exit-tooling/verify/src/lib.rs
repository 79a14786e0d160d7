//! Looks for what may remain of customers after their exit, and for what law keeps of them.
//!
//! Before the exit a [`witness`] notes what there is, sealed, once its [`order`] is in the evidence log: [`catalog`]
//! reads the live schema, [`owned`] walks its foreign keys from the customers, [`mentions`] finds rows that name them
//! in texts, [`custody`] opens the key store and [`opened`] their sealed fields, [`ledger`] sums up the books;
//! [`gather`] does it all. Afterwards [`scan`] looks: [`needles`] are what is searched for ([`weak`] says what is
//! not), by [`tokens`] which id it is, [`places`] where those may stay; [`query`] goes through tables, [`files`]
//! through files, and `controls` say whether they did. [`accounts`] compares the record with `exit_rows`,
//! [`destroyed`] the keys, [`archived`] the archive; [`findings`] gathers what is wrong. [`ruling`] is law 6
//! in the rehearsal's terms. It shares no code with the exit but the files' types.

pub mod accounts;
pub mod archived;
pub mod catalog;
mod controls;
pub mod custody;
pub mod destroyed;
pub mod error;
pub mod files;
pub mod findings;
pub mod gather;
pub mod ledger;
mod left_out;
pub mod mentions;
pub mod needles;
pub mod opened;
pub mod order;
pub mod owned;
pub mod places;
pub mod query;
pub mod ruling;
pub mod scan;
pub mod tokens;
pub mod weak;
pub mod witness;

pub use error::VerifyError;
