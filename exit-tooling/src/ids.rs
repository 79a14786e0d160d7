//! Customers' ids, and how they are found in texts.

use std::collections::BTreeSet;

use db::{Db, DbError};

use crate::tables::{self, AT_ONCE, OF_A_CUSTOMER};

/// Hex digits of an id, after its prefix of three letters and `_`.
const DIGITS: usize = 32;
/// Letters and `_`.
const PREFIX: usize = 4;

/// The ids of customers' rows, their own among them.
///
/// # Errors
/// Any [`DbError`].
pub async fn of(db: &Db, firms: &[String]) -> Result<BTreeSet<String>, DbError> {
    let mut ids = BTreeSet::new();
    for firms in firms.chunks(AT_ONCE) {
        for table in OF_A_CUSTOMER.iter().filter(|table| table.key == "id") {
            let sql = format!("SELECT id FROM {} WHERE {}", table.name, table.of(db.dialect()));
            let firms = tables::json(firms);
            let rows = db.read(move |tx| Box::pin(async move { tx.many(&sql, &[(&firms).into()]).await }));
            let rows: Result<_, DbError> = rows.await;
            for row in rows? {
                ids.insert(row.text(0)?.to_owned());
            }
        }
    }
    Ok(ids)
}

/// Everything in a text that is spelled as an id.
pub fn within(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('_').filter_map(move |(at, _)| {
        let id = text.get(at.checked_sub(PREFIX - 1)?..at + 1 + DIGITS)?;
        let (prefix, digits) = id.split_at(PREFIX);
        let letters = prefix
            .bytes()
            .take(PREFIX - 1)
            .all(|byte| byte.is_ascii_lowercase());
        let hex = digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (letters && hex).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let (one, two) = (
            "frm_0123456789abcdef0123456789abcdef",
            "lon_ffffffffffffffffffffffffffffffff",
        );
        let text = format!("POST /v1/{one}/x {{\"id\":\"{two}\",\"note\":\"a_b frm_0123\"}}元_{two}");
        assert_eq!(within(&text).collect::<Vec<_>>(), [one, two, two]);
    }
}
