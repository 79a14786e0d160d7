//! One migration text, made the SQL of a dialect.

use crate::{DbError, Dialect};

/// Keeps the lines for this dialect and fills in its types.
///
/// # Errors
/// [`DbError::Other`] for a section marker that is not known: a misspelt one would
/// silently apply its lines to the wrong database.
pub(crate) fn text(sql: &str, dialect: Dialect) -> Result<String, DbError> {
    let (blob, serial) = match dialect {
        // Not AUTOINCREMENT, which keeps its numbers in a table that every insertion would write;
        // so the number of a last row that was deleted is given again.
        Dialect::Sqlite => ("BLOB", "INTEGER PRIMARY KEY"),
        Dialect::Postgres => ("BYTEA", "BIGSERIAL PRIMARY KEY"),
    };
    let mut kept = String::with_capacity(sql.len());
    let mut section = None;
    for line in sql.lines() {
        match line.trim() {
            "-- @both" => section = None,
            "-- @sqlite" => section = Some(Dialect::Sqlite),
            "-- @postgres" => section = Some(Dialect::Postgres),
            other if other.starts_with("-- @") => {
                return Err(DbError::Other(format!("unknown section in a migration: {other}")));
            }
            _ if section.is_none_or(|section| section == dialect) => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    Ok(kept.replace("{blob}", blob).replace("{bigserial_pk}", serial))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE TABLE t (n {bigserial_pk}, b {blob});\n  -- @sqlite\nPRAGMA x;\n-- @postgres\nSET y;\n-- @both\nSELECT 1;";

    #[test]
    fn each_dialect_gets_its_sections_and_its_types() {
        assert_eq!(
            text(SQL, Dialect::Sqlite).unwrap(),
            "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB);\nPRAGMA x;\nSELECT 1;\n"
        );
        assert_eq!(
            text(SQL, Dialect::Postgres).unwrap(),
            "CREATE TABLE t (n BIGSERIAL PRIMARY KEY, b BYTEA);\nSET y;\nSELECT 1;\n"
        );
    }

    #[test]
    fn a_misspelt_section_is_refused() {
        assert!(text("-- @postgresql\nSET y;", Dialect::Sqlite).is_err());
    }
}
