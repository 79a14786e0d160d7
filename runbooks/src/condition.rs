//! Conditions: of a wait, or to see whether a step was done.

use crate::attributes::{Attribute, Attributes};
use crate::block::argv;
use crate::look;
use crate::page::{Block, Line};
use crate::plan::{Look, Source};
use crate::problem::Place;
use crate::request::url;
use crate::template::Template;
use crate::texts::{Scope, Where, first, text};

/// What is looked at: of a wait, or to see whether a step was done.
pub(crate) fn look(block: &Block<'_>, attributes: &Attributes, scope: &mut Scope<'_>) -> Option<Look> {
    let of = attributes.must(
        "of",
        "say where to look: of=promql, of=http or of=command",
        scope.report,
    )?;
    let (place, of) = (of.value_at, of.value.as_str());
    let pointer = attributes.get("pointer");
    let equals = attributes.get("equals");
    match (pointer, equals) {
        (Some(pointer), None) => {
            scope.report.at(
                pointer.place,
                "a pointer without what it has to be",
                "add equals=…",
            );
        }
        (None, Some(equals)) => {
            scope.report.at(
                equals.place,
                "equals without what is looked at",
                "add pointer=/member",
            );
        }
        (Some(pointer), Some(_)) if of == "promql" => {
            scope.report.at(
                pointer.place,
                "an expression has no members",
                "compare within the expression",
            );
        }
        (Some(pointer), Some(_)) if !pointer.value.starts_with('/') => {
            scope.report.at(
                pointer.value_at,
                "no JSON pointer",
                "begin with '/', as in /state",
            );
        }
        _ => {}
    }
    let at = match of {
        "promql" => {
            let expression = text(block, Where::Expression, scope)?;
            Source::Promql { expression }
        }
        "http" => {
            let line = only_line(block, scope)?;
            Source::Http {
                url: url(line.text, Place::new(line.number, 1), scope)?,
            }
        }
        "command" => {
            let argv = argv(block, scope)?;
            let words: Vec<&str> = argv.iter().map(Template::as_str).collect();
            if !look::only_reads(&words) {
                let mend = format!("look with one that changes nothing: {}", look::readers());
                scope
                    .report
                    .at(first(block), "a command that acts cannot be a condition", mend);
            }
            Source::Command { argv }
        }
        _ => {
            scope.report.at(
                place,
                format!("{of:?} cannot be looked at"),
                "one of promql, http, command",
            );
            return None;
        }
    };
    let value = |one: Option<&Attribute>| one.map(|one| one.value.clone());
    Some(Look {
        at,
        pointer: value(pointer),
        equals: value(equals),
    })
}

fn only_line<'b, 't>(block: &'b Block<'t>, scope: &mut Scope<'_>) -> Option<&'b Line<'t>> {
    let mut lines = block.lines.iter().filter(|line| !line.text.trim().is_empty());
    let (one, more) = (lines.next(), lines.next());
    if one.is_none() || more.is_some() {
        let place = more.map_or(block.place, |line| Place::new(line.number, 1));
        scope
            .report
            .at(place, "not one address", "write one, on a line of its own");
        return None;
    }
    one
}
