//! Signing in and out, over one database and one access key.

use std::net::IpAddr;
use std::sync::Arc;

use base::clock::Clock;
use db::{Db, DbError, Tx};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::access_key::{AccessKey, Bound};
use crate::accounts::{PASSWORD, TOTP};
use crate::attempts;
use crate::mint::{draw, hex};
use crate::principal::{LONGEST_NAME, Role};
use crate::sessions::{self, PREFIX, Session};
use crate::sql::locking;
use crate::totp::Secret;
use crate::{password, record};

/// Passwords hashed at a time: 19 MiB and some tens of milliseconds each. Who
/// gets as far has a right code, so that a queue is a handful of operators.
const AT_ONCE: usize = 2;
/// Addresses that an account is known at: desks, a telephone, the duty room.
const KNOWN_SOURCES: i64 = 8;

/// Who may sign in, and who has. Share it behind an `Arc`.
pub struct Access {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) key: Arc<AccessKey>,
    hashing: Arc<Semaphore>,
    /// What is looked at for a name without an account, so that it takes as long.
    decoy: Vec<u8>,
}

/// What somebody shows to sign in.
pub struct SignIn {
    /// The account's name.
    pub account: String,
    /// Its password.
    pub password: Zeroizing<String>,
    /// The code that its app shows.
    pub code: String,
    /// Where the request came from.
    pub source: Option<IpAddr>,
}

/// A session that has just begun.
pub struct Begun {
    /// The token, which only its bearer keeps.
    pub token: Zeroizing<String>,
    /// The account's role.
    pub role: Role,
    /// When it ends at the latest, in microseconds.
    pub ends_at: i64,
}

/// Why nobody was let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Name, password or code is wrong: which one is told to nobody.
    #[error("name, password or code is wrong")]
    Wrong,
    /// Too many attempts under this name; nothing was looked at, or it was wrong.
    #[error("too many attempts under this name")]
    Slowed,
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The machine can't.
    #[error("no session can be made")]
    Machine(#[from] std::io::Error),
}

/// What the first transaction found.
enum Looked {
    Slowed,
    Wrong,
    Right(Candidate),
}

/// An account whose code was right.
pub(crate) struct Candidate {
    pub(crate) name: String,
    password_sealed: Vec<u8>,
    pub(crate) epoch: i64,
    pub(crate) place: i64,
}

impl Access {
    /// Over a database whose schema has [`MIGRATION`](crate::MIGRATION).
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn new(db: Db, clock: Clock, key: AccessKey) -> std::io::Result<Self> {
        let decoy = key.seal(Secret::random()?.bytes(), decoy_place())?;
        Ok(Self {
            db,
            clock,
            key: Arc::new(key),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
            decoy,
        })
    }

    /// The key, for those who make accounts.
    #[must_use]
    pub fn key(&self) -> &AccessKey {
        &self.key
    }

    /// Lets a person in who has an account, its password and a code.
    ///
    /// The code comes first and is used up whatever the password is. The failure
    /// is recorded before anything is verified, so that no number of parallel
    /// attempts and no crash makes one cheaper.
    ///
    /// # Errors
    /// [`SignInError`]; wrong is wrong, whatever was.
    pub async fn sign_in(self: &Arc<Self>, asked: SignIn) -> Result<Begun, SignInError> {
        let (candidate, source) = self.prove(asked).await?;
        self.begin(candidate, source).await
    }

