//! Named accounts: made, disabled, enabled and reset, each act with its leaf in
//! its own transaction.

use db::{DbError, Row, Tx};
use serde_json::json;

use crate::access_key::{AccessKey, Bound};
use crate::password::{self, UnfitPassword};
use crate::principal::{Role, is_name};
use crate::sql::locking;
use crate::totp::Secret;

/// Where the sealed password's hash stands.
pub(crate) const PASSWORD: &str = "password_sealed";
/// Where the sealed one-time secret stands.
pub(crate) const TOTP: &str = "totp_sealed";
/// Accounts shown at once: the operators of one bank's service are some dozens.
const MOST: i64 = 1000;

/// An account, as anybody may see it who administers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its role, as stored.
    pub role: String,
    /// `active` or `disabled`.
    pub state: String,
    /// Grows whenever its sessions end all at once.
    pub epoch: i64,
    /// When it was made, in microseconds.
    pub created_at: i64,
    /// When it was last changed, in microseconds.
    pub changed_at: i64,
    /// Sessions that have not ended.
    pub sessions: i64,
}

/// Why an act on an account was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// There is one already.
    #[error("there is an account of this name already")]
    Exists,
    /// There is none.
    #[error("there is no account of this name")]
    Unknown,
    /// It is as it would be.
    #[error("the account is {0} already")]
    Already(&'static str),
    /// Not a name.
    #[error("a name has 1–64 characters: letters, digits, '-', '_', '.', '@'")]
    BadName,
    /// No password for an account.
    #[error(transparent)]
    Password(#[from] UnfitPassword),
    /// The machine can't.
    #[error("the secrets cannot be made")]
    Secrets(#[from] std::io::Error),
}

/// Who orders the act, and when.
#[derive(Debug, Clone)]
pub struct By {
    /// The name in the leaf.
    pub actor: String,
    /// How it came, as in `command line`.
    pub via: &'static str,
    /// In microseconds.
    pub at: i64,
}

/// New secrets, made outside a transaction as a hash takes its time, sealed for
/// one account.
pub struct Credentials {
    name: String,
    password_sealed: Vec<u8>,
    totp_sealed: Vec<u8>,
    secret: Secret,
}

impl Credentials {
    /// Hashes and seals. Not on an async thread.
    ///
    /// # Errors
    /// An unfit name or password, or no randomness.
    pub fn make(key: &AccessKey, name: &str, password: &str) -> Result<Self, AccountError> {
        if !is_name(name) {
            return Err(AccountError::BadName);
        }
        password::check(password, name)?;
        let secret = Secret::random()?;
        let hash = zeroize::Zeroizing::new(password::hash(password)?);
        let bound = |column| Bound {
            column,
            account: name,
        };
        Ok(Self {
            name: name.to_owned(),
            password_sealed: key.seal(hash.as_bytes(), bound(PASSWORD))?,
            totp_sealed: key.seal(secret.bytes(), bound(TOTP))?,
            secret,
        })
    }

    /// What the person's authenticator app needs; shown once, then forgotten.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.secret
    }
}

const SHOWN: &str = "SELECT name, role, state, epoch, created_at, changed_at, \
    (SELECT COUNT(*) FROM sessions s WHERE s.account = accounts.name AND s.epoch = accounts.epoch \
     AND s.ends_at > $1 AND s.ended_at IS NULL) FROM accounts";

/// Every account, by name.
///
/// # Errors
/// Any [`DbError`].
pub async fn list(tx: &mut Tx, now: i64) -> Result<Vec<Account>, DbError> {
    let rows = tx
        .many(
            &format!("{SHOWN} ORDER BY name LIMIT $2"),
            &[now.into(), MOST.into()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// One account.
///
/// # Errors
/// Any [`DbError`].
pub async fn find(tx: &mut Tx, name: &str, now: i64) -> Result<Option<Account>, DbError> {
    let row = tx
        .one(&format!("{SHOWN} WHERE name = $2"), &[now.into(), name.into()])
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Account, DbError> {
    Ok(Account {
        name: row.text(0)?.to_owned(),
        role: row.text(1)?.to_owned(),
        state: row.text(2)?.to_owned(),
        epoch: row.int(3)?,
        created_at: row.int(4)?,
        changed_at: row.int(5)?,
        sessions: row.int(6)?,
    })
}

/// Makes an account.
///
/// # Errors
/// [`AccountError::Exists`], or the database's refusal.
pub async fn create(tx: &mut Tx, credentials: Credentials, role: Role, by: &By) -> Result<(), AccountError> {
    let name = credentials.name.as_str();
    let made = tx
        .exec(
            "INSERT INTO accounts (name, role, state, epoch, password_sealed, totp_sealed, totp_used, created_at, \
             changed_at) VALUES ($1, $2, 'active', 1, $3, $4, 0, $5, $5) ON CONFLICT (name) DO NOTHING",
            &[
                name.into(),
                role.as_str().into(),
                (&credentials.password_sealed).into(),
                (&credentials.totp_sealed).into(),
                by.at.into(),
            ],
        )
        .await?;
    if made == 0 {
        return Err(AccountError::Exists);
    }
    leave(tx, "account.create", name, by, json!({ "role": role.as_str() })).await
}

/// Ends an account's sessions on every instance, and lets it open no more. Its
/// row stays: who it was that acted must not be forgotten, nor its name taken by another.
///
/// # Errors
/// An unknown account, one that is disabled already, or the database's refusal.
pub async fn disable(tx: &mut Tx, name: &str, by: &By) -> Result<u64, AccountError> {
    shift(tx, name, ("active", "disabled"), by.at).await?;
    let ended = end_sessions(tx, name).await?;
    let sessions = i64::try_from(ended).unwrap_or(i64::MAX);
    leave(
        tx,
        "account.disable",
        name,
        by,
        json!({ "sessions_ended": sessions }),
    )
    .await?;
    Ok(ended)
}

/// Whether an account of this name exists and is disabled. Persons known by a certificate have none.
pub(crate) async fn is_disabled(tx: &mut Tx, name: &str) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM accounts WHERE name = $1 AND state <> 'active'";
    Ok(tx.one(sql, &[name.into()]).await?.is_some())
}

/// Lets a disabled account sign in again, with the secrets that it had.
///
/// # Errors
/// An unknown account, one that is active already, or the database's refusal.
pub async fn enable(tx: &mut Tx, name: &str, at: i64) -> Result<(), AccountError> {
    shift(tx, name, ("disabled", "active"), at).await
}

/// Gives an account another role, and ends its sessions: a session has the role
/// that it began with or none.
///
/// # Errors
/// An unknown account, or the database's refusal.
pub async fn give_role(tx: &mut Tx, name: &str, role: Role, at: i64) -> Result<(), AccountError> {
    let sql = "UPDATE accounts SET role = $2, epoch = epoch + 1, changed_at = $3 WHERE name = $1";
    if tx
        .exec(sql, &[name.into(), role.as_str().into(), at.into()])
        .await?
        == 0
    {
        return Err(AccountError::Unknown);
    }
    end_sessions(tx, name).await?;
    Ok(())
}

/// Replaces password and one-time secret, ends every session, and enables.
///
/// # Errors
/// An unknown account, or the database's refusal.
pub async fn reset(tx: &mut Tx, credentials: Credentials, by: &By) -> Result<u64, AccountError> {
    let name = credentials.name.as_str();
    let changed = tx
        .exec(
            "UPDATE accounts SET state = 'active', epoch = epoch + 1, password_sealed = $2, totp_sealed = $3, \
             totp_used = 0, changed_at = $4 WHERE name = $1",
            &[
                name.into(),
                (&credentials.password_sealed).into(),
                (&credentials.totp_sealed).into(),
                by.at.into(),
            ],
        )
        .await?;
    if changed == 0 {
        return Err(AccountError::Unknown);
    }
    let ended = end_sessions(tx, name).await?;
    // Whoever knew the old secrets may have signed in from there.
    tx.exec("DELETE FROM account_sources WHERE account = $1", &[name.into()])
        .await?;
    let sessions = i64::try_from(ended).unwrap_or(i64::MAX);
    leave(
        tx,
        "account.reset",
        name,
        by,
        json!({ "sessions_ended": sessions }),
    )
    .await?;
    Ok(ended)
}

async fn shift(
    tx: &mut Tx,
    name: &str,
    (from, to): (&'static str, &'static str),
    at: i64,
) -> Result<(), AccountError> {
    let sql = locking(tx, "SELECT state FROM accounts WHERE name = $1");
    let row = tx.one(&sql, &[name.into()]).await?.ok_or(AccountError::Unknown)?;
    if row.text(0)? != from {
        return Err(AccountError::Already(to));
    }
    tx.exec(
        "UPDATE accounts SET state = $2, epoch = epoch + 1, changed_at = $3 WHERE name = $1",
        &[name.into(), to.into(), at.into()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn end_sessions(tx: &mut Tx, name: &str) -> Result<u64, DbError> {
    let sql = "DELETE FROM sessions WHERE account = $1 AND ended_at IS NULL";
    tx.exec(sql, &[name.into()]).await
}

async fn leave(
    tx: &mut Tx,
    act: &str,
    subject: &str,
    by: &By,
    mut body: serde_json::Value,
) -> Result<(), AccountError> {
    if let Some(body) = body.as_object_mut() {
        body.insert("via".to_owned(), by.via.into());
    }
    Ok(crate::record::leave(tx, act, &by.actor, subject, by.at, body).await?)
}
