//! One answer per `Idempotency-Key`: key, rows and answer commit together.

use base::problem::Code;
use db::Tx;
use domain::lane::Lane;
use store::idempotency::{self, Stored};
use store::{audit, outbox};

use crate::{Answer, Call, Refusal, World};

/// How an order stands that takes more than one transaction.
pub(crate) enum Begun {
    /// It begins now.
    First,
    /// It was begun under the same key, and not answered: it is under way, or its process died.
    Again,
    /// It was answered before.
    Answered(Answer),
}

/// Whether a request under this key was answered, or begun, before. Its answer is
/// given again even when what it asks for would not be let in any more.
///
/// # Errors
/// The database's refusal.
pub async fn is_known<L: Lane>(world: &World<L>, principal: &str, key: &str) -> Result<bool, Refusal> {
    let now = world.clock.now_micros();
    let (principal, key) = (principal.to_owned(), key.to_owned());
    let found = world.db.read(move |tx| {
        Box::pin(async move { Ok::<_, Refusal>(idempotency::find(tx, &principal, &key).await?) })
    });
    Ok(found.await?.is_some_and(|stored| stored.expires_at > now))
}

/// What every write does around its own rows; cheap to build, moved into the transaction.
#[derive(Clone)]
pub(crate) struct Frame {
    call: Call,
    target: String,
    pub(crate) now: i64,
    answers_kept: i64,
    lane: &'static str,
}

impl Frame {
    /// A frame for one call on one target (an id, or nothing for a collection).
    pub(crate) fn new<L: Lane>(world: &World<L>, call: Call, target: &str) -> Self {
        Self {
            call,
            target: target.to_owned(),
            now: world.clock.now_micros(),
            answers_kept: world.answers_kept,
            lane: world.lane.name(),
        }
    }

    /// The digest that goes into the row that the request writes.
    pub(crate) fn digest(&self) -> &str {
        &self.call.digest
    }

    /// Who asks.
    pub(crate) fn principal(&self) -> &str {
        &self.call.principal
    }

    /// Who asks, as approvals take it.
    pub(crate) fn who(&self) -> auth::Principal {
        self.call.who()
    }

    fn route(&self) -> String {
        format!("{} {}", self.call.route, self.target)
    }

    /// The stored answer, if the key was used for this very request.
    pub(crate) async fn replay(&self, tx: &mut Tx) -> Result<Option<Answer>, Refusal> {
        match idempotency::find(tx, &self.call.principal, &self.call.key).await? {
            Some(stored) if stored.expires_at > self.now => self.compare(stored).map(Some),
            _ => Ok(None),
        }
    }

    /// Claims the key of an order that takes more than one transaction, in its first.
    /// Its last one calls [`Frame::conclude`].
    pub(crate) async fn begin(&self, tx: &mut Tx) -> Result<Begun, Refusal> {
        Ok(match self.claim(tx, None).await? {
            None => Begun::First,
            Some(unfinished) if unfinished.status == 0 => Begun::Again,
            Some(answer) => Begun::Answered(answer),
        })
    }

    /// Stores the answer of an order that was begun; gives what another request under
    /// the same key stored meanwhile, if one was faster.
    pub(crate) async fn conclude(&self, tx: &mut Tx, answer: Answer) -> Result<Answer, Refusal> {
        if self.answer(tx, &answer).await? {
            return Ok(answer);
        }
        match idempotency::find(tx, &self.call.principal, &self.call.key).await? {
            Some(stored) => self.compare(stored),
            None => Err(Refusal::internal(&"the claim of an order has vanished")),
        }
    }

    /// Claims the key before anything else is written, so that a second request
    /// with the same key waits for this one's answer. `ready` is the answer where
    /// it is known already. Answers what to replay, if the key was used.
    pub(crate) async fn claim(&self, tx: &mut Tx, ready: Option<&Answer>) -> Result<Option<Answer>, Refusal> {
        let mine = Stored {
            route: self.route(),
            digest: self.call.digest.clone(),
            status: ready.map_or(0, |answer| answer.status),
            answer: ready.map_or_else(String::new, |answer| answer.json.clone()),
            expires_at: self.now.saturating_add(self.answers_kept),
        };
        let (principal, key) = (&self.call.principal, &self.call.key);
        // Twice: an expired key is forgotten, then claimed anew.
        for _ in 0..2 {
            if idempotency::claim(tx, principal, key, &mine, self.now).await? {
                return Ok(None);
            }
            match idempotency::find(tx, principal, key).await? {
                Some(stored) if stored.expires_at > self.now => return self.compare(stored).map(Some),
                _ => idempotency::forget(tx, principal, key).await?,
            }
        }
        Err(Refusal::plain(Code::Overloaded))
    }

    fn compare(&self, stored: Stored) -> Result<Answer, Refusal> {
        if stored.route != self.route() || stored.digest != self.call.digest {
            return Err(Refusal::plain(Code::IdempotencyKeyReused));
        }
        Ok(Answer {
            status: stored.status,
            json: stored.answer,
            replayed: true,
        })
    }

    /// Stores the answer of a claim that was made without one; false if it has one.
    pub(crate) async fn answer(&self, tx: &mut Tx, answer: &Answer) -> Result<bool, Refusal> {
        let Call { principal, key, .. } = &self.call;
        Ok(idempotency::answer(tx, principal, key, answer.status, &answer.json).await?)
    }

    /// The audit line: who did what to which row.
    pub(crate) async fn audit(&self, tx: &mut Tx, act: &str, reference: &str) -> Result<(), Refusal> {
        let line = audit::Line {
            at: self.now,
            principal: &self.call.principal,
            role: self.call.role.as_str(),
            act,
            reference,
        };
        audit::insert(tx, &line).await?;
        Ok(())
    }

    /// The evidence leaf of an operator's or officer's act; `body` without customer data.
    pub(crate) async fn leave(
        &self,
        tx: &mut Tx,
        act: &str,
        subject: &str,
        body: serde_json::Value,
    ) -> Result<(), Refusal> {
        let leaf = evidence::Leaf {
            origin: evidence::FINANCING,
            act,
            actor: &self.call.principal,
            subject,
            at: self.now,
            body,
        };
        evidence::leave(tx, leaf).await?;
        Ok(())
    }

    /// Promises an effect in the call's lane.
    pub(crate) async fn promise(
        &self,
        tx: &mut Tx,
        id: &str,
        kind: &str,
        reference: &str,
    ) -> Result<(), Refusal> {
        outbox::insert(tx, id, self.lane, kind, reference, self.now).await?;
        Ok(())
    }
}
