//! Looking at the world without changing it: conditions of waits, and whether a step was done.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bound::Bound;
use crate::hands::{Exit, Hands, Order, Request, Response};
use crate::plan::{Look, Source};
use crate::told::shown;

/// How long one look may take: a wait looks again, and whoever verifies is told that it is unknown.
const PATIENCE: Duration = Duration::from_secs(30);

/// Series that are kept of an expression's answer.
const KEPT: usize = 3;

/// What was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    /// It holds, by this answer.
    Holds(Value),
    /// It does not hold: what was seen instead.
    Not(String),
    /// It cannot be told.
    Unknown(String),
}

/// Looks once.
pub(crate) async fn look(bound: &Bound, look: &Look, hands: &dyn Hands) -> Seen {
    match &look.at {
        Source::Promql { expression } => match hands.query(&bound.plain(expression)).await {
            Ok(series) if series.is_empty() => Seen::Not("the expression gives nothing".to_owned()),
            Ok(series) => Seen::Holds(json!({ "series": series.iter().take(KEPT).collect::<Vec<_>>() })),
            Err(reason) => Seen::Unknown(reason),
        },
        Source::Http { url } => {
            let request = Request {
                method: "GET".to_owned(),
                url: bound.address(url),
                body: None,
                timeout: PATIENCE,
                key: String::new(),
            };
            match hands.http(&request).await {
                Response::Answer { status: 200, body } => of_answer(look, &body),
                Response::Answer { status, .. } => Seen::Unknown(format!("status {status}")),
                Response::NotSent(reason) | Response::Lost(reason) => Seen::Unknown(reason),
            }
        }
        Source::Command { argv } => {
            let order = Order {
                argv: bound.words(argv),
                timeout: PATIENCE,
            };
            match hands.command(&order).await {
                Exit::Code { code: 0, stdout, .. } => of_answer(look, &stdout),
                Exit::Code { code, stderr, .. } => {
                    Seen::Unknown(format!("exit code {code}: {}", shown(&stderr)))
                }
                Exit::NotStarted(reason) | Exit::Lost(reason) => Seen::Unknown(reason),
            }
        }
    }
}

/// Whether an answer has the member that is wanted. An answer without that member, or that is no JSON, tells nothing.
fn of_answer(look: &Look, text: &str) -> Seen {
    let (Some(pointer), Some(wanted)) = (&look.pointer, &look.equals) else {
        return Seen::Holds(json!({}));
    };
    let Ok(answer) = serde_json::from_str::<Value>(text.trim()) else {
        return Seen::Unknown("the answer is no JSON".to_owned());
    };
    let Some(value) = answer.pointer(pointer) else {
        return Seen::Unknown(format!("the answer has no {pointer}"));
    };
    let is = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if is == *wanted {
        Seen::Holds(json!({ pointer: is }))
    } else {
        Seen::Not(format!("{pointer} is {}", shown(&is)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;

    #[test]
    fn an_answer_without_the_member_tells_nothing() {
        let look = Look {
            at: Source::Http {
                url: Template(String::new()),
            },
            pointer: Some("/a/0/state".to_owned()),
            equals: Some("closed".to_owned()),
        };
        assert!(matches!(
            of_answer(&look, r#"{"a":[{"state":"closed"}]}"#),
            Seen::Holds(_)
        ));
        let not = Seen::Not("/a/0/state is open".to_owned());
        assert_eq!(of_answer(&look, r#"{"a":[{"state":"open"}]}"#), not);
        for unknown in [r#"{"a":[]}"#, "closed", ""] {
            assert!(matches!(of_answer(&look, unknown), Seen::Unknown(_)), "{unknown}");
        }
        let number = Look {
            pointer: Some("/n".to_owned()),
            equals: Some("3".to_owned()),
            ..look
        };
        assert!(matches!(of_answer(&number, r#"{"n":3}"#), Seen::Holds(_)));
    }
}
