//! Missing data goes to review, never to approval.

use decision::decision::Outcome::{self, Approve, Decline, Review};
use decision::features::Features;
use decision::policy::Policy;
use decision::reasons::Reason;
use domain::product::{Product, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::firm::{ASKED, Answers, TERM, TODAY, fields, set, shipped, sound, verdict, with};

#[test]
fn a_source_that_did_not_answer_means_review_and_is_named() {
    for source in Source::ALL {
        let mut answers = sound();
        answers.remove(source);
        assert_eq!(verdict(&answers), (Review, vec![Reason::missing(*source)]));
        answers.insert(*source, Value::Null);
        assert_eq!(verdict(&answers), (Review, vec![Reason::missing(*source)]));
    }
}

#[test]
fn no_field_can_be_missing() {
    assert_eq!(fields().len(), 24);
    for (source, field) in fields() {
        let mut answers = sound();
        answers
            .get_mut(&source)
            .and_then(Value::as_object_mut)
            .unwrap()
            .remove(&field);
        assert_eq!(
            verdict(&answers),
            (Review, vec![Reason::missing(source)]),
            "{source}.{field}"
        );
    }
}

#[test]
fn nothing_known_at_all_is_reviewed() {
    let (outcome, reasons) = verdict(&Answers::new());
    assert_eq!(outcome, Review);
    assert_eq!(
        reasons,
        Source::ALL
            .iter()
            .map(|source| Reason::missing(*source))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_share_of_nothing_is_unknown_and_reviewed() {
    let first_year = with(Source::Invoices, "issued_prev_12m", json!(0));
    assert_eq!(verdict(&first_year), (Review, vec![Reason::RuleUndetermined]));
}

#[test]
fn what_is_known_to_be_bad_declines_even_where_data_is_missing() {
    let mut answers = with(Source::Judicial, "dishonest", json!(true));
    answers.remove(&Source::Tax);
    assert_eq!(verdict(&answers).0, Decline);
}

/// The shipped rules with only one mandatory field per source: then nothing but
/// the third truth value keeps a gap from being passed over.
fn lean() -> Policy {
    let mut rules: Value = serde_json::from_str(include_str!("../../data/rules.json")).expect("rules");
    rules["mandatory"] = json!([
        "registered_capital",
        "open_cases",
        "loans_outstanding",
        "tax_paid_12m",
        "receipts_12m",
        "buyers"
    ]);
    Policy::from_json(&rules.to_string(), include_str!("../../data/scorecard.json")).expect("lean rules")
}

#[test]
fn a_rule_that_cannot_be_judged_is_not_passed_over() {
    for (source, field) in fields() {
        let mut answers = sound();
        answers
            .get_mut(&source)
            .and_then(Value::as_object_mut)
            .unwrap()
            .remove(&field);
        // Only what no rule asks for can be spared.
        let expected = if matches!(field.as_str(), "industry" | "region") {
            Approve
        } else {
            Review
        };
        assert_eq!(
            outcome(&lean(), &answers, Product::Credit),
            expected,
            "{source}.{field}"
        );
    }
}

#[test]
fn a_rule_that_is_false_anyway_needs_no_data() {
    let mut rules: Value = serde_json::from_str(include_str!("../../data/rules.json")).unwrap();
    rules["mandatory"] = json!([
        "registered_capital",
        "open_cases",
        "loans_outstanding",
        "tax_paid_12m",
        "receipts_12m",
        "buyers"
    ]);
    rules["admission"]["rows"][2] = json!({
        "when": [
            {"field": "industry", "op": "eq", "value": "K70"}, {"field": "product", "op": "eq", "value": "micro"}
        ],
        "then": {"outcome": "review", "reason": "firm-too-young"}
    });
    let policy = Policy::from_json(&rules.to_string(), include_str!("../../data/scorecard.json")).unwrap();
    let mut answers = sound();
    answers
        .get_mut(&Source::Registration)
        .and_then(Value::as_object_mut)
        .unwrap()
        .remove("industry");
    assert_eq!(outcome(&policy, &answers, Product::Credit), Approve);
    assert_eq!(outcome(&policy, &answers, Product::Micro), Review);
}

/// What a source may say in a field, likely and unlikely.
fn said(field: &str) -> BoxedStrategy<Value> {
    let money = || {
        prop_oneof![Just(0), 0i64..2_000_000_000]
            .prop_map(Value::from)
            .boxed()
    };
    let choice = |values: &[Value]| prop::sample::select(values.to_vec()).boxed();
    match field {
        "status" => choice(&[json!("active"), json!("active"), json!("cancelled")]),
        "founded" => (2000i16..2026, 1i8..=12)
            .prop_map(|(year, month)| json!(format!("{year}-{month:02}-01")))
            .boxed(),
        "industry" => choice(&[json!("C34"), json!("F51")]),
        "region" => choice(&[json!("330100"), json!("110108")]),
        "dishonest" => choice(&[json!(false), json!(false), json!(true)]),
        "rating" => choice(&["A", "B", "M", "C", "D"].map(Value::from)),
        "open_cases" | "overdue_24m" | "late_filings" => (0i64..8).prop_map(Value::from).boxed(),
        "inquiries_6m" | "months_filed_12" => (0i64..=12).prop_map(Value::from).boxed(),
        "max_days_overdue" => (0i64..200).prop_map(Value::from).boxed(),
        "top_buyer_share_ppm" | "red_letter_share_ppm" => (0i64..=1_000_000).prop_map(Value::from).boxed(),
        "buyers" => (0i64..300).prop_map(Value::from).boxed(),
        _ => money(),
    }
}

/// The sound enterprise with up to six fields said otherwise: enough to fail, few enough to pass at times.
fn answers() -> impl Strategy<Value = Answers> {
    let change = prop::sample::select(fields())
        .prop_flat_map(|(source, field)| said(&field).prop_map(move |value| (source, field.clone(), value)));
    prop::collection::vec(change, 0..6).prop_map(|changes| {
        let mut answers = sound();
        for (source, field, value) in changes {
            set(&mut answers, source, &field, value);
        }
        answers
    })
}

fn outcome(policy: &Policy, answers: &Answers, product: Product) -> Outcome {
    policy
        .decide(&Features::from_answers(answers, TODAY), product, ASKED, TERM)
        .outcome
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn dropping_a_source_never_leads_to_approval(answers in answers(), product in prop::sample::select(Product::ALL)) {
        for source in Source::ALL {
            let mut fewer = answers.clone();
            fewer.remove(source);
            prop_assert_ne!(outcome(shipped(), &fewer, product), Approve, "without {}", source);
        }
    }

    #[test]
    fn dropping_any_fields_never_turns_a_no_into_a_yes(
        answers in answers(), dropped in prop::sample::subsequence(fields(), 1..6), product in prop::sample::select(Product::ALL),
    ) {
        static LEAN: std::sync::LazyLock<Policy> = std::sync::LazyLock::new(lean);
        let mut fewer = answers.clone();
        for (source, field) in &dropped {
            fewer.get_mut(source).and_then(Value::as_object_mut).unwrap().remove(field);
        }
        prop_assert_ne!(outcome(shipped(), &fewer, product), Approve);
        if outcome(&LEAN, &fewer, product) == Approve {
            prop_assert_eq!(outcome(&LEAN, &answers, product), Approve, "dropped {:?}", dropped);
        }
    }
}
