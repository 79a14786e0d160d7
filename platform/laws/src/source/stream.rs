//! Every value of every table, as bytes, without keeping a row.

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Row as _};

use super::{Connection, DatabaseError, Dialect, Source, failed};

/// A table and its columns: how each is named, and how its bytes are asked for.
#[derive(Debug)]
pub struct Table {
    /// Quoted where its name needs it.
    pub name: String,
    /// Its columns, not quoted, in their order.
    pub columns: Vec<String>,
    bytes: Vec<String>,
}

/// Ordinary tables with their ordinary columns; an index holds nothing that its table doesn't.
const SQLITE: &str = r#"
    SELECT '"' || replace(m.name, '"', '""') || '"', c.name,
           'CAST("' || replace(c.name, '"', '""') || '" AS BLOB)'
    FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
    WHERE m.type = 'table' ORDER BY m.name, c.cid"#;

/// The same; materialised views are stored as tables are. The catalogue is left
/// out: what it samples of a column is what the column holds.
const POSTGRES: &str = "
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname::text,
           CASE WHEN a.atttypid = 'bytea'::regtype THEN quote_ident(a.attname)
                ELSE 'convert_to(' || quote_ident(a.attname) || '::text, ''UTF8'')' END
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, a.attnum";

impl Source {
    /// Every table that this connection sees.
    ///
    /// # Errors
    /// When the catalogue can't be read.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DatabaseError> {
        let sql = match self.dialect() {
            Dialect::Sqlite => SQLITE,
            Dialect::Postgres => POSTGRES,
        };
        let mut tables: Vec<Table> = Vec::new();
        for row in self.rows("the tables", sql).await? {
            let (name, column, bytes) = (row.text(0)?, row.text(1)?, row.text(2)?);
            if tables.last().is_none_or(|table| table.name != name) {
                tables.push(Table {
                    name: name.to_owned(),
                    columns: Vec::new(),
                    bytes: Vec::new(),
                });
            }
            if let Some(table) = tables.last_mut() {
                table.columns.push(column.to_owned());
                table.bytes.push(bytes.to_owned());
            }
        }
        Ok(tables)
    }

    /// Hands the bytes of every value, with its row's number from 1 and its column's place, to `each`; answers how many
    /// rows there were.
    ///
    /// # Errors
    /// When the table can't be read.
    pub async fn values(
        &mut self,
        table: &Table,
        mut each: impl FnMut(u64, usize, &[u8]),
    ) -> Result<u64, DatabaseError> {
        const WHAT: &str = "a table's values";
        let sql = AssertSqlSafe(format!("SELECT {} FROM {}", table.bytes.join(", "), table.name));
        let mut count = 0;
        // One loop a dialect: their rows are different types.
        macro_rules! walk {
            ($connection:expr) => {{
                let mut rows = sqlx::query(sql).fetch($connection);
                while let Some(row) = rows
                    .try_next()
                    .await
                    .map_err(|source| failed(WHAT, source))?
                {
                    count += 1;
                    for column in 0..row.len() {
                        let value: Option<&[u8]> =
                            row.try_get(column).map_err(|source| failed(WHAT, source))?;
                        if let Some(bytes) = value {
                            each(count, column, bytes);
                        }
                    }
                }
            }};
        }
        match &mut self.0 {
            Connection::Sqlite(connection) => walk!(connection),
            Connection::Postgres(connection) => walk!(connection),
        }
        Ok(count)
    }
}
