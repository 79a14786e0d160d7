//! promtool's unit tests of rules: [`file`] is what a test file says, [`notation`] and [`metric`] read its series,
//! [`run`] runs files and `rounds` one test of them, [`report`] tells what was expected and what came.

pub(crate) mod file;
pub mod metric;
pub mod notation;
pub mod report;
mod rounds;
pub mod run;

pub use report::{Failure, FileReport, Report};
pub use run::{RuleFiles, run, run_text};
