//! A firm and what the outside sources know of it, money in fen.

use std::fmt;

use domain::product::Source;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::ratios::Ratios;

/// One enterprise, simulated or replayed from a file.
///
/// A replayed one may be real, so it has no `Debug` of its content.
#[derive(Clone, PartialEq, Serialize)]
pub struct SimFirm {
    /// Whether the generator made it up; every answer says so.
    pub simulated: bool,
    /// Unified social credit code, 18 characters, check character right.
    pub credit_code: String,
    /// Registered name.
    pub name: String,
    /// Six digits, GB/T 2260.
    pub region: String,
    /// Letter and two digits, GB/T 4754.
    pub industry: String,
    /// The contact's name.
    pub contact: String,
    /// The contact's resident identity number, 18 characters, check character right.
    pub contact_id: String,
    /// Mobile number, 11 digits.
    pub phone: String,
    /// Settlement account, 8–32 digits.
    pub account: String,
    /// The 64 financial ratios.
    pub ratios: Ratios,
    /// Whether it will go bankrupt within the year: the label that models learn.
    pub bankrupt: bool,
    /// Business registration.
    pub registration: Registration,
    /// Courts.
    pub judicial: Judicial,
    /// Credit bureau.
    pub credit_bureau: CreditBureau,
    /// Tax office.
    pub tax: Tax,
    /// Tax receipts.
    pub tax_receipts: TaxReceipts,
    /// Invoices.
    pub invoices: Invoices,
}

/// Business registration (工商).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// Still in business, as opposed to cancelled: `status` in JSON.
    #[serde(rename = "status", serialize_with = "status")]
    pub active: bool,
    /// When it was founded.
    pub founded: Date,
    /// Registered capital.
    pub registered_capital: i64,
}

/// What courts know (司法).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Judicial {
    /// Cases not yet closed.
    pub open_cases: i64,
    /// Amount under enforcement.
    pub enforced_amount: i64,
    /// On the list of dishonest judgment debtors (失信被执行人).
    pub dishonest: bool,
}

/// What the credit bureau knows (征信).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditBureau {
    /// Owed to lenders.
    pub loans_outstanding: i64,
    /// Times overdue in the last 24 months.
    pub overdue_24m: i64,
    /// Longest time overdue, in days.
    pub max_days_overdue: i64,
    /// Inquiries by lenders in the last six months.
    pub inquiries_6m: i64,
}

/// What the tax office knows (税务).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tax {
    /// Taxable sales of the last twelve months.
    pub taxable_sales_12m: i64,
    /// Tax paid on them.
    pub tax_paid_12m: i64,
    /// Tax due and not paid.
    pub arrears: i64,
    /// Credit rating of the taxpayer, `A` to `D`.
    pub rating: char,
}

/// Tax receipts (税票).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaxReceipts {
    /// Months filed, of the last twelve.
    pub months_filed_12: i64,
    /// Sum of the receipts of the last twelve months.
    pub receipts_12m: i64,
    /// Filings that were late.
    pub late_filings: i64,
}

/// Invoices (发票).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoices {
    /// Issued in the last twelve months.
    pub issued_12m: i64,
    /// Issued in the twelve months before.
    pub issued_prev_12m: i64,
    /// Different buyers.
    pub buyers: i64,
    /// The largest buyer's share, parts per million.
    pub top_buyer_share_ppm: i64,
    /// Share of red-letter (cancelling) invoices, parts per million.
    pub red_letter_share_ppm: i64,
}

impl SimFirm {
    /// What a source answers about it.
    #[must_use]
    pub fn answer(&self, source: Source) -> Value {
        let simulated = self.simulated;
        match source {
            Source::Registration => json!({
                "simulated": simulated,
                "status": status_name(self.registration.active),
                "founded": self.registration.founded,
                "registered_capital": self.registration.registered_capital,
                "industry": self.industry,
                "region": self.region,
            }),
            Source::Judicial => json!({
                "simulated": simulated,
                "open_cases": self.judicial.open_cases,
                "enforced_amount": self.judicial.enforced_amount,
                "dishonest": self.judicial.dishonest,
            }),
            Source::CreditBureau => json!({
                "simulated": simulated,
                "loans_outstanding": self.credit_bureau.loans_outstanding,
                "overdue_24m": self.credit_bureau.overdue_24m,
                "max_days_overdue": self.credit_bureau.max_days_overdue,
                "inquiries_6m": self.credit_bureau.inquiries_6m,
            }),
            Source::Tax => json!({
                "simulated": simulated,
                "taxable_sales_12m": self.tax.taxable_sales_12m,
                "tax_paid_12m": self.tax.tax_paid_12m,
                "arrears": self.tax.arrears,
                "rating": self.tax.rating,
            }),
            Source::TaxReceipts => json!({
                "simulated": simulated,
                "months_filed_12": self.tax_receipts.months_filed_12,
                "receipts_12m": self.tax_receipts.receipts_12m,
                "late_filings": self.tax_receipts.late_filings,
            }),
            Source::Invoices => json!({
                "simulated": simulated,
                "issued_12m": self.invoices.issued_12m,
                "issued_prev_12m": self.invoices.issued_prev_12m,
                "buyers": self.invoices.buyers,
                "top_buyer_share_ppm": self.invoices.top_buyer_share_ppm,
                "red_letter_share_ppm": self.invoices.red_letter_share_ppm,
            }),
        }
    }
}

fn status_name(active: bool) -> &'static str {
    if active { "active" } else { "cancelled" }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes fields by reference"
)]
fn status<S: Serializer>(active: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status_name(*active))
}

impl fmt::Debug for SimFirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimFirm(redacted)")
    }
}
