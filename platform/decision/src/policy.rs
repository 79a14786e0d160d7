//! Rules and scorecard together: from features to a decision.

use std::collections::BTreeSet;

use domain::money::Money;
use domain::product::Product;
use domain::rate::Rate;

use crate::decision::{Decision, Outcome};
use crate::features::Features;
use crate::fields::Case;
use crate::limit::{self, Offer};
use crate::reasons::Reason;
use crate::rules::{Band, Objects, Rules};
use crate::scorecard::Scorecard;

pub use crate::rules::PolicyError;

const RULES: &str = include_str!("../data/rules.json");
const SCORECARD: &str = include_str!("../data/scorecard.json");

/// Checked rules and scorecard.
#[derive(Debug, Clone)]
pub struct Policy {
    rules: Rules,
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
        Ok(Self {
            rules: Rules::parse(rules)?,
            scorecard: Scorecard::parse(scorecard)?,
        })
    }

    /// Version of the rules.
    #[must_use]
    pub fn rules_version(&self) -> &str {
        &self.rules.version
    }

    /// Version of the scorecard.
    #[must_use]
    pub fn model_version(&self) -> &str {
        &self.scorecard.version
    }

    /// What officers may agree on where the rules made no offer; `None` for a
    /// product without terms, which checked rules don't have.
    #[must_use]
    pub fn bounds(&self, product: Product) -> Option<Bounds> {
        let nothing = Features::unknown(jiff::civil::Date::ZERO);
        let case = Case {
            features: &nothing,
            product,
            asked: Money::ZERO,
            term_months: 1,
            score: None,
        };
        let terms = self.rules.terms(&case)?;
        Some(Bounds {
            minimum: terms.minimum,
            cap: terms.cap,
            highest_rate: limit::highest_rate(),
        })
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
        let mut against = Against {
            reviews: self.gaps(&case),
            ..Against::default()
        };
        self.admit(&case, &mut against);
        let offer = self.price(&case, &mut against);
        // Named gaps explain it already.
        if against.undetermined && against.reviews.is_empty() {
            against.reviews.push(Reason::RuleUndetermined);
        }
        let (outcome, reasons) = match &offer {
            _ if !against.declines.is_empty() => {
                (Outcome::Decline, [against.declines, against.reviews].concat())
            }
            Some((band, offer)) if against.reviews.is_empty() => (Outcome::Approve, vec![*band, offer.why]),
            _ => (Outcome::Review, against.reviews),
        };
        let offer = offer
            .filter(|_| outcome == Outcome::Approve)
            .map(|(_, offer)| offer);
        let mut seen = BTreeSet::new();
        Decision {
            outcome,
            score: case.score,
            limit: offer.as_ref().map_or(Money::ZERO, |offer| offer.limit),
            rate: offer.as_ref().map_or(Rate::ZERO, |offer| offer.rate),
            reasons: reasons
                .into_iter()
                .filter(|reason| seen.insert(*reason))
                .collect(),
            rules_version: self.rules.version.clone(),
            model_version: self.scorecard.version.clone(),
        }
    }

    /// What the admission rules and the product's terms object to.
    fn admit(&self, case: &Case<'_>, against: &mut Against) {
        let admission = self.rules.admission.judge(case);
        for objection in admission.hits {
            match objection.outcome {
                Objects::Decline => against.declines.push(objection.reason),
                Objects::Review => against.reviews.push(objection.reason),
            }
        }
        against.undetermined |= admission.undetermined || case.score.is_none();
        if let Some(terms) = self.rules.terms(case) {
            if case.asked < terms.minimum {
                against.declines.push(Reason::AmountBelowMinimum);
            }
            if !(1..=terms.max_term_months).contains(&case.term_months) {
                against.declines.push(Reason::TermOutOfRange);
            }
        }
    }

    /// What the score is worth: the reason of its band, and an offer.
    fn price(&self, case: &Case<'_>, against: &mut Against) -> Option<(Reason, Offer)> {
        let band = self.rules.pricing.judge(case).hits.first().copied();
        let priced = match (band, self.rules.terms(case)) {
            (Some(Band::Decline { reason }), _) => {
                against.declines.push(*reason);
                return None;
            }
            (Some(Band::Review { reason }), _) => {
                against.reviews.push(*reason);
                return None;
            }
            (
                Some(Band::Approve {
                    rate_ppm,
                    turnover_share_ppm,
                    reason,
                }),
                Some(terms),
            ) => {
                let offer = limit::offer(case, terms, *rate_ppm, *turnover_share_ppm);
                offer.map(|offer| (*reason, terms.minimum, offer))
            }
            (_, None) | (None, _) => None,
        };
        let Some((band, minimum, offer)) = priced else {
            against.undetermined = true;
            return None;
        };
        // Asking for too little is an objection of its own.
        if offer.limit < minimum && offer.why != Reason::LimitAsked {
            against.declines.push(Reason::LimitBelowMinimum);
        }
        Some((band, offer))
    }

    /// A review reason for each source that did not say what is mandatory, and for impossible data.
    fn gaps(&self, case: &Case<'_>) -> Vec<Reason> {
        let unknown = self
            .rules
            .mandatory
            .iter()
            .filter(|field| field.of(case).is_none());
        let mut reasons: Vec<Reason> = unknown
            .filter_map(|field| field.source())
            .map(Reason::missing)
            .collect();
        if !case.features.invalid.is_empty() {
            reasons.push(Reason::DataInvalid);
        }
        reasons
    }
}

/// What a product lends at the least and at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub minimum: Money,
    /// The most.
    pub cap: Money,
    /// The highest yearly rate that even with the penalty for lateness is what a lender may claim.
    pub highest_rate: Rate,
}

/// What speaks against an application, as far as it is judged.
#[derive(Default)]
struct Against {
    declines: Vec<Reason>,
    reviews: Vec<Reason>,
    /// Whether some rule could not be judged.
    undetermined: bool,
}
