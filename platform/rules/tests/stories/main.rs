//! Rules against the real thing: promtool and Prometheus 2.42 read the same files and see the same samples.

mod conventions;
mod files;
mod lifecycle;
mod programs;
mod restart;
mod server;
mod side_by_side;
mod slo;
mod speed;
mod templates;
mod unit_tests;
mod vanished;
