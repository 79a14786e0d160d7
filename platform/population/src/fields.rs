//! A firm from one line of a firms file: which fields there are, and what
//! each may hold.

use domain::codes::{CreditCode, ResidentId};
use domain::product::Region;

use crate::firm::{CreditBureau, Invoices, Judicial, Registration, SimFirm, Tax, TaxReceipts};
use crate::ratios::{Ratio, Ratios};
use crate::record::{Record, Wrong, wrong};

/// Largest amount, in fen: a hundred million million yuan, beyond any enterprise,
/// and sums of thousands of them still fit.
const MOST_MONEY: i64 = 1_000_000_000_000_000;
/// Largest count of cases, buyers, days and the like.
const MOST_COUNT: i64 = 1_000_000;

/// Takes every field from the record and leaves none.
pub(crate) fn firm(mut record: Record) -> Result<SimFirm, Wrong> {
    let r = &mut record;
    let code = "must be a unified social credit code whose check character fits";
    let id = "must be a resident identity number whose check character fits";
    let firm = SimFirm {
        simulated: r.optional("simulated", Record::flag)?.unwrap_or(false),
        credit_code: r.parsed::<CreditCode>("credit_code", code)?.as_str().to_owned(),
        name: r.text("name", 120)?,
        region: r
            .parsed::<Region>("region", "must be a region, six digits of GB/T 2260")?
            .to_string(),
        industry: industry(r)?,
        contact: r.text("contact", 60)?,
        contact_id: r.parsed::<ResidentId>("contact_id", id)?.as_str().to_owned(),
        phone: r.digits("phone", 11, 11)?,
        account: r.digits("account", 8, 32)?,
        ratios: ratios(r)?,
        bankrupt: r.optional("bankrupt", Record::flag)?.unwrap_or(false),
        registration: Registration {
            active: one_of(r, "registration.status", &["cancelled", "active"])? == 1,
            founded: r.date("registration.founded")?,
            registered_capital: r.whole("registration.registered_capital", MOST_MONEY)?,
        },
        judicial: Judicial {
            open_cases: r.whole("judicial.open_cases", MOST_COUNT)?,
            enforced_amount: r.whole("judicial.enforced_amount", MOST_MONEY)?,
            dishonest: r.flag("judicial.dishonest")?,
        },
        credit_bureau: CreditBureau {
            loans_outstanding: r.whole("credit_bureau.loans_outstanding", MOST_MONEY)?,
            overdue_24m: r.whole("credit_bureau.overdue_24m", MOST_COUNT)?,
            max_days_overdue: r.whole("credit_bureau.max_days_overdue", MOST_COUNT)?,
            inquiries_6m: r.whole("credit_bureau.inquiries_6m", MOST_COUNT)?,
        },
        tax: Tax {
            taxable_sales_12m: r.whole("tax.taxable_sales_12m", MOST_MONEY)?,
            tax_paid_12m: r.whole("tax.tax_paid_12m", MOST_MONEY)?,
            arrears: r.whole("tax.arrears", MOST_MONEY)?,
            rating: ['A', 'B', 'C', 'D'][one_of(r, "tax.rating", &["A", "B", "C", "D"])?],
        },
        tax_receipts: TaxReceipts {
            months_filed_12: r.whole("tax_receipts.months_filed_12", 12)?,
            receipts_12m: r.whole("tax_receipts.receipts_12m", MOST_MONEY)?,
            late_filings: r.whole("tax_receipts.late_filings", MOST_COUNT)?,
        },
        invoices: Invoices {
            issued_12m: r.whole("invoices.issued_12m", MOST_MONEY)?,
            issued_prev_12m: r.whole("invoices.issued_prev_12m", MOST_MONEY)?,
            buyers: r.whole("invoices.buyers", MOST_COUNT)?,
            top_buyer_share_ppm: r.whole("invoices.top_buyer_share_ppm", 1_000_000)?,
            red_letter_share_ppm: r.whole("invoices.red_letter_share_ppm", 1_000_000)?,
        },
    };
    record.finish()?;
    Ok(firm)
}

fn industry(r: &mut Record) -> Result<String, Wrong> {
    let wanted = wrong("industry", "must be a letter and two digits, GB/T 4754");
    let text = r.text("industry", 3).map_err(|_| wanted.clone())?;
    match text.as_bytes() {
        [letter, tens, ones]
            if letter.is_ascii_uppercase() && tens.is_ascii_digit() && ones.is_ascii_digit() =>
        {
            Ok(text)
        }
        _ => Err(wanted),
    }
}

fn ratios(r: &mut Record) -> Result<Ratios, Wrong> {
    let mut ratios = Ratios::unknown();
    for ratio in Ratio::all() {
        if let Some(value) = r.optional(&format!("ratios.{}", ratio.number()), Record::number)? {
            ratios.set(ratio, value);
        }
    }
    Ok(ratios)
}

/// The place of the text in a list.
fn one_of(r: &mut Record, field: &str, list: &[&str]) -> Result<usize, Wrong> {
    let wanted = || wrong(field, format!("must be one of {}", list.join(", ")));
    let text = r.text(field, 64)?;
    list.iter().position(|known| *known == text).ok_or_else(wanted)
}
