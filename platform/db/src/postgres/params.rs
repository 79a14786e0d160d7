//! Parameters for PostgreSQL: each with its type, as the server plans by it.

use crate::{DbError, V};
use sqlx::Arguments;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};

/// NULL of the pseudo-type `unknown` (oid 705), which the server resolves from the
/// parameter's place, as it does for a literal NULL.
struct Untyped;

impl sqlx::Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(705))
    }
}

impl sqlx::Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

pub(crate) fn encode(values: &[V<'_>]) -> Result<PgArguments, DbError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match *value {
            V::Null => arguments.add(Untyped),
            V::Int(value) => arguments.add(value),
            V::Text(value) => arguments.add(value),
            V::Bytes(value) => arguments.add(value),
            V::NullInt => arguments.add(None::<i64>),
            V::NullText => arguments.add(None::<&str>),
            V::NullBytes => arguments.add(None::<&[u8]>),
        }
        .map_err(|_| DbError::Other("a parameter is too large".to_owned()))?;
    }
    Ok(arguments)
}
