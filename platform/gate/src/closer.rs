//! The sealed credential: a role of PostgreSQL that closes intake and reopens nothing, kept in an envelope for the day
//! when no instance answers, and replaced once it was used. To end what is in the way it may end sessions, and sees
//! what they run; it reads and writes no business.

use db::{Db, Dialect, Tx};
use evidence::Leaf;
use serde_json::json;

use crate::GateError;

/// The role's name; the guard of the gate's rows knows it.
pub const CLOSER: &str = "backstop_closer";

/// How the sealed credential stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// When it was sealed, in microseconds since the Unix epoch.
    pub at: i64,
    /// By whom.
    pub by: String,
    /// When it was first used since, if it was, as the history tells.
    pub used_at: Option<i64>,
}

/// Makes the role, or gives it another password, so that the one before is worth nothing. `verifier` is what
/// PostgreSQL keeps of a password (SCRAM-SHA-256): the password itself never reaches the server or its log.
///
/// # Errors
/// [`GateError::Unfit`] on SQLite, for a verifier of another form, for all but superusers, and for a role of this
/// name that has more than it is to have; the database's refusal.
pub async fn seal_credential(db: &Db, verifier: &str, actor: &str, at: i64) -> Result<(), GateError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=$:-".contains(&byte);
    if !verifier.starts_with("SCRAM-SHA-256$") || !verifier.bytes().all(plain) {
        return Err(GateError::Unfit("that is no SCRAM-SHA-256 verifier"));
    }
    if db.dialect() == Dialect::Sqlite {
        return Err(GateError::Unfit(
            "SQLite has no roles: whoever may write the file may close",
        ));
    }
    let (verifier, actor) = (verifier.to_owned(), actor.to_owned());
    db.write_first(move |tx| Box::pin(async move { replace(tx, &verifier, &actor, at).await }))
        .await
}

async fn replace(tx: &mut Tx, verifier: &str, actor: &str, at: i64) -> Result<(), GateError> {
    let asked = "SELECT quote_ident(current_schema()), quote_ident(current_database()::text), \
                 (SELECT COUNT(*) FROM pg_roles WHERE rolname = current_user AND rolsuper)";
    let row = tx.one(asked, &[]).await?.ok_or(GateError::NoRow)?;
    if row.int(2)? == 0 {
        return Err(GateError::Unfit(
            "only a superuser may seal: it gives a role the right to end sessions",
        ));
    }
    let exists = tx
        .one(
            "SELECT 1::bigint FROM pg_roles WHERE rolname = $1",
            &[CLOSER.into()],
        )
        .await?;
    if exists.is_none() {
        tx.batch(&format!("CREATE ROLE {CLOSER}")).await?;
    }
    clean(tx, row.text(0)?).await?;
    let (schema, database) = (row.text(0)?, row.text(1)?);
    // What it may: look at the gate, move it (the guard says where to), leave history and evidence, and end what
    // keeps the gate from closing, for which it must see whose session is which. Whoever signed in with the password
    // before is signed out.
    tx.batch(&format!(
        "ALTER ROLE {CLOSER} RESET ALL; ALTER ROLE {CLOSER} IN DATABASE {database} SET search_path = {schema}; \
         ALTER ROLE {CLOSER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS \
         CONNECTION LIMIT 10 VALID UNTIL 'infinity' PASSWORD '{verifier}'; \
         GRANT CONNECT ON DATABASE {database} TO {CLOSER}; GRANT USAGE ON SCHEMA {schema} TO {CLOSER}; \
         GRANT SELECT, INSERT, UPDATE ON intake_gate TO {CLOSER}; \
         GRANT SELECT, INSERT ON intake_history TO {CLOSER}; \
         GRANT SELECT (id), INSERT (id, epoch, pid, application, role, open_ms, at) ON intake_doubts TO {CLOSER}; \
         GRANT INSERT (id, at, origin, act, actor, body, hash) ON evidence_leaves TO {CLOSER}; \
         GRANT pg_signal_backend, pg_read_all_stats TO {CLOSER}; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{CLOSER}'"
    ))
    .await?;
    tx.exec(
        "INSERT INTO intake_credential (role, sealed_at, sealed_by) VALUES ($1, $2, $3) \
         ON CONFLICT (role) DO UPDATE SET sealed_at = excluded.sealed_at, sealed_by = excluded.sealed_by",
        &[CLOSER.into(), at.into(), actor.into()],
    )
    .await?;
    let leaf = Leaf {
        origin: evidence::FINANCING,
        act: "credential.seal",
        actor,
        subject: CLOSER,
        at,
        body: json!({ "role": CLOSER }),
    };
    Ok(evidence::leave(tx, leaf).await?)
}

/// A role of this name that somebody gave more than it is to have is not sealed.
async fn clean(tx: &mut Tx, schema: &str) -> Result<(), GateError> {
    let sql = "SELECT (SELECT COUNT(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
               WHERE m.member = c.oid AND r.rolname NOT IN ('pg_signal_backend', 'pg_read_all_stats')), \
               (SELECT COUNT(*) FROM pg_shdepend d WHERE d.refobjid = c.oid AND d.deptype = 'o'), \
               CASE WHEN has_schema_privilege(c.oid, $2::regnamespace, 'CREATE') THEN 1::bigint ELSE 0::bigint END \
               FROM pg_roles c WHERE c.rolname = $1";
    let row = tx
        .one(sql, &[CLOSER.into(), schema.into()])
        .await?
        .ok_or(GateError::NoRow)?;
    if row.int(0)? + row.int(1)? > 0 {
        return Err(GateError::Unfit(
            "the role backstop_closer is a member of others, or owns things: drop it first",
        ));
    }
    if row.int(2)? == 1 {
        return Err(GateError::Unfit(
            "everybody may create in this schema: REVOKE CREATE ON SCHEMA … FROM PUBLIC first",
        ));
    }
    Ok(())
}

/// Whether there is one, and whether it was used and has to be replaced.
///
/// # Errors
/// The database's refusal.
pub async fn sealed_credential(db: &Db) -> Result<Option<Sealed>, GateError> {
    db.read(|tx| {
        Box::pin(async move {
            let sql = "SELECT c.sealed_at, c.sealed_by, \
                       (SELECT MIN(h.at) FROM intake_history h WHERE h.via = c.role AND h.at >= c.sealed_at) \
                       FROM intake_credential c WHERE c.role = $1";
            let Some(row) = tx.one(sql, &[CLOSER.into()]).await? else {
                return Ok(None);
            };
            Ok::<_, GateError>(Some(Sealed {
                at: row.int(0)?,
                by: row.text(1)?.to_owned(),
                used_at: row.opt_int(2)?,
            }))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_verifier_of_another_form_is_not_written_into_sql() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("x.db").display());
        let db = Db::open(&url, db::Options::default()).await.unwrap();
        for bad in ["", "secret", "SCRAM-SHA-256$'; DROP TABLE x", "md5abc"] {
            let refused = seal_credential(&db, bad, "ann", 1).await;
            assert!(matches!(refused, Err(GateError::Unfit(_))), "{bad}");
        }
        let good = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy";
        assert!(
            matches!(seal_credential(&db, good, "ann", 1).await, Err(GateError::Unfit(why)) if why.contains("SQLite"))
        );
    }
}
