//! Goes through every value of every table: what a file's bytes hide, such as a compressed value, shows here.

use std::collections::{BTreeMap, BTreeSet};

use laws::source::Source;

use crate::VerifyError;
use crate::catalog::plain;
use crate::needles::{EXIT, STORE, TOKEN};
use crate::places;
use crate::tokens::Finder;
use laws::leaks::Search;

/// What was found by query or in files.
#[derive(Debug, Default)]
pub struct Found {
    /// What may be nowhere: kind, place, encoding, and how many times.
    pub hits: BTreeMap<(String, String, String), u64>,
    /// Tokens where they may stay, by place.
    pub residual: BTreeMap<String, u64>,
    /// Which tokens those are.
    pub stay: BTreeSet<String>,
    /// Tables.
    pub tables: u64,
    /// Rows.
    pub rows: u64,
    /// Whether the exit's id was seen in the table of exits.
    pub exit_seen: bool,
    /// Whether the key store's identity was seen in its table.
    pub store_seen: bool,
}

impl Found {
    /// Counts a hit.
    pub fn hit(&mut self, kind: &str, place: String, encoding: &str) {
        let key = (kind.to_owned(), place, encoding.to_owned());
        *self.hits.entry(key).or_default() += 1;
    }
}

/// Goes through one database; `name` stands before its tables in reports. `tokens` are found one by one, all else by
/// `search`.
///
/// # Errors
/// [`VerifyError::Database`].
pub async fn tables(
    url: &str,
    name: &str,
    search: &Search,
    tokens: &[&str],
    found: &mut Found,
) -> Result<(), VerifyError> {
    let finder = Finder::new(tokens)?;
    let mut source = Source::open(url).await?;
    for table in source.tables().await? {
        let plain = plain(&table.name);
        let stays = places::stays(&plain);
        let rows = source
            .values(&table, |_, column, value| {
                let column = table.columns.get(column).map_or("", String::as_str);
                let place = || format!("{name}: {plain}.{column}");
                search.bytes(value, |hit| match hit.kind {
                    EXIT => found.exit_seen |= plain == "exits",
                    STORE => found.store_seen |= plain == "vault_state",
                    // Counted by the finder, which says which it is.
                    TOKEN => {}
                    kind => found.hit(kind, place(), hit.encoding.as_str()),
                });
                finder.find(value, |token| {
                    if stays {
                        if let Some(token) = tokens.get(token) {
                            found.stay.insert((*token).to_owned());
                        }
                        *found.residual.entry(place()).or_default() += 1;
                    } else {
                        found.hit(TOKEN, place(), "as it is");
                    }
                });
            })
            .await?;
        found.rows += rows;
        found.tables += 1;
    }
    source.close().await;
    Ok(())
}
