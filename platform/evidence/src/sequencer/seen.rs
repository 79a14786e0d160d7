//! What a running sequencer tells others.

use crate::proof::Head;

/// Whether this process numbers the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Another process does, or nothing waits.
    Standby,
    /// It does.
    Holding,
    /// It would have to sign a second history: nobody but a person can go on.
    Refused,
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 3] = [Self::Standby, Self::Holding, Self::Refused];

    /// Its name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Holding => "holding",
            Self::Refused => "refused",
        }
    }
}

/// The newest state of a sequencer.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its duty.
    pub duty: Duty,
    /// Leaves with an index, as far as this process knows.
    pub size: u64,
    /// The last checkpoint that this process signed, and its head.
    pub signed: Option<(Head, String)>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            duty: Duty::Standby,
            size: 0,
            signed: None,
        }
    }
}
