use decision::decision::Outcome::{Approve, Decline};
use decision::features::Features;
use decision::reasons::Reason;
use domain::money::Money;
use domain::product::{Product, Source};
use proptest::prelude::*;
use serde_json::json;

use crate::firm::{Answers, TODAY, set, shipped, sound};

/// The sound enterprise at another size: all sums in proportion to its sales.
fn of_sales(fen: i64) -> Answers {
    let mut answers = sound();
    set(&mut answers, Source::Tax, "taxable_sales_12m", json!(fen));
    set(&mut answers, Source::Tax, "tax_paid_12m", json!(fen / 50));
    set(&mut answers, Source::TaxReceipts, "receipts_12m", json!(fen / 50));
    set(&mut answers, Source::Invoices, "issued_12m", json!(fen));
    set(&mut answers, Source::Invoices, "issued_prev_12m", json!(fen));
    set(
        &mut answers,
        Source::CreditBureau,
        "loans_outstanding",
        json!(fen / 10),
    );
    answers
}

fn decide(answers: &Answers, product: Product, asked: i64) -> decision::decision::Decision {
    shipped().decide(
        &Features::from_answers(answers, TODAY),
        product,
        Money::fen(asked),
        12,
    )
}

#[test]
fn the_limit_is_the_least_of_what_was_asked_the_cap_and_the_share_of_turnover() {
    let limit = |sales, product, asked| {
        let decision = decide(&of_sales(sales), product, asked);
        (decision.limit.as_fen(), decision.reasons[1])
    };
    assert_eq!(
        limit(1_000_000_000, Product::Micro, 12_345_678),
        (12_345_678, Reason::LimitAsked)
    );
    assert_eq!(
        limit(1_000_000_000, Product::Micro, 60_000_000),
        (50_000_000, Reason::LimitProduct)
    );
    // 30 % of 1 million yuan and a little, in whole thousands.
    assert_eq!(
        limit(100_123_456, Product::Credit, 60_000_000),
        (30_000_000, Reason::LimitTurnover)
    );
}

#[test]
fn only_turnover_that_both_tax_and_invoices_show_counts() {
    let mut answers = of_sales(100_000_000);
    set(&mut answers, Source::Invoices, "issued_12m", json!(80_000_000));
    set(
        &mut answers,
        Source::Invoices,
        "issued_prev_12m",
        json!(80_000_000),
    );
    assert_eq!(
        decide(&answers, Product::Credit, 60_000_000).limit,
        Money::fen(24_000_000)
    );
}

#[test]
fn a_turnover_that_carries_less_than_the_least_loan_is_declined() {
    let decision = decide(&of_sales(1_600_000), Product::Micro, 1_000_000);
    assert_eq!(
        (decision.outcome, decision.reasons.as_slice()),
        (Decline, [Reason::LimitBelowMinimum].as_slice())
    );
}

proptest! {
    #[test]
    fn no_limit_exceeds_any_of_its_bounds(
        sales in 1i64..10_000_000_000, asked in any::<i64>(), product in prop::sample::select(Product::ALL),
    ) {
        let decision = decide(&of_sales(sales), product, asked);
        let cap = match product { Product::Micro => 50_000_000, Product::Credit => 300_000_000, Product::Guaranteed => 1_000_000_000 };
        if decision.outcome == Approve {
            prop_assert!((500_000..=cap).contains(&decision.limit.as_fen()));
            prop_assert!(decision.limit.as_fen() <= asked && decision.limit.as_fen() <= sales / 10 * 3 + 3);
            prop_assert!(decision.rate.as_ppm() > 0);
        } else {
            prop_assert!(decision.limit.is_zero() && decision.rate.as_ppm() == 0);
        }
    }
}
