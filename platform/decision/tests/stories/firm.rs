//! The enterprise of the stories: sound in every respect, and changed as a story needs.

use std::collections::BTreeMap;

use decision::decision::{Decision, Outcome};
use decision::features::Features;
use decision::policy::Policy;
use decision::reasons::Reason;
use domain::money::Money;
use domain::product::{Product, Source};
use jiff::civil::{Date, date};
use serde_json::{Value, json};

pub(crate) const TODAY: Date = date(2026, 3, 2);
/// 200,000 yuan.
pub(crate) const ASKED: Money = Money::fen(20_000_000);
pub(crate) const TERM: u32 = 12;

pub(crate) type Answers = BTreeMap<Source, Value>;

/// Founded in 2015, with 5 million yuan of turnover, growing, never overdue.
pub(crate) fn sound() -> Answers {
    let answers = [
        (
            Source::Registration,
            json!({"simulated": true, "status": "active", "founded": "2015-06-01", "registered_capital": 100_000_000,
                "industry": "C34", "region": "330100"}),
        ),
        (
            Source::Judicial,
            json!({"simulated": true, "open_cases": 0, "enforced_amount": 0, "dishonest": false}),
        ),
        (
            Source::CreditBureau,
            json!({"simulated": true, "loans_outstanding": 50_000_000, "overdue_24m": 0, "max_days_overdue": 0, "inquiries_6m": 1}),
        ),
        (
            Source::Tax,
            json!({"simulated": true, "taxable_sales_12m": 500_000_000, "tax_paid_12m": 12_000_000, "arrears": 0, "rating": "B"}),
        ),
        (
            Source::TaxReceipts,
            json!({"simulated": true, "months_filed_12": 12, "receipts_12m": 11_900_000, "late_filings": 0}),
        ),
        (
            Source::Invoices,
            json!({"simulated": true, "issued_12m": 510_000_000, "issued_prev_12m": 470_000_000, "buyers": 40,
                "top_buyer_share_ppm": 150_000, "red_letter_share_ppm": 10_000}),
        ),
    ];
    answers.into_iter().collect()
}

/// The sound enterprise with one field of one source changed.
pub(crate) fn with(source: Source, field: &str, value: Value) -> Answers {
    let mut answers = sound();
    set(&mut answers, source, field, value);
    answers
}

pub(crate) fn set(answers: &mut Answers, source: Source, field: &str, value: Value) {
    answers
        .get_mut(&source)
        .and_then(Value::as_object_mut)
        .expect("an answer")
        .insert(field.to_owned(), value);
}

/// Every field of every source, but for the label.
pub(crate) fn fields() -> Vec<(Source, String)> {
    let of = |(source, answer): (Source, Value)| {
        let names: Vec<String> = answer.as_object().expect("an answer").keys().cloned().collect();
        names
            .into_iter()
            .filter(|name| name != "simulated")
            .map(move |name| (source, name))
    };
    sound().into_iter().flat_map(of).collect()
}

pub(crate) fn shipped() -> &'static Policy {
    static SHIPPED: std::sync::LazyLock<Policy> = std::sync::LazyLock::new(Policy::shipped);
    &SHIPPED
}

/// Decides under the shipped rules on 200,000 yuan for a year.
pub(crate) fn decide(answers: &Answers, product: Product) -> Decision {
    shipped().decide(&Features::from_answers(answers, TODAY), product, ASKED, TERM)
}

/// The outcome and the reasons.
pub(crate) fn verdict(answers: &Answers) -> (Outcome, Vec<Reason>) {
    let decision = decide(answers, Product::Credit);
    (decision.outcome, decision.reasons)
}
