//! How much each principal was shown in the clear, and the sealed fields to show.

use db::{DbError, Tx};
use vault::SealedColumn;

/// Counts values that a principal is about to be shown in this hour; gives the hour's sum.
/// Requests of one principal wait for each other here, so that none overlooks another.
///
/// # Errors
/// Any [`DbError`].
pub async fn count(tx: &mut Tx, principal: &str, hour: i64, values: i64) -> Result<i64, DbError> {
    let row = tx
        .one(
            "INSERT INTO reveals (principal, hour, shown) VALUES ($1, $2, $3) \
             ON CONFLICT (principal, hour) DO UPDATE SET shown = reveals.shown + excluded.shown \
             RETURNING shown",
            &[principal.into(), hour.into(), values.into()],
        )
        .await?;
    row.ok_or_else(|| DbError::Other("an upsert gave no row".to_owned()))?
        .int(0)
}

/// Sealed fields of one row, in the order asked for: columns of one table, which has an `id`.
/// `None` if there is no such row.
///
/// # Errors
/// Any [`DbError`].
pub async fn fields(
    tx: &mut Tx,
    columns: &[&'static SealedColumn],
    id: &str,
) -> Result<Option<Vec<Option<Vec<u8>>>>, DbError> {
    let Some(first) = columns.first() else {
        return Ok(None);
    };
    let names: Vec<&str> = columns.iter().map(|column| column.column).collect();
    let sql = format!("SELECT {} FROM {} WHERE id = $1", names.join(", "), first.table);
    let Some(row) = tx.one(&sql, &[id.into()]).await? else {
        return Ok(None);
    };
    let values = (0..columns.len()).map(|at| Ok(row.opt_bytes(at)?.map(<[u8]>::to_vec)));
    values.collect::<Result<_, DbError>>().map(Some)
}
