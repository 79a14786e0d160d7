//! What sources told of an application and what an officer wrote of it, in the clear, for law 5's search.

use db::Db;
use serde_json::Value as Json;
use store::{samples, sealed};
use vault::{Keys, OpenError, Seal, Sealed, SealedColumn};
use zeroize::Zeroizing;

use crate::Refusal;
use crate::sample::Value;

/// Digits of a number that is looked for: shorter ones are among other amounts by chance.
const DIGITS: usize = 10;
/// Different digits of it: round sums are among other amounts, too.
const DIFFERENT: usize = 5;

/// The long numbers of its raw answers, and its reports whole. What else the answers hold is
/// what the firm told itself, or a word that stands anywhere.
///
/// # Errors
/// The database's refusal, or a value that is not what was sealed.
pub(crate) async fn of(db: &Db, keys: &Keys, application: &str) -> Result<Vec<Value>, Refusal> {
    let id = application.to_owned();
    let rows = db.read(move |tx| {
        Box::pin(async move {
            let answers = samples::answers(tx, &id).await?;
            Ok::<_, Refusal>((answers, samples::reports(tx, &id).await?))
        })
    });
    let (answers, reports) = rows.await?;
    let mut values = Vec::new();
    for (row, bytes) in answers {
        if let Some(answer) = opened::<Json>(keys, &sealed::ANSWER, &row, bytes)? {
            numbers(&answer, &mut values);
        }
    }
    for (row, bytes) in reports {
        if let Some(report) = opened::<String>(keys, &sealed::REPORT, &row, bytes)? {
            values.push(Value {
                kind: "report",
                value: Zeroizing::new(report),
            });
        }
    }
    Ok(values)
}

/// Nothing where the key of this category was destroyed alone.
fn opened<T: Seal>(
    keys: &Keys,
    column: &'static SealedColumn,
    row: &str,
    bytes: Vec<u8>,
) -> Result<Option<T>, Refusal> {
    match keys.open(sealed::at(column, row), &Sealed::from_bytes(bytes)) {
        Ok(value) => Ok(Some(value)),
        Err(OpenError::Destroyed) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn numbers(answer: &Json, found: &mut Vec<Value>) {
    match answer {
        Json::Array(all) => all.iter().for_each(|one| numbers(one, found)),
        Json::Object(fields) => fields.values().for_each(|one| numbers(one, found)),
        Json::Number(number) => {
            let text = Zeroizing::new(number.to_string());
            let digits = Zeroizing::new(text.trim_start_matches('-').to_owned());
            let different = (b'0'..=b'9').filter(|digit| digits.bytes().any(|byte| byte == *digit));
            if digits.len() >= DIGITS
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && different.count() >= DIFFERENT
            {
                found.push(Value {
                    kind: "answer",
                    value: digits,
                });
            }
        }
        Json::Null | Json::Bool(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_numbers_that_are_not_round_are_looked_for_wherever_they_stand() {
        let answer = json!({
            "short": 123_456_789, "round": 1_200_000_000_i64, "rate": 12.345_678_901_2,
            "sales": [{ "sum": 1_234_567_890_i64 }, -98_765_432_101_i64], "name": "1234567899",
        });
        let mut found = Vec::new();
        numbers(&answer, &mut found);
        let mut found: Vec<&str> = found.iter().map(|value| value.value.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["1234567890", "98765432101"]);
    }
}
