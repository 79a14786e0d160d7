//! Taking a mapping of the front matter apart.

use crate::problem::{Place, Report};
use crate::yaml::{Content, Node};

/// The fields of a mapping, each name once.
pub(crate) struct Fields<'n> {
    place: Place,
    what: &'static str,
    pairs: Vec<(&'n str, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// Only these fields are known.
    pub(crate) fn of(
        node: &'n Node,
        what: &'static str,
        known: &[&str],
        report: &mut Report,
    ) -> Option<Self> {
        let fields = Self::any(node, what, report)?;
        for (name, value) in &fields.pairs {
            if !known.contains(name) {
                let reason = format!("{name:?} is no field of {what}");
                report.at(value.place, reason, format!("it has {}", known.join(", ")));
            }
        }
        Some(fields)
    }

    /// Any name is a field.
    pub(crate) fn any(node: &'n Node, what: &'static str, report: &mut Report) -> Option<Self> {
        let Content::Map(all) = &node.content else {
            let reason = format!("{what} is no mapping");
            report.at(node.place, reason, "write `name: value`, one a line");
            return None;
        };
        let mut pairs: Vec<(&str, &Node)> = Vec::new();
        for (name, value) in all {
            let text = name.text().unwrap_or_default();
            if pairs.iter().any(|(other, _)| *other == text) {
                report.at(
                    name.place,
                    format!("{text:?} is there twice"),
                    "leave one of them",
                );
            } else {
                pairs.push((text, value));
            }
        }
        Some(Self {
            place: node.place,
            what,
            pairs,
        })
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'n str, &'n Node)> + '_ {
        self.pairs.iter().copied()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.pairs
            .iter()
            .find(|(other, _)| *other == name)
            .map(|(_, node)| *node)
    }

    /// A text that must be there, with so many characters at most.
    pub(crate) fn text(&self, name: &str, longest: usize, report: &mut Report) -> Option<&'n str> {
        let Some(node) = self.get(name) else {
            let reason = format!("{} lacks {name:?}", self.what);
            report.at(self.place, reason, format!("add `{name}: …`"));
            return None;
        };
        let text = node.text().filter(|text| {
            let characters = text.trim().chars().count();
            (1..=longest).contains(&characters) && !text.chars().any(char::is_control)
        });
        if text.is_none() {
            let reason = format!("{name:?} is no text of 1–{longest} characters on one line");
            report.at(node.place, reason, "write one");
        }
        text.map(str::trim)
    }

    /// A whole number within bounds, if it is there.
    pub(crate) fn number(&self, name: &str, (least, most): (i64, i64), report: &mut Report) -> Option<i64> {
        let node = self.get(name)?;
        let number = node.text().and_then(|text| text.parse().ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            let reason = format!("{name:?} is no whole number of {least} to {most}");
            report.at(node.place, reason, "write one");
        }
        number
    }

    /// The texts of a list, each of which `fits`; nothing is an empty list.
    pub(crate) fn list(
        &self,
        name: &str,
        (fits, mend): (impl Fn(&str) -> bool, &str),
        report: &mut Report,
    ) -> Vec<(String, Place)> {
        let parts = match self.get(name).map(|node| (node, &node.content)) {
            None => return Vec::new(),
            Some((_, Content::List(parts))) => parts,
            Some((node, _)) => {
                report.at(node.place, format!("{name:?} is no list"), "write `[one, two]`");
                return Vec::new();
            }
        };
        let mut texts: Vec<(String, Place)> = Vec::new();
        for part in parts {
            let text = part.text().unwrap_or_default();
            if !fits(text) {
                report.at(part.place, format!("{text:?} cannot stand in {name:?}"), mend);
            } else if texts.iter().any(|(other, _)| other == text) {
                report.at(
                    part.place,
                    format!("{text:?} is there twice"),
                    "leave one of them",
                );
            } else {
                texts.push((text.to_owned(), part.place));
            }
        }
        texts
    }
}
