//! A recorded decision can be made again.

use std::collections::BTreeSet;

use decision::decision::Decision;
use decision::features::Features;
use decision::reasons::Reason;
use domain::product::{Product, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::firm::{ASKED, TERM, TODAY, decide, shipped, sound};

#[test]
fn the_canonical_text_decides_as_the_answers_did() {
    let features = Features::from_answers(&sound(), TODAY);
    let text = features.to_canonical().unwrap();
    let again = Features::from_canonical(&text).unwrap();
    assert_eq!(again, features);
    assert_eq!(again.to_canonical().unwrap(), text);
    assert_eq!(
        shipped().decide(&again, Product::Credit, ASKED, TERM),
        decide(&sound(), Product::Credit)
    );
}

#[test]
fn the_canonical_text_is_this_to_the_byte() {
    let expected = concat!(
        r#"{"as_of":"2026-03-02","buyers":40,"dishonest":false,"enforced_amount":0,"founded":"2015-06-01","#,
        r#""industry":"C34","inquiries_6m":1,"invalid":[],"issued_12m":510000000,"issued_prev_12m":470000000,"#,
        r#""late_filings":0,"loans_outstanding":50000000,"max_days_overdue":0,"months_filed_12":12,"open_cases":0,"#,
        r#""overdue_24m":0,"receipts_12m":11900000,"red_letter_share_ppm":10000,"region":"330100","#,
        r#""registered_capital":100000000,"registration_active":true,"simulated":true,"tax_arrears":0,"#,
        r#""tax_paid_12m":12000000,"tax_rating":"B","taxable_sales_12m":500000000,"top_buyer_share_ppm":150000}"#,
    );
    assert_eq!(
        Features::from_answers(&sound(), TODAY).to_canonical().unwrap(),
        expected
    );
}

#[test]
fn the_largest_amounts_survive_the_canonical_text() {
    let mut answers = sound();
    let most = 1_000_000_000_000_000_i64;
    crate::firm::set(
        &mut answers,
        Source::Registration,
        "registered_capital",
        most.into(),
    );
    let features = Features::from_answers(&answers, TODAY);
    let again = Features::from_canonical(&features.to_canonical().unwrap()).unwrap();
    assert_eq!(again.registered_capital, Some(most));
}

#[test]
fn features_of_another_version_are_refused() {
    let mut value: Value =
        serde_json::from_str(&Features::from_answers(&sound(), TODAY).to_canonical().unwrap()).unwrap();
    value["weather"] = "fine".into();
    assert!(Features::from_canonical(&value.to_string()).is_err());
}

#[test]
fn a_decision_round_trips_with_its_stable_codes() {
    let decision = decide(&sound(), Product::Credit);
    let value = serde_json::to_value(&decision).unwrap();
    assert_eq!(value["outcome"], "approve");
    assert_eq!(value["reasons"], serde_json::json!(["band-a", "limit-asked"]));
    assert_eq!(serde_json::from_value::<Decision>(value).unwrap(), decision);
}

#[test]
fn reason_codes_are_unique_and_explained() {
    let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        assert!(!reason.explain_zh().is_empty());
        assert!(
            reason
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        );
    }
}

/// A recorded version must mean the same for as long as decisions are kept:
/// whoever changes the data changes its version, and both here.
#[test]
fn a_version_belongs_to_one_content() {
    let content = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        let digest = Sha256::digest(serde_jcs::to_string(&value).unwrap());
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        (value["version"].as_str().unwrap().to_owned(), hex)
    };
    let rules = content(include_str!("../../data/rules.json"));
    let scorecard = content(include_str!("../../data/scorecard.json"));
    assert_eq!(
        rules,
        (
            shipped().rules_version().to_owned(),
            "8733a3eaf0a12953".to_owned()
        )
    );
    assert_eq!(
        scorecard,
        (
            shipped().model_version().to_owned(),
            "2f11870e66ba50ec".to_owned()
        )
    );
}
