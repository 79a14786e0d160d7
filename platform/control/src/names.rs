//! The only words that get into the tables: of a fixed alphabet, short, and without a number that could be a
//! person's or an account's.

use std::collections::BTreeMap;

use crate::Refusal;

/// Longest name.
const NAME: usize = 40;
/// Longest name of a step, as in a page.
const STEP: usize = 64;
/// Longest value of a parameter.
const VALUE: usize = 64;
/// Digits in a row, at most: a mobile number has eleven.
const DIGITS: usize = 10;
/// The one parameter whose value is a long number.
const SEED: &str = "seed";
/// Parameters of one drill.
const PARAMETERS: usize = 16;

const OUTCOMES: &[&str] = &["held", "broken", "not-touched", "failed", "interrupted"];
const RUN_OUTCOMES: &[&str] = &["done", "undone", "partly-undone", "stuck", "abandoned"];
const VERDICTS: &[&str] = &["held", "broken", "not-touched"];

fn fits(text: &str, longest: usize, also: &[u8]) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || also.contains(&byte);
    (1..=longest).contains(&text.len()) && text.bytes().all(allowed)
}

fn holds_a_number(text: &str) -> bool {
    let runs = text.as_bytes().split(|byte| !byte.is_ascii_digit());
    runs.map(<[u8]>::len).any(|digits| digits > DIGITS)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && fits(text, NAME, b"-")
        && !holds_a_number(text)
}

/// Holds a name against its alphabet.
///
/// # Errors
/// `invalid-field`.
pub fn name(field: &'static str, text: &str) -> Result<(), Refusal> {
    match is_name(text) {
        true => Ok(()),
        false => Err(Refusal::field(
            field,
            "1 to 40 of a-z, 0-9 and -, a letter first, at most 10 digits in a row",
        )),
    }
}

/// What of somebody else's words fits the alphabet, as a name: `Web Application Attack` is `web-application-attack`.
/// Nothing, if nothing is left, or a number that could be somebody's.
#[must_use]
pub fn word(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut name = words.join("-");
    name.truncate(NAME);
    let name = name.trim_end_matches('-');
    (is_name(name) && !holds_a_number(text)).then(|| name.to_owned())
}

/// Holds parameters against theirs.
///
/// # Errors
/// `invalid-field`.
pub fn parameters(given: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let fit = |(name, value): (&String, &String)| {
        is_name(name) && fits(value, VALUE, b"-_.:") && (name == SEED || !holds_a_number(value))
    };
    match given.len() <= PARAMETERS && given.iter().all(fit) {
        true => Ok(()),
        false => Err(Refusal::field(
            "parameters",
            "at most 16; names of a-z, 0-9 and -, values of those and _ . : up to 64, at most 10 digits in a row but in `seed`",
        )),
    }
}

/// Holds an outcome against the known ones.
///
/// # Errors
/// `invalid-field`.
pub fn outcome(text: &str) -> Result<(), Refusal> {
    match OUTCOMES.contains(&text) {
        true => Ok(()),
        false => Err(Refusal::field(
            "outcome",
            "held, broken, not-touched, failed or interrupted",
        )),
    }
}

/// Holds the laws' verdicts against the known laws and verdicts.
///
/// # Errors
/// `invalid-field`.
pub fn laws(given: &BTreeMap<u8, String>) -> Result<(), Refusal> {
    let fit = |(law, verdict): (&u8, &String)| (1..=9).contains(law) && VERDICTS.contains(&verdict.as_str());
    match given.iter().all(fit) {
        true => Ok(()),
        false => Err(Refusal::field("laws", "1 to 9, each held, broken or not-touched")),
    }
}

/// Holds the name of a page's step against its alphabet, which is a page's own.
///
/// # Errors
/// `invalid-field`.
pub fn step(field: &'static str, text: &str) -> Result<(), Refusal> {
    match fits(text, STEP, b"-") && !holds_a_number(text) {
        true => Ok(()),
        false => Err(Refusal::field(
            field,
            "1 to 64 of a-z, 0-9 and -, at most 10 digits in a row",
        )),
    }
}

/// Holds a run's id against its form.
///
/// # Errors
/// `invalid-field`.
pub fn run(field: &'static str, text: &str) -> Result<(), Refusal> {
    let drawn = text.strip_prefix("run_").is_some_and(|drawn| is_hex(drawn, 32));
    match drawn {
        true => Ok(()),
        false => Err(Refusal::field(field, "run_ and 32 hex digits in lower case")),
    }
}

/// Holds a run's outcome against the known ones.
///
/// # Errors
/// `invalid-field`.
pub fn run_outcome(text: &str) -> Result<(), Refusal> {
    match RUN_OUTCOMES.contains(&text) {
        true => Ok(()),
        false => Err(Refusal::field(
            "outcome",
            "done, undone, partly-undone, stuck or abandoned",
        )),
    }
}

fn is_hex(text: &str, digits: usize) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == digits && text.bytes().all(digit)
}

/// Holds a SHA-256 against its form.
///
/// # Errors
/// `invalid-field`.
pub fn sha256(field: &'static str, text: &str) -> Result<(), Refusal> {
    match is_hex(text, 64) {
        true => Ok(()),
        false => Err(Refusal::field(field, "64 hex digits in lower case")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_become_names_or_nothing() {
        let fits = |text: &str, name: &str| assert_eq!(word(text).as_deref(), Some(name), "{text}");
        fits("Web Application Attack", "web-application-attack");
        fits("Misc activity (13)", "misc-activity-13");
        fits(&"ab-".repeat(30), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a");
        for text in ["", "张三", "13800000000", "user 13800000000", "---", "7x"] {
            assert_eq!(word(text), None, "{text}");
        }
    }

    #[test]
    fn no_sentence_name_or_number_of_a_customer_fits_a_name() {
        assert!(name("kind", "rehearsal-2").is_ok());
        for text in [
            "",
            "张三",
            "Zhang San",
            "a b",
            "A",
            "-a",
            "13800000000",
            "a13800000000",
            "x-11010519491231002x",
            &"a".repeat(41),
        ] {
            assert!(name("kind", text).is_err(), "{text}");
        }
        assert!(outcome("held").is_ok() && outcome("well").is_err());
        assert!(sha256("report_sha256", &"0a".repeat(32)).is_ok());
        assert!(sha256("report_sha256", &"0A".repeat(32)).is_err());
        assert!(laws(&BTreeMap::from([(7, "held".to_owned())])).is_ok());
        assert!(laws(&BTreeMap::from([(10, "held".to_owned())])).is_err());
        let given = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        assert!(parameters(&given("seed", "18446744073709551615")).is_ok());
        assert!(parameters(&given("store", "sqlite:x")).is_ok());
        assert!(parameters(&given("store", "a b")).is_err());
        assert!(parameters(&given("store", "110105194912310021")).is_err());
    }
}
