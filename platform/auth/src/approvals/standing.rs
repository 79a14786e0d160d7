//! How a proposal stands: pure, so that every case can be tried.

use std::collections::BTreeSet;
use std::fmt;

/// What one person proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: String,
    /// The act's name.
    pub act: String,
    /// The parameters in canonical form.
    pub parameters: String,
    /// SHA-256 of act and parameters, in hexadecimal.
    pub digest: String,
    /// Who proposed.
    pub proposer: String,
    /// Whether nobody has disabled the proposer since.
    pub stands: bool,
    /// Persons needed besides.
    pub needed: u8,
    /// When, in microseconds.
    pub proposed_at: i64,
    /// From then on it is denied, in microseconds.
    pub expires_at: i64,
    /// When it was executed, if it was.
    pub executed_at: Option<i64>,
}

/// What one person said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Who.
    pub person: String,
    /// Whose authority: their own, or of the absent whose deputy they are.
    pub seat: String,
    /// Yes or no.
    pub approves: bool,
    /// The digest that was approved.
    pub digest: String,
    /// Whether nobody has disabled the person, or whose authority it is, since.
    pub stands: bool,
}

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// So many more persons are needed.
    Waiting(u8),
    /// Enough have approved; it may be executed.
    Approved,
    /// Somebody said no, or the proposer was disabled.
    Denied,
    /// Nobody finished it in time, which is a no.
    Expired,
    /// It was done, and is not done again.
    Executed,
}

