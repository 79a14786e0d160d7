//! One ratio's distribution, as a table of quantiles.

/// Straight lines between quantiles. Where the data repeats one value (a ratio
/// that is often exactly 0), neighbouring quantiles are equal and the repeated
/// value comes out as often as it was found.
#[derive(Debug, Clone, Copy)]
pub struct Marginal<'a> {
    levels: &'a [f64],
    values: &'a [f64],
}

impl<'a> Marginal<'a> {
    /// `levels` run from 0 to 1, `values` are the quantiles there, both rising;
    /// the fitted file is checked for this when it is loaded.
    #[must_use]
    pub fn new(levels: &'a [f64], values: &'a [f64]) -> Self {
        Self { levels, values }
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn at(&self, p: f64) -> f64 {
        interpolate(self.levels, self.values, p)
    }

    /// The share of values at or below `x`, or strictly below it.
    #[must_use]
    pub fn share(&self, x: f64, or_equal: bool) -> f64 {
        let rank = |value: &f64| if or_equal { *value <= x } else { *value < x };
        let above = self.values.partition_point(rank);
        match (above.checked_sub(1), self.values.get(above)) {
            (None, _) => 0.0,
            (Some(_), None) => 1.0,
            (Some(below), Some(next)) => {
                let (low, high) = (self.values[below], *next);
                let part = if high > low {
                    ((x - low) / (high - low)).clamp(0.0, 1.0)
                } else {
                    0.0
                };
                self.levels[below] + part * (self.levels[above] - self.levels[below])
            }
        }
    }
}

/// Reads `ys` at `x` between the rising `xs`; flat beyond the ends.
fn interpolate(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let above = xs.partition_point(|point| *point <= x).clamp(1, xs.len() - 1);
    let (x0, x1) = (xs[above - 1], xs[above]);
    let (y0, y1) = (ys[above - 1], ys[above]);
    let part = ((x - x0) / (x1 - x0)).clamp(0.0, 1.0);
    // Exactly y0 on a plateau: repeated values must stay equal to the last bit.
    if y0 == y1 { y0 } else { y0 + part * (y1 - y0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

    #[test]
    fn values_and_shares_are_inverse_where_nothing_repeats() {
        let marginal = Marginal::new(&LEVELS, &[-10.0, 0.0, 1.0, 2.0, 100.0]);
        for p in [0.0, 0.1, 0.25, 0.6, 0.99] {
            assert!((marginal.share(marginal.at(p), true) - p).abs() < 1e-12);
        }
        assert_eq!(marginal.share(-11.0, true), 0.0);
        assert_eq!(marginal.share(101.0, false), 1.0);
    }

    #[test]
    fn a_repeated_value_keeps_its_share() {
        let marginal = Marginal::new(&LEVELS, &[-1.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(marginal.at(0.3), 0.0);
        assert_eq!(marginal.at(0.7), 0.0);
        assert_eq!(marginal.share(0.0, false), 0.25);
        assert_eq!(marginal.share(0.0, true), 0.75);
    }
}
