//! The rules as data: which fields are mandatory, what each product lends, who is
//! admitted, and what a score is worth. Checked row by row, then across the tables.

use domain::money::Money;
use domain::product::{Product, Source};
use domain::rate::PPM;
use serde::Deserialize;
use thiserror::Error;

use crate::features::Features;
use crate::fields::{Case, Field, UnknownField};
use crate::limit::priced;
use crate::reasons::Reason;
use crate::scorecard::ScorecardError;
use crate::table::{Hit, RawTable, Table, TableError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    version: String,
    mandatory: Vec<String>,
    products: RawTable,
    admission: RawTable,
    pricing: RawTable,
}

/// What a product lends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// The least that it lends, in fen.
    pub(crate) minimum: Money,
    /// The most that it lends, in fen.
    pub(crate) cap: Money,
    /// The longest term.
    pub(crate) max_term_months: u32,
    /// Added to the band's rate, in parts per million; below zero it is taken off.
    pub(crate) add_ppm: i64,
}

/// What an admission rule says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Objection {
    pub(crate) outcome: Objects,
    pub(crate) reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Objects {
    Review,
    Decline,
}

/// What a band of the score gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", deny_unknown_fields)]
pub(crate) enum Band {
    Approve {
        rate_ppm: i64,
        turnover_share_ppm: i64,
        reason: Reason,
    },
    Review {
        reason: Reason,
    },
    Decline {
        reason: Reason,
    },
}

/// Why a policy is refused.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// The rules are not readable.
    #[error("rules are not readable")]
    Format(#[from] serde_json::Error),
    /// A table does not fit.
    #[error("rules are refused")]
    Table(#[from] TableError),
    /// The scorecard does not fit.
    #[error("scorecard is refused")]
    Scorecard(#[from] ScorecardError),
    /// A mandatory field does not exist.
    #[error("mandatory fields are refused")]
    Mandatory(#[from] UnknownField),
    /// A source without a mandatory field: its absence would go unnoticed.
    #[error("no field of source {0} is mandatory")]
    Optional(Source),
    /// A product without terms, or with terms that cannot be.
    #[error("product {0} has no usable terms")]
    Product(Product),
    /// A rate that is no rate, or that lateness would lift above 24 % a year.
    #[error("pricing gives product {product} a rate of {ppm} ppm")]
    Rate {
        /// The product.
        product: Product,
        /// The rate.
        ppm: i64,
    },
    /// A share of turnover outside 0–1.
    #[error("pricing lends a share of {0} ppm of turnover")]
    Share(i64),
}

/// Checked rules.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) version: String,
    pub(crate) mandatory: Vec<Field>,
    products: Table<Terms>,
    pub(crate) admission: Table<Objection>,
    pub(crate) pricing: Table<Band>,
}

impl Rules {
    pub(crate) fn parse(text: &str) -> Result<Self, PolicyError> {
        let raw: RawRules = serde_json::from_str(text)?;
        let rules = Self {
            version: raw.version,
            mandatory: raw
                .mandatory
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_, _>>()?,
            products: Table::parse("products", Hit::First, raw.products)?,
            admission: Table::parse("admission", Hit::Collect, raw.admission)?,
            pricing: Table::parse("pricing", Hit::First, raw.pricing)?,
        };
        rules.check()?;
        Ok(rules)
    }

    /// What holds across the tables.
    fn check(&self) -> Result<(), PolicyError> {
        for source in Source::ALL {
            if !self.mandatory.iter().any(|field| field.source() == Some(*source)) {
                return Err(PolicyError::Optional(*source));
            }
        }
        let nothing = Features::unknown(jiff::civil::Date::ZERO);
        for product in Product::ALL {
            let case = Case {
                features: &nothing,
                product: *product,
                asked: Money::ZERO,
                term_months: 1,
                score: None,
            };
            let terms = self.terms(&case).filter(|terms| {
                terms.minimum.is_positive() && terms.minimum <= terms.cap && terms.max_term_months > 0
            });
            let terms = terms.ok_or(PolicyError::Product(*product))?;
            for band in self.pricing.conclusions() {
                if let Band::Approve {
                    rate_ppm,
                    turnover_share_ppm,
                    ..
                } = band
                {
                    if !(0..=PPM).contains(turnover_share_ppm) {
                        return Err(PolicyError::Share(*turnover_share_ppm));
                    }
                    priced(*rate_ppm, terms).ok_or(PolicyError::Rate {
                        product: *product,
                        ppm: rate_ppm.saturating_add(terms.add_ppm),
                    })?;
                }
            }
        }
        Ok(())
    }

    /// What the product asked for lends.
    pub(crate) fn terms(&self, case: &Case<'_>) -> Option<&Terms> {
        self.products.judge(case).hits.first().copied()
    }
}