impl Standing {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Executed => "executed",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a proposal stands at a moment.
///
/// A yes counts if it is to this very digest, from a person other than the
/// proposer, not by the proposer's authority, neither person nor authority was
/// counted before, and neither was disabled since. A no stays a no, and what was
/// proposed by somebody who was disabled since is denied.
#[must_use]
pub fn standing(proposal: &Proposal, verdicts: &[Verdict], now: i64) -> Standing {
    if proposal.executed_at.is_some() {
        return Standing::Executed;
    }
    if !proposal.stands || verdicts.iter().any(|verdict| !verdict.approves) {
        return Standing::Denied;
    }
    if now >= proposal.expires_at {
        return Standing::Expired;
    }
    let (mut persons, mut seats) = (BTreeSet::new(), BTreeSet::new());
    let mut count: u8 = 0;
    for verdict in verdicts {
        let (person, seat) = (verdict.person.as_str(), verdict.seat.as_str());
        let others = person != proposal.proposer && seat != proposal.proposer;
        // A person must not be counted for themselves and, by a deputy, once more.
        let fresh = [person, seat]
            .iter()
            .all(|name| !persons.contains(name) && !seats.contains(name));
        if others && fresh && verdict.stands && verdict.digest == proposal.digest {
            persons.insert(person);
            seats.insert(seat);
            count = count.saturating_add(1);
        }
    }
    match proposal.needed.saturating_sub(count) {
        0 if proposal.needed > 0 => Standing::Approved,
        missing => Standing::Waiting(missing.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEOPLE: &[&str] = &["ann", "bob", "cem", "dan"];

    fn proposal(needed: u8, executed: bool) -> Proposal {
        Proposal {
            id: "pro_1".into(),
            act: "account.enable".into(),
            parameters: "{}".into(),
            digest: "right".into(),
            proposer: "ann".into(),
            stands: true,
            needed,
            proposed_at: 0,
            expires_at: 100,
            executed_at: executed.then_some(50),
        }
    }

    fn verdict(person: &str, seat: &str, approves: bool, digest: &str) -> Verdict {
        Verdict {
            person: person.into(),
            seat: seat.into(),
            approves,
            digest: digest.into(),
            stands: true,
        }
    }

    #[test]
    fn the_yes_of_one_who_was_disabled_since_counts_no_more_and_their_no_does() {
        let mut yes = verdict("bob", "bob", true, "right");
        assert_eq!(
            standing(&proposal(1, false), &[yes.clone()], 0),
            Standing::Approved
        );
        yes.stands = false;
        assert_eq!(
            standing(&proposal(1, false), &[yes.clone()], 0),
            Standing::Waiting(1)
        );
        let another = verdict("cem", "cem", true, "right");
        assert_eq!(
            standing(&proposal(1, false), &[yes.clone(), another], 0),
            Standing::Approved
        );
        yes.approves = false;
        assert_eq!(standing(&proposal(1, false), &[yes], 0), Standing::Denied);
        let abandoned = Proposal {
            stands: false,
            ..proposal(1, false)
        };
        let yes = verdict("bob", "bob", true, "right");
        assert_eq!(standing(&abandoned, &[yes], 0), Standing::Denied);
    }

    /// Every verdict there is: person × seat × yes or no × digest.
    fn every_verdict() -> Vec<Verdict> {
        let mut all = Vec::new();
        for person in PEOPLE {
            for seat in PEOPLE {
                for approves in [true, false] {
                    for digest in ["right", "wrong"] {
                        all.push(verdict(person, seat, approves, digest));
                    }
                }
            }
        }
        all
    }

    /// The rule said again, as slowly and plainly as can be: is there a set of
    /// verdicts that no two persons' worth of authority overlap in?
    fn approved_by_hand(needed: u8, verdicts: &[Verdict]) -> bool {
        let good: Vec<&Verdict> = verdicts
            .iter()
            .filter(|v| v.digest == "right" && v.person != "ann" && v.seat != "ann")
            .collect();
        let overlap = |a: &Verdict, b: &Verdict| {
            [&a.person, &a.seat]
                .iter()
                .any(|name| **name == b.person || **name == b.seat)
        };
        match needed {
            1 => !good.is_empty(),
            _ => good
                .iter()
                .enumerate()
                .any(|(at, a)| good[at + 1..].iter().any(|b| !overlap(a, b))),
        }
    }

    #[test]
    fn every_pair_of_verdicts_at_every_moment() {
        let all = every_verdict();
        for needed in [1, 2] {
            for executed in [false, true] {
                for now in [0, 99, 100, 1000] {
                    for a in &all {
                        for b in &all {
                            let pair = [a.clone(), b.clone()];
                            let stands = standing(&proposal(needed, executed), &pair, now);
                            if executed {
                                assert_eq!(stands, Standing::Executed);
                            } else if !a.approves || !b.approves {
                                assert_eq!(stands, Standing::Denied, "{pair:?}");
                            } else if now >= 100 {
                                assert_eq!(stands, Standing::Expired);
                            } else {
                                let wanted = approved_by_hand(needed, &pair);
                                assert_eq!(stands == Standing::Approved, wanted, "{needed} {pair:?}");
                                assert!(wanted || matches!(stands, Standing::Waiting(1..)));
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_act_that_needed_nobody_is_never_approved() {
        assert_eq!(standing(&proposal(0, false), &[], 0), Standing::Waiting(1));
    }

    proptest! {
        #[test]
        fn approval_always_rests_on_that_many_other_persons(
            needed in 1_u8..4,
            picks in prop::collection::vec(0_usize..64, 0..8),
            now in 0_i64..200,
        ) {
            let all = every_verdict();
            let verdicts: Vec<Verdict> = picks.iter().filter_map(|at| all.get(*at).cloned()).collect();
            if standing(&proposal(needed, false), &verdicts, now) == Standing::Approved {
                let persons: BTreeSet<&str> = verdicts
                    .iter()
                    .filter(|v| v.digest == "right" && v.person != "ann" && v.seat != "ann")
                    .map(|v| v.person.as_str())
                    .collect();
                prop_assert!(persons.len() >= usize::from(needed) && now < 100);
                prop_assert!(verdicts.iter().all(|v| v.approves));
            }
        }
    }
}
