//! What sources say is believed within bounds only.

use decision::decision::Outcome::Review;
use decision::features::Features;
use decision::reasons::Reason;
use domain::product::Source;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::firm::{Answers, TODAY, decide, fields, set, shipped, sound, verdict, with};

#[test]
fn an_impossible_value_is_unknown_named_and_reviewed() {
    use Source::{CreditBureau, Invoices, Judicial, Registration, Tax, TaxReceipts};
    let impossible = [
        (Registration, "status", json!("dormant")),
        (Registration, "founded", json!("2026-03-03")),
        (Registration, "founded", json!("2015-02-30")),
        (Registration, "registered_capital", json!(-1)),
        (Registration, "industry", json!("C3 4")),
        (Registration, "industry", json!("")),
        (Registration, "region", json!("990000")),
        (Judicial, "dishonest", json!("false")),
        (Judicial, "open_cases", json!(1.5)),
        (Judicial, "enforced_amount", json!(1_000_000_000_000_001_i64)),
        (CreditBureau, "loans_outstanding", json!("50000000")),
        (CreditBureau, "max_days_overdue", json!(36_501)),
        (CreditBureau, "inquiries_6m", json!(1_000_001)),
        (Tax, "rating", json!("E")),
        (Tax, "arrears", json!(u64::MAX)),
        (TaxReceipts, "months_filed_12", json!(13)),
        (Invoices, "top_buyer_share_ppm", json!(1_000_001)),
        (Invoices, "buyers", json!([3])),
    ];
    for (source, field, value) in impossible {
        let answers = with(source, field, value.clone());
        let features = Features::from_answers(&answers, TODAY);
        assert_eq!(features.invalid, [format!("{source}.{field}")].into(), "{value}");
        assert_eq!(
            verdict(&answers),
            (Review, vec![Reason::missing(source), Reason::DataInvalid]),
            "{field} {value}"
        );
    }
}

#[test]
fn an_answer_that_is_no_object_is_invalid_as_a_whole() {
    for answer in [json!("sorry"), json!([]), json!(0)] {
        let mut answers = sound();
        answers.insert(Source::Tax, answer);
        let features = Features::from_answers(&answers, TODAY);
        assert_eq!(features.invalid, ["tax".to_owned()].into());
        assert_eq!(
            verdict(&answers),
            (Review, vec![Reason::MissingTax, Reason::DataInvalid])
        );
    }
}

#[test]
fn further_fields_of_a_source_change_nothing() {
    let more = with(Source::Tax, "bureau", json!("somewhere"));
    assert_eq!(
        Features::from_answers(&more, TODAY),
        Features::from_answers(&sound(), TODAY)
    );
}

#[test]
fn one_simulated_answer_labels_the_features() {
    assert!(Features::from_answers(&sound(), TODAY).simulated);
    let mut real = sound();
    for source in Source::ALL {
        set(&mut real, *source, "simulated", json!(false));
    }
    assert!(!Features::from_answers(&real, TODAY).simulated);
    for source in Source::ALL {
        let mut mixed = real.clone();
        set(&mut mixed, *source, "simulated", json!(true));
        assert!(Features::from_answers(&mixed, TODAY).simulated, "{source}");
    }
}

#[test]
fn debug_shows_no_customer_data() {
    assert_eq!(
        format!("{:?}", Features::from_answers(&sound(), TODAY)),
        "Features(redacted)"
    );
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(Value::from)
    })
}

proptest! {
    #[test]
    fn whatever_a_source_says_a_decision_comes_out(
        changes in prop::collection::vec((prop::sample::select(fields()), any_json()), 0..8),
    ) {
        let mut answers: Answers = sound();
        for ((source, field), value) in changes {
            set(&mut answers, source, &field, value);
        }
        let decision = decide(&answers, domain::product::Product::Micro);
        prop_assert!(!decision.reasons.is_empty());
        let features = Features::from_answers(&answers, TODAY);
        prop_assert!(features.invalid.is_empty() || decision.outcome != decision::decision::Outcome::Approve);
        let again = Features::from_canonical(&features.to_canonical().unwrap()).unwrap();
        prop_assert_eq!(shipped().decide(&again, domain::product::Product::Micro, crate::firm::ASKED, crate::firm::TERM), decision);
    }
}