    /// That somebody is who they say, by a code that is used up and a password.
    pub(crate) async fn prove(
        self: &Arc<Self>,
        asked: SignIn,
    ) -> Result<(Candidate, Option<Vec<u8>>), SignInError> {
        if asked.account.chars().count() > LONGEST_NAME {
            return Err(SignInError::Wrong);
        }
        let source = asked
            .source
            .map(|source| self.key.digest("source", source.to_string().as_bytes()));
        let candidate = match self.look(asked.account, asked.code, source.clone()).await? {
            Looked::Slowed => return Err(SignInError::Slowed),
            Looked::Wrong => return Err(SignInError::Wrong),
            Looked::Right(candidate) => candidate,
        };
        let bound = Bound {
            column: PASSWORD,
            account: &candidate.name,
        };
        let stored = self
            .key
            .open(&candidate.password_sealed, bound)
            .unwrap_or_default();
        let password = asked.password;
        let right = self
            .hashing(move || {
                std::str::from_utf8(&stored).is_ok_and(|stored| password::verify(&password, stored))
            })
            .await?;
        if right != Some(true) {
            tracing::warn!("a right code came with a wrong password");
            return Err(SignInError::Wrong);
        }
        Ok((candidate, source))
    }

    /// Runs what hashes a password, when its turn has come; nothing if it panicked.
    pub(crate) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, DbError> {
        let permit = Arc::clone(&self.hashing)
            .acquire_owned()
            .await
            .map_err(|_| DbError::Unavailable("the service is stopping".to_owned()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await.ok())
    }

    /// First transaction: count, look at the code, use it up.
    async fn look(
        self: &Arc<Self>,
        name: String,
        code: String,
        source: Option<Vec<u8>>,
    ) -> Result<Looked, DbError> {
        let access = Arc::clone(self);
        let now = self.clock.now_micros();
        self.db
            .write(move |tx| {
                Box::pin(async move { access.look_in(tx, &name, &code, source.as_deref(), now).await })
            })
            .await
    }

    async fn look_in(
        &self,
        tx: &mut Tx,
        name: &str,
        code: &str,
        source: Option<&[u8]>,
        now: i64,
    ) -> Result<Looked, DbError> {
        let known = match source {
            Some(source) => is_known(tx, name, source).await?,
            None => false,
        };
        let place = attempts::place(&self.key, name, source.filter(|_| known));
        let mut attempts = attempts::hold(tx, place).await?;
        if !attempts.look(now) {
            return Ok(Looked::Slowed);
        }
        let sql = "SELECT password_sealed, totp_sealed, totp_used, epoch FROM accounts \
            WHERE name = $1 AND state = 'active'";
        let row = tx.one(&locking(tx, sql), &[name.into()]).await?;
        let (sealed, bound, used) = match &row {
            Some(row) => {
                let bound = Bound {
                    column: TOTP,
                    account: name,
                };
                (row.bytes(1)?, bound, row.int(2)?)
            }
            None => (self.decoy.as_slice(), decoy_place(), i64::MAX),
        };
        let secret = self
            .key
            .open(sealed, bound)
            .and_then(|plain| Secret::from_bytes(&plain));
        let period = secret.and_then(|secret| secret.period_of(code, now, used));
        let (Some(period), Some(row)) = (period, row) else {
            let slowed = attempts.delayed(now);
            if !slowed {
                attempts.fail(now);
            }
            attempts::keep(tx, place, attempts).await?;
            return Ok(if slowed { Looked::Slowed } else { Looked::Wrong });
        };
        attempts.fail(now);
        attempts::keep(tx, place, attempts).await?;
        let sql = "UPDATE accounts SET totp_used = $2 WHERE name = $1";
        tx.exec(sql, &[name.into(), period.into()]).await?;
        Ok(Looked::Right(Candidate {
            name: name.to_owned(),
            password_sealed: row.bytes(0)?.to_vec(),
            epoch: row.int(3)?,
            place,
        }))
    }

    /// Second transaction: the account is still what it was, so a session begins.
    async fn begin(&self, candidate: Candidate, source: Option<Vec<u8>>) -> Result<Begun, SignInError> {
        let token = Zeroizing::new(draw(PREFIX)?);
        let now = self.clock.now_micros();
        let kept = token.clone();
        let begun: Result<Option<(Role, i64)>, DbError> = self
            .db
            .write(move |tx| {
                Box::pin(async move { begin_in(tx, &candidate, source.as_deref(), &kept, now).await })
            })
            .await;
        let (role, ends_at) = begun?.ok_or(SignInError::Wrong)?;
        Ok(Begun { token, role, ends_at })
    }

    /// The live session of a token.
    ///
    /// # Errors
    /// Any [`DbError`]: then nobody knows whether there is one.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, DbError> {
        sessions::find(&self.db, token, self.clock.now_micros()).await
    }

