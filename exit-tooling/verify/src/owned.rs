//! The rows of a customer: from its row in `firms`, along the live foreign keys, children after parents.

use std::collections::BTreeMap;

use laws::source::Source;

use crate::VerifyError;
use crate::catalog::{Table, quoted};
use crate::places;

/// A row of a customer.
#[derive(Debug, Clone)]
pub struct Row {
    /// The customer, by its place among those named.
    pub firm: usize,
    /// Each column as text; bytes in lower-case hexadecimal.
    pub cells: Vec<Option<String>>,
}

/// Rows by table and key.
pub type Rows = BTreeMap<String, BTreeMap<String, Row>>;

/// Ids that are asked for at once: a statement stays small, and a round trip is paid once for hundreds.
const AT_ONCE: usize = 500;

/// All rows of these customers.
///
/// # Errors
/// [`VerifyError::NoCustomer`] for one that has no row; or the database can't be read.
pub async fn rows(source: &mut Source, tables: &[Table], firms: &[String]) -> Result<Rows, VerifyError> {
    let mut rows = Rows::new();
    for (place, firm) in firms.iter().enumerate() {
        let root = tables.iter().find(|table| table.name == "firms");
        let root = root.ok_or(VerifyError::NoCustomer(place + 1))?;
        let mut found = select(source, root, "id", &[firm]).await?;
        let cells = found.pop().ok_or(VerifyError::NoCustomer(place + 1))?;
        let mut waiting = vec![(root, vec![cells.clone()])];
        add(&mut rows, root, place, vec![cells]);
        while let Some((parent, new)) = waiting.pop() {
            for table in tables.iter().filter(|table| !places::stays(&table.name)) {
                for key in table.parents.iter().filter(|key| key.table == parent.name) {
                    let Some(target) = parent.place(&key.target) else {
                        continue;
                    };
                    let ids: Vec<&str> = new.iter().filter_map(|row| row.get(target)?.as_deref()).collect();
                    let Some(column) = table.columns.get(key.column) else {
                        continue;
                    };
                    let mut all = Vec::new();
                    for ids in ids.chunks(AT_ONCE) {
                        all.extend(select(source, table, &column.name, ids).await?);
                    }
                    let fresh = add(&mut rows, table, place, all);
                    if !fresh.is_empty() {
                        waiting.push((table, fresh));
                    }
                }
            }
        }
    }
    Ok(rows)
}

/// Keeps what is not known yet, and answers that.
fn add(
    rows: &mut Rows,
    table: &Table,
    firm: usize,
    all: Vec<Vec<Option<String>>>,
) -> Vec<Vec<Option<String>>> {
    let known = rows.entry(table.name.clone()).or_default();
    let mut fresh = Vec::new();
    for cells in all {
        known.entry(table.key_of(&cells)).or_insert_with(|| {
            fresh.push(cells.clone());
            Row { firm, cells }
        });
    }
    fresh
}

/// The rows of a table whose column has one of these values.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn select(
    source: &mut Source,
    table: &Table,
    column: &str,
    ids: &[impl AsRef<str>],
) -> Result<Vec<Vec<Option<String>>>, VerifyError> {
    let texts = table.texts(source.dialect());
    let sql = format!(
        "SELECT {texts} FROM {} WHERE {} {{ids}}",
        table.sql,
        quoted(column)
    );
    let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
    let found = source.rows_in("a customer's rows", &sql, &ids).await?;
    let cells = |row: &laws::source::Row| {
        (0..table.columns.len())
            .map(|column| row.opt_text(column).map(str::to_owned))
            .collect()
    };
    Ok(found.iter().map(cells).collect())
}
