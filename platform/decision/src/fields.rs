//! The fields that rules and scorecard may ask for, each with its type and the
//! source that it needs.

use std::str::FromStr;

use domain::money::Money;
use domain::product::{Product, Source};
use thiserror::Error;

use crate::features::Features;

/// What a decision is about: an application, and what is known of the enterprise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) features: &'a Features,
    pub(crate) product: Product,
    pub(crate) asked: Money,
    pub(crate) term_months: u32,
    /// Unknown until it is computed, and where data is missing.
    pub(crate) score: Option<i64>,
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// An integer: fen, days, months, counts or parts per million.
    Number,
    /// One of these names.
    Name(&'static [&'static str]),
    /// Free text, compared as it is.
    Text,
}

/// A field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    Flag(bool),
    Number(i64),
    Text(&'a str),
}

/// No field has that name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no field is named {0:?}")]
pub struct UnknownField(pub String);

const PRODUCTS: &[&str] = &["micro", "credit", "guaranteed"];
const RATINGS: &[&str] = &["A", "B", "M", "C", "D"];

macro_rules! fields {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $kind:expr, $source:expr, |$case:ident| $value:expr;)+) => {
        /// A field by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Field {
            $($(#[$meta])* $name,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name that the data uses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// Its type.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$name => $kind,)+ }
            }

            /// The source that must have answered; none for the application's own fields.
            #[must_use]
            pub const fn source(self) -> Option<Source> {
                match self { $(Self::$name => $source,)+ }
            }

            /// Its value, where it is known.
            pub(crate) fn of<'a>(self, case: &Case<'a>) -> Option<Known<'a>> {
                match self { $(Self::$name => { let $case = case; $value })+ }
            }
        }

        impl FromStr for Field {
            type Err = UnknownField;

            fn from_str(text: &str) -> Result<Self, UnknownField> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(UnknownField(text.to_owned())),
                }
            }
        }
    };
}

