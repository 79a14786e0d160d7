//! The rows of a customer: from its row in `firms`, along the live foreign keys, children after parents.

use std::collections::{BTreeMap, HashMap, HashSet};

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

/// Ids that are asked for at once: a statement stays small, and a round trip, or a scan of a table without an index, is
/// paid once for thousands.
const AT_ONCE: usize = 2000;

/// A row's columns as text.
type Cells = Vec<Option<String>>;

/// All rows of these customers.
///
/// # Errors
/// [`VerifyError::NoCustomer`] for one that has no row; or the database can't be read.
pub async fn rows(source: &mut Source, tables: &[Table], firms: &[String]) -> Result<Rows, VerifyError> {
    let root = tables.iter().find(|table| table.name == "firms");
    let root = root.ok_or(VerifyError::NoCustomer(1))?;
    let whose: HashMap<&str, usize> = firms
        .iter()
        .enumerate()
        .map(|(place, firm)| (firm.as_str(), place))
        .collect();
    let first = reached(source, (root, "id"), &whose).await?;
    let there: HashSet<usize> = first.iter().map(|(firm, _)| *firm).collect();
    if let Some(missing) = (0..firms.len()).find(|place| !there.contains(place)) {
        return Err(VerifyError::NoCustomer(missing + 1));
    }
    let mut rows = Rows::new();
    let mut waiting = vec![(root, add(&mut rows, root, first))];
    while let Some((parent, new)) = waiting.pop() {
        for table in tables.iter().filter(|table| !places::stays(&table.name)) {
            for key in table.parents.iter().filter(|key| key.table == parent.name) {
                let (Some(target), Some(column)) = (parent.place(&key.target), table.columns.get(key.column))
                else {
                    continue;
                };
                let whose: HashMap<&str, usize> = new
                    .iter()
                    .filter_map(|(firm, cells)| Some((cells.get(target)?.as_deref()?, *firm)))
                    .collect();
                let all = reached(source, (table, &column.name), &whose).await?;
                let fresh = add(&mut rows, table, all);
                if !fresh.is_empty() {
                    waiting.push((table, fresh));
                }
            }
        }
    }
    Ok(rows)
}

/// The rows of a table whose column has one of these values, each with the customer whose value that is.
async fn reached(
    source: &mut Source,
    (table, column): (&Table, &str),
    whose: &HashMap<&str, usize>,
) -> Result<Vec<(usize, Cells)>, VerifyError> {
    let mut all = Vec::new();
    let Some(place) = table.place(column) else {
        return Ok(all);
    };
    let ids: Vec<&str> = whose.keys().copied().collect();
    for ids in ids.chunks(AT_ONCE) {
        for cells in select(source, table, column, ids).await? {
            let firm = cells
                .get(place)
                .and_then(Option::as_deref)
                .and_then(|id| whose.get(id));
            if let Some(firm) = firm {
                all.push((*firm, cells));
            }
        }
    }
    Ok(all)
}

/// Keeps what is not known yet, and answers that.
fn add(rows: &mut Rows, table: &Table, all: Vec<(usize, Cells)>) -> Vec<(usize, Cells)> {
    let known = rows.entry(table.name.clone()).or_default();
    let mut fresh = Vec::new();
    for (firm, cells) in all {
        known.entry(table.key_of(&cells)).or_insert_with(|| {
            fresh.push((firm, cells.clone()));
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
