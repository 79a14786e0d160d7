//! The fitted parameters, as `data/ratios.json` holds them: where they come
//! from, a quantile table per ratio, one correlation matrix, and which ratios
//! are missing together. The data itself is not part of the project.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::marginal::Marginal;

/// Ratios in the set, attributes 1 to 64.
pub const RATIOS: usize = 64;
/// Columns of the correlation matrix: the ratios, then the class label.
pub const COLUMNS: usize = RATIOS + 1;

/// Everything that a fit writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// What it was fitted from.
    pub source: Source,
    /// How.
    pub method: String,
    /// The levels of every quantile table, from 0 to 1.
    pub levels: Vec<f64>,
    /// The 64 ratios in the order of the set.
    pub ratios: Vec<FittedRatio>,
    /// Which ratios are missing together, and how often in each class.
    pub missing: Vec<Missing>,
    /// Correlations below the diagonal: row i holds columns 0 to i - 1. The
    /// last row is the class label.
    pub correlations: Vec<Vec<f64>>,
    /// The largest change that made the matrix positive definite.
    pub max_repair: f64,
}

/// Where the parameters come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name of the set.
    pub title: String,
    /// Who made it, as its licence wants it said.
    pub creator: String,
    /// Its digital object identifier.
    pub doi: String,
    /// Its licence.
    pub licence: String,
    /// The file that was read.
    pub file: String,
    /// Its SHA-256, hex.
    pub sha256: String,
    /// Rows read; all of them are used.
    pub rows: u64,
    /// Rows that repeat an earlier one exactly.
    pub duplicate_rows: u64,
    /// Rows labelled bankrupt.
    pub bankrupt_rows: u64,
    /// Cells without a value.
    pub missing_cells: u64,
}

/// One ratio.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedRatio {
    /// The set's own name for it.
    pub name: String,
    /// Rows without a value.
    pub missing: u64,
    /// Its quantiles at the levels.
    pub quantiles: Vec<f64>,
}

/// One set of ratios that were missing together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Numbers of the ratios, 1 to 64; none for complete rows.
    pub ratios: Vec<u8>,
    /// Rows of firms that went on.
    pub sound: u64,
    /// Rows of firms that went bankrupt.
    pub bankrupt: u64,
}

/// Why a set of fitted parameters can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FittedError {
    /// Not the JSON that a fit writes.
    #[error("the fitted parameters are not readable")]
    Unreadable(#[from] serde_json::Error),
    /// Readable, but not consistent.
    #[error("the fitted parameters are inconsistent: {0}")]
    Inconsistent(&'static str),
}

impl Fitted {
    /// Reads and checks what a fit wrote.
    ///
    /// # Errors
    /// When the text is not such a file, or its tables don't fit together.
    pub fn parse(text: &str) -> Result<Self, FittedError> {
        let fitted: Self = serde_json::from_str(text)?;
        fitted.check().map_err(FittedError::Inconsistent)?;
        Ok(fitted)
    }

    /// The parameters that ship with the project.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the text is compiled in and a test parses it")]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Fitted> = OnceLock::new();
        SHIPPED.get_or_init(|| Self::parse(include_str!("../data/ratios.json")).expect("the shipped fit"))
    }

    /// The distribution of the ratio at an index, 0 to 63.
    #[must_use]
    pub fn marginal(&self, index: usize) -> Marginal<'_> {
        Marginal::new(&self.levels, &self.ratios[index].quantiles)
    }

    /// The share of firms that went bankrupt.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    pub fn bankrupt_share(&self) -> f64 {
        self.source.bankrupt_rows as f64 / self.source.rows as f64
    }

    /// The correlation of two columns; 64 is the class label.
    #[must_use]
    pub fn correlation(&self, a: usize, b: usize) -> f64 {
        match a.cmp(&b) {
            std::cmp::Ordering::Less => self.correlations[b][a],
            std::cmp::Ordering::Equal => 1.0,
            std::cmp::Ordering::Greater => self.correlations[a][b],
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        let rising = |row: &[f64]| row.windows(2).all(|pair| pair[0] <= pair[1]);
        let strictly = self.levels.windows(2).all(|pair| pair[0] < pair[1]);
        if self.levels.first() != Some(&0.0) || self.levels.last() != Some(&1.0) || !strictly {
            return Err("the levels must rise from 0 to 1");
        }
        if self.ratios.len() != RATIOS {
            return Err("there must be 64 ratios");
        }
        let whole = |ratio: &FittedRatio| ratio.quantiles.len() == self.levels.len();
        if !self.ratios.iter().all(|r| whole(r) && rising(&r.quantiles)) {
            return Err("each ratio needs one rising quantile per level");
        }
        let square = self.correlations.len() == COLUMNS
            && self
                .correlations
                .iter()
                .enumerate()
                .all(|(i, row)| row.len() == i && row.iter().all(|r| r.abs() < 1.0));
        if !square {
            return Err("the correlations must be a lower triangle of 65 rows, each below 1");
        }
        let rows = |of: fn(&Missing) -> u64| self.missing.iter().map(of).sum::<u64>();
        let (sound, bankrupt) = (rows(|m| m.sound), rows(|m| m.bankrupt));
        if bankrupt != self.source.bankrupt_rows || sound + bankrupt != self.source.rows {
            return Err("the missing sets must add up to the rows");
        }
        let known = |m: &Missing| m.ratios.iter().all(|r| (1..=64).contains(r));
        if sound == 0 || bankrupt == 0 || !self.missing.iter().all(known) {
            return Err("each class needs rows, and missing ratios are numbered 1 to 64");
        }
        Ok(())
    }
}