fields! {
    /// The product asked for.
    Product = "product", Kind::Name(PRODUCTS), None, |c| Some(Known::Text(c.product.as_str()));
    /// The amount asked for, in fen.
    Asked = "asked", Kind::Number, None, |c| Some(Known::Number(c.asked.as_fen()));
    /// The term, in months.
    TermMonths = "term_months", Kind::Number, None, |c| Some(Known::Number(i64::from(c.term_months)));
    /// The score.
    Score = "score", Kind::Number, None, |c| c.score.map(Known::Number);
    /// Whether the enterprise is in business.
    RegistrationActive = "registration_active", Kind::Flag, Some(Source::Registration),
        |c| c.features.registration_active.map(Known::Flag);
    /// Whole months since it was founded.
    AgeMonths = "age_months", Kind::Number, Some(Source::Registration), |c| c.features.age_months().map(Known::Number);
    /// Registered capital.
    RegisteredCapital = "registered_capital", Kind::Number, Some(Source::Registration),
        |c| c.features.registered_capital.map(Known::Number);
    /// Industry, GB/T 4754.
    Industry = "industry", Kind::Text, Some(Source::Registration), |c| c.features.industry.as_deref().map(Known::Text);
    /// Province, the first two digits of GB/T 2260.
    Province = "province", Kind::Text, Some(Source::Registration),
        |c| c.features.region.as_ref().map(|region| Known::Text(region.province()));
    /// Court cases not yet closed.
    OpenCases = "open_cases", Kind::Number, Some(Source::Judicial), |c| c.features.open_cases.map(Known::Number);
    /// Amount under enforcement.
    EnforcedAmount = "enforced_amount", Kind::Number, Some(Source::Judicial),
        |c| c.features.enforced_amount.map(Known::Number);
    /// On the list of dishonest judgment debtors.
    Dishonest = "dishonest", Kind::Flag, Some(Source::Judicial), |c| c.features.dishonest.map(Known::Flag);
    /// Owed to lenders.
    LoansOutstanding = "loans_outstanding", Kind::Number, Some(Source::CreditBureau),
        |c| c.features.loans_outstanding.map(Known::Number);
    /// Times overdue in 24 months.
    Overdue24m = "overdue_24m", Kind::Number, Some(Source::CreditBureau), |c| c.features.overdue_24m.map(Known::Number);
    /// Longest time overdue, in days.
    MaxDaysOverdue = "max_days_overdue", Kind::Number, Some(Source::CreditBureau),
        |c| c.features.max_days_overdue.map(Known::Number);
    /// Lenders' inquiries in six months.
    Inquiries6m = "inquiries_6m", Kind::Number, Some(Source::CreditBureau),
        |c| c.features.inquiries_6m.map(Known::Number);
    /// Debt to other lenders to turnover.
    DebtToTurnoverPpm = "debt_to_turnover_ppm", Kind::Number, Some(Source::CreditBureau),
        |c| c.features.debt_to_turnover_ppm().map(Known::Number);
    /// Taxable sales of twelve months.
    TaxableSales12m = "taxable_sales_12m", Kind::Number, Some(Source::Tax),
        |c| c.features.taxable_sales_12m.map(Known::Number);
    /// Tax paid in twelve months.
    TaxPaid12m = "tax_paid_12m", Kind::Number, Some(Source::Tax), |c| c.features.tax_paid_12m.map(Known::Number);
    /// Tax due and not paid.
    TaxArrears = "tax_arrears", Kind::Number, Some(Source::Tax), |c| c.features.tax_arrears.map(Known::Number);
    /// The taxpayer's credit rating.
    TaxRating = "tax_rating", Kind::Name(RATINGS), Some(Source::Tax),
        |c| c.features.tax_rating.map(|rating| Known::Text(rating.as_str()));
    /// Months filed of the last twelve.
    MonthsFiled12 = "months_filed_12", Kind::Number, Some(Source::TaxReceipts),
        |c| c.features.months_filed_12.map(Known::Number);
    /// Sum of the tax receipts of twelve months.
    Receipts12m = "receipts_12m", Kind::Number, Some(Source::TaxReceipts),
        |c| c.features.receipts_12m.map(Known::Number);
    /// Late filings.
    LateFilings = "late_filings", Kind::Number, Some(Source::TaxReceipts),
        |c| c.features.late_filings.map(Known::Number);
    /// Receipts held to tax said to be paid.
    ReceiptsToTaxPpm = "receipts_to_tax_ppm", Kind::Number, Some(Source::TaxReceipts),
        |c| c.features.receipts_to_tax_ppm().map(Known::Number);
    /// Invoiced in twelve months.
    Issued12m = "issued_12m", Kind::Number, Some(Source::Invoices), |c| c.features.issued_12m.map(Known::Number);
    /// Invoiced in the twelve months before.
    IssuedPrev12m = "issued_prev_12m", Kind::Number, Some(Source::Invoices),
        |c| c.features.issued_prev_12m.map(Known::Number);
    /// This year's invoices to last year's.
    InvoiceGrowthPpm = "invoice_growth_ppm", Kind::Number, Some(Source::Invoices),
        |c| c.features.invoice_growth_ppm().map(Known::Number);
    /// Declared sales to invoiced sales.
    SalesToInvoicesPpm = "sales_to_invoices_ppm", Kind::Number, Some(Source::Invoices),
        |c| c.features.sales_to_invoices_ppm().map(Known::Number);
    /// Different buyers.
    Buyers = "buyers", Kind::Number, Some(Source::Invoices), |c| c.features.buyers.map(Known::Number);
    /// The largest buyer's share.
    TopBuyerSharePpm = "top_buyer_share_ppm", Kind::Number, Some(Source::Invoices),
        |c| c.features.top_buyer_share_ppm.map(Known::Number);
    /// Share of red-letter (cancelling) invoices.
    RedLetterSharePpm = "red_letter_share_ppm", Kind::Number, Some(Source::Invoices),
        |c| c.features.red_letter_share_ppm.map(Known::Number);
}
