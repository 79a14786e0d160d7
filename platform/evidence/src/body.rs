//! The text of a leaf, and its hash.

use db::DbError;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Integers that every JSON reader keeps exact: 2⁵³ − 1 (RFC 7493, 2.2).
const EXACT: u64 = (1 << 53) - 1;
/// An act is a few facts; more is a document, to be stored elsewhere and cited by its hash.
const LONGEST: usize = 16 * 1024;

/// Writes a JSON object in its one canonical form (JCS, RFC 8785), so that
/// whoever has the facts gets the same bytes and the same hash.
///
/// # Errors
/// [`DbError::Other`] for a number that readers round, or for more than 16 KiB.
pub fn canonical(facts: Map<String, Value>) -> Result<String, DbError> {
    let facts = Value::Object(facts);
    if !exact(&facts) {
        return Err(DbError::Other(
            "evidence body holds a number that JSON readers round".to_owned(),
        ));
    }
    let text = serde_jcs::to_string(&facts)
        .map_err(|error| DbError::Other(format!("evidence body has no canonical form: {error}")))?;
    if text.len() > LONGEST {
        return Err(DbError::Other(format!(
            "evidence body has {} bytes, more than {LONGEST}",
            text.len()
        )));
    }
    Ok(text)
}

fn exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(natural), _) => natural <= EXACT,
            (None, Some(negative)) => negative.unsigned_abs() <= EXACT,
            // Fractions: an act has none, and their text is where canonical forms differ.
            (None, None) => false,
        },
        Value::Array(items) => items.iter().all(exact),
        Value::Object(members) => members.values().all(exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// The Merkle leaf hash of RFC 6962, 2.1: SHA-256 over a zero byte and the body.
/// The zero byte keeps a leaf from being passed off as an inner node.
#[must_use]
pub fn leaf_hash(body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update([0])
        .chain_update(body)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(facts: Value) -> Result<String, DbError> {
        match facts {
            Value::Object(facts) => canonical(facts),
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn members_are_sorted_by_utf_16_and_nothing_is_escaped_without_need() {
        // The example of RFC 8785, 3.2.3, in this module's reach.
        let facts = json!({ "\u{20ac}": "Euro", "\r": "CR", "\u{fb33}": "Dalet", "1": "One",
            "\u{1f600}": "Grin", "\u{80}": "Control", "\u{f6}": "o" });
        let wanted = "{\"\\r\":\"CR\",\"1\":\"One\",\"\u{80}\":\"Control\",\"\u{f6}\":\"o\",\
            \"\u{20ac}\":\"Euro\",\"\u{1f600}\":\"Grin\",\"\u{fb33}\":\"Dalet\"}";
        assert_eq!(text(facts).unwrap(), wanted);
    }

    #[test]
    fn numbers_that_readers_round_are_refused() {
        assert!(text(json!({ "n": 9_007_199_254_740_991_i64 })).is_ok());
        assert!(text(json!({ "n": -9_007_199_254_740_991_i64 })).is_ok());
        for bad in [
            json!(9_007_199_254_740_992_i64),
            json!(-9_007_199_254_740_992_i64),
            json!(0.1),
        ] {
            assert!(text(json!({ "deep": [{ "n": bad }] })).is_err());
        }
    }

    #[test]
    fn a_document_is_not_a_leaf() {
        assert!(text(json!({ "text": "x".repeat(16 * 1024) })).is_err());
    }

    #[test]
    fn the_hash_is_that_of_rfc_6962() {
        // The published leaf hash of the empty leaf, as Certificate Transparency logs test it.
        let hex: String = leaf_hash(b"").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }
}
