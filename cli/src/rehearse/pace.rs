//! How long each phase lasts, and how much must happen in it.

use std::time::Duration;

use laws::Minimums;
use laws::closed::Enough;

/// At least and at most, in seconds: a phase goes on until enough has happened, within its bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) least: Duration,
    pub(super) most: Duration,
}

const fn seconds(least: u64, most: u64) -> Span {
    Span {
        least: Duration::from_secs(least),
        most: Duration::from_secs(most),
    }
}

/// The whole plan's times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Until caches are filled and the first loans exist.
    pub(super) warm_up: Span,
    /// Until enough writes are acknowledged to make losing none of them mean something.
    pub(super) steady: Span,
    /// After the restart: until writes are acknowledged again.
    pub(super) recovered: Span,
    /// Closed intake: until enough pressed on the door.
    pub(super) closed: Span,
    /// After the reopening: until new business is acknowledged again.
    pub(super) reopened: Span,
    /// Seconds between two scrapes.
    pub(super) scrape: u32,
    /// Customers of a product who leave, at most: all, unless time is short.
    pub(super) leaving: u32,
}

impl Pace {
    /// Bounds that sum to 54 s, which leaves 36 of the 90 for starts, stops, pages, an exit and the audit.
    pub(super) const QUICK: Self = Self {
        warm_up: seconds(3, 3),
        steady: seconds(8, 24),
        recovered: seconds(3, 8),
        closed: seconds(6, 14),
        reopened: seconds(3, 5),
        scrape: 2,
        leaving: 500,
    };

    /// Bounds that sum to 143 s, which leaves 97 of the 240: what customers leave is looked for in all that they wrote.
    pub(super) const FULL: Self = Self {
        warm_up: seconds(8, 8),
        steady: seconds(30, 60),
        recovered: seconds(10, 20),
        closed: seconds(20, 40),
        reopened: seconds(8, 15),
        scrape: 5,
        leaving: 20_000,
    };
}

/// What makes laws 1, 2 and 3 count as touched by a rehearsal.
pub(super) const MINIMUMS: Minimums = Minimums {
    acknowledged: 5_000,
    closed: Enough {
        refusals: 1_000,
        existing: 500,
    },
    // Loans paid out and repaid in a run with that many writes are hundreds.
    entries: 100,
};

/// Acts that make law 7 count as touched: a close, a reopening, a day twice, and the
/// officers' reports and approvals, which are three for every loan of those above.
pub(super) const ACTS: u64 = 100;

/// The same in the control plane: the rehearsal's beginning, and the four faults.
pub(super) const CONTROL_ACTS: u64 = 5;

/// Users of the load: enough to keep two cores busy and the service's group
/// commit filled, few enough that nobody waits for the scheduler.
pub(super) const USERS: u32 = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(pace: Pace) -> u64 {
        let Pace {
            warm_up,
            steady,
            recovered,
            closed,
            reopened,
            ..
        } = pace;
        [warm_up, steady, recovered, closed, reopened]
            .iter()
            .map(|span| span.most.as_secs())
            .sum()
    }

    #[test]
    fn even_the_longest_phases_leave_time_for_starts_stops_and_the_audit() {
        assert_eq!(longest(Pace::QUICK), 54);
        assert_eq!(longest(Pace::FULL), 143);
    }
}
