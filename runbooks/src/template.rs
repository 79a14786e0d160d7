//! Texts with parameters: `{{name}}`, and in texts for people `{{steps.ID.MEMBER}}`.

use serde::{Deserialize, Serialize};

use crate::problem::{Place, Report};

/// A text with placeholders, checked when its page was compiled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub(crate) String);

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    Text(&'t str),
    /// A name between double braces, and how many characters stand before it.
    Name(&'t str, usize),
    /// Braces that open and do not close, and how many characters stand before them.
    Open(usize),
}

impl Template {
    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with each name replaced by what `value` has for it.
    pub(crate) fn fill<E>(&self, mut value: impl FnMut(&str) -> Result<String, E>) -> Result<String, E> {
        let mut filled = String::with_capacity(self.0.len());
        for part in parts(&self.0) {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name, _) => filled.push_str(&value(name)?),
                Part::Open(_) => filled.push_str("{{"),
            }
        }
        Ok(filled)
    }
}

/// The parts of a text.
pub(crate) fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest, mut before) = (Vec::new(), text, 0);
    while let Some(start) = rest.find("{{") {
        let (text, from) = rest.split_at(start);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        before += text.chars().count();
        let inside = from.get(2..).unwrap_or_default();
        let Some(end) = inside.find("}}") else {
            parts.push(Part::Open(before));
            return parts;
        };
        let name = inside.get(..end).unwrap_or_default();
        parts.push(Part::Name(name.trim(), before));
        before += name.chars().count() + 4;
        rest = inside.get(end + 2..).unwrap_or_default();
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

/// Whether a parameter may stand somewhere, and if not, why, and what to do about it.
pub(crate) type Allowed<'n> = &'n dyn Fn(&str) -> Result<(), (String, String)>;

/// Which names a text may hold.
pub(crate) struct Names<'n> {
    pub(crate) parameter: Allowed<'n>,
    /// The steps whose outputs may stand here.
    pub(crate) steps: &'n [String],
    /// The parameters that were used so far.
    pub(crate) used: &'n mut Vec<String>,
}

/// Checks a text whose first character stands at `place`, all on one line.
pub(crate) fn check(text: &str, place: Place, names: &mut Names<'_>, report: &mut Report) {
    for part in parts(text) {
        match part {
            Part::Text(_) => {}
            Part::Open(before) => {
                report.at(place.right(before), "{{ is not closed", "close it with }}");
            }
            Part::Name(name, before) => {
                let place = place.right(before);
                if let Some(path) = name.strip_prefix("steps.") {
                    output(path, place, names.steps, report);
                    continue;
                }
                match (names.parameter)(name) {
                    Ok(()) => names.used.push(name.to_owned()),
                    Err((reason, mend)) => report.at(place, reason, mend),
                }
            }
        }
    }
}

fn output(path: &str, place: Place, steps: &[String], report: &mut Report) {
    let (step, member) = path.split_once('.').unwrap_or((path, ""));
    if !steps.iter().any(|known| known == step) || member.is_empty() {
        let mend =
            "in texts for people, {{steps.ID.MEMBER}} shows what an earlier command or request answered";
        report.at(place, format!("no earlier step gives {path:?}"), mend);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parts_in_their_order() {
        assert_eq!(
            parts("原因 {{ reason }}!{{a}}"),
            [
                Part::Text("原因 "),
                Part::Name("reason", 3),
                Part::Text("!"),
                Part::Name("a", 16)
            ]
        );
        assert_eq!(parts("a {{b"), [Part::Text("a "), Part::Open(2)]);
        assert_eq!(parts(""), []);
        let filled = Template("{{a}}-{{b}}".to_owned()).fill(|name| Ok::<_, ()>(name.repeat(2)));
        assert_eq!(filled, Ok("aa-bb".to_owned()));
        // What was filled in is not looked at again.
        let filled = Template("{{a}}".to_owned()).fill(|_| Ok::<_, ()>("{{b}}".to_owned()));
        assert_eq!(filled, Ok("{{b}}".to_owned()));
    }
}
