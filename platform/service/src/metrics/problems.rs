//! What was refused or failed, by kind of business and problem code, so that a rule tells a caller's
//! mistake, a closed intake and a failure of ours apart. Every child is made at start.

use base::problem::Code;
use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

use crate::route::Class;

/// The family.
pub struct ProblemMeters(IntCounterVec);

/// One kind's children, in the order of [`Code::ALL`].
pub(super) struct KindProblems(Vec<IntCounter>);

impl ProblemMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let family = IntCounterVec::new(
            Opts::new(
                "financing_http_problems_total",
                "Answers with a problem, by kind of business and the problem's code.",
            ),
            &["kind", "code"],
        )?;
        registry.register(Box::new(family.clone()))?;
        Ok(Self(family))
    }

    /// The children of one class of routes.
    pub(super) fn of(&self, class: Class) -> KindProblems {
        let child = |code: &Code| self.0.with_label_values(&[class.as_str(), code.as_str()]);
        KindProblems(Code::ALL.iter().map(child).collect())
    }
}

impl KindProblems {
    /// Counts one.
    pub(super) fn count(&self, code: Code) {
        let at = Code::ALL.iter().position(|one| *one == code);
        if let Some(counter) = at.and_then(|at| self.0.get(at)) {
            counter.inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_counted_under_its_own_name() {
        let meters = ProblemMeters::new(&Registry::new()).unwrap();
        let read = meters.of(Class::Read);
        for (times, code) in (1..).zip(Code::ALL) {
            for _ in 0..times {
                read.count(*code);
            }
        }
        for (times, code) in (1..).zip(Code::ALL) {
            assert_eq!(meters.0.with_label_values(&["read", code.as_str()]).get(), times);
        }
        let new = meters.of(Class::Intake(gate::Act::Draw));
        new.count(Code::IntakeClosed);
        assert_eq!(meters.0.with_label_values(&["intake", "intake-closed"]).get(), 1);
    }
}
