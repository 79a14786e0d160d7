//! promtool's unit tests of rules: [`file`] is what a test file says, [`notation`] and [`metric`] read its series,
//! [`run`] evaluates, [`report`] tells what was expected and what came.

pub(crate) mod file;
pub mod metric;
pub mod notation;
pub mod report;
pub mod run;

pub use report::{Failure, FileReport, Report};
pub use run::{run, run_text};
