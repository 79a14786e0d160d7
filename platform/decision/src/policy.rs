//! Rules and scorecard together: from features to a decision.

use domain::money::{Money, Rounding};
use domain::penalty;
use domain::product::{Product, Source};
use domain::rate::{PPM, Rate};
use serde::Deserialize;
use thiserror::Error;

use crate::decision::{Decision, Outcome};
use crate::features::Features;
use crate::fields::{Case, Field, UnknownField};
use crate::reasons::Reason;
use crate::scorecard::{Scorecard, ScorecardError};
use crate::table::{Hit, RawTable, Table, TableError};

const RULES: &str = include_str!("../data/rules.json");
const SCORECARD: &str = include_str!("../data/scorecard.json");

/// Offers derived from turnover are in whole thousands of yuan (in fen).
const LIMIT_STEP: i64 = 100_000;

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
struct Terms {
    /// The least that it lends, in fen.
    minimum: Money,
    /// The most that it lends, in fen.
    cap: Money,
    /// The longest term.
    max_term_months: u32,
    /// Added to the band's rate, in parts per million; below zero it is taken off.
    add_ppm: i64,
}

/// What an admission rule says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Objection {
    outcome: Against,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Against {
    Review,
    Decline,
}

/// What a band of the score gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", deny_unknown_fields)]
enum Band {
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

/// Checked rules and scorecard.
#[derive(Debug, Clone)]
pub struct Policy {
    version: String,
    mandatory: Vec<Field>,
    products: Table<Terms>,
    admission: Table<Objection>,
    pricing: Table<Band>,
    scorecard: Scorecard,
}

impl Policy {
    /// The rules and the scorecard that this version ships.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the data is part of the program, and a test loads it"
    )]
    pub fn shipped() -> Self {
        Self::from_json(RULES, SCORECARD).expect("shipped rules are valid")
    }

    /// Reads and checks rules and scorecard.
    ///
    /// # Errors
    /// Anything that does not fit, with the number of the row.
    pub fn from_json(rules: &str, scorecard: &str) -> Result<Self, PolicyError> {
        let raw: RawRules = serde_json::from_str(rules)?;
        let policy = Self {
            version: raw.version,
            mandatory: raw
                .mandatory
                .iter()
                .map(|name| name.parse())
                .collect::<Result<_, _>>()?,
            products: Table::parse("products", Hit::First, raw.products)?,
            admission: Table::parse("admission", Hit::Collect, raw.admission)?,
            pricing: Table::parse("pricing", Hit::First, raw.pricing)?,
            scorecard: Scorecard::parse(scorecard)?,
        };
        policy.check()?;
        Ok(policy)
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

    /// Version of the rules.
    #[must_use]
    pub fn rules_version(&self) -> &str {
        &self.version
    }

    /// Version of the scorecard.
    #[must_use]
    pub fn model_version(&self) -> &str {
        &self.scorecard.version
    }

    /// Decides on an application; `term` is in months.
    ///
    /// A rule that holds declines even where other data is missing; without one,
    /// missing or impossible data, or a rule that cannot be judged, means review.
    #[must_use]
    pub fn decide(&self, features: &Features, product: Product, asked: Money, term: u32) -> Decision {
        let mut case = Case {
            features,
            product,
            asked,
            term_months: term,
            score: None,
        };
        case.score = self.scorecard.score(&case);
        let mut declines = Vec::new();
        let mut reviews = self.gaps(&case);

        let admission = self.admission.judge(&case);
        for objection in admission.hits {
            match objection.outcome {
                Against::Decline => declines.push(objection.reason),
                Against::Review => reviews.push(objection.reason),
            }
        }
        let mut undetermined = admission.undetermined || case.score.is_none();
        let terms = self.terms(&case);
        if let Some(terms) = terms {
            if asked < terms.minimum {
                declines.push(Reason::AmountBelowMinimum);
            }
            if !(1..=terms.max_term_months).contains(&term) {
                declines.push(Reason::TermOutOfRange);
            }
        }
        let pricing = self.pricing.judge(&case);
        let band = pricing.hits.first().copied();
        match band {
            Some(Band::Decline { reason }) => declines.push(*reason),
            Some(Band::Review { reason }) => reviews.push(*reason),
            Some(Band::Approve { .. }) => {}
            None => undetermined = true,
        }
        let offer = match (terms, band) {
            (
                Some(terms),
                Some(Band::Approve {
                    rate_ppm,
                    turnover_share_ppm,
                    reason,
                }),
            ) => offer(&case, terms, *rate_ppm, *turnover_share_ppm).map(|offer| (offer, *reason)),
            _ => None,
        };
        // Named gaps explain it already.
        if undetermined && reviews.is_empty() {
            reviews.push(Reason::RuleUndetermined);
        }
        match offer {
            _ if !declines.is_empty() => {
                declines.extend(reviews);
                self.decision(Outcome::Decline, case.score, declines)
            }
            _ if !reviews.is_empty() => self.decision(Outcome::Review, case.score, reviews),
            None => self.decision(Outcome::Review, case.score, vec![Reason::RuleUndetermined]),
            Some((Offer { limit: None, .. }, _)) => {
                self.decision(Outcome::Decline, case.score, vec![Reason::LimitBelowMinimum])
            }
            Some((
                Offer {
                    limit: Some(limit),
                    rate,
                    why,
                },
                band,
            )) => Decision {
                limit,
                rate,
                ..self.decision(Outcome::Approve, case.score, vec![band, why])
            },
        }
    }

    /// A review reason for each source that did not say what is mandatory, and for impossible data.
    fn gaps(&self, case: &Case<'_>) -> Vec<Reason> {
        let unknown = self.mandatory.iter().filter(|field| field.of(case).is_none());
        let mut reasons: Vec<Reason> = unknown
            .filter_map(|field| field.source())
            .map(Reason::missing)
            .collect();
        if !case.features.invalid.is_empty() {
            reasons.push(Reason::DataInvalid);
        }
        reasons
    }

    fn terms(&self, case: &Case<'_>) -> Option<&Terms> {
        self.products.judge(case).hits.first().copied()
    }

    fn decision(&self, outcome: Outcome, score: Option<i64>, mut reasons: Vec<Reason>) -> Decision {
        let mut seen = std::collections::BTreeSet::new();
        reasons.retain(|reason| seen.insert(*reason));
        Decision {
            outcome,
            score,
            limit: Money::ZERO,
            rate: Rate::ZERO,
            reasons,
            rules_version: self.version.clone(),
            model_version: self.scorecard.version.clone(),
        }
    }
}

