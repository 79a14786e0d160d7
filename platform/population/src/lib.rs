//! A population of small enterprises to run the lending service against.
//!
//! [`generated`] makes firm `n` of a seed: its [`ratios`] come from a Gaussian
//! [`copula`] over [`marginal`] quantile tables and correlations that were
//! [`fitted`] from public data; `simulate` adds what the outside sources know
//! of the [`firm`], `identity` a name nobody has and a credit code that carries
//! `n`. [`replay`] reads firms from a file instead (`record` is one line of it,
//! `fields` what must be in it), and [`firms`] lets a process use either.
//! [`normal`], [`scores`] and `chance` are the arithmetic below. The command in
//! `examples/fit` makes the fitted parameters anew.

mod chance;
pub mod copula;
mod fields;
pub mod firm;
pub mod firms;
pub mod fitted;
pub mod generated;
mod identity;
pub mod marginal;
pub mod normal;
pub mod ratios;
mod record;
pub mod replay;
pub mod scores;
mod simulate;

pub use firm::SimFirm;
pub use firms::Firms;
pub use generated::Population;
