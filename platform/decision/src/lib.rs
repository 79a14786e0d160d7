//! Admission, limit, rate and reasons: rules as data, and a points scorecard.
//!
//! [`features`] is what a decision knows, parsed and bounded from the sources'
//! [`answers`]. [`table`] is a decision table: rows of typed [`condition`]s over
//! [`fields`], checked when it is loaded. [`scorecard`] adds points. [`policy`]
//! puts them together into a [`decision`], with [`reasons`] as stable codes.
//! The data is in `data/`: `rules.json` and `scorecard.json`, each with its version.
//!
//! Everything is a pure function of the features, so a recorded decision can be
//! replayed. Nothing that lacks data is ever approved.

pub mod answers;
pub mod condition;
pub mod decision;
pub mod features;
pub mod fields;
pub mod policy;
pub mod reasons;
pub mod scorecard;
pub mod table;
