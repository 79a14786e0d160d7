//! Service level objectives: [`spec`] is what somebody promises, [`burn`] how fast a promise may be broken before
//! somebody is told, [`generate`] makes rules of it, and [`tests`] the unit tests of these rules.

pub(crate) mod burn;
pub mod generate;
pub mod spec;
pub(crate) mod tests;

pub use generate::{Generated, generate};
pub use spec::{Slo, read};
