//! Reads the sources' answers, field by field, within bounds.
//!
//! What is absent stays unknown; what is present but impossible is remembered
//! as invalid, by name and never by value. Further fields are ignored: a source
//! may add some.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use domain::product::{Region, Source};
use jiff::civil::Date;
use serde_json::Value;

use crate::features::{Features, TaxRating};

/// Ten trillion yuan in fen: beyond any small enterprise, and below 2^53, up to
/// which every JSON reader keeps integers exact.
const MONEY: RangeInclusive<i64> = 0..=1_000_000_000_000_000;
/// No enterprise has more of anything that is counted.
const COUNT: RangeInclusive<i64> = 0..=1_000_000;
/// A share of a whole.
const SHARE: RangeInclusive<i64> = 0..=1_000_000;
/// Filings of twelve months.
const MONTHS: RangeInclusive<i64> = 0..=12;
/// A hundred years in days.
const DAYS: RangeInclusive<i64> = 0..=36_500;
/// GB/T 4754 codes have one letter and up to four digits.
const INDUSTRY_LENGTH: RangeInclusive<usize> = 1..=5;

/// Reads one source's answer.
struct Reader<'a> {
    source: Source,
    answer: Option<&'a Value>,
    invalid: &'a mut BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// The field, or `None` where it is absent or null.
    fn raw(&mut self, field: &str) -> Option<&'a Value> {
        self.answer?.get(field).filter(|value| !value.is_null())
    }

    /// The field as `parse` understands it; what it refuses is invalid.
    fn read<T>(&mut self, field: &str, parse: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.raw(field)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.invalid.insert(format!("{}.{field}", self.source));
        }
        parsed
    }

    fn integer(&mut self, field: &str, bounds: RangeInclusive<i64>) -> Option<i64> {
        self.read(field, |value| {
            value.as_i64().filter(|number| bounds.contains(number))
        })
    }

    fn flag(&mut self, field: &str) -> Option<bool> {
        self.read(field, Value::as_bool)
    }

    fn text<T>(&mut self, field: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.read(field, |value| value.as_str().and_then(parse))
    }
}

/// Builds the features of a decision made on the day `as_of`.
pub(crate) fn read(answers: &BTreeMap<Source, Value>, as_of: Date) -> Features {
    let mut features = Features::unknown(as_of);
    let mut invalid = BTreeSet::new();
    for source in Source::ALL {
        let answer = answers.get(source).filter(|value| !value.is_null());
        if answer.is_some_and(|value| !value.is_object()) {
            invalid.insert(source.as_str().to_owned());
        }
        let mut reader = Reader {
            source: *source,
            answer,
            invalid: &mut invalid,
        };
        features.simulated |= reader.flag("simulated").unwrap_or(false);
        fill(&mut features, &mut reader);
    }
    features.invalid = invalid;
    features
}

fn fill(features: &mut Features, reader: &mut Reader<'_>) {
    match reader.source {
        Source::Registration => registration(features, reader),
        Source::Judicial => {
            features.open_cases = reader.integer("open_cases", COUNT);
            features.enforced_amount = reader.integer("enforced_amount", MONEY);
            features.dishonest = reader.flag("dishonest");
        }
        Source::CreditBureau => {
            features.loans_outstanding = reader.integer("loans_outstanding", MONEY);
            features.overdue_24m = reader.integer("overdue_24m", COUNT);
            features.max_days_overdue = reader.integer("max_days_overdue", DAYS);
            features.inquiries_6m = reader.integer("inquiries_6m", COUNT);
        }
        Source::Tax => {
            features.taxable_sales_12m = reader.integer("taxable_sales_12m", MONEY);
            features.tax_paid_12m = reader.integer("tax_paid_12m", MONEY);
            features.tax_arrears = reader.integer("arrears", MONEY);
            features.tax_rating = reader.text("rating", |text| text.parse::<TaxRating>().ok());
        }
        Source::TaxReceipts => {
            features.months_filed_12 = reader.integer("months_filed_12", MONTHS);
            features.receipts_12m = reader.integer("receipts_12m", MONEY);
            features.late_filings = reader.integer("late_filings", COUNT);
        }
        Source::Invoices => {
            features.issued_12m = reader.integer("issued_12m", MONEY);
            features.issued_prev_12m = reader.integer("issued_prev_12m", MONEY);
            features.buyers = reader.integer("buyers", COUNT);
            features.top_buyer_share_ppm = reader.integer("top_buyer_share_ppm", SHARE);
            features.red_letter_share_ppm = reader.integer("red_letter_share_ppm", SHARE);
        }
    }
}

fn registration(features: &mut Features, reader: &mut Reader<'_>) {
    let as_of = features.as_of;
    features.registration_active = reader.text("status", |text| match text {
        "active" => Some(true),
        "cancelled" => Some(false),
        _ => None,
    });
    features.founded = reader.text("founded", |text| {
        text.parse().ok().filter(|founded: &Date| *founded <= as_of)
    });
    features.registered_capital = reader.integer("registered_capital", MONEY);
    features.industry = reader.text("industry", |text| {
        let fits =
            INDUSTRY_LENGTH.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| text.to_owned())
    });
    features.region = reader.text("region", |text| text.parse::<Region>().ok());
}
