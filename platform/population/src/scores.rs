//! Rank correlation as the fit and its tests both measure it.
//!
//! A column's *normal scores* are the normal quantiles of its average ranks,
//! so outliers count only by their order. Where many values are equal (a ratio
//! that is often exactly 0; the class label, which is only 0 or 1) the scores
//! spread less than a standard normal, and with them every correlation: the
//! *spread* says by how much, and [`latent`] undoes it.

use crate::normal;

/// One column of a sample: a score per row, `None` where the value is missing.
#[derive(Debug, Clone)]
pub struct Scores {
    /// The score of each row.
    pub rows: Vec<Option<f64>>,
    /// Standard deviation of the scores; near 1 without ties.
    pub spread: f64,
}

/// Scores a column. Missing values are left out of the ranking.
#[must_use]
pub fn scores(column: &[Option<f64>]) -> Scores {
    let mut order: Vec<(f64, usize)> = column
        .iter()
        .enumerate()
        .filter_map(|(row, value)| value.map(|v| (v, row)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let count = as_f64(order.len());
    let mut rows = vec![None; column.len()];
    let mut squares = 0.0;
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let before = as_f64(rank_of(&order, tied));
        let middle = before + as_f64(tied.len()) / 2.0;
        let score = normal::quantile(middle / count);
        for (_, row) in tied {
            rows[*row] = Some(score);
            squares += score * score;
        }
    }
    Scores {
        rows,
        spread: (squares / count.max(1.0)).sqrt(),
    }
}

/// Where a run of equal values starts; runs are disjoint slices of `order`.
fn rank_of(order: &[(f64, usize)], tied: &[(f64, usize)]) -> usize {
    order.partition_point(|(value, _)| *value < tied[0].0)
}

/// Pearson correlation of two columns' scores over the rows that have both;
/// 0 when fewer than two rows do, or when one of them doesn't vary.
#[must_use]
pub fn correlation(a: &Scores, b: &Scores) -> f64 {
    let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in a.rows.iter().zip(&b.rows) {
        if let (Some(x), Some(y)) = (x, y) {
            n += 1.0;
            sa += x;
            sb += y;
            saa += x * x;
            sbb += y * y;
            sab += x * y;
        }
    }
    let scale = ((n * saa - sa * sa) * (n * sbb - sb * sb)).sqrt();
    if n < 2.0 || scale <= 0.0 {
        0.0
    } else {
        (n * sab - sa * sb) / scale
    }
}

/// The correlation of the two normal variables that lie behind tied scores:
/// the polyserial correction, to first order where both are tied.
#[must_use]
pub fn latent(a: &Scores, b: &Scores) -> f64 {
    (correlation(a, b) / (a.spread * b.spread)).clamp(-0.999, 0.999)
}

/// A count as a float; counts here are rows of a sample, far below 2^52.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_alone_decides() {
        let plain = scores(&[Some(1.0), Some(2.0), Some(3.0), Some(4.0)]);
        let wild = scores(&[Some(-1e9), Some(0.0), Some(0.1), Some(1e12)]);
        assert!((correlation(&plain, &wild) - 1.0).abs() < 1e-12);
        let turned = scores(&[Some(4.0), Some(3.0), Some(2.0), Some(1.0)]);
        assert!((correlation(&plain, &turned) + 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_values_score_equal_and_missing_ones_not_at_all() {
        let tied = scores(&[Some(0.0), None, Some(0.0), Some(5.0), Some(0.0)]);
        assert_eq!(tied.rows[0], tied.rows[4]);
        assert_eq!(tied.rows[1], None);
        assert!(tied.spread < 0.95, "ties spread less: {}", tied.spread);
    }
}
