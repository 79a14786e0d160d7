//! Rows that name a customer in a text, where no foreign key leads: jobs, kept answers, copies that somebody made.

use std::collections::BTreeSet;

use laws::source::Source;

use crate::VerifyError;
use crate::catalog::{Table, plain};
use crate::opened::hex;
use crate::owned::Rows;
use crate::places;
use crate::tokens::{Finder, is_token, uuid};

/// What such rows add to what is looked for.
#[derive(Debug, Default)]
pub struct Mentions {
    /// Rows, by table.
    pub rows: std::collections::BTreeMap<String, u64>,
    /// Their ids and digests.
    pub tokens: BTreeSet<String>,
    /// Their values that are bytes.
    pub bytes: BTreeSet<Vec<u8>>,
    /// Digests that stand in rows of nobody who leaves: of the same request or verdict by somebody else. By their
    /// place among the tokens.
    pub shared: BTreeSet<usize>,
}

/// Columns whose values name the row, and nothing else: an officer's account in another column stays.
#[must_use]
pub fn names_the_row(column: &str) -> bool {
    column == "id"
        || column.ends_with("digest")
        || column.ends_with("hash")
        || column.ends_with("payment_reference")
}

/// Goes through every value of every table that does not stay. A row is a customer's if an id of its stands there; a
/// digest alone makes none, and is shared.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn find(
    source: &mut Source,
    tables: &[Table],
    owned: &Rows,
    tokens: &[String],
) -> Result<Mentions, VerifyError> {
    let (mut mentions, finder) = (Mentions::default(), Finder::new(tokens)?);
    for read in source.tables().await? {
        let name = plain(&read.name);
        let Some(table) = tables.iter().find(|table| table.name == name) else {
            continue;
        };
        if places::stays(&name) {
            continue;
        }
        let known = owned.get(&name);
        let (mut current, mut cells, mut named) = (0, Vec::new(), BTreeSet::new());
        let mut end = |cells: &mut Vec<(usize, Vec<u8>)>, named: &mut BTreeSet<usize>| {
            let (cells, named) = (std::mem::take(cells), std::mem::take(named));
            if named.is_empty() {
                return;
            }
            let mut texts = vec![None; table.columns.len()];
            for (place, value) in &cells {
                if let (Some(text), Some(column)) = (texts.get_mut(*place), table.columns.get(*place)) {
                    let lossy = || String::from_utf8_lossy(value).into_owned();
                    *text = Some(if column.bytes { hex(value) } else { lossy() });
                }
            }
            if known.is_some_and(|rows| rows.contains_key(&table.key_of(&texts))) {
                return;
            }
            if !named
                .iter()
                .any(|token| tokens.get(*token).is_some_and(|token| uuid(token).is_some()))
            {
                mentions.shared.extend(named);
                return;
            }
            *mentions.rows.entry(name.clone()).or_default() += 1;
            for (place, value) in cells {
                let Some(column) = table.columns.get(place) else {
                    continue;
                };
                if column.bytes {
                    mentions.bytes.insert(value);
                } else if names_the_row(&column.name)
                    && let Ok(text) = String::from_utf8(value)
                    && is_token(&text)
                {
                    mentions.tokens.insert(text);
                }
            }
        };
        source
            .values(&read, |row, column, value| {
                if row != current {
                    end(&mut cells, &mut named);
                    current = row;
                }
                finder.find(value, |token| named.extend([token]));
                cells.push((column, value.to_vec()));
            })
            .await?;
        end(&mut cells, &mut named);
    }
    Ok(mentions)
}
