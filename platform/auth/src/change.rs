//! A person replaces their own password.

use std::sync::Arc;

use db::{DbError, Tx};
use serde_json::json;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::access::Candidate;
use crate::access_key::Bound;
use crate::accounts::{PASSWORD, end_sessions};
use crate::password::{self, UnfitPassword};
use crate::sql::locking;
use crate::{Access, SignIn, SignInError, attempts, record};

/// Why a password stayed what it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Whoever asked did not prove who they are.
    #[error(transparent)]
    NotProven(#[from] SignInError),
    /// The new one is none; nothing was looked at.
    #[error(transparent)]
    Unfit(#[from] UnfitPassword),
}

impl From<DbError> for ChangeError {
    fn from(error: DbError) -> Self {
        Self::NotProven(error.into())
    }
}

impl Access {
    /// Replaces the password of whoever proves the one before and a code, as for signing in, and
    /// ends the account's sessions on every instance: what was begun with the old password may be
    /// somebody else's. Answers how many ended.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn change_password(
        self: &Arc<Self>,
        asked: SignIn,
        new: Zeroizing<String>,
    ) -> Result<u64, ChangeError> {
        password::check(&new, &asked.account)?;
        if bool::from(new.as_bytes().ct_eq(asked.password.as_bytes())) {
            return Err(UnfitPassword::Same.into());
        }
        let (candidate, _) = self.prove(asked).await?;
        let hash = self
            .hashing(move || password::hash(&new).map(Zeroizing::new))
            .await?;
        let hash = hash.unwrap_or_else(|| Err(std::io::Error::other("hashing a password panicked")));
        let bound = Bound {
            column: PASSWORD,
            account: &candidate.name,
        };
        let sealed = hash.and_then(|hash| self.key.seal(hash.as_bytes(), bound));
        let sealed = sealed.map_err(SignInError::Machine)?;
        let now = self.clock.now_micros();
        let ended: Result<Option<u64>, DbError> = self
            .db
            .write(move |tx| Box::pin(async move { replace(tx, &candidate, &sealed, now).await }))
            .await;
        Ok(ended?.ok_or(SignInError::Wrong)?)
    }
}

/// The account is still what it was, so it has another password.
async fn replace(
    tx: &mut Tx,
    candidate: &Candidate,
    sealed: &Vec<u8>,
    now: i64,
) -> Result<Option<u64>, DbError> {
    let name = candidate.name.as_str();
    let mut attempts = attempts::hold(tx, candidate.place).await?;
    let sql = "SELECT 1 FROM accounts WHERE name = $1 AND state = 'active' AND epoch = $2";
    let same = tx
        .one(&locking(tx, sql), &[name.into(), candidate.epoch.into()])
        .await?;
    // Disabled, reset or changed while the passwords were hashed.
    if same.is_none() {
        return Ok(None);
    }
    attempts.forgive();
    attempts::keep(tx, candidate.place, attempts).await?;
    tx.exec(
        "UPDATE accounts SET password_sealed = $2, epoch = epoch + 1, changed_at = $3 WHERE name = $1",
        &[name.into(), sealed.into(), now.into()],
    )
    .await?;
    let ended = end_sessions(tx, name).await?;
    let sessions = i64::try_from(ended).unwrap_or(i64::MAX);
    let body = json!({ "sessions_ended": sessions });
    record::leave(tx, "account.password", name, name, now, body).await?;
    Ok(Some(ended))
}
