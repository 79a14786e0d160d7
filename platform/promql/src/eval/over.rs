//! Functions of the samples of a series in a span of time.

use super::quantile::quantile;
use super::rate::{self, Kind};
use super::regression;
use super::spread;
use super::window::Bounds;
use crate::Sample;
use crate::mutant::planted;
use crate::plan::function::Over;

impl Over {
    /// Only of `last_over_time` the outcome is still the metric.
    pub(super) fn keeps_names(self) -> bool {
        self == Self::Last && !planted("last_over_time drops the name")
    }

    /// Of at least one sample, at a time in milliseconds; none if there are too few of them.
    pub(super) fn of(self, points: &[Sample], bounds: Bounds, at: i64, parameter: f64) -> Option<f64> {
        let (first, last) = (*points.first()?, *points.last()?);
        let values = || points.iter().map(|sample| sample.value);
        match self {
            Self::Rate => rate::extrapolated(points, bounds, Kind::Rate),
            Self::Increase => rate::extrapolated(points, bounds, Kind::Increase),
            Self::Delta => rate::extrapolated(points, bounds, Kind::Delta),
            Self::Irate => rate::newest(points, true),
            Self::Idelta => rate::newest(points, false),
            Self::Deriv => regression::slope(points, first.at),
            Self::PredictLinear if planted("predict_linear predicts nothing") => Some(last.value),
            Self::PredictLinear => regression::predicted(points, at, parameter),
            Self::Changes => Some(spread::changes(points)),
            Self::Resets => Some(spread::resets(points)),
            Self::Avg => Some(spread::mean(points)),
            Self::Min if planted("min_over_time is the first") => Some(first.value),
            Self::Min => Some(spread::extreme(values(), |value, least| value < least)),
            Self::Max if planted("max_over_time is the last") => Some(last.value),
            Self::Max => Some(spread::extreme(values(), |value, most| value > most)),
            Self::Sum => Some(spread::sum(points)),
            Self::Count if planted("count_over_time counts one too many") => Some(count(points.len() + 1)),
            Self::Count => Some(count(points.len())),
            Self::Last if planted("last_over_time is the first") => Some(first.value),
            Self::Last => Some(last.value),
            Self::Present if planted("present_over_time counts") => Some(count(points.len())),
            Self::Present => Some(1.0),
            Self::Stddev if planted("stddev_over_time is the variance") => Some(spread::variance(points)),
            Self::Stddev => Some(spread::variance(points).sqrt()),
            Self::Stdvar if planted("stdvar_over_time is the deviation") => {
                Some(spread::variance(points).sqrt())
            }
            Self::Stdvar => Some(spread::variance(points)),
            Self::Quantile => Some(quantile(parameter, values().collect())),
        }
    }
}

/// As a float, which counts exactly far beyond what there can be of samples.
pub(super) fn count(all: usize) -> f64 {
    all as f64
}
