//! A declared subset of `PromQL` with the semantics of Prometheus 2.42, over any source of series.
//!
//! [`labels`] and [`series`] are what everything that watches is made of; [`matcher`] selects,
//! [`source`] is where series come from.

pub mod labels;
pub mod matcher;
pub mod series;
pub mod source;

pub use labels::Labels;
pub use matcher::{BadMatcher, Matcher, Op};
pub use series::{STALE, Sample, Series, is_stale};
pub use source::Source;
