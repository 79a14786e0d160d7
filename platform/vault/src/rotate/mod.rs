//! Rotating a KEK: every data key is wrapped anew, then the old KEK is destroyed.
//!
//! It is a saga ([`saga`]), whose journal lies in the key store itself, so that whoever runs the command again, on
//! whatever host, ends what was begun. `run` begins or resumes it, `steps` are its steps: the next KEK is made;
//! instances pick it up and say so (`instances`); new wraps take it (`epochs`); rows are wrapped anew in slices, each row
//! naming its epoch, so that the rows themselves are the cursor, and a second pass finds nothing (`rewrap`); the old
//! epochs are retired; the old KEK is destroyed. `follow` is what other processes do at their KEKs meanwhile.
//!
//! **Invariant.** Each step is durable, and found done when it is done again; none can be taken back, and none needs to
//! be: at each of them every key opens.

mod epochs;
mod follow;
mod instances;
mod rewrap;
mod run;
mod step;
mod steps;

pub use step::{Rotated, Step};
