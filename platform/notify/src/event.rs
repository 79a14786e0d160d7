//! What the process around should know and put on record.

use crate::page::Kind;

/// Something that happened. None holds an address or a label's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A page was given up: its channel refused it for as long as the configuration allows.
    Dead {
        /// The page's key.
        key: String,
        /// The channel.
        channel: String,
        /// What it was about.
        kind: Kind,
        /// How often it was tried.
        attempts: i64,
        /// Why the last attempt failed.
        why: String,
    },
    /// Somebody answered by way of a program.
    Acked {
        /// The group.
        group: String,
        /// Who.
        by: String,
    },
    /// This month's test of the call tree has come.
    CallTreeDue,
    /// The wall clock went back by so many microseconds; what waits for a time was looked at anew.
    ClockWentBack(i64),
}
