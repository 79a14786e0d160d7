//! Stories about decisions.
#![expect(clippy::expect_used, reason = "a test that cannot set its scene should fail")]

mod admission;
mod answers;
mod bands;
mod firm;
mod gaps;
mod limits;
mod refused_data;
mod replay;
