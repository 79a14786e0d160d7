//! Generated firms follow the fitted distributions and correlations, and those
//! follow the data.

#[path = "../examples/fit/arff.rs"]
mod arff;
#[path = "../examples/fit/fit.rs"]
mod fit;
#[path = "../examples/fit/render.rs"]
mod render;
#[path = "../examples/fit/repair.rs"]
mod repair;
#[path = "support/sample.rs"]
mod sample;

use population::fitted::{COLUMNS, Fitted, RATIOS};
use population::scores::{self, Scores};
use sample::{distance, generated, share, sorted};
use sha2::{Digest, Sha256};

/// Bound on the distance to the fitted quantiles: sampling (see `FIRMS`), over 64 ratios.
const TO_FIT: f64 = 0.035;
/// Bound on the distance to the data: sampling of both, and half a step of the table.
const TO_DATA: f64 = 0.045;
/// Bound on any of the 2,080 correlations: four standard errors of 5,000 firms
/// are 0.057; pairs of tied columns, whose correction is of first order, add the rest.
const CORRELATION: f64 = 0.09;

fn all_scores(columns: &[Vec<Option<f64>>]) -> Vec<Scores> {
    columns.iter().map(|column| scores::scores(column)).collect()
}

/// The largest difference from a correlation, and where.
fn worst(columns: &[Scores], of: impl Fn(usize, usize) -> f64) -> (f64, usize, usize) {
    let pairs = (0..COLUMNS).flat_map(|i| (0..i).map(move |j| (i, j)));
    pairs
        .map(|(i, j)| {
            (
                (scores::latent(&columns[i], &columns[j]) - of(i, j)).abs(),
                i + 1,
                j + 1,
            )
        })
        .fold((0.0, 0, 0), |a, b| if b.0 > a.0 { b } else { a })
}

#[test]
fn generated_firms_follow_the_fitted_quantiles() {
    let fitted = Fitted::shipped();
    let columns = generated(20_260_101);
    let mut farthest: f64 = 0.0;
    for (index, column) in columns[..RATIOS].iter().enumerate() {
        let (values, marginal) = (sorted(column), fitted.marginal(index));
        let found = distance(&values, |x, e| share(&values, x, e), |x, e| marginal.share(x, e));
        assert!(found <= TO_FIT, "ratio {}: distance {found:.4}", index + 1);
        farthest = farthest.max(found);
    }
    println!("farthest from the fit: {farthest:.4}");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "thousands of rows")]
fn ratios_are_missing_and_firms_bankrupt_as_often_as_in_the_data() {
    let fitted = Fitted::shipped();
    let columns = generated(7);
    for (ratio, column) in fitted.ratios.iter().zip(&columns) {
        let wanted = ratio.missing as f64 / fitted.source.rows as f64;
        let found = column.iter().filter(|v| v.is_none()).count() as f64 / column.len() as f64;
        assert!(
            (found - wanted).abs() < 0.02,
            "{}: {found:.3}, not {wanted:.3}",
            ratio.name
        );
    }
    let bankrupt = share(&sorted(&columns[RATIOS]), 0.5, false);
    assert!(
        (1.0 - bankrupt - fitted.bankrupt_share()).abs() < 0.01,
        "bankrupt: {}",
        1.0 - bankrupt
    );
}

#[test]
fn generated_firms_follow_the_fitted_correlations() {
    let fitted = Fitted::shipped();
    let (error, a, b) = worst(&all_scores(&generated(20_260_101)), |i, j| {
        fitted.correlation(i, j)
    });
    assert!(error <= CORRELATION, "columns {a} and {b}: {error:.4}");
    println!("worst correlation: {error:.4}, columns {a} and {b}");
}

#[test]
fn generated_firms_follow_the_data_and_the_fit_is_reproduced_to_the_byte() {
    let test = "generated_firms_follow_the_data_and_the_fit_is_reproduced_to_the_byte";
    let Some(folder) = sample::data_folder(test) else {
        return;
    };
    let bytes = std::fs::read(folder.join("polish_1year.arff")).unwrap();
    let sha256: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(
        sha256,
        Fitted::shipped().source.sha256,
        "another file than the fitted one"
    );

    let data = arff::parse(&String::from_utf8_lossy(&bytes)).unwrap();
    let again = render::json(&fit::fit(&data, &sha256));
    assert!(
        again == include_str!("../data/ratios.json"),
        "fitting again gives another file"
    );

    let columns = generated(20_260_101);
    let mut farthest: f64 = 0.0;
    for (index, (ours, theirs)) in columns.iter().zip(&data.columns).enumerate().take(RATIOS) {
        let (ours, theirs) = (sorted(ours), sorted(theirs));
        let points: Vec<f64> = ours.iter().chain(&theirs).copied().collect();
        let found = distance(&points, |x, e| share(&ours, x, e), |x, e| share(&theirs, x, e));
        assert!(found <= TO_DATA, "ratio {}: distance {found:.4}", index + 1);
        farthest = farthest.max(found);
    }
    println!("farthest from the data: {farthest:.4}");
    let real = all_scores(&data.columns);
    let (error, a, b) = worst(&all_scores(&columns), |i, j| scores::latent(&real[i], &real[j]));
    assert!(error <= CORRELATION, "columns {a} and {b}: {error:.4}");
    println!("worst correlation: {error:.4}, columns {a} and {b}");
}
