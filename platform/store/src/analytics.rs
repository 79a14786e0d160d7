//! What analytics sees: the generalised view, by a credential that sees nothing else, or as a file.
//!
//! On PostgreSQL a role of its own reads the view and no table; the view reads them with its owner's
//! rights. SQLite has no roles: whoever opens the file has all of it, so there analytics gets a file of its own,
//! exported from the view.

use db::{Db, DbError, Dialect};

/// The view.
pub const VIEW: &str = "analytics_intake";

/// Its columns, as they are exported.
pub const COLUMNS: [&str; 7] = [
    "month",
    "product",
    "province",
    "section",
    "amount_band",
    "outcome",
    "applications",
];

/// Lets a role that exists read the view, and takes from it whatever else it was granted in this
/// database's schema.
///
/// # Errors
/// [`DbError::Other`] on SQLite, for a name that needs quoting, or without the right to grant.
pub async fn grant(db: &Db, role: &str) -> Result<(), DbError> {
    if db.dialect() == Dialect::Sqlite {
        return Err(DbError::Other(
            "SQLite has no roles: export the view to a file of its own".to_owned(),
        ));
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let named = role.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
    if !named || role.len() > 63 || !role.bytes().all(plain) {
        return Err(DbError::Other(
            "a role's name has lower-case letters, digits and underscores".to_owned(),
        ));
    }
    let statements = [
        format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"),
        format!("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}"),
        format!("REVOKE ALL ON SCHEMA public FROM {role}"),
        format!("GRANT USAGE ON SCHEMA public TO {role}"),
        format!("GRANT SELECT ON {VIEW} TO {role}"),
    ];
    db.write(move |tx| {
        Box::pin(async move {
            for statement in &statements {
                tx.exec(statement, &[]).await?;
            }
            Ok(())
        })
    })
    .await
}

/// The view as comma-separated values, a line a cell under a line of names. No value needs quoting but
/// the bands, which hold commas.
///
/// # Errors
/// Any [`DbError`].
pub async fn export(db: &Db) -> Result<String, DbError> {
    let names = COLUMNS.join(", ");
    let sql = format!("SELECT {names} FROM {VIEW} ORDER BY {names}");
    let rows = db
        .read::<_, DbError, _>(move |tx| Box::pin(async move { tx.many(&sql, &[]).await }))
        .await?;
    let mut text = COLUMNS.join(",");
    text.push('\n');
    for row in &rows {
        for at in 0..COLUMNS.len() - 1 {
            text.push('"');
            text.push_str(&row.text(at)?.replace('"', "\"\""));
            text.push_str("\",");
        }
        text.push_str(&row.int(COLUMNS.len() - 1)?.to_string());
        text.push('\n');
    }
    Ok(text)
}
