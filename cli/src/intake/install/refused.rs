//! What a refusal comes to.

use adopt::AdoptError;
use base::exit;
use db::DbError;
use gate::GateError;

use super::super::reach::of_gate;
use crate::ended::stop;

pub(super) fn refused(error: &AdoptError) -> anyhow::Error {
    let (code, hint) = match error {
        AdoptError::Gate(GateError::Db(DbError::Raised { code, .. }))
        | AdoptError::Db(DbError::Raised { code, .. })
            if code == "intake_two_persons" =>
        {
            (
                exit::REFUSED,
                "; one role proposes, another agrees within the hour",
            )
        }
        AdoptError::Gate(GateError::Elsewhere { .. }) => (exit::REFUSED, ""),
        AdoptError::Gate(error) => return of_gate(error),
        AdoptError::Db(DbError::Ambiguous(_)) => (exit::AMBIGUOUS, "; look with `check`, and do it again"),
        AdoptError::Db(DbError::Unavailable(_) | DbError::Overloaded) => {
            (exit::UNREACHABLE, "; nothing changed")
        }
        AdoptError::Db(DbError::Other(why)) if why.contains("42501") => (
            exit::REFUSED,
            "; nothing changed: it takes the owner of the tables, with CREATE on the database",
        ),
        AdoptError::Db(_) => (exit::FAILED, "; nothing changed"),
        AdoptError::Description(_) => (exit::USAGE, ""),
        AdoptError::Refused(_) => (exit::REFUSED, ""),
        AdoptError::Busy(_) => (
            exit::REFUSED,
            "; nothing changed: try at a quieter time, or with a longer --lock-wait",
        ),
    };
    stop(code, format!("{error}{hint}"))
}
