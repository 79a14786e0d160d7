//! The evaluator against the real Prometheus 2.42: the same series in both, the same queries to both.

mod aggregations;
mod answer;
mod broken;
mod calls;
mod cases;
mod compare;
mod constructs;
mod data;
mod failing;
mod generate;
mod http;
mod mutants;
mod operators;
mod prometheus;
mod refused;
mod rejections;
mod selectors;
mod speed;
mod write;
