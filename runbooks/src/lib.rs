//! Runbooks that run: pages in Markdown, compiled to a plan under a hash, carried out as a saga.
//!
//! [`compile()`] makes a [`Plan`] of a page, or says what is wrong with it and where: `page` takes Markdown apart, `front`
//! (with `yaml` and `fields`) reads the front matter, `steps` puts the fenced blocks together, which `block` reads by
//! their kinds (with `request`, `condition`, `texts`, `attributes`, `values`, `words` and `template`). [`plan`] is what
//! comes of it, [`pages`] are those that the program brings along, [`coverage()`] holds them against the alerts.
//!
//! [`Bound`] is a plan with the values of its parameters ([`parameter`]): what a run is bound to, and an approval. An
//! [`Engine`] carries it out over a store of sagas, in whatever [`Hands`] it is given: `doer` does it, `seeing` looks,
//! `told` says what an answer means, [`approval`] judges, `waiting` is what is asked of people. [`preview()`] is a dry run. [`Process`] and [`Web`] are hands
//! that really run commands and send requests.
//!
//! **Invariants.** A run never sees another plan or other values than it was begun with, nor does an approval count for
//! them. No value is read by a shell, as an option, or as a part of an address or expression. What was not seen is
//! unknown, in a dry run as well.

pub mod approval;
mod attributes;
mod block;
mod bound;
pub mod compile;
mod condition;
pub mod coverage;
mod digest;
mod doer;
pub mod engine;
mod fields;
mod front;
pub mod hands;
mod look;
mod page;
pub mod pages;
pub mod parameter;
pub mod plan;
pub mod preview;
pub mod problem;
mod process;
mod request;
mod seeing;
mod span;
mod steps;
mod template;
mod texts;
mod told;
mod values;
mod waiting;
mod web;
mod words;
mod yaml;

pub use bound::{BindError, Bound};
pub use compile::compile;
pub use coverage::{Gap, coverage};
pub use digest::DigestError;
pub use engine::{Answer, Engine, RunError, Shown};
pub use hands::Hands;
pub use plan::Plan;
pub use preview::{Known, Line, preview};
pub use problem::{Place, Problem, Problems};
pub use process::Process;
pub use web::{Web, WebError};
