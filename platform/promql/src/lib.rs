//! A declared subset of `PromQL` with the semantics of Prometheus 2.42, over any source of series.
//!
//! [`labels`] and [`series`] are what everything that watches is made of; [`matcher`] selects,
//! [`source`] is where series come from. [`query`] reads a text once and evaluates it as often as wanted: `syntax`
//! makes a tree of the text, `plan` checks it and refuses what is not in the subset, `eval` evaluates the plan.
//!
//! Ranges include their oldest sample (Prometheus 3 leaves it out), a dot in a pattern is no line break, and names
//! are those of ASCII. Nothing here knows the clock: the time of evaluation is an argument.

#[cfg(test)]
mod differential;
pub mod error;
mod eval;
mod grouping;
pub mod labels;
pub mod matcher;
mod mutant;
mod pattern;
mod plan;
pub mod query;
pub mod rejected;
pub mod series;
pub mod source;
mod syntax;

pub use error::EvalError;
pub use labels::{Labels, NAME};
pub use matcher::{BadMatcher, Matcher, Op};
pub use plan::slot::LOOKBACK;
pub use query::{Kind, Query, Selected, Value, parse};
pub use rejected::Rejected;
pub use series::{STALE, Sample, Series, is_stale};
pub use source::Source;
