//! Draws firms' ratios: a Gaussian copula.
//!
//! One normal vector with the fitted correlations; its first 64 components,
//! read as probabilities, index the ratios' quantile tables. The 65th is how
//! near the firm is to bankruptcy; past the fitted share, it is.

use crate::fitted::{COLUMNS, Fitted, FittedError, RATIOS};
use crate::normal;
use crate::ratios::Ratios;

/// What one draw yields.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The 64 ratios, some missing.
    pub ratios: Ratios,
    /// Whether the firm is labelled bankrupt.
    pub bankrupt: bool,
    /// How close to bankruptcy, as its rank among firms, 0 to 1.
    pub distress: f64,
}

/// The fitted parameters, ready to draw from.
#[derive(Debug, Clone)]
pub struct Copula {
    fitted: &'static Fitted,
    /// Lower triangle, row after row, diagonal included.
    factor: Vec<f64>,
    sound: Patterns,
    bankrupt: Patterns,
    threshold: f64,
}

/// Sets of missing ratios with their cumulated counts, in one class.
#[derive(Debug, Clone)]
struct Patterns {
    upto: Vec<u64>,
    missing: Vec<u64>,
}

impl Patterns {
    fn new(fitted: &Fitted, count: impl Fn(&crate::fitted::Missing) -> u64) -> Self {
        let (mut upto, mut missing, mut sum) = (Vec::new(), Vec::new(), 0);
        for pattern in fitted.missing.iter().filter(|p| count(p) > 0) {
            sum += count(pattern);
            upto.push(sum);
            missing.push(pattern.ratios.iter().fold(0, |bits, r| bits | 1 << (r - 1)));
        }
        Self { upto, missing }
    }

    /// One bit per ratio, set where it is missing.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a row count, far below 2^52 and never negative"
    )]
    fn pick(&self, u: f64) -> u64 {
        let total = self.upto.last().copied().unwrap_or(0);
        let at = (u * total as f64) as u64;
        let index = self.upto.partition_point(|upto| *upto <= at);
        self.missing.get(index).copied().unwrap_or(0)
    }
}

impl Copula {
    /// Prepares the draw.
    ///
    /// # Errors
    /// When the correlation matrix is not positive definite.
    pub fn new(fitted: &'static Fitted) -> Result<Self, FittedError> {
        Ok(Self {
            fitted,
            factor: cholesky(fitted)?,
            sound: Patterns::new(fitted, |m| m.sound),
            bankrupt: Patterns::new(fitted, |m| m.bankrupt),
            threshold: normal::quantile(1.0 - fitted.bankrupt_share()),
        })
    }

    /// One firm's ratios, from numbers uniform on (0, 1).
    pub fn draw(&self, mut uniform: impl FnMut() -> f64) -> Drawn {
        let mut free = [0.0; COLUMNS];
        for z in &mut free {
            *z = normal::quantile(uniform());
        }
        let mut tied = [0.0; COLUMNS];
        let mut start = 0;
        for (i, out) in tied.iter_mut().enumerate() {
            let row = &self.factor[start..=start + i];
            *out = row.iter().zip(&free).map(|(l, z)| l * z).sum();
            start += i + 1;
        }
        let bankrupt = tied[RATIOS] > self.threshold;
        let patterns = if bankrupt { &self.bankrupt } else { &self.sound };
        let missing = patterns.pick(uniform());
        let mut values = [f64::NAN; RATIOS];
        for (index, value) in values.iter_mut().enumerate() {
            if missing & (1 << index) == 0 {
                *value = five_digits(self.fitted.marginal(index).at(normal::cdf(tied[index])));
            }
        }
        Drawn {
            ratios: Ratios::new(values),
            bankrupt,
            distress: normal::cdf(tied[RATIOS]),
        }
    }
}

/// The five significant digits that the data has; such numbers survive being
/// written as text and read back.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the exponent of a float has three digits"
)]
fn five_digits(value: f64) -> f64 {
    if value == 0.0 {
        return value;
    }
    let places = 4 - value.abs().log10().floor() as i32;
    let scale = 10f64.powi(places.abs());
    if places >= 0 {
        (value * scale).round() / scale
    } else {
        (value / scale).round() * scale
    }
}

/// The lower triangular factor of the correlation matrix.
fn cholesky(fitted: &Fitted) -> Result<Vec<f64>, FittedError> {
    let mut factor: Vec<f64> = Vec::with_capacity(COLUMNS * (COLUMNS + 1) / 2);
    let start = |row: usize| row * (row + 1) / 2;
    for i in 0..COLUMNS {
        for j in 0..=i {
            let (a, b) = (&factor[start(i)..start(i) + j], &factor[start(j)..start(j) + j]);
            let rest = fitted.correlation(i, j) - a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
            if i == j {
                if rest <= 0.0 {
                    return Err(FittedError::Inconsistent(
                        "the correlations must be positive definite",
                    ));
                }
                factor.push(rest.sqrt());
            } else {
                factor.push(rest / factor[start(j) + j]);
            }
        }
    }
    Ok(factor)
}
