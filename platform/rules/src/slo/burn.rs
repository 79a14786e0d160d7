//! How fast a budget may be spent before somebody is told (Google's SRE workbook, chapter 5, "Multiwindow,
//! Multi-Burn-Rate Alerts").

use crate::duration;

/// An alert's condition: in both windows events fail more often than the budget allows, times a factor.
pub(crate) struct Burn {
    /// Milliseconds.
    long: i64,
    /// The share of the whole budget that is spent within the long window when the factor is reached.
    share: f64,
}

const HOUR: i64 = 3_600_000;

/// Spent in two days or in five: somebody is woken.
pub(crate) const FAST: [Burn; 2] = [
    Burn {
        long: HOUR,
        share: 0.02,
    },
    Burn {
        long: 6 * HOUR,
        share: 0.05,
    },
];

/// Spent by the end of the window: it waits for the working day.
pub(crate) const SLOW: [Burn; 1] = [Burn {
    long: 72 * HOUR,
    share: 0.1,
}];

impl Burn {
    /// The long window, as Prometheus writes it.
    pub(crate) fn long(&self) -> String {
        duration::format(self.long)
    }

    /// A twelfth of it: when the failures stop, the alert does, too, before the long window has forgotten them.
    pub(crate) fn short(&self) -> String {
        duration::format(self.long / 12)
    }

    /// The factor for a budget over a window of so many milliseconds: 14.4, 6 and 1 of thirty days.
    pub(crate) fn factor(&self, window: i64) -> f64 {
        self.share * window as f64 / self.long as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_thirty_days_the_factors_and_windows_are_those_of_the_workbook() {
        let all = FAST.iter().chain(&SLOW).map(|burn| {
            (
                burn.long(),
                burn.short(),
                (burn.factor(30 * 24 * HOUR) * 10.0).round() / 10.0,
            )
        });
        let wanted = [("1h", "5m", 14.4), ("6h", "30m", 6.0), ("3d", "6h", 1.0)];
        let wanted = wanted.map(|(long, short, factor)| (long.to_owned(), short.to_owned(), factor));
        assert_eq!(all.collect::<Vec<_>>(), wanted);
    }
}
