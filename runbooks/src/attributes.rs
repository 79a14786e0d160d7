//! The attributes of a block's info string: `name=word` or `name="several words"`.

use crate::page::Block;
use crate::problem::{Place, Report};

/// One attribute.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Where it begins.
    pub(crate) place: Place,
    /// Where its value begins.
    pub(crate) value_at: Place,
}

/// The attributes of one block.
#[derive(Debug)]
pub(crate) struct Attributes {
    pub(crate) place: Place,
    all: Vec<Attribute>,
}

impl Attributes {
    /// Reads them; what cannot be read is noted and left out.
    pub(crate) fn read(block: &Block<'_>, report: &mut Report) -> Self {
        let characters: Vec<char> = block.info.chars().collect();
        let (mut at, mut all) = (0, Vec::<Attribute>::new());
        while let Some(c) = characters.get(at) {
            if c.is_whitespace() {
                at += 1;
                continue;
            }
            let place = block.info_at.right(at);
            let name: String = tail(&characters, at)
                .iter()
                .take_while(|c| is_name(**c))
                .collect();
            at += name.chars().count();
            if name.is_empty() || characters.get(at) != Some(&'=') {
                report.at(place, "no attribute", "write name=value, or name=\"a b\"");
                break;
            }
            at += 1;
            let quoted = characters.get(at) == Some(&'"');
            at += usize::from(quoted);
            let value_at = block.info_at.right(at);
            let ends = |c: &char| if quoted { *c == '"' } else { c.is_whitespace() };
            let value: String = tail(&characters, at).iter().take_while(|c| !ends(c)).collect();
            at += value.chars().count();
            if quoted && characters.get(at).is_none() {
                report.at(
                    value_at,
                    format!("{name} has no closing quote"),
                    "close it with \"",
                );
                break;
            }
            at += usize::from(quoted);
            let attribute = Attribute {
                name,
                value,
                place,
                value_at,
            };
            take(attribute, &mut all, report);
        }
        Self {
            place: block.place,
            all,
        }
    }

    /// Notes those that are not known here.
    pub(crate) fn known(&self, what: &str, known: &[&str], report: &mut Report) {
        for one in &self.all {
            if !known.contains(&one.name.as_str()) {
                let reason = format!("{:?} is no attribute of {what}", one.name);
                report.at(one.place, reason, format!("it has {}", known.join(", ")));
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Attribute> {
        self.all.iter().find(|one| one.name == name)
    }

    /// One that must be there.
    pub(crate) fn must(&self, name: &str, mend: &str, report: &mut Report) -> Option<&Attribute> {
        let found = self.get(name);
        if found.is_none() {
            report.at(self.place, format!("{name:?} is missing"), mend);
        }
        found
    }
}

fn take(attribute: Attribute, all: &mut Vec<Attribute>, report: &mut Report) {
    if attribute.value.is_empty() {
        let reason = format!("{} is empty", attribute.name);
        report.at(attribute.value_at, reason, "give a value, or leave it out");
    } else if attribute.value.contains("{{") {
        let mend = "what a step is must not depend on who runs it: write the value itself";
        report.at(attribute.value_at, "no parameter can stand here", mend);
    } else if all.iter().any(|other| other.name == attribute.name) {
        let reason = format!("{} is there twice", attribute.name);
        report.at(attribute.place, reason, "leave one of them");
    } else {
        all.push(attribute);
    }
}

fn tail(characters: &[char], at: usize) -> &[char] {
    characters.get(at..).unwrap_or_default()
}

fn is_name(c: char) -> bool {
    c.is_ascii_lowercase() || c == '-'
}
