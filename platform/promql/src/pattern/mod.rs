//! Patterns as Prometheus reads them: RE2's syntax, of the whole value.
//!
//! The pattern is rewritten for the `regex` crate, so that what both accept also means the same: `\d`, `\w`, `\s`
//! and `\b` are ASCII, a bracket within a class is a character, a brace that counts nothing is itself. What only
//! one of the two knows is refused.

mod class;
mod compile;
mod escape;

pub(crate) use compile::compile;