    /// Whether an account of this name exists and is disabled: then nothing else that
    /// names the person lets them in either.
    ///
    /// # Errors
    /// Any [`DbError`].
    pub async fn is_barred(&self, name: &str) -> Result<bool, DbError> {
        let sql = "SELECT 1 FROM accounts WHERE name = $1 AND state <> 'active'";
        Ok(self.db.one(sql, &[name.into()]).await?.is_some())
    }

    /// Ends the session of a token; says whether there was one.
    ///
    /// # Errors
    /// Any [`DbError`].
    pub async fn sign_out(&self, token: &str) -> Result<bool, DbError> {
        let (token, now) = (Zeroizing::new(token.to_owned()), self.clock.now_micros());
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let Some(account) = sessions::end(tx, &token, now).await? else {
                        return Ok(false);
                    };
                    record::leave(tx, "session.end", &account, &account, now, json!({})).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// What a page must send beside the cookie of this session: bound to it, so
    /// that another's does not fit (OWASP CSRF cheat sheet, signed double submit).
    #[must_use]
    pub fn csrf(&self, token: &str) -> String {
        hex(&self.key.digest("csrf", token.as_bytes()))
    }

    /// Whether that is what was sent.
    #[must_use]
    pub fn csrf_fits(&self, token: &str, sent: &str) -> bool {
        bool::from(self.csrf(token).as_bytes().ct_eq(sent.as_bytes()))
    }
}

fn decoy_place() -> Bound<'static> {
    // No account has an empty name.
    Bound {
        column: TOTP,
        account: "",
    }
}

async fn is_known(tx: &mut Tx, name: &str, source: &[u8]) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM account_sources WHERE account = $1 AND source_digest = $2";
    Ok(tx.one(sql, &[name.into(), source.into()]).await?.is_some())
}

async fn begin_in(
    tx: &mut Tx,
    candidate: &Candidate,
    source: Option<&[u8]>,
    token: &str,
    now: i64,
) -> Result<Option<(Role, i64)>, DbError> {
    let name = candidate.name.as_str();
    let mut attempts = attempts::hold(tx, candidate.place).await?;
    let sql = "SELECT role FROM accounts WHERE name = $1 AND state = 'active' AND epoch = $2";
    let row = tx
        .one(&locking(tx, sql), &[name.into(), candidate.epoch.into()])
        .await?;
    // Disabled or reset while its password was hashed.
    let Some(row) = row else { return Ok(None) };
    let Ok(role) = row.text(0)?.parse::<Role>() else {
        return Err(DbError::Other(
            "an account has a role that this build does not know".to_owned(),
        ));
    };
    attempts.forgive();
    attempts::keep(tx, candidate.place, attempts).await?;
    if let Some(source) = source {
        know(tx, name, source, now).await?;
    }
    let ends_at = sessions::begin(tx, token, name, candidate.epoch, now).await?;
    record::leave(
        tx,
        "session.begin",
        name,
        name,
        now,
        json!({ "role": role.as_str() }),
    )
    .await?;
    Ok(Some((role, ends_at)))
}

async fn know(tx: &mut Tx, name: &str, source: &[u8], now: i64) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO account_sources (account, source_digest, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account, source_digest) DO UPDATE SET seen_at = excluded.seen_at",
        &[name.into(), source.into(), now.into()],
    )
    .await?;
    tx.exec(
        "DELETE FROM account_sources WHERE account = $1 AND source_digest IN (SELECT source_digest \
         FROM account_sources WHERE account = $1 ORDER BY seen_at DESC, source_digest LIMIT 1000 OFFSET $2)",
        &[name.into(), KNOWN_SOURCES.into()],
    )
    .await?;
    Ok(())
}
