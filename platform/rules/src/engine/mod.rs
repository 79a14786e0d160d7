//! Evaluation. [`evaluate`] runs a group's rules over a [`store`]; [`recording`] and [`alerting`] are the two kinds
//! of rules, [`alert`] is what an alerting rule has, [`lifecycle`] is how it moves, [`presence`] tells whether the
//! data is there that an alert stands on, [`snapshot`] is what outlives a restart and [`restore`] puts it back.

pub mod alert;
pub(crate) mod alerting;
pub mod evaluate;
pub(crate) mod lifecycle;
pub(crate) mod presence;
pub(crate) mod recording;
pub mod restore;
pub mod snapshot;
pub mod store;

pub use alert::{Alert, State};
pub use evaluate::{Engine, Failure, Health, Options, Outcome, Schedule};
pub use restore::Restored;
pub use snapshot::{BadSnapshot, Snapshot};
pub use store::{Overlay, Store};
