use decision::decision::Outcome::{Approve, Decline, Review};
use decision::reasons::Reason;
use domain::money::Money;
use domain::product::{Product, Source};
use domain::rate::Rate;
use serde_json::{Value, json};

use crate::firm::{ASKED, decide, set, sound, verdict, with};

#[test]
fn a_sound_enterprise_gets_what_it_asked_for() {
    let decision = decide(&sound(), Product::Credit);
    assert_eq!(decision.outcome, Approve);
    assert_eq!(decision.limit, ASKED);
    assert_eq!(decision.rate, Rate::ppm(41_500).unwrap());
    assert_eq!(decision.reasons, [Reason::BandA, Reason::LimitAsked]);
    assert_eq!(
        decision.score,
        Some(400 + 50 + 40 + 30 + 20 + 15 + 25 + 15 + 50 + 20 + 25 + 20)
    );
    assert_eq!(
        (decision.rules_version.as_str(), decision.model_version.as_str()),
        ("rules-1", "points-1")
    );
}

#[test]
fn each_rule_objects_at_its_bound_and_not_before() {
    use Source::{CreditBureau, Invoices, Judicial, Registration, Tax, TaxReceipts};
    // Source, field, the last value that passes, the first that does not, and what then follows.
    let rules: [(Source, &str, Value, Value, _, Reason); 18] = [
        (
            Registration,
            "status",
            json!("active"),
            json!("cancelled"),
            Decline,
            Reason::RegistrationInactive,
        ),
        (
            Registration,
            "founded",
            json!("2024-03-02"),
            json!("2024-03-03"),
            Review,
            Reason::FirmTooYoung,
        ),
        (
            Registration,
            "founded",
            json!("2020-01-01"),
            json!("2025-03-03"),
            Decline,
            Reason::FirmTooYoung,
        ),
        (
            Judicial,
            "dishonest",
            json!(false),
            json!(true),
            Decline,
            Reason::JudicialDishonest,
        ),
        (
            Judicial,
            "enforced_amount",
            json!(0),
            json!(1),
            Decline,
            Reason::JudicialEnforced,
        ),
        (
            Judicial,
            "open_cases",
            json!(2),
            json!(3),
            Review,
            Reason::JudicialCases,
        ),
        (
            CreditBureau,
            "max_days_overdue",
            json!(90),
            json!(91),
            Decline,
            Reason::CreditSevereOverdue,
        ),
        (
            CreditBureau,
            "overdue_24m",
            json!(0),
            json!(7),
            Decline,
            Reason::CreditFrequentOverdue,
        ),
        (
            CreditBureau,
            "inquiries_6m",
            json!(10),
            json!(11),
            Review,
            Reason::CreditManyInquiries,
        ),
        (
            CreditBureau,
            "loans_outstanding",
            json!(500_000_000),
            json!(500_001_000),
            Decline,
            Reason::DebtTooHigh,
        ),
        (Tax, "rating", json!("B"), json!("D"), Decline, Reason::TaxRatingD),
        (Tax, "arrears", json!(0), json!(1), Review, Reason::TaxArrears),
        (
            TaxReceipts,
            "months_filed_12",
            json!(9),
            json!(8),
            Review,
            Reason::TaxFilingGaps,
        ),
        (
            Tax,
            "taxable_sales_12m",
            json!(357_000_000),
            json!(356_999_000),
            Review,
            Reason::TaxInvoiceMismatch,
        ),
        (
            TaxReceipts,
            "receipts_12m",
            json!(9_600_000),
            json!(9_599_999),
            Review,
            Reason::TaxReceiptMismatch,
        ),
        (
            Invoices,
            "issued_prev_12m",
            json!(1_020_000_000),
            json!(1_020_010_000),
            Review,
            Reason::InvoicesFalling,
        ),
        (
            Invoices,
            "top_buyer_share_ppm",
            json!(850_000),
            json!(850_001),
            Review,
            Reason::BuyerConcentration,
        ),
        (
            Invoices,
            "red_letter_share_ppm",
            json!(150_000),
            json!(150_001),
            Review,
            Reason::RedLetterHigh,
        ),
    ];
    for (source, field, passes, objected, outcome, reason) in rules {
        let (before, reasons) = verdict(&with(source, field, passes));
        assert_eq!(before, Approve, "{source}.{field}: {reasons:?}");
        let (after, reasons) = verdict(&with(source, field, objected));
        assert_eq!(after, outcome, "{source}.{field}: {reasons:?}");
        assert!(reasons.contains(&reason), "{source}.{field}: {reasons:?}");
    }
}

#[test]
fn declared_sales_far_above_the_invoices_are_looked_at() {
    let mut answers = sound();
    set(&mut answers, Source::Tax, "taxable_sales_12m", json!(765_000_000));
    assert_eq!(verdict(&answers).0, Approve);
    set(&mut answers, Source::Tax, "taxable_sales_12m", json!(765_001_000));
    assert_eq!(verdict(&answers), (Review, vec![Reason::TaxInvoiceMismatch]));
}

#[test]
fn whoever_owes_no_tax_needs_no_receipts() {
    let mut answers = with(Source::Tax, "tax_paid_12m", json!(0));
    set(&mut answers, Source::TaxReceipts, "receipts_12m", json!(0));
    assert_eq!(verdict(&answers).0, Approve);
}

#[test]
fn the_product_has_a_least_amount_and_a_longest_term() {
    let decide = |asked, term| {
        let features = decision::features::Features::from_answers(&sound(), crate::firm::TODAY);
        crate::firm::shipped().decide(&features, Product::Micro, Money::fen(asked), term)
    };
    assert_eq!(decide(500_000, 24).outcome, Approve);
    assert_eq!(decide(499_999, 24).reasons, [Reason::AmountBelowMinimum]);
    assert_eq!(decide(500_000, 25).reasons, [Reason::TermOutOfRange]);
    assert_eq!(decide(500_000, 0).reasons, [Reason::TermOutOfRange]);
    assert_eq!(decide(i64::MIN, 12).outcome, Decline);
}

#[test]
fn a_decline_names_everything_that_speaks_against_it_and_offers_nothing() {
    let mut answers = with(Source::Judicial, "dishonest", json!(true));
    set(&mut answers, Source::Tax, "arrears", json!(5));
    answers.remove(&Source::Invoices);
    let decision = decide(&answers, Product::Credit);
    assert_eq!(decision.outcome, Decline);
    assert_eq!(
        decision.reasons,
        [
            Reason::JudicialDishonest,
            Reason::MissingInvoices,
            Reason::TaxArrears
        ]
    );
    assert_eq!(
        (decision.limit, decision.rate, decision.score),
        (Money::ZERO, Rate::ZERO, None)
    );
}
