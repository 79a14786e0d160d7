//! The fit itself: quantiles, correlations, and what is missing together.

use std::collections::{BTreeMap, BTreeSet};

use population::fitted::{COLUMNS, Fitted, FittedRatio, Missing, RATIOS, Source};
use population::scores;

use super::arff::Table;
use super::repair;

/// Fits the whole file; `sha256` is of its bytes.
pub(crate) fn fit(table: &Table, sha256: &str) -> Fitted {
    let levels = levels();
    let label = &table.columns[RATIOS];
    let (correlations, max_repair) = correlations(table);
    let missing_in = |column: &Vec<Option<f64>>| column.iter().filter(|v| v.is_none()).count();
    Fitted {
        source: Source {
            title: "Polish Companies Bankruptcy, first year (UCI 365)".to_owned(),
            creator: "Sebastian Tomczak".to_owned(),
            doi: "10.24432/C5F600".to_owned(),
            licence: "CC BY 4.0".to_owned(),
            file: "polish_1year.arff".to_owned(),
            sha256: sha256.to_owned(),
            rows: count(table.rows()),
            duplicate_rows: count(duplicates(table)),
            bankrupt_rows: count(label.iter().filter(|v| **v == Some(1.0)).count()),
            missing_cells: count(table.columns[..RATIOS].iter().map(missing_in).sum()),
        },
        method: "quantiles of all rows; correlations of normal scores over complete pairs, corrected for \
                 ties (polyserial), eigenvalues floored; the class label is the last column"
            .to_owned(),
        ratios: (0..RATIOS)
            .map(|i| FittedRatio {
                name: table.names[i].clone(),
                missing: count(missing_in(&table.columns[i])),
                quantiles: quantiles(&table.columns[i], &levels),
            })
            .collect(),
        levels,
        missing: missing(table),
        correlations,
        max_repair: rounded(max_repair, 1e5),
    }
}

/// Every 2 % in the body, finer in the tails, where ratios reach far out.
fn levels() -> Vec<f64> {
    let tail = [0.0, 0.001, 0.002_5, 0.005, 0.01];
    let body = (1..50).map(|i| f64::from(i) / 50.0);
    let upper = tail.iter().rev().map(|p| rounded(1.0 - p, 1e6));
    tail.iter().copied().chain(body).chain(upper).collect()
}

/// Quantiles between order statistics (Hyndman and Fan's type 7), with the
/// five significant digits that the data has.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions among a few thousand rows"
)]
fn quantiles(column: &[Option<f64>], levels: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = column.iter().copied().flatten().collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    let at = |p: f64| {
        let position = p * last as f64;
        let below = position as usize;
        let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
        low + (position - below as f64) * (high - low)
    };
    levels.iter().map(|p| five_digits(at(*p))).collect()
}

fn correlations(table: &Table) -> (Vec<Vec<f64>>, f64) {
    let scored: Vec<_> = table
        .columns
        .iter()
        .map(|column| scores::scores(column))
        .collect();
    let mut matrix = vec![vec![1.0; COLUMNS]; COLUMNS];
    for i in 0..COLUMNS {
        for j in 0..i {
            let r = scores::latent(&scored[i], &scored[j]);
            matrix[i][j] = r;
            matrix[j][i] = r;
        }
    }
    let (repaired, change) = repair::positive_definite(&matrix);
    let triangle = |(i, row): (usize, &Vec<f64>)| row[..i].iter().map(|r| rounded(*r, 1e5)).collect();
    (repaired.iter().enumerate().map(triangle).collect(), change)
}

fn missing(table: &Table) -> Vec<Missing> {
    let mut found: BTreeMap<Vec<u8>, (u64, u64)> = BTreeMap::new();
    for row in 0..table.rows() {
        let holes = (1..=64u8).filter(|n| table.columns[usize::from(*n) - 1][row].is_none());
        let (sound, bankrupt) = found.entry(holes.collect()).or_default();
        if table.columns[RATIOS][row] == Some(1.0) {
            *bankrupt += 1;
        } else {
            *sound += 1;
        }
    }
    let named = |(ratios, (sound, bankrupt))| Missing {
        ratios,
        sound,
        bankrupt,
    };
    found.into_iter().map(named).collect()
}

fn duplicates(table: &Table) -> usize {
    let bits = |row: usize| -> Vec<Option<u64>> {
        table
            .columns
            .iter()
            .map(|column| column[row].map(f64::to_bits))
            .collect()
    };
    let distinct: BTreeSet<_> = (0..table.rows()).map(bits).collect();
    table.rows() - distinct.len()
}

fn rounded(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

fn five_digits(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}
