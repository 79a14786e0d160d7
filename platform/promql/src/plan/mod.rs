//! From a tree to a plan: types and the subset are checked, names are resolved, patterns are compiled, and what
//! is left cannot be wrong except for the data.

mod aggregate;
mod binary;
mod call;
pub(crate) mod fixed;
pub(crate) mod foreign;
pub(crate) mod function;
mod labels;
pub(crate) mod lower;
pub(crate) mod node;
pub(crate) mod slot;
