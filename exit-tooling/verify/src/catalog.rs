//! The live schema: every table with its key, its foreign keys, and which columns hold bytes.

use std::collections::BTreeMap;

use laws::source::{Dialect, Source};

use crate::VerifyError;

/// A table as it is there.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name, without quotes, and without the schema if that is `public`.
    pub name: String,
    /// How a query names it.
    pub sql: String,
    /// Its columns in their order.
    pub columns: Vec<Column>,
    /// The places of the primary key's columns, in the key's order.
    pub key: Vec<usize>,
    /// What its rows belong to.
    pub parents: Vec<Parent>,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name, without quotes.
    pub name: String,
    /// Whether it holds bytes.
    pub bytes: bool,
}

/// A foreign key of one column.
#[derive(Debug, Clone)]
pub struct Parent {
    /// The column's place.
    pub column: usize,
    /// The table that it points to, by [`Table::name`].
    pub table: String,
    /// The column there, by its name.
    pub target: String,
}

/// A row of a query: what it selects, as text.
const SQLITE_COLUMNS: &str = r#"SELECT '"' || replace(m.name, '"', '""') || '"', c.name, upper(c.type), CAST(c.pk AS TEXT)
    FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid"#;
/// A missing target is the other table's primary key.
const SQLITE_PARENTS: &str = r#"SELECT '"' || replace(m.name, '"', '""') || '"', f."from",
    '"' || replace(f."table", '"', '""') || '"',
    COALESCE(f."to", (SELECT c.name FROM pragma_table_info(f."table") c WHERE c.pk = 1)), CAST(f.seq AS TEXT)
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"#;
const POSTGRES_COLUMNS: &str = "
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname::text,
           CASE WHEN a.atttypid = 'bytea'::regtype THEN 'BLOB' ELSE '' END,
           COALESCE((SELECT array_position(i.indkey::int2[], a.attnum) + 1 FROM pg_index i
                     WHERE i.indrelid = c.oid AND i.indisprimary), 0)::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, a.attnum";
const POSTGRES_PARENTS: &str = "
    SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname::text,
           quote_ident(fn.nspname) || '.' || quote_ident(fc.relname), fa.attname::text,
           (cardinality(k.conkey) - 1)::text
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class fc ON fc.oid = k.confrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
    JOIN pg_attribute fa ON fa.attrelid = fc.oid AND fa.attnum = k.confkey[1]
    WHERE k.contype = 'f'";

/// A table's name for reports.
#[must_use]
pub fn plain(sql: &str) -> String {
    let name = sql.strip_prefix("public.").unwrap_or(sql);
    name.replace('"', "")
}

/// Reads the schema.
///
/// # Errors
/// [`VerifyError`].
pub async fn read(source: &mut Source) -> Result<Vec<Table>, VerifyError> {
    let (columns, parents) = match source.dialect() {
        Dialect::Sqlite => (SQLITE_COLUMNS, SQLITE_PARENTS),
        Dialect::Postgres => (POSTGRES_COLUMNS, POSTGRES_PARENTS),
    };
    let mut tables: BTreeMap<String, (Table, Vec<(usize, usize)>)> = BTreeMap::new();
    for row in source.rows("the columns", columns).await? {
        let (sql, column, kind, place) = (row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?);
        let (table, key) = tables.entry(sql.to_owned()).or_insert_with(|| {
            let empty = (Vec::new(), Vec::new(), Vec::new());
            let (columns, key, parents) = empty;
            (
                Table {
                    name: plain(sql),
                    sql: sql.to_owned(),
                    columns,
                    key,
                    parents,
                },
                Vec::new(),
            )
        });
        if let Some(place) = place.parse().ok().filter(|place| *place > 0) {
            key.push((place, table.columns.len()));
        }
        table.columns.push(Column {
            name: column.to_owned(),
            bytes: kind == "BLOB",
        });
    }
    for row in source.rows("the foreign keys", parents).await? {
        let (sql, column, parent) = (row.text(0)?, row.text(1)?, row.text(2)?);
        let Some((table, _)) = tables.get_mut(sql) else {
            continue;
        };
        // A walk that followed one column of several would reach other customers' rows.
        if row.text(4)? != "0" {
            return Err(VerifyError::WideForeignKey(table.name.clone()));
        }
        let place = table.columns.iter().position(|known| known.name == column);
        if let Some(column) = place {
            let target = row.text(3)?.to_owned();
            table.parents.push(Parent {
                column,
                table: plain(parent),
                target,
            });
        }
    }
    let ordered = |(mut table, mut key): (Table, Vec<(usize, usize)>)| {
        key.sort_unstable();
        table.key = key.into_iter().map(|(_, column)| column).collect();
        table
    };
    Ok(tables.into_values().map(ordered).collect())
}

impl Table {
    /// Every column as text: bytes in lower-case hexadecimal.
    #[must_use]
    pub fn texts(&self, dialect: Dialect) -> String {
        let text = |column: &Column| {
            let name = quoted(&column.name);
            match (column.bytes, dialect) {
                (false, _) => format!("CAST({name} AS TEXT)"),
                (true, Dialect::Sqlite) => {
                    format!("CASE WHEN {name} IS NULL THEN NULL ELSE lower(hex({name})) END")
                }
                (true, Dialect::Postgres) => format!("encode({name}, 'hex')"),
            }
        };
        self.columns.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// The place of a column.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// The primary key of a row's cells as one text, parts joined by `/`.
    #[must_use]
    pub fn key_of(&self, cells: &[Option<String>]) -> String {
        let part = |place: &usize| cells.get(*place).and_then(Option::as_deref).unwrap_or_default();
        self.key.iter().map(part).collect::<Vec<_>>().join("/")
    }
}

/// A name in SQL.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