/// What could be lent: no limit where it is below the product's minimum.
struct Offer {
    limit: Option<Money>,
    rate: Rate,
    why: Reason,
}

/// The least of what was asked, the product's cap and the share of the turnover
/// that can be shown; `None` where the turnover is unknown.
fn offer(case: &Case<'_>, terms: &Terms, rate_ppm: i64, share_ppm: i64) -> Option<Offer> {
    let turnover = Money::fen(case.features.turnover()?);
    let share = turnover.mul_ratio(share_ppm, PPM, Rounding::Down)?;
    let share = share
        .mul_ratio(1, LIMIT_STEP, Rounding::Down)?
        .mul_ratio(LIMIT_STEP, 1, Rounding::Down)?;
    let candidates = [
        (case.asked, Reason::LimitAsked),
        (terms.cap, Reason::LimitProduct),
        (share, Reason::LimitTurnover),
    ];
    let (limit, why) = candidates.into_iter().min_by_key(|(limit, _)| *limit)?;
    let rate = priced(rate_ppm, terms)?;
    Some(Offer {
        limit: Some(limit).filter(|limit| *limit >= terms.minimum),
        rate,
        why,
    })
}

/// The band's rate on the product's terms, if even with the penalty for lateness
/// it stays within what a lender may claim.
fn priced(rate_ppm: i64, terms: &Terms) -> Option<Rate> {
    let rate = Rate::ppm(rate_ppm.checked_add(terms.add_ppm)?).ok()?;
    let late = i128::from(rate.as_ppm()) * i128::from(penalty::LATE_MULTIPLIER_PPM) / i128::from(PPM);
    (late <= i128::from(Rate::MAX.as_ppm())).then_some(rate)
}
