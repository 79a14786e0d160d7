//! Whether a proposal is approved: a pure function of what was said and when.

use std::collections::BTreeSet;

use crate::hands::{Approvals, Proposal};

/// How a proposal stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// By these.
    Approved(Vec<String>),
    /// So many are still needed.
    Waits(u32),
    /// Somebody said no, or nobody said enough in time.
    Denied(String),
}

/// Judges. A word counts if it was said about this digest, by somebody else than who began the run, and in time; one no
/// is enough, and so is silence at the end of the time.
#[must_use]
pub fn judge(proposal: &Proposal, said: &Approvals, now: i64) -> Standing {
    let lasts = i64::try_from(proposal.timeout.as_micros()).unwrap_or(i64::MAX);
    let ends = said.opened_at.saturating_add(lasts);
    let counts = said.verdicts.iter().filter(|verdict| {
        verdict.digest == proposal.digest && verdict.by != proposal.by && verdict.at < ends
    });
    let mut yes = BTreeSet::new();
    for verdict in counts {
        if !verdict.approves {
            return Standing::Denied(format!("{} said no", verdict.by));
        }
        yes.insert(verdict.by.clone());
    }
    let have = u32::try_from(yes.len()).unwrap_or(u32::MAX);
    if have >= proposal.people {
        return Standing::Approved(yes.into_iter().collect());
    }
    if now >= ends {
        return Standing::Denied("nobody, or too few, said yes in time".to_owned());
    }
    Standing::Waits(proposal.people.saturating_sub(have))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::hands::Verdict;

    fn stands(verdicts: &[(&str, bool, &str, i64)], now: i64) -> Standing {
        let proposal = Proposal {
            run: "r".to_owned(),
            step: "s".to_owned(),
            runbook: "b".to_owned(),
            by: "ann".to_owned(),
            text: String::new(),
            digest: "d".to_owned(),
            people: 2,
            timeout: Duration::from_micros(100),
        };
        let verdicts = verdicts.iter().map(|(by, approves, digest, at)| Verdict {
            by: (*by).to_owned(),
            approves: *approves,
            digest: (*digest).to_owned(),
            at: *at,
        });
        let said = Approvals {
            opened_at: 1000,
            verdicts: verdicts.collect(),
        };
        judge(&proposal, &said, now)
    }

    #[test]
    fn two_different_people_besides_the_one_who_began_it() {
        let approved = Standing::Approved(vec!["bob".to_owned(), "eve".to_owned()]);
        assert_eq!(
            stands(&[("bob", true, "d", 1001), ("eve", true, "d", 1002)], 1003),
            approved
        );
        assert_eq!(
            stands(&[("bob", true, "d", 1001), ("bob", true, "d", 1002)], 1003),
            Standing::Waits(1)
        );
        assert_eq!(
            stands(&[("ann", true, "d", 1001), ("bob", true, "d", 1002)], 1003),
            Standing::Waits(1)
        );
        assert_eq!(stands(&[], 1000), Standing::Waits(2));
        // What was given in time still counts when it is looked at late.
        assert_eq!(
            stands(&[("bob", true, "d", 1001), ("eve", true, "d", 1099)], 9999),
            approved
        );
    }

    #[test]
    fn a_no_is_enough_and_silence_is_one() {
        let denied = |standing| matches!(standing, Standing::Denied(_));
        assert!(denied(stands(
            &[("bob", true, "d", 1001), ("eve", false, "d", 1002)],
            1003
        )));
        assert!(denied(stands(&[("bob", true, "d", 1001)], 1100)));
        assert!(denied(stands(
            &[("bob", true, "d", 1001), ("eve", true, "d", 1100)],
            1101
        )));
    }

    #[test]
    fn a_word_about_another_digest_is_none() {
        assert_eq!(
            stands(&[("bob", true, "x", 1001), ("eve", true, "d", 1002)], 1003),
            Standing::Waits(1)
        );
        assert_eq!(stands(&[("bob", false, "x", 1001)], 1003), Standing::Waits(2));
    }
}
