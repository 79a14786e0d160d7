//! `financing account`: who may sign in, made and ended at the machine.
//!
//! [`act`] runs the verbs, [`prompt`] asks for a password without showing it.

mod act;
mod prompt;

pub(crate) use act::{Args, key, run};
