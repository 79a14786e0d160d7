//! PostgreSQL's errors as [`DbError`].

use crate::{ConstraintKind, DbError, raised};
use sqlx::postgres::PgDatabaseError;

/// Maps an error of a statement. The server's detail is left out, for it quotes
/// the row; so are messages of classes that may quote a value.
pub(crate) fn map(error: sqlx::Error) -> DbError {
    match error {
        sqlx::Error::Database(error) => match error.try_downcast::<PgDatabaseError>() {
            Ok(error) => refused(&error),
            Err(_) => DbError::Other("the server refused in an unknown form".to_owned()),
        },
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => DbError::Unavailable(error.to_string()),
        other => DbError::Other(other.to_string()),
    }
}

/// Whether the connection is gone, so that another one may do better.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        sqlx::Error::Database(error) => error.code().is_some_and(|code| unavailable(&code)),
        _ => false,
    }
}

/// Maps an error of COMMIT: only what the server refuses before it commits is
/// certain; all else, a lost connection above all, leaves the outcome unknown.
pub(crate) fn commit(error: sqlx::Error) -> DbError {
    let certain = match &error {
        // Deferred constraints and triggers (23, P0, BS), serialization and deadlock.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["23", "P0", "BS"].iter().any(|class| code.starts_with(class))
                || matches!(&*code, "40001" | "40P01" | "25P02")
        }),
        _ => false,
    };
    if certain {
        map(error)
    } else {
        DbError::Ambiguous(format!("the commit failed: {error}"))
    }
}

/// Classes 08 (connection), 53 (resources), 58 (system), 57P (operator, not cancel);
/// but 08P01 is a mistake of ours, such as a parameter too few.
fn unavailable(code: &str) -> bool {
    code != "08P01"
        && ["08", "53", "58", "57P"]
            .iter()
            .any(|class| code.starts_with(class))
}

fn refused(error: &PgDatabaseError) -> DbError {
    if let Some(raised) = raised::parse(error.message()) {
        return raised;
    }
    let code = error.code();
    let named = |kind| DbError::Constraint {
        name: error.constraint().unwrap_or_default().to_owned(),
        kind,
    };
    match code {
        "23505" | "23P01" => named(ConstraintKind::Unique),
        "23503" => named(ConstraintKind::ForeignKey),
        "23514" => named(ConstraintKind::Check),
        "23502" => DbError::Constraint {
            name: column(error),
            kind: ConstraintKind::NotNull,
        },
        // query_canceled, lock_not_available
        "57014" | "55P03" => DbError::Timeout,
        // serialization_failure, deadlock_detected: undone, and worth another try.
        "40001" | "40P01" => DbError::Unavailable(format!("SQLSTATE {code}: {}", error.message())),
        code if unavailable(code) => DbError::Unavailable(format!("SQLSTATE {code}: {}", error.message())),
        // Syntax and names, and what our own functions raise.
        code if code.starts_with("42") || code.starts_with("P0") || code.starts_with("25") => {
            DbError::Other(format!("SQLSTATE {code}: {}", error.message()))
        }
        code => DbError::Other(format!("SQLSTATE {code}")),
    }
}

fn column(error: &PgDatabaseError) -> String {
    format!(
        "{}.{}",
        error.table().unwrap_or_default(),
        error.column().unwrap_or_default()
    )
}
