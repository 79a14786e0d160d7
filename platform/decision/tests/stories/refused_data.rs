//! Rules and scorecards that make no sense are refused when they are loaded.

use decision::policy::{Policy, PolicyError};
use serde_json::{Value, json};

const RULES: &str = include_str!("../../data/rules.json");
const SCORECARD: &str = include_str!("../../data/scorecard.json");

/// The whole chain of an error, as a person would read it.
fn chain(error: &PolicyError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Loads the shipped rules with one value changed.
fn rules_with(pointer: &str, value: Value) -> String {
    let mut rules: Value = serde_json::from_str(RULES).expect("rules");
    *rules.pointer_mut(pointer).expect("a place in the rules") = value;
    match Policy::from_json(&rules.to_string(), SCORECARD) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => chain(&error),
    }
}

/// Loads the shipped scorecard with one value changed.
fn scorecard_with(pointer: &str, value: Value) -> String {
    let mut card: Value = serde_json::from_str(SCORECARD).expect("scorecard");
    *card.pointer_mut(pointer).expect("a place in the scorecard") = value;
    match Policy::from_json(RULES, &card.to_string()) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => chain(&error),
    }
}

#[test]
fn the_row_with_an_unknown_field_or_operator_is_named() {
    assert_eq!(
        rules_with("/admission/rows/4/when/0/field", json!("enforced")),
        r#"rules are refused: table admission, row 5: no field is named "enforced""#
    );
    assert_eq!(
        rules_with("/admission/rows/4/when/0/op", json!("=>")),
        r#"rules are refused: table admission, row 5: field enforced_amount has no operator "=>""#
    );
    assert_eq!(
        rules_with("/admission/rows/3/when/0/op", json!("ge")),
        r#"rules are refused: table admission, row 4: field dishonest has no operator "ge""#
    );
}

#[test]
fn a_value_of_another_type_or_an_unknown_name_is_refused() {
    let wrong = "rules are refused: table admission, row 5: field enforced_amount cannot have the value that is asked for";
    assert_eq!(rules_with("/admission/rows/4/when/0/value", json!("0")), wrong);
    assert_eq!(rules_with("/admission/rows/4/when/0/value", json!(0.5)), wrong);
    assert_eq!(
        rules_with("/products/rows/0/when/0/value", json!("micros")),
        "rules are refused: table products, row 1: field product cannot have the value that is asked for"
    );
    assert!(
        rules_with(
            "/admission/rows/10/when/0",
            json!({"field": "tax_rating", "op": "in", "value": []})
        )
        .contains("row 11")
    );
    assert_eq!(
        rules_with(
            "/admission/rows/10/when/0",
            json!({"field": "tax_rating", "op": "in", "value": ["C", "D"]})
        ),
        "accepted"
    );
}

#[test]
fn a_conclusion_with_an_unknown_reason_is_refused() {
    let refusal = rules_with("/admission/rows/0/then/reason", json!("because"));
    assert!(
        refusal.starts_with("rules are refused: table admission, row 1: conclusion does not fit"),
        "{refusal}"
    );
    let approval = rules_with("/admission/rows/0/then/outcome", json!("approve"));
    assert!(
        approval.contains("row 1"),
        "an admission rule cannot approve: {approval}"
    );
}

#[test]
fn a_table_needs_its_hit_policy_and_rows() {
    assert_eq!(
        rules_with("/admission/hit", json!("first")),
        "rules are refused: table admission must have hit policy Collect"
    );
    assert_eq!(
        rules_with("/pricing/rows", json!([])),
        "rules are refused: table pricing has no rows"
    );
    assert!(rules_with("/pricing/hit", json!("any")).starts_with("rules are not readable"));
}

#[test]
fn every_source_keeps_a_mandatory_field() {
    assert_eq!(
        rules_with(
            "/mandatory",
            json!([
                "registered_capital",
                "open_cases",
                "overdue_24m",
                "tax_paid_12m",
                "buyers"
            ])
        ),
        "no field of source tax_receipts is mandatory"
    );
    assert!(rules_with("/mandatory/0", json!("colour")).contains(r#"no field is named "colour""#));
}

#[test]
fn every_product_has_terms_and_a_lawful_price() {
    assert_eq!(
        rules_with("/products/rows/2/when/0/value", json!("credit")),
        "product guaranteed has no usable terms"
    );
    assert_eq!(
        rules_with("/products/rows/0/then/minimum", json!(50_000_001)),
        "product micro has no usable terms"
    );
    // 160,000 ppm are 24 % once lateness adds its half; micro adds 6,000.
    assert_eq!(
        rules_with("/pricing/rows/2/then/rate_ppm", json!(154_001)),
        "pricing gives product micro a rate of 160001 ppm"
    );
    assert_eq!(
        rules_with("/pricing/rows/2/then/rate_ppm", json!(154_000)),
        "accepted"
    );
    assert_eq!(
        rules_with("/pricing/rows/2/then/turnover_share_ppm", json!(1_000_001)),
        "pricing lends a share of 1000001 ppm of turnover"
    );
}

#[test]
fn a_scorecard_covers_every_value_once() {
    let bins = |number: usize| {
        format!(
            "scorecard is refused: scorecard, attribute {number}: bins must ascend, cover every value once, and stay within ±1000"
        )
    };
    assert_eq!(scorecard_with("/attributes/0/bins/1/below", json!(24)), bins(1));
    assert_eq!(
        scorecard_with("/attributes/0/bins/3", json!({"below": 999, "points": 1})),
        bins(1)
    );
    assert_eq!(
        scorecard_with("/attributes/1/bins/0/names", json!(["B"])),
        bins(2)
    );
    assert_eq!(
        scorecard_with("/attributes/1/bins/0/names", json!(["A", "E"])),
        bins(2)
    );
    assert_eq!(
        scorecard_with("/attributes/2/bins/0/points", json!(1_001)),
        bins(3)
    );
    assert_eq!(
        scorecard_with("/attributes", json!([])),
        "scorecard is refused: scorecard has no attributes"
    );
    assert_eq!(
        scorecard_with("/attributes/2/field", json!("colour")),
        r#"scorecard is refused: scorecard, attribute 3: no field is named "colour""#
    );
}
