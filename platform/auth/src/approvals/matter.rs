//! What two persons approve in rows of a business's own: the same rule and the same digest, without a proposal.
//!
//! Two officers approve a loan in the middle of its lifecycle, and there are many of them; their verdicts stand
//! with the application. Who may and when they agree is asked here, so that there is one answer.

use db::{DbError, Tx};
use serde_json::{Map, Value};

use super::acts::bind;
use super::error::ApprovalError;
use super::standing::{Proposal, Standing, Verdict, standing};
use crate::accounts;
use crate::principal::{Kind, Principal};

/// A thing to approve, bound to its digest.
#[derive(Debug, Clone)]
pub struct Matter {
    digest: String,
    persons: u8,
}

impl Matter {
    /// The act, everything that is approved with it, and how many persons must, the first included.
    ///
    /// # Errors
    /// [`DbError::Other`] for what has no canonical form.
    pub fn of(act: &str, parameters: &Map<String, Value>, persons: u8) -> Result<Self, DbError> {
        let (_, digest) = bind(act, parameters)?;
        Ok(Self { digest, persons })
    }

    /// SHA-256 of act and parameters, in hexadecimal: what goes into the row of a verdict.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How it stands once this person says yes, too: [`Standing::Waiting`] or [`Standing::Approved`].
    /// Of `given`, only the verdicts of persons whose accounts nobody has disabled since count.
    ///
    /// # Errors
    /// [`ApprovalError::NotAPerson`], [`ApprovalError::SamePerson`],
    /// [`ApprovalError::OtherDigest`] where somebody approved something else.
    pub fn approve(&self, who: &Principal, given: &[Verdict]) -> Result<Standing, ApprovalError> {
        person(who)?;
        if given.iter().any(|verdict| verdict.person == *who.name) {
            return Err(ApprovalError::SamePerson);
        }
        let mine = Verdict {
            person: who.name.to_string(),
            seat: who.name.to_string(),
            approves: true,
            digest: self.digest.clone(),
            stands: true,
        };
        let mut counted: Vec<Verdict> = given.iter().filter(|verdict| verdict.stands).cloned().collect();
        if counted.iter().any(|verdict| verdict.digest != self.digest) {
            return Err(ApprovalError::OtherDigest);
        }
        counted.push(mine);
        let first = counted.remove(0);
        let proposal = Proposal {
            id: String::new(),
            act: String::new(),
            parameters: String::new(),
            digest: self.digest.clone(),
            proposer: first.person,
            stands: true,
            needed: self.persons.saturating_sub(1),
            proposed_at: 0,
            expires_at: i64::MAX,
            executed_at: None,
        };
        Ok(standing(&proposal, &counted, 0))
    }
}

/// A yes from a row of a business's own, and whether it still counts.
///
/// # Errors
/// Any [`DbError`].
pub async fn given(tx: &mut Tx, person: &str, digest: &str) -> Result<Verdict, DbError> {
    Ok(Verdict {
        person: person.to_owned(),
        seat: person.to_owned(),
        approves: true,
        digest: digest.to_owned(),
        stands: !accounts::is_disabled(tx, person).await?,
    })
}

/// Only persons give verdicts.
///
/// # Errors
/// [`ApprovalError::NotAPerson`].
pub fn person(who: &Principal) -> Result<(), ApprovalError> {
    match who.kind {
        Kind::Person => Ok(()),
        Kind::Service => Err(ApprovalError::NotAPerson),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::principal::Role;

    fn matter(limit: &str, persons: u8) -> Matter {
        let parameters = json!({ "application": "app_1", "limit": limit });
        Matter::of("application.approve", parameters.as_object().unwrap(), persons).unwrap()
    }

    fn who(name: &str, kind: Kind) -> Principal {
        Principal {
            name: name.into(),
            role: Role::Officer,
            kind,
        }
    }

    fn yes(name: &str, matter: &Matter, stands: bool) -> Verdict {
        Verdict {
            person: name.to_owned(),
            seat: name.to_owned(),
            approves: true,
            digest: matter.digest().to_owned(),
            stands,
        }
    }

    /// Everybody × what the others said before, for two and for three persons.
    #[test]
    fn as_many_different_persons_as_needed_on_one_digest() {
        for persons in [2, 3] {
            let it = matter("5", persons);
            let bob = who("bob", Kind::Person);
            for others in 0..3_u8 {
                let before: Vec<Verdict> = ["ann", "cem"][..usize::from(others.min(2))]
                    .iter()
                    .map(|name| yes(name, &it, true))
                    .collect();
                let stands = it.approve(&bob, &before).unwrap();
                let enough = before.len() + 1 >= usize::from(persons);
                assert_eq!(
                    stands == Standing::Approved,
                    enough,
                    "{persons} {before:?} {stands:?}"
                );
            }
        }
    }

    #[test]
    fn no_program_nobody_twice_nothing_else_and_nobody_who_was_disabled() {
        let it = matter("5", 2);
        let bob = who("bob", Kind::Person);
        let service = it.approve(&who("bob", Kind::Service), &[yes("ann", &it, true)]);
        assert!(matches!(service, Err(ApprovalError::NotAPerson)));
        let twice = it.approve(&bob, &[yes("bob", &it, true)]);
        assert!(matches!(twice, Err(ApprovalError::SamePerson)));
        let barred_and_back = it.approve(&bob, &[yes("bob", &it, false)]);
        assert!(matches!(barred_and_back, Err(ApprovalError::SamePerson)));
        let other = it.approve(&bob, &[yes("ann", &matter("6", 2), true)]);
        assert!(matches!(other, Err(ApprovalError::OtherDigest)));
        let gone = it.approve(&bob, &[yes("ann", &it, false)]).unwrap();
        assert_eq!(gone, Standing::Waiting(1));
        let of_the_gone = it.approve(&bob, &[yes("ann", &matter("6", 2), false)]).unwrap();
        assert_eq!(of_the_gone, Standing::Waiting(1));
    }
}
