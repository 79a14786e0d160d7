//! What a decision knows of an enterprise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use domain::product::{Region, Source};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answers;

/// Credit rating of a taxpayer (纳税信用级别): A, B, C, D, and M for new enterprises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaxRating {
    /// Above 90 points.
    A,
    /// 70 to 90 points.
    B,
    /// Not yet rated for want of a full year.
    M,
    /// 40 to 70 points.
    C,
    /// Below 40 points, or by direct ruling.
    D,
}

impl TaxRating {
    /// The letter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::M => "M",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// Not one of the five letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a tax rating; one of A, B, M, C, D")]
pub struct NotARating;

impl std::str::FromStr for TaxRating {
    type Err = NotARating;

    fn from_str(text: &str) -> Result<Self, NotARating> {
        let all = [Self::A, Self::B, Self::M, Self::C, Self::D];
        all.into_iter()
            .find(|rating| rating.as_str() == text)
            .ok_or(NotARating)
    }
}

/// Everything that a decision looks at, each unknown until a source said it.
///
/// Money is in fen, shares in parts per million. It is customer data: `Debug`
/// shows none of it, and outside a test it leaves only sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field has the name that its source gives it; see `fields`"
)]
pub struct Features {
    /// The day of the decision, by which ages are counted.
    pub as_of: Date,
    /// Whether any answer was labelled as simulated.
    pub simulated: bool,
    /// Names of fields whose value was impossible, as `tax.arrears`.
    pub invalid: BTreeSet<String>,
    pub registration_active: Option<bool>,
    pub founded: Option<Date>,
    pub registered_capital: Option<i64>,
    pub industry: Option<String>,
    pub region: Option<Region>,
    pub open_cases: Option<i64>,
    pub enforced_amount: Option<i64>,
    pub dishonest: Option<bool>,
    pub loans_outstanding: Option<i64>,
    pub overdue_24m: Option<i64>,
    pub max_days_overdue: Option<i64>,
    pub inquiries_6m: Option<i64>,
    pub taxable_sales_12m: Option<i64>,
    pub tax_paid_12m: Option<i64>,
    pub tax_arrears: Option<i64>,
    pub tax_rating: Option<TaxRating>,
    pub months_filed_12: Option<i64>,
    pub receipts_12m: Option<i64>,
    pub late_filings: Option<i64>,
    pub issued_12m: Option<i64>,
    pub issued_prev_12m: Option<i64>,
    pub buyers: Option<i64>,
    pub top_buyer_share_ppm: Option<i64>,
    pub red_letter_share_ppm: Option<i64>,
}

impl Features {
    /// Nothing known yet.
    #[must_use]
    pub fn unknown(as_of: Date) -> Self {
        Self {
            as_of,
            simulated: false,
            invalid: BTreeSet::new(),
            registration_active: None,
            founded: None,
            registered_capital: None,
            industry: None,
            region: None,
            open_cases: None,
            enforced_amount: None,
            dishonest: None,
            loans_outstanding: None,
            overdue_24m: None,
            max_days_overdue: None,
            inquiries_6m: None,
            taxable_sales_12m: None,
            tax_paid_12m: None,
            tax_arrears: None,
            tax_rating: None,
            months_filed_12: None,
            receipts_12m: None,
            late_filings: None,
            issued_12m: None,
            issued_prev_12m: None,
            buyers: None,
            top_buyer_share_ppm: None,
            red_letter_share_ppm: None,
        }
    }

    /// Reads the answers of the sources that answered, for a decision on the day `as_of`.
    ///
    /// A source that is absent leaves its fields unknown; a value that cannot be
    /// is unknown too and noted in [`Features::invalid`].
    #[must_use]
    pub fn from_answers(answers: &BTreeMap<Source, Value>, as_of: Date) -> Self {
        answers::read(answers, as_of)
    }

    /// The canonical text (RFC 8785), whose bytes are the same wherever it is made:
    /// what is sealed with a decision, hashed, and read back to replay it.
    ///
    /// # Errors
    /// Never for features read by [`Features::from_answers`]; the signature is the serialiser's.
    pub fn to_canonical(&self) -> Result<String, serde_json::Error> {
        serde_jcs::to_string(self)
    }

    /// Reads back what [`Features::to_canonical`] wrote.
    ///
    /// # Errors
    /// Text that is not features of this version.
    pub fn from_canonical(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Whole months since the enterprise was founded.
    pub(crate) fn age_months(&self) -> Option<i64> {
        let span = self.founded?.until((jiff::Unit::Month, self.as_of)).ok()?;
        Some(i64::from(span.get_months()))
    }

    /// This year's invoices to last year's; unknown without a last year.
    pub(crate) fn invoice_growth_ppm(&self) -> Option<i64> {
        share_ppm(self.issued_12m?, self.issued_prev_12m?)
    }

    /// Debt to other lenders, to the turnover that can be shown.
    pub(crate) fn debt_to_turnover_ppm(&self) -> Option<i64> {
        share_ppm(self.loans_outstanding?, self.turnover()?)
    }

    /// Declared sales to invoiced sales: far from one, one of the two is wrong.
    pub(crate) fn sales_to_invoices_ppm(&self) -> Option<i64> {
        share_ppm(self.taxable_sales_12m?, self.issued_12m?)
    }

    /// Receipts held to the tax said to be paid; no tax needs no receipts.
    pub(crate) fn receipts_to_tax_ppm(&self) -> Option<i64> {
        match self.tax_paid_12m? {
            0 => self.receipts_12m.map(|_| PPM),
            paid => share_ppm(self.receipts_12m?, paid),
        }
    }

    /// The turnover that both the tax office and the invoices show.
    pub(crate) fn turnover(&self) -> Option<i64> {
        Some(self.taxable_sales_12m?.min(self.issued_12m?))
    }
}

const PPM: i64 = 1_000_000;

/// A part of a whole in millionths, rounded down; unknown where there is no whole.
fn share_ppm(part: i64, whole: i64) -> Option<i64> {
    let share = (i128::from(part) * i128::from(PPM)).checked_div(i128::from(whole))?;
    Some(i64::try_from(share).unwrap_or(i64::MAX))
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Features(redacted)")
    }
}
