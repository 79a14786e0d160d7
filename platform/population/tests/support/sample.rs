//! Distances between samples, and where a test finds the public data.

use std::path::PathBuf;

use base::config::{Env, ProcessEnv};
use population::Population;
use population::fitted::COLUMNS;
use population::ratios::Ratio;

/// Firms compared: enough that sampling alone moves an empirical distribution
/// by less than 0.028 in all but one in a thousand samples (1.95 / sqrt(5000)).
pub(crate) const FIRMS: u64 = 5_000;

/// The 64 ratios and the label of the first firms of a seed, column by column.
pub(crate) fn generated(seed: u64) -> Vec<Vec<Option<f64>>> {
    let population = Population::new(seed);
    let mut columns = vec![Vec::new(); COLUMNS];
    for firm in (0..FIRMS).map(|n| population.firm(n)) {
        for ratio in Ratio::all() {
            columns[ratio.index()].push(firm.ratios.get(ratio));
        }
        columns[COLUMNS - 1].push(Some(f64::from(u8::from(firm.bankrupt))));
    }
    columns
}

/// The values that are there, in order.
pub(crate) fn sorted(column: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = column.iter().copied().flatten().collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Share of sorted values at or below `x`, or strictly below.
#[expect(clippy::cast_precision_loss, reason = "thousands of rows")]
pub(crate) fn share(sorted: &[f64], x: f64, or_equal: bool) -> f64 {
    let upto = sorted.partition_point(|v| if or_equal { *v <= x } else { *v < x });
    upto as f64 / sorted.len() as f64
}

/// Kolmogorov–Smirnov distance of two distributions, looked at on both sides
/// of every point of `at`.
pub(crate) fn distance(at: &[f64], a: impl Fn(f64, bool) -> f64, b: impl Fn(f64, bool) -> f64) -> f64 {
    let gap = |x: f64, or_equal| (a(x, or_equal) - b(x, or_equal)).abs();
    at.iter()
        .map(|x| gap(*x, true).max(gap(*x, false)))
        .fold(0.0, f64::max)
}

/// The folder with the public data, from `BACKSTOP_DATA`. Without it the test
/// says that it was skipped, in the form that the test run collects.
pub(crate) fn data_folder(test: &str) -> Option<PathBuf> {
    let folder = ProcessEnv.get("BACKSTOP_DATA").map(PathBuf::from);
    if folder.is_none() {
        skipped(
            test,
            "BACKSTOP_DATA does not name the folder with polish_1year.arff",
        );
    }
    folder
}

#[expect(clippy::print_stdout, reason = "the test run reads this line")]
fn skipped(test: &str, why: &str) {
    println!("SKIPPED: {test}: {why}");
}
