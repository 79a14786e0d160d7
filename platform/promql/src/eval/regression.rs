//! A line through samples, by least squares.

use super::kahan::Sum;
use super::map::seconds;
use super::over::count;
use crate::Sample;
use crate::mutant::planted;

/// For each second; times are taken from near the samples, which keeps the sums small.
pub(super) fn slope(points: &[Sample], near: i64) -> Option<f64> {
    if points.len() < 2 {
        return None;
    }
    let (slope, _) = line(points, near);
    Some(if planted("deriv is for each minute") {
        slope * 60.0
    } else {
        slope
    })
}

/// Its value so many seconds after a time.
pub(super) fn predicted(points: &[Sample], at: i64, after: f64) -> Option<f64> {
    if points.len() < 2 {
        return None;
    }
    let (slope, intercept) = line(points, at);
    Some(slope * after + intercept)
}

/// Slope and value at a time. Of samples that are all equal the line is exactly level.
fn line(points: &[Sample], at: i64) -> (f64, f64) {
    let first = points.first().map_or(f64::NAN, |sample| sample.value);
    let same = |sample: &Sample| sample.value.partial_cmp(&first) == Some(std::cmp::Ordering::Equal);
    if points.iter().skip(1).all(same) {
        return if first.is_infinite() {
            (f64::NAN, f64::NAN)
        } else {
            (0.0, first)
        };
    }
    let (mut x_sum, mut y_sum, mut xy_sum, mut xx_sum) =
        (Sum::default(), Sum::default(), Sum::default(), Sum::default());
    for sample in points {
        let x = seconds(sample.at - at);
        x_sum.add(x);
        y_sum.add(sample.value);
        xy_sum.add(x * sample.value);
        xx_sum.add(x * x);
    }
    let n = count(points.len());
    let (x, y) = (x_sum.total(), y_sum.total());
    let covariance = xy_sum.total() - x * y / n;
    let variance = xx_sum.total() - x * x / n;
    let slope = covariance / variance;
    (slope, y / n - slope * x / n)
}
