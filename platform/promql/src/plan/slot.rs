//! Which samples a selector needs.

use crate::Matcher;
use crate::mutant::planted;
use crate::syntax::tree::{At, Shift};

/// How far a selector without a range looks back for a sample, in milliseconds: the default of Prometheus, long
/// enough for two scrapes a minute apart to fail, and two more.
pub const LOOKBACK: i64 = 5 * 60 * 1000;

/// A selector, and the samples that it needs.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) shift: Shift,
    /// Of a range selector, in milliseconds.
    pub(crate) range: Option<i64>,
    pub(crate) reach: Reach,
}

/// What the subqueries around a selector add to the time of evaluation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reach {
    /// What the innermost `@` among them names.
    pub(crate) at: Option<At>,
    /// The sum of their ranges since then, in milliseconds.
    pub(crate) range: i64,
    /// The sum of their offsets since then, in milliseconds.
    pub(crate) offset: i64,
    /// How often the selector is evaluated for one evaluation of the query, about; 0 without a subquery.
    pub(crate) steps: i64,
}

impl Reach {
    /// Within a subquery of this range and shift.
    pub(crate) fn within(self, range: i64, shift: Shift, steps: i64) -> Self {
        let steps = self.steps.max(1).saturating_mul(steps);
        if shift.at.is_some() {
            return Self {
                at: shift.at,
                range,
                offset: shift.offset,
                steps,
            };
        }
        Self {
            at: self.at,
            range: self.range.saturating_add(range),
            offset: self.offset.saturating_add(shift.offset),
            steps,
        }
    }
}

impl At {
    /// In milliseconds, of a query from `start` to `end`.
    pub(crate) fn time(self, start: i64, end: i64) -> i64 {
        match self {
            Self::Time(time) => time,
            Self::Start if planted("start is end") => end,
            Self::End if planted("start is end") => start,
            Self::Start => start,
            Self::End => end,
        }
    }
}

impl Slot {
    /// How far it looks back from the time that its shift names.
    pub(crate) fn depth(&self) -> i64 {
        self.range.unwrap_or(LOOKBACK)
    }

    /// The first and the last time of which it may need samples, for a query from `start` to `end`.
    pub(crate) fn span(&self, start: i64, end: i64) -> (i64, i64) {
        let (from, to) = match (self.shift.at, self.reach.at) {
            (Some(at), _) => (at.time(start, end), at.time(start, end)),
            (None, outer) => {
                let (from, to) = outer.map_or((start, end), |at| (at.time(start, end), at.time(start, end)));
                (
                    from - self.reach.range - self.reach.offset,
                    to - self.reach.offset,
                )
            }
        };
        (from - self.shift.offset - self.depth(), to - self.shift.offset)
    }
}
