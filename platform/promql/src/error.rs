//! What can go wrong while a query is evaluated.

use crate::query::Kind;

/// Why the data do not allow what a query asks. Labels' values are not told: they are in the data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// Two elements are left with the same labels.
    #[error("vector cannot contain metrics with the same labelset")]
    SameLabels,
    /// Two elements of the side that must be one have the same labels as far as they are matched.
    #[error(
        "found duplicate series for a match group on the {side} hand-side of the operation; many-to-many matching \
         not allowed: matching labels must be unique on one side"
    )]
    ManyToMany {
        /// `left` or `right`.
        side: &'static str,
    },
    /// Several on the left match one on the right, and no group modifier says so.
    #[error("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")]
    ManyToOne,
    /// Several of the many would have the same labels in the outcome.
    #[error("multiple matches for labels: grouping labels must ensure unique matches")]
    NotUnique,
    /// The number of elements that `topk` or `bottomk` keeps.
    #[error("a parameter of topk or bottomk is no number that fits into 64 bits")]
    Count,
    /// Only numbers and vectors have values at many times.
    #[error("evaluate a {0} at many times; only a scalar or a vector has values there")]
    NotForRange(Kind),
    /// More samples than one query may have.
    #[error("hold so many samples: a query may have {most} at most; select fewer series or a shorter range")]
    Samples {
        /// How many it may have.
        most: usize,
    },
    /// A range of times that is none, or is too long.
    #[error("evaluate at so many times: the step must be positive, and there may be {most} times at most")]
    Steps {
        /// How many times a range may have.
        most: i64,
    },
}
