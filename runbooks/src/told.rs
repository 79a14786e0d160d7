//! What an answer means: done, surely not done, or unknown. Pure.

use saga::Performed;
use serde_json::{Value, json};

use crate::hands::{Exit, Response};

/// Characters that are shown of what is no JSON.
const SHOWN: usize = 300;

/// What a command's end means. Its exit codes are those of `base::exit`: wrong usage, unreachable and refused say that
/// nothing was done; whatever else is not "well" leaves it unknown.
pub(crate) fn of_exit(exit: Exit) -> Performed {
    let surely_not = [base::exit::USAGE, base::exit::UNREACHABLE, base::exit::REFUSED];
    match exit {
        Exit::Code { code: 0, stdout, .. } => Performed::Done(json_or_text(&stdout)),
        Exit::Code { code, stderr, .. } => {
            let text = format!("exit code {code}: {}", shown(&stderr));
            if surely_not.iter().any(|known| i32::from(*known) == code) {
                Performed::Failed(text)
            } else {
                Performed::Unknown(text)
            }
        }
        Exit::NotStarted(reason) => Performed::Failed(format!("it was not started: {reason}")),
        Exit::Lost(reason) => Performed::Unknown(reason),
    }
}

/// What an answer over HTTP means. A refusal of the 400s says that nothing was done; a timeout among them does not.
pub(crate) fn of_response(response: Response, expect: &[u16]) -> Performed {
    match response {
        Response::Answer { status, body } if expect.contains(&status) => Performed::Done(json_or_text(&body)),
        Response::Answer { status, body } => {
            let text = format!("status {status}: {}", shown(&body));
            let refused = (400..500).contains(&status) && ![408, 409, 425, 429].contains(&status);
            if refused {
                Performed::Failed(text)
            } else {
                Performed::Unknown(text)
            }
        }
        Response::NotSent(reason) => Performed::Failed(format!("it was not sent: {reason}")),
        Response::Lost(reason) => Performed::Unknown(reason),
    }
}

/// What was answered, as JSON if it is any.
pub(crate) fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|_| json!({ "said": shown(text) }))
}

/// The beginning of a text, on one line.
pub(crate) fn shown(text: &str) -> String {
    let line: String = text
        .trim()
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SHOWN)
        .collect();
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_did_nothing_has_failed() {
        let exit = |code| {
            of_exit(Exit::Code {
                code,
                stdout: "{\"epoch\":7}".to_owned(),
                stderr: "why\nso".to_owned(),
            })
        };
        assert_eq!(exit(0), Performed::Done(json!({ "epoch": 7 })));
        for code in [2, 5, 6] {
            assert_eq!(exit(code), Performed::Failed(format!("exit code {code}: why so")));
        }
        for code in [1, 3, 4, 7, 101, 137] {
            assert_eq!(
                exit(code),
                Performed::Unknown(format!("exit code {code}: why so"))
            );
        }
        assert!(matches!(
            of_exit(Exit::NotStarted("x".to_owned())),
            Performed::Failed(_)
        ));
        assert!(matches!(
            of_exit(Exit::Lost("x".to_owned())),
            Performed::Unknown(_)
        ));
    }

    #[test]
    fn an_answer_that_was_not_expected_is_unknown_unless_it_refuses() {
        let answer = |status| {
            let body = "no".to_owned();
            of_response(Response::Answer { status, body }, &[200, 204])
        };
        assert_eq!(answer(204), Performed::Done(json!({ "said": "no" })));
        for status in [400, 401, 403, 404, 422] {
            assert!(matches!(answer(status), Performed::Failed(_)), "{status}");
        }
        for status in [201, 302, 408, 409, 429, 500, 502, 503, 504] {
            assert!(matches!(answer(status), Performed::Unknown(_)), "{status}");
        }
        assert!(matches!(
            of_response(Response::NotSent(String::new()), &[200]),
            Performed::Failed(_)
        ));
        assert!(matches!(
            of_response(Response::Lost(String::new()), &[200]),
            Performed::Unknown(_)
        ));
    }
}
