//! Texts of blocks: which parameters may stand in them, and that people can read them.

use crate::front::chinese;
use crate::page::Block;
use crate::parameter::Kind;
use crate::plan::Plan;
use crate::problem::{Place, Report};
use crate::template::{self, Names, Template};

/// Where a block stands.
pub(crate) struct Scope<'s> {
    /// The page's front matter.
    pub(crate) plan: &'s Plan,
    /// The steps before it that answer something.
    pub(crate) answering: &'s [String],
    /// The parameters that were used so far.
    pub(crate) used: &'s mut Vec<String>,
    pub(crate) report: &'s mut Report,
}

/// What may stand in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    /// A word of a command, a part of an address or of a body.
    Anything,
    /// An expression: nothing that could be read as a part of it.
    Expression,
    /// A text for people, who may be shown outputs, too.
    People,
}

/// A text for people.
pub(crate) fn prompt(block: &Block<'_>, scope: &mut Scope<'_>) -> Option<Template> {
    let prompt = text(block, Where::People, scope)?;
    if !chinese(prompt.as_str()) {
        scope.report.at(
            first(block),
            "a text for people without Chinese",
            "say it in Chinese and English",
        );
    }
    Some(prompt)
}

/// The whole text of a block.
pub(crate) fn text(block: &Block<'_>, place: Where, scope: &mut Scope<'_>) -> Option<Template> {
    let lines: Vec<&str> = block.lines.iter().map(|line| line.text).collect();
    let text = lines.join("\n");
    if text.trim().is_empty() {
        scope
            .report
            .at(block.place, "an empty block", "write what it is about");
        return None;
    }
    for line in &block.lines {
        check(line.text, Place::new(line.number, 1), place, scope);
    }
    Some(Template(text.trim().to_owned()))
}

/// Where the text of a block begins.
pub(crate) fn first(block: &Block<'_>) -> Place {
    block
        .lines
        .first()
        .map_or(block.place, |line| Place::new(line.number, 1))
}

/// Notes what may not stand in a text that begins at a place and is on one line.
pub(crate) fn check(text: &str, at: Place, place: Where, scope: &mut Scope<'_>) {
    let parameters = &scope.plan.parameters;
    let allowed = |name: &str| {
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
            let known: Vec<&str> = parameters
                .iter()
                .map(|parameter| parameter.name.as_str())
                .collect();
            let mend = format!("the parameters are {}", known.join(", "));
            return Err((format!("there is no parameter {name:?}"), mend));
        };
        let free = matches!(parameter.kind, Kind::Text { .. } | Kind::Url);
        if place == Where::Expression && free {
            let mend = "in an expression only name, integer and choice stand".to_owned();
            return Err((format!("{name:?} is a {}", parameter.kind.as_str()), mend));
        }
        Ok(())
    };
    let steps: &[String] = if place == Where::People {
        scope.answering
    } else {
        &[]
    };
    let mut names = Names {
        parameter: &allowed,
        steps,
        used: scope.used,
    };
    template::check(text, at, &mut names, scope.report);
}
