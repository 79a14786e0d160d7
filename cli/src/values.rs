//! Customers' values for law 5: read from a pipe, kept in memory only.

use std::collections::BTreeSet;
use std::io::BufRead;

use base::exit;
use laws::leaks::{Drawn, Needles};
use serde::Deserialize;

use crate::ended::stop;

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Value(Value),
    End(End),
}

/// One value that must be nowhere in the clear.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    /// Whose it is: an id, which is no secret and must be found in the database.
    subject: String,
    /// What it is.
    kind: String,
    value: String,
}

/// The last line: a door that died halfway has given too few, and says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    /// How many values came before it.
    values: u64,
}

/// What was read.
pub(crate) struct Values {
    pub(crate) needles: Needles,
    pub(crate) drawn: Drawn,
    pub(crate) subjects: BTreeSet<String>,
}

/// Kinds that findings name; any other is a `value`, since findings say nothing that came with the values.
const KINDS: &[&str] = &[
    "credit_code",
    "name",
    "contact",
    "contact_id",
    "phone",
    "account",
    "applicant",
    "applicant_id",
    "address",
    "use_of_funds",
    "turnover",
    "tax_number",
    "guarantor",
    "report",
    "answer",
];

/// Bytes of all values at most: what a thousand firms told is about one MiB.
const MOST: u64 = 64 * 1024 * 1024;

/// Reads JSON lines `{"subject","kind","value"}` to their end, a line `{"values":N}`.
pub(crate) fn read(input: impl BufRead) -> anyhow::Result<Values> {
    // What is cut off has no last line, and is not believed.
    let input = input.take(MOST);
    let mut values = Values {
        needles: Needles::default(),
        drawn: Drawn::default(),
        subjects: BTreeSet::new(),
    };
    let (mut came, mut end) = (0, None);
    for (line, number) in input.lines().zip(1..) {
        // The parser's message would repeat a part of the line.
        let line = line
            .ok()
            .filter(|_| end.is_none())
            .and_then(|line| serde_json::from_str(&line).ok());
        let line = match line {
            Some(Line::Value(line)) => line,
            Some(Line::End(last)) => {
                end = Some(last.values);
                continue;
            }
            None => {
                let text = format!("line {number} of the values is not {{\"subject\",\"kind\",\"value\"}}");
                return Err(stop(exit::USAGE, text));
            }
        };
        came += 1;
        let kind = KINDS.iter().find(|kind| **kind == line.kind);
        if values
            .needles
            .add(kind.copied().unwrap_or("value"), &line.value)
            .is_err()
        {
            values.drawn.too_weak += 1;
        }
        values.subjects.insert(line.subject);
    }
    if end != Some(came) {
        let text =
            format!("{came} values came, and no last line {{\"values\":{came}}}: the door ended too early");
        return Err(stop(exit::USAGE, text));
    }
    values.drawn.subjects = values.subjects.len() as u64;
    if values.needles.is_empty() {
        return Err(stop(
            exit::USAGE,
            "standard input holds no value that can be searched for",
        ));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bad_line_is_named_by_its_number_and_not_repeated() {
        let text = "{\"subject\":\"frm_1\",\"kind\":\"phone\",\"value\":\"13900718254\"}\n{\"phone\":\"13900718254\"}\n";
        let Err(error) = read(text.as_bytes()) else {
            panic!("taken");
        };
        assert!(error.to_string().starts_with("line 2 "), "{error}");
        assert!(!format!("{error:?}").contains("13900718254"));
    }

    proptest! {
        #[test]
        fn no_bytes_are_values(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(read(bytes.as_slice()).is_err());
        }

        #[test]
        fn a_byte_that_changed_is_refused_or_leaves_as_many_values(at in 0_usize..400, to in any::<u8>()) {
            let line = "{\"subject\":\"frm_1\",\"kind\":\"phone\",\"value\":\"13900718254\"}\n";
            let mut bytes = format!("{line}{line}{{\"values\":2}}\n").into_bytes();
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(values) = read(bytes.as_slice()) {
                let found = values.needles.len() as u64 + values.drawn.too_weak;
                prop_assert!((1..=2).contains(&found) && values.subjects.len() <= 2);
            }
        }
    }

    #[test]
    fn weak_values_are_counted_and_subjects_are_told_apart() {
        let line = |subject, value| {
            format!("{{\"subject\":\"{subject}\",\"kind\":\"phone\",\"value\":\"{value}\"}}\n")
        };
        let text = [
            line("a", "13900718254"),
            line("a", "123"),
            line("b", "13900718255"),
            "{\"values\":3}\n".to_owned(),
        ]
        .concat();
        let values = read(text.as_bytes()).unwrap();
        assert_eq!(
            (values.needles.len(), values.drawn.too_weak, values.drawn.subjects),
            (2, 1, 2)
        );
        assert!(read(&b""[..]).is_err());
        // A door that died halfway, or gave more after its end, is not believed.
        let halfway = text.lines().next().unwrap();
        assert!(read(halfway.as_bytes()).is_err());
        assert!(read(text.replace(":3}", ":4}").as_bytes()).is_err());
        assert!(read(format!("{text}{halfway}").as_bytes()).is_err());
        // A line without an end is given up at the bound.
        assert!(read(std::io::BufReader::new(std::io::repeat(b'a'))).is_err());
    }
}
