//! A description in which everything has still to be decided.

use std::fmt::Write as _;

use db::Db;

use crate::live::{self, Values};
use crate::{AdoptError, Change};

const HEAD: &str = "\
# Which changes of this schema bind the bank? For each [[decide]], change the heading to
#   [[binds]]   and add  act = \"application\" | \"contract\" | \"limit_increase\" | \"draw\" | \"renewal\"  and  why = \"…\"
#   [[spared]]  and add  why = \"…\"
# Whatever makes the bank newly bound binds; whatever carries out, records or ends what it is bound by is
# spared. An insert that binds is refused while intake is closed, whatever the row's state; a transition also
# where a row is born in that state. A higher limit is `on = \"raise\"` with its column: look for such columns,
# as a schema does not tell them. \"renewal\", more time for a loan that runs, is refused only while a closing
# names it: a closing of everything, or of a product, leaves it alone.

";

/// Writes one for a live schema.
///
/// # Errors
/// As [`live::schema`].
pub async fn draft(db: &Db, schema: &str) -> Result<String, AdoptError> {
    let name = schema.to_owned();
    let tables = db
        .read(move |tx| Box::pin(async move { live::schema(tx, &name).await }))
        .await?;
    let mut text = format!("{HEAD}schema = {}\n", quoted(schema));
    for (table, found) in &tables {
        let _written = write!(text, "\n# {table}\n");
        entry(&mut text, table, &Change::Insert);
        for (column, values) in &found.states {
            let column = column.clone();
            match values {
                Values::Listed(values) => {
                    for to in values {
                        let (column, to) = (column.clone(), to.clone());
                        entry(&mut text, table, &Change::Transition { column, to });
                    }
                }
                Values::Unknown => {
                    text.push_str("\n# Its values are not in the schema: add an entry for each that binds.");
                    entry(&mut text, table, &Change::Any { column });
                }
            }
        }
    }
    Ok(text)
}

fn entry(text: &mut String, table: &str, change: &Change) {
    let rest = match change {
        Change::Insert => "on = \"insert\"".to_owned(),
        Change::Transition { column, to } => format!(
            "on = \"transition\"\ncolumn = {}\nto = {}",
            quoted(column),
            quoted(to)
        ),
        Change::Raise { column } => format!("on = \"raise\"\ncolumn = {}", quoted(column)),
        Change::Any { column } => format!("on = \"any\"\ncolumn = {}", quoted(column)),
    };
    // Writing into a String does not fail.
    let _written = write!(text, "\n[[decide]]\ntable = {}\n{rest}\n", quoted(table));
}

/// As TOML takes it, whatever it holds.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
