//! Go's text/template as alerts use it, a declared subset: [`lex`] (a word at a time: `word`) and [`parse`] (an action at a time: `words`) make a [`tree`], whose [`call`]s
//! are checked at load; [`expand`] (with `compute`) runs it over [`value`]s with [`functions`], [`compare`], [`humanize`] and
//! Go's own ways of writing numbers and texts in [`number`], [`print`] and [`quote`].
//!
//! Declared: texts, comments, trimming (`{{-`, `-}}`); `$labels`, `$value`, `$externalLabels`, `$externalURL` and
//! the same as `.Labels`, `.Value`, `.ExternalLabels`, `.ExternalURL`; variables (`$x := …`, `$x = …`); pipelines
//! and parentheses; `if`, `else if`, `else`, `with`, `range`, `end`; texts, numbers, `true`, `false`; the functions
//! of [`call::Function`]. Everything else is refused at load, with its place.

pub mod call;
pub(crate) mod compare;
mod compute;
pub mod expand;
pub(crate) mod functions;
pub mod humanize;
pub(crate) mod lex;
pub mod number;
pub(crate) mod parse;
pub(crate) mod print;
pub(crate) mod quote;
pub(crate) mod scope;
pub(crate) mod tree;
pub(crate) mod value;
mod word;
mod words;

pub use expand::{Data, Template};
pub use functions::Ask;

/// Why a text is no template of the subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTemplate {
    /// The number, from 0, of the character that does not fit.
    pub offset: usize,
    /// What is wrong with it.
    pub reason: String,
}
