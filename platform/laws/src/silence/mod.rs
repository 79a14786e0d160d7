//! Law 9: silence is an alarm.
//!
//! [`pages`] reads what the one who is paged kept of it, [`check`] holds it against the faults that the journal
//! marks: whoever kills the monitor says so there, and nothing that the monitor says of itself counts.

pub mod check;
pub mod pages;

pub use check::{Owed, silence_is_an_alarm};
pub use pages::{Page, PagesError, read};
