//! What use cases decide and show, counted as they answer; a stored answer that is given again counts no more.

use auth::Role;
use lending::Answer;
use prometheus::{IntCounterVec, Opts, Registry};
use serde::Deserialize;

/// The families.
pub struct BusinessMeters {
    decisions: IntCounterVec,
    revealed: IntCounterVec,
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Rules and model, at pre-approval.
    Rules,
    /// Two officers, or one who rejects.
    Officers,
}

impl By {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Officers => "officers",
        }
    }
}

/// Every outcome that there is: who, the application's state afterwards, and its name here.
const OUTCOMES: &[(By, &str, &str)] = &[
    (By::Rules, "pre_approved", "approved"),
    (By::Rules, "in_review", "referred"),
    (By::Rules, "declined", "declined"),
    (By::Officers, "approved", "approved"),
    (By::Officers, "rejected", "rejected"),
];

/// The part of an application's answer that tells what was decided.
#[derive(Deserialize)]
struct Decided<'a> {
    state: &'a str,
}

impl BusinessMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let decisions = IntCounterVec::new(
            Opts::new(
                "financing_decisions_total",
                "Applications decided by this process: by rules (approved, referred, declined) or officers.",
            ),
            &["by", "outcome"],
        )?;
        let revealed = IntCounterVec::new(
            Opts::new(
                "financing_revealed_values_total",
                "Values of customer data shown in the clear, by role and purpose.",
            ),
            &["role", "purpose"],
        )?;
        registry.register(Box::new(decisions.clone()))?;
        registry.register(Box::new(revealed.clone()))?;
        for (by, _, outcome) in OUTCOMES {
            decisions.with_label_values(&[by.as_str(), *outcome]).reset();
        }
        for (role, purpose) in lending::purposes() {
            revealed.with_label_values(&[role.as_str(), purpose]).reset();
        }
        Ok(Self { decisions, revealed })
    }

    /// Counts what an answer decided, if it is the first and decided anything: the first
    /// of two approvals does not.
    pub fn decided(&self, by: By, answer: &Answer) {
        if answer.replayed {
            return;
        }
        let state = serde_json::from_str::<Decided<'_>>(&answer.json).map(|decided| decided.state);
        let outcome = OUTCOMES
            .iter()
            .find(|(who, after, _)| *who == by && state.as_ref().is_ok_and(|state| state == after));
        if let Some((_, _, outcome)) = outcome {
            self.decisions.with_label_values(&[by.as_str(), *outcome]).inc();
        }
    }

    /// Counts values that somebody was shown for a purpose, which the use case knows by now.
    pub fn revealed(&self, role: Role, purpose: &str, values: usize) {
        let known = lending::purposes().find(|(of, name)| *of == role && *name == purpose);
        if let Some((role, purpose)) = known {
            let values = u64::try_from(values).unwrap_or(u64::MAX);
            self.revealed
                .with_label_values(&[role.as_str(), purpose])
                .inc_by(values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: &str, replayed: bool) -> Answer {
        Answer {
            status: 200,
            json: format!(r#"{{"id":"app_1","state":"{state}","offer":null}}"#),
            replayed,
        }
    }

    #[test]
    fn a_decision_is_counted_once_and_an_unfinished_one_not_at_all() {
        let meters = BusinessMeters::new(&Registry::new()).unwrap();
        meters.decided(By::Rules, &answer("in_review", false));
        meters.decided(By::Rules, &answer("in_review", true));
        meters.decided(By::Officers, &answer("diligence", false));
        meters.decided(By::Officers, &answer("approved", false));
        let count = |labels: &[&str]| meters.decisions.with_label_values(labels).get();
        assert_eq!(count(&["rules", "referred"]), 1);
        assert_eq!(count(&["rules", "approved"]), 0);
        assert_eq!(count(&["officers", "approved"]), 1);
    }

    #[test]
    fn no_label_is_made_of_what_a_caller_wrote() {
        let registry = Registry::new();
        let meters = BusinessMeters::new(&registry).unwrap();
        meters.revealed(Role::Officer, "diligence", 3);
        meters.revealed(Role::Officer, "13800000042", 3);
        let families = registry.gather();
        let shown = families
            .iter()
            .find(|family| family.name() == "financing_revealed_values_total")
            .unwrap();
        assert_eq!(shown.get_metric().len(), lending::purposes().count());
        let count = meters.revealed.with_label_values(&["officer", "diligence"]).get();
        assert_eq!(count, 3);
    }
}
