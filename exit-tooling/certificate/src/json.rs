//! Numbers in JSON that every reader understands alike.

use serde_json::Value;

/// RFC 8785 (JCS) writes numbers as IEEE doubles, which hold whole numbers up to 2^53 exactly.
const EXACT: i64 = 1 << 53;

/// A whole number as JSON: as a number while a double holds it exactly, else as its decimal digits.
#[must_use]
pub fn integer(number: i64) -> Value {
    if (-EXACT..=EXACT).contains(&number) {
        Value::from(number)
    } else {
        Value::from(number.to_string())
    }
}
