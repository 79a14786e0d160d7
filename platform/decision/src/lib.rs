//! Admission, limit, rate and reasons: rules as data, and a points scorecard.
//!
//! [`features`] is what a decision knows, parsed and bounded from the sources'
//! `answers`. [`table`] is a decision table: rows of typed [`condition`]s over
//! [`fields`], checked when it is loaded; `rules` holds the three that there
//! are. [`scorecard`] adds points, `limit` says how much and at which rate.
//! [`policy`] puts them together into a [`decision`], with [`reasons`] as stable
//! codes. The data is in `data/`: `rules.json` and `scorecard.json`, each with
//! its version.
//!
//! Everything is a pure function of the features, so a recorded decision can be
//! replayed. Nothing that lacks data is ever approved.

mod answers;
pub mod condition;
pub mod decision;
pub mod features;
pub mod fields;
mod limit;
pub mod policy;
pub mod reasons;
mod rules;
pub mod scorecard;
pub mod table;
