//! Which faults this host can inject: each is tried where it harms nobody, in namespaces and files of its own.

mod probe;
pub mod table;

pub use table::{Finding, examine};
