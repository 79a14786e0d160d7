//! Makes a correlation matrix positive definite: eigenvalues by Jacobi's
//! rotations, floored, and the diagonal scaled back to 1.

/// Smallest eigenvalue kept. Several ratios are nearly the same one, so the
/// true smallest is 0; this floor survives the rounding to five decimals in
/// the file (65 columns of error 5e-6 shift an eigenvalue by at most 3.3e-4).
const FLOOR: f64 = 1e-3;
/// Sweeps over all pairs; Jacobi converges in about ten at this size.
const SWEEPS: usize = 60;

/// The repaired matrix, and the largest change of an entry.
pub(crate) fn positive_definite(matrix: &[Vec<f64>]) -> (Vec<Vec<f64>>, f64) {
    let (values, vectors) = eigen(matrix);
    let n = matrix.len();
    let mut out = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..n {
            out[i][j] = (0..n)
                .map(|k| vectors[i][k] * values[k].max(FLOOR) * vectors[j][k])
                .sum();
        }
    }
    let scale: Vec<f64> = (0..n).map(|i| out[i][i].sqrt()).collect();
    let mut change: f64 = 0.0;
    for i in 0..n {
        for j in 0..n {
            out[i][j] /= scale[i] * scale[j];
            change = change.max((out[i][j] - matrix[i][j]).abs());
        }
    }
    (out, change)
}

/// Eigenvalues, and eigenvectors as columns, of a symmetric matrix.
fn eigen(matrix: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let n = matrix.len();
    let mut a = matrix.to_vec();
    let mut v: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _ in 0..SWEEPS {
        let off: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[i][j].powi(2))
            .sum();
        if off < 1e-22 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, p, q);
            }
        }
    }
    ((0..n).map(|i| a[i][i]).collect(), v)
}

/// One rotation that makes entry (p, q) zero.
fn rotate(a: &mut [Vec<f64>], v: &mut [Vec<f64>], p: usize, q: usize) {
    if a[p][q] == 0.0 {
        return;
    }
    let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let (c, s) = (1.0 / t.hypot(1.0), t / t.hypot(1.0));
    for row in a.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (before, from_q) = a.split_at_mut(q);
    for (x, y) in before[p].iter_mut().zip(&mut from_q[0]) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
    for row in v.iter_mut() {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
}
