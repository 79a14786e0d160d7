//! `printf` and `print`, as Go's fmt does them, mistakes included: `%!d(float64=3)`.

use std::iter::Peekable;
use std::str::Chars;

use super::number::{exponential, fixed, general};
use super::quote::quote;
use super::value::Value;

/// A column as wide as this is a mistake.
const WIDEST: usize = 200;

/// One verb of a format.
#[derive(Debug, Default, Clone, Copy)]
struct Verb {
    minus: bool,
    plus: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

/// A piece of a format.
enum Piece {
    Text(char),
    Verb(Verb),
}

fn digits(rest: &mut Peekable<Chars<'_>>) -> usize {
    let mut number: usize = 0;
    while let Some(digit) = rest.next_if(char::is_ascii_digit).and_then(|c| c.to_digit(10)) {
        number = number
            .saturating_mul(10)
            .saturating_add(usize::try_from(digit).unwrap_or(0));
    }
    number
}

fn pieces(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            pieces.push(Piece::Text(c));
            continue;
        }
        let mut verb = Verb::default();
        while let Some(flag) = rest.next_if(|c| matches!(c, '-' | '+' | '0')) {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                _ => verb.zero = true,
            }
        }
        verb.width = digits(&mut rest);
        if rest.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(&mut rest));
        }
        if verb.width > WIDEST || verb.precision.is_some_and(|precision| precision > WIDEST) {
            return Err(format!("{format:?}: wider than {WIDEST}"));
        }
        match rest.next() {
            Some('%') => pieces.push(Piece::Text('%')),
            Some(letter @ ('s' | 'd' | 'f' | 'F' | 'e' | 'g' | 'v' | 'q' | 't')) => {
                pieces.push(Piece::Verb(Verb { letter, ..verb }));
            }
            Some(other) => {
                return Err(format!(
                    "{format:?}: the subset has no %{other}, but %s %d %f %e %g %v %q %t and %%"
                ));
            }
            None => return Err(format!("{format:?} ends with %")),
        }
    }
    Ok(pieces)
}

/// Whether a format is of the subset.
pub(crate) fn check_format(format: &str) -> Result<(), String> {
    pieces(format).map(|_| ())
}

/// `printf`.
pub(crate) fn printf(format: &str, values: &[Value]) -> Result<String, String> {
    let mut written = String::new();
    let mut next = values.iter();
    for piece in pieces(format)? {
        match piece {
            Piece::Text(c) => written.push(c),
            Piece::Verb(verb) => match next.next() {
                Some(value) => written.push_str(&verb.write(value)?),
                None => written.push_str(&format!("%!{}(MISSING)", verb.letter)),
            },
        }
    }
    let extra: Vec<String> = next
        .map(|value| {
            value
                .written()
                .map(|text| format!("{}={text}", value.type_name()))
        })
        .collect::<Result<_, _>>()?;
    if !extra.is_empty() {
        written.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(written)
}

/// `print`: a space between two values neither of which is a text.
pub(crate) fn print(values: &[Value]) -> Result<String, String> {
    let mut written = String::new();
    let mut before_is_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !before_is_text {
            written.push(' ');
        }
        written.push_str(&value.written()?);
        before_is_text = is_text;
    }
    Ok(written)
}

impl Verb {
    fn write(&self, value: &Value) -> Result<String, String> {
        let text = match (self.letter, value) {
            ('v' | 'g' | 'f' | 'F' | 'e', Value::Float(number)) => self.number(*number),
            ('v' | 's', Value::Text(text)) => self.cut(text),
            ('q', Value::Text(text)) => quote(&self.cut(text)),
            ('v' | 'd', Value::Int(number)) => self.signed(number.to_string()),
            ('v' | 't', Value::Bool(truth)) => truth.to_string(),
            ('v' | 's', Value::Map(_)) => value.written()?,
            (_, Value::Map(_) | Value::Samples(_) | Value::Sample(..)) => {
                return Err(format!("%{} cannot write {}", self.letter, value.type_name()));
            }
            (letter, _) => {
                // Go writes the value by %v, with the same width and precision, inside of its complaint.
                let by_v = Self { letter: 'v', ..*self };
                return Ok(format!(
                    "%!{letter}({}={})",
                    value.type_name(),
                    by_v.write(value)?
                ));
            }
        };
        Ok(self.pad(&text, value))
    }

    fn cut(&self, text: &str) -> String {
        text.chars().take(self.precision.unwrap_or(usize::MAX)).collect()
    }

    fn number(&self, number: f64) -> String {
        let text = match self.letter {
            'f' | 'F' => fixed(number, self.precision.unwrap_or(6)),
            'e' => exponential(number, self.precision.unwrap_or(6)),
            _ => general(number, self.precision),
        };
        self.signed(text)
    }

    fn signed(&self, text: String) -> String {
        if self.plus && !text.starts_with(['-', '+']) {
            format!("+{text}")
        } else {
            text
        }
    }

    fn pad(&self, text: &str, value: &Value) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        let finite = !matches!(value, Value::Float(number) if !number.is_finite());
        if self.minus {
            return format!("{text}{}", " ".repeat(missing));
        }
        if !self.zero || !finite {
            return format!("{}{text}", " ".repeat(missing));
        }
        // Zeros come between the sign and the digits.
        let signed = matches!(value, Value::Float(_) | Value::Int(_)) && text.starts_with(['-', '+']);
        let (sign, digits) = text.split_at_checked(usize::from(signed)).unwrap_or(("", text));
        format!("{sign}{}{digits}", "0".repeat(missing))
    }
}
