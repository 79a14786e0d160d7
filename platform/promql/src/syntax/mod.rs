//! From a text to its tree, by the grammar of Prometheus 2.42; types and the subset are not looked at here.

pub(crate) mod duration;
pub(crate) mod lex;
pub(crate) mod modifier;
pub(crate) mod number;
pub(crate) mod operator;
pub(crate) mod parse;
pub(crate) mod primary;
pub(crate) mod print;
pub(crate) mod token;
pub(crate) mod tree;
pub(crate) mod unquote;
