//! An act under a key: carried out once, answered again.

use base::problem::Code;
use db::{DbError, Tx};
use evidence::{CONTROL, Leaf, leave};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Refusal;
use crate::drills::Call;

/// What is asked: which act, and the request by which it is known again.
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call,
    pub(super) act: &'static str,
    pub(super) request: String,
}

impl<'a> Asked<'a> {
    /// # Errors
    /// Never for bodies of strings and integers.
    pub(super) fn new<B: Serialize>(
        call: &'a Call,
        act: &'static str,
        id: &str,
        body: &B,
    ) -> Result<Self, DbError> {
        let text = serde_json::to_vec(body).map_err(|error| DbError::Other(format!("no JSON: {error}")))?;
        let mut digest = Sha256::new();
        digest.update(id);
        digest.update([0]);
        digest.update(text);
        let request = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Self { call, act, request })
    }

    /// The answer of the same request before this one.
    ///
    /// # Errors
    /// `idempotency-key-reused` for another request under the same key; the database's refusal.
    pub(super) async fn known<A: DeserializeOwned>(&self, tx: &mut Tx) -> Result<Option<A>, Refusal> {
        let by = &*self.call.principal.name;
        let sql = "SELECT act, request, answer FROM watch_acts WHERE by_whom = $1 AND key = $2";
        let Some(row) = tx.one(sql, &[by.into(), self.call.key.as_str().into()]).await? else {
            return Ok(None);
        };
        if row.text(0)? != self.act || row.text(1)? != self.request {
            return Err(Refusal::plain(Code::IdempotencyKeyReused));
        }
        let answer = serde_json::from_str(row.text(2)?);
        let answer =
            answer.map_err(|error| DbError::Other(format!("an act's row holds no answer: {error}")))?;
        Ok(Some(answer))
    }

    /// Keeps the answer, and leaves the act's leaf.
    ///
    /// # Errors
    /// The database's refusal; then nothing was done.
    pub(super) async fn done<A: Serialize>(
        &self,
        tx: &mut Tx,
        subject: &str,
        answer: &A,
        body: Value,
    ) -> Result<(), Refusal> {
        let by = &*self.call.principal.name;
        let answer =
            serde_json::to_string(answer).map_err(|error| DbError::Other(format!("no JSON: {error}")))?;
        let sql = "INSERT INTO watch_acts (by_whom, key, act, subject, request, answer, at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = [
            by.into(),
            self.call.key.as_str().into(),
            self.act.into(),
            subject.into(),
            self.request.as_str().into(),
            answer.as_str().into(),
            self.call.now.into(),
        ];
        tx.exec(sql, &values).await?;
        let leaf = Leaf {
            origin: CONTROL,
            act: self.act,
            actor: by,
            subject,
            at: self.call.now,
            body,
        };
        leave(tx, leaf).await?;
        Ok(())
    }
}
