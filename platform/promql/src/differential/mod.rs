//! The evaluator against the real Prometheus 2.42: the same series in both, the same queries to both.

mod answer;
mod cases;
mod compare;
mod constructs;
mod data;
mod generate;
mod http;
mod mutants;
mod prometheus;
mod rejections;
mod speed;
mod write;
