//! Taking a document apart and noting everything that is wrong with it.

use super::position::{start, within};
use super::{Content, Node};
use crate::problem::Problem;
use crate::{duration, problem};

/// A file under inspection, and what was found wrong so far.
pub(crate) struct Report<'f> {
    file: &'f str,
    text: &'f str,
    pub(crate) problems: Vec<Problem>,
}

/// The fields of a mapping.
pub(crate) struct Fields<'n> {
    pairs: Vec<(&'n str, &'n Node, &'n Node)>,
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'f> Report<'f> {
    pub(crate) fn new(file: &'f str, text: &'f str) -> Self {
        Self {
            file,
            text,
            problems: Vec::new(),
        }
    }

    /// The document; noted if there is none to be read, nothing if the file is empty.
    pub(crate) fn document(&mut self) -> Option<Node> {
        match super::reader::read(self.text) {
            Ok(node) => node,
            Err(unreadable) => {
                self.note((unreadable.line, unreadable.column), unreadable.reason);
                None
            }
        }
    }

    fn note(&mut self, (line, column): (usize, usize), reason: String) {
        self.problems.push(problem::Problem {
            file: self.file.to_owned(),
            line: narrow(line),
            column: narrow(column),
            reason,
        });
    }

    /// Something is wrong with this part.
    pub(crate) fn at(&mut self, node: &Node, reason: impl Into<String>) {
        self.note(start(node), reason.into());
    }

    /// Something is wrong with the character number `offset`, from 0, of this text.
    pub(crate) fn inside(&mut self, node: &Node, offset: usize, reason: impl Into<String>) {
        self.note(within(self.text, node, offset), reason.into());
    }

    /// Line and column of a part, from 1.
    pub(crate) fn place(&self, node: &Node) -> (u32, u32) {
        let (line, column) = start(node);
        (narrow(line), narrow(column))
    }

    /// The fields of a mapping of which only these are known. Nothing at all counts as none.
    pub(crate) fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Option<Fields<'n>> {
        let fields = self.pairs(node, what)?;
        for (name, place, _) in &fields.pairs {
            if !known.contains(name) {
                self.at(
                    place,
                    format!("{name:?} is no field of {what}: it has {}", known.join(", ")),
                );
            }
        }
        Some(fields)
    }

    /// The pairs of a mapping, each name once.
    pub(crate) fn pairs<'n>(&mut self, node: &'n Node, what: &str) -> Option<Fields<'n>> {
        let Content::Mapping(pairs) = &node.content else {
            if node.is_null() {
                return Some(Fields { pairs: Vec::new() });
            }
            self.at(node, format!("{what} must be a mapping, not {}", node.kind()));
            return None;
        };
        let mut found: Vec<(&str, &Node, &Node)> = Vec::new();
        for (name, value) in pairs {
            let Some(text) = name.text() else {
                self.at(name, "a name must be a text");
                continue;
            };
            if found.iter().any(|(each, _, _)| *each == text) {
                self.at(name, format!("{text:?} is given twice"));
                continue;
            }
            found.push((text, name, value));
        }
        Some(Fields { pairs: found })
    }

    /// The parts of a list; nothing counts as an empty one.
    pub(crate) fn list<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n [Node] {
        match node.map(|node| (node, &node.content)) {
            None => &[],
            Some((_, Content::Sequence(parts))) => parts,
            Some((node, _)) if node.is_null() => &[],
            Some((node, _)) => {
                self.at(node, format!("{what} must be a list, not {}", node.kind()));
                &[]
            }
        }
    }

    /// A text; nothing is the empty one.
    pub(crate) fn text<'n>(&mut self, node: Option<&'n Node>, what: &str) -> &'n str {
        let Some(node) = node else { return "" };
        node.text().unwrap_or_else(|| {
            self.at(node, format!("{what} must be a text, not {}", node.kind()));
            ""
        })
    }

    /// Milliseconds; nothing is 0.
    pub(crate) fn duration(&mut self, node: Option<&Node>, what: &str) -> i64 {
        let Some(node) = node.filter(|node| !node.is_null()) else {
            return 0;
        };
        let text = self.text(Some(node), what);
        duration::parse(text).unwrap_or_else(|reason| {
            self.at(node, format!("{what}: {reason}"));
            0
        })
    }

    /// A number that is read like this; `None` if it is not there or is none, which is noted.
    pub(crate) fn number<T: std::str::FromStr>(&mut self, node: Option<&Node>, what: &str) -> Option<T> {
        let node = node.filter(|node| !node.is_null())?;
        let read = node.text().and_then(|text| text.trim().parse().ok());
        if read.is_none() {
            self.at(node, format!("{what} must be a number"));
        }
        read
    }
}

impl<'n> Fields<'n> {
    /// A field's value.
    pub(crate) fn get(&self, name: &str) -> Option<&'n Node> {
        self.pairs
            .iter()
            .find(|(each, _, _)| *each == name)
            .map(|(_, _, value)| *value)
    }

    /// Name, where it stands, and value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'n str, &'n Node, &'n Node)> + '_ {
        self.pairs.iter().copied()
    }
}
