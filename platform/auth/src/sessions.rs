//! Sessions: who has signed in, known to every instance at once, as each request
//! asks the database.
//!
//! Only the SHA-256 of a token is stored: it has 256 random bits, so there is no
//! dictionary. A session ends when its person signs out, is idle for a quarter of
//! an hour, has worked for a shift, or when the account changes.

use db::{Db, DbError, Tx};

use crate::principal::{Kind, Principal, Role};
use crate::tokens::digest;

/// Without a request for so long, a session ends: an unattended screen, 15
/// minutes as PCI DSS 4.0, 8.2.8 has it. In microseconds.
pub const IDLE: i64 = 15 * 60 * 1_000_000;
/// However busy, it ends after a shift; NIST SP 800-63B-4, 2.2.3 allows a day at
/// this level, a shift is what an operator works.
pub const LONGEST: i64 = 8 * 3600 * 1_000_000;
/// A request within a minute of the last writes nothing: reads stay reads.
const FRESH: i64 = 60 * 1_000_000;
/// A row that is over is swept so much later: by another instance's clock, which may be hours behind the one that
/// sweeps, it is somebody at work.
const SWEPT: i64 = 24 * 3600 * 1_000_000;
/// Sessions of one account: a console, a terminal, a telephone, and some forgotten.
/// The oldest gives way.
const MOST: i64 = 8;
/// Tells a session's token from a service's.
pub(crate) const PREFIX: &str = "bss_";
/// The prefix and 64 hexadecimal digits.
const LENGTH: usize = PREFIX.len() + 64;

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub principal: Principal,
    /// When it ends at the latest, in microseconds.
    pub ends_at: i64,
}

/// Whether a credential has the form of a session's token; any other is never
/// looked for in the database.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == LENGTH
        && text
            .strip_prefix(PREFIX)
            .is_some_and(|digits| digits.bytes().all(hex))
}

/// Begins a session of an account as it is at this epoch.
pub(crate) async fn begin(
    tx: &mut Tx,
    token: &str,
    account: &str,
    epoch: i64,
    now: i64,
) -> Result<i64, DbError> {
    let ends_at = now.saturating_add(LONGEST);
    tx.exec(
        "DELETE FROM sessions WHERE ends_at <= $1 OR seen_at <= $2",
        &[(now - SWEPT).into(), (now - IDLE - SWEPT).into()],
    )
    .await?;
    tx.exec(
        "DELETE FROM sessions WHERE token_index IN (SELECT token_index FROM sessions WHERE account = $1 \
         AND ended_at IS NULL ORDER BY begun_at DESC, token_index LIMIT 1000 OFFSET $2)",
        &[account.into(), (MOST - 1).into()],
    )
    .await?;
    tx.exec(
        "INSERT INTO sessions (token_index, account, epoch, begun_at, seen_at, ends_at) \
         VALUES ($1, $2, $3, $4, $4, $5)",
        &[
            digest(token).as_slice().into(),
            account.into(),
            epoch.into(),
            now.into(),
            ends_at.into(),
        ],
    )
    .await?;
    Ok(ends_at)
}

/// The session of a token, if it is live; keeps it from being idle.
pub(crate) async fn find(db: &Db, token: &str, now: i64) -> Result<Option<Session>, DbError> {
    if !is_token(token) {
        return Ok(None);
    }
    let index = digest(token);
    let row = db
        .one(
            "SELECT a.name, a.role, s.seen_at, s.ends_at FROM sessions s JOIN accounts a ON a.name = s.account \
             WHERE s.token_index = $1 AND a.state = 'active' AND a.epoch = s.epoch AND s.ends_at > $2 \
             AND s.seen_at > $3 AND s.ended_at IS NULL",
            &[index.as_slice().into(), now.into(), (now - IDLE).into()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Ok(role) = row.text(1)?.parse::<Role>() else {
        return Err(DbError::Other(
            "an account has a role that this build does not know".to_owned(),
        ));
    };
    let principal = Principal {
        name: row.text(0)?.into(),
        role,
        kind: Kind::Person,
    };
    if now.saturating_sub(row.int(2)?) > FRESH {
        // Who may be read may work on; a session that could not be touched ends a little earlier.
        if let Err(error) = seen(db, index, now).await {
            tracing::debug!(%error, "a session could not be touched");
        }
    }
    Ok(Some(Session {
        principal,
        ends_at: row.int(3)?,
    }))
}

async fn seen(db: &Db, index: [u8; 32], now: i64) -> Result<(), DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            let sql = "UPDATE sessions SET seen_at = $2 WHERE token_index = $1 AND seen_at < $2";
            tx.exec(sql, &[index.as_slice().into(), now.into()]).await?;
            Ok(())
        })
    })
    .await
}

/// Ends one session; says whose it was.
pub(crate) async fn end(tx: &mut Tx, token: &str, now: i64) -> Result<Option<String>, DbError> {
    let index = digest(token);
    let row = tx
        .one(
            "UPDATE sessions SET ended_at = $2 WHERE token_index = $1 AND ended_at IS NULL RETURNING account",
            &[index.as_slice().into(), now.into()],
        )
        .await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sessions_token_is_told_from_a_services() {
        assert!(is_token(&format!("{PREFIX}{}", "0a".repeat(32))));
        for other in [
            "",
            PREFIX,
            &format!("bst_{}", "0a".repeat(32)),
            &format!("{PREFIX}{}", "0A".repeat(32)),
        ] {
            assert!(!is_token(other), "{other}");
        }
    }
}
