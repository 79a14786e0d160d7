//! Comparisons as Go's templates make them: only of the same kind, and `gt` is "not `le`".

use std::cmp::Ordering;

use super::value::Value;

const INCOMPATIBLE: &str = "incompatible types for comparison";
const INVALID: &str = "invalid type for comparison";

/// `eq`: whether the first equals any of the others.
pub(crate) fn eq(first: &Value, others: &[Value]) -> Result<bool, String> {
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(one: &Value, other: &Value) -> Result<bool, String> {
    match (one, other) {
        (Value::Text(a), Value::Text(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (
            Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_),
            Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_),
        ) => Err(INCOMPATIBLE.to_owned()),
        _ => Err(INVALID.to_owned()),
    }
}

/// `lt`.
pub(crate) fn lt(one: &Value, other: &Value) -> Result<bool, String> {
    let order = match (one, other) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (
            Value::Text(_) | Value::Int(_) | Value::Float(_),
            Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_),
        ) => {
            return Err(INCOMPATIBLE.to_owned());
        }
        _ => return Err(INVALID.to_owned()),
    };
    Ok(order == Some(Ordering::Less))
}

/// `le`.
pub(crate) fn le(one: &Value, other: &Value) -> Result<bool, String> {
    Ok(lt(one, other)? || equal(one, other)?)
}
