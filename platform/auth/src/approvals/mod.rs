//! Two-person approvals, at one place: one person proposes an act with its
//! parameters, others approve exactly that (its digest), and it is executed once.
//!
//! [`acts`] is the catalogue: which acts, who proposes, who approves, for how long.
//! [`standing`] is the pure rule of who × state × digest. [`book`] keeps proposals
//! and verdicts in the database; [`deputies`] says who may stand in for whom.
//! [`matter`] applies rule and digest to verdicts that stand in rows of a business's own.
//!
//! **Invariant.** An [`Approved`] is made by [`book::execute`] and [`book::execute_due`] alone, in the
//! transaction that marks the proposal as executed: code that takes one cannot run
//! what was not approved, nor twice. Nobody's silence is a yes: a proposal that
//! expires is denied.

pub mod acts;
pub mod book;
pub mod deputies;
mod error;
pub mod matter;
mod row;
pub mod standing;

pub use acts::{ACTS, Act};
pub use book::Approved;
pub use error::ApprovalError;
pub use matter::Matter;
pub use standing::{Proposal, Standing, Verdict};
