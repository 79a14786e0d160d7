//! A PostgreSQL primary is lost under load, and its standby takes over.
//!
//! [`topology`] is what is harmed: a primary, a standby, and a [`front`] (our own proxy) whose one address is all that
//! clients know. [`writers`] write to that address and note what was acknowledged, [`probe`] sees that the primary is
//! lost without being told. [`steps`] takes over, step by step, each timed; [`rejoin`] makes a standby of the old
//! primary; [`audit`] looks for every acknowledged id. [`run`] is all of it in order, [`report`] what it gives, [`text`]
//! the same for people.
//!
//! **Invariant**: nothing is found lost or kept by its count. Ids are compared, and what the drill says is lost is
//! compared with what the old primary, read behind its fence, has and its successor has not.

pub mod audit;
pub mod front;
pub mod plan;
pub mod probe;
pub mod rejoin;
pub mod report;
pub mod run;
pub mod steps;
pub mod text;
pub mod topology;
pub mod writers;
