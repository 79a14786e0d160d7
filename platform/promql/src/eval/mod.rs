//! Evaluates a plan, by the rules of Prometheus 2.42.

mod aggregate;
mod arithmetic;
mod date;
mod heap;
mod histogram;
mod kahan;
mod map;
mod matching;
mod names;
mod over;
mod quantile;
mod rate;
mod regression;
mod relabel;
pub(crate) mod run;
mod select;
mod set;
mod sort;
mod spread;
mod template;
mod vector;
mod window;
