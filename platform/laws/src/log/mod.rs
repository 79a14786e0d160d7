//! Evidence logs, verified from outside with public keys alone, and law 7.
//!
//! `hash` is the Merkle tree of RFC 6962, [`key`] reads C2SP checkpoints,
//! [`anchors`] the files that keep them; all written here a second time, so that
//! a fault of the service's own code can't hide itself. [`leaf`] is one leaf,
//! [`check`] goes through a log in order; [`export`] reads one from a file,
//! [`database`] from where it lives. [`acts`] holds the leaves against what the
//! tables of its [`Plane`] (`witnesses`) show to have been done, [`law`] is the ruling.

pub mod acts;
pub mod anchors;
pub mod check;
pub mod database;
pub mod export;
mod hash;
pub mod key;
pub mod law;
pub mod leaf;
mod plane;
mod witnesses;

pub use anchors::Anchor;
pub use check::{Checker, Verified};
pub use hash::Hash;
pub use key::{Head, Key, KeyError};
pub use law::{every_act_is_logged, kept_elsewhere};
pub use leaf::Leaf;
pub use plane::Plane;
