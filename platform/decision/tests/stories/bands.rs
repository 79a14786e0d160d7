use decision::decision::Outcome::{Approve, Decline, Review};
use decision::reasons::Reason;
use domain::product::{Product, Source};
use domain::rate::Rate;
use serde_json::json;

use crate::firm::{Answers, decide, set, sound};

/// Worse and worse, without hitting a rule: the score alone must tell them apart.
fn ladder() -> [Answers; 5] {
    let mut answers = sound();
    let mut steps = vec![answers.clone()];
    set(
        &mut answers,
        Source::Invoices,
        "top_buyer_share_ppm",
        json!(600_000),
    );
    steps.push(answers.clone());
    set(&mut answers, Source::TaxReceipts, "late_filings", json!(4));
    steps.push(answers.clone());
    set(&mut answers, Source::CreditBureau, "overdue_24m", json!(1));
    steps.push(answers.clone());
    set(&mut answers, Source::Tax, "rating", json!("C"));
    steps.push(answers);
    steps.try_into().expect("five steps")
}

#[test]
fn the_rate_rises_and_the_way_narrows_as_the_score_falls() {
    let decisions = ladder().map(|answers| decide(&answers, Product::Guaranteed));
    let scores = decisions.each_ref().map(|decision| decision.score.unwrap());
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    let found = decisions
        .each_ref()
        .map(|decision| (decision.outcome, decision.reasons[0], decision.rate.as_ppm()));
    let expected = [
        (Approve, Reason::BandA, 38_500),
        (Approve, Reason::BandB, 49_500),
        (Approve, Reason::BandC, 64_500),
        (Review, Reason::ScoreMarginal, 0),
        (Decline, Reason::ScoreTooLow, 0),
    ];
    assert_eq!(found, expected, "{scores:?}");
}

#[test]
fn a_product_without_guarantee_costs_more() {
    let rate = |product| decide(&sound(), product).rate;
    assert_eq!(
        [
            rate(Product::Guaranteed),
            rate(Product::Credit),
            rate(Product::Micro)
        ],
        [38_500, 41_500, 44_500].map(|ppm| Rate::ppm(ppm).unwrap())
    );
}
