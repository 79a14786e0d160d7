//! Blocks of kind http: a line with method and address, then a body.

use serde_json::Value;

use crate::attributes::Attributes;
use crate::page::{Block, Line};
use crate::parameter::Kind;
use crate::plan::Does;
use crate::problem::{Place, Report};
use crate::template::{self, Template};
use crate::texts::{Scope, Where, check};
use crate::values::seconds;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Characters of a body.
const LONGEST_BODY: usize = 2000;
/// Seconds that a request may take if nothing else is said.
const REQUEST: u32 = 30;

/// What such a block says.
pub(crate) fn http(block: &Block<'_>, attributes: &Attributes, scope: &mut Scope<'_>) -> Option<Does> {
    let timeout = seconds(attributes, "timeout", (Some(REQUEST), 1, 300), scope.report);
    let expect = expect(attributes, scope.report);
    let mut lines = block.lines.iter().skip_while(|line| line.text.trim().is_empty());
    let Some(line) = lines.next() else {
        scope
            .report
            .at(block.place, "an empty request", "write `GET http://…`");
        return None;
    };
    let method = line.text.split_whitespace().next().unwrap_or_default();
    if !METHODS.contains(&method) {
        let mend = format!("begin with one of {}", METHODS.join(", "));
        scope.report.at(
            Place::new(line.number, 1),
            format!("{method:?} is no method"),
            mend,
        );
        return None;
    }
    let address = line.text.get(method.len()..).unwrap_or_default();
    let indent = address.chars().take_while(|c| c.is_whitespace()).count();
    let place = Place::new(line.number, 1 + method.len() + indent);
    let url = url(address.trim(), place, scope);
    let rest: Vec<Line<'_>> = lines
        .skip_while(|line| line.text.trim().is_empty())
        .copied()
        .collect();
    let body = body(&rest, scope)?;
    if body.is_some() && method == "GET" {
        scope.report.at(place, "a GET has no body", "leave the body out");
    }
    Some(Does::Http {
        method: method.to_owned(),
        url: url?,
        expect: expect?,
        body,
        timeout: timeout?,
    })
}

fn expect(attributes: &Attributes, report: &mut Report) -> Option<Vec<u16>> {
    let Some(one) = attributes.get("expect") else {
        return Some(vec![200]);
    };
    let statuses: Option<Vec<u16>> = one
        .value
        .split(',')
        .map(|status| status.parse().ok().filter(|status| (100..600).contains(status)))
        .collect();
    if statuses.is_none() {
        report.at(
            one.value_at,
            "expect is no list of statuses",
            "as in expect=200,204",
        );
    }
    statuses
}

/// An address, checked.
pub(crate) fn url(text: &str, place: Place, scope: &mut Scope<'_>) -> Option<Template> {
    check(text, place, Where::Anything, scope);
    let whole = template::parts(text);
    let begins = match whole.first() {
        Some(template::Part::Text(text)) => text.starts_with("http://") || text.starts_with("https://"),
        Some(template::Part::Name(name, _)) => {
            let kind = scope
                .plan
                .parameters
                .iter()
                .find(|parameter| parameter.name == *name);
            kind.is_none_or(|parameter| parameter.kind == Kind::Url)
        }
        _ => false,
    };
    if !begins || text.chars().any(|c| c.is_whitespace() && !text.contains("{{")) {
        let mend = "begin with http://, https:// or a parameter of type url";
        scope.report.at(place, "no address", mend);
        return None;
    }
    Some(Template(text.to_owned()))
}

fn body(lines: &[Line<'_>], scope: &mut Scope<'_>) -> Option<Option<Value>> {
    let text: String = lines.iter().flat_map(|line| [line.text, "\n"]).collect();
    if text.trim().is_empty() {
        return Some(None);
    }
    let start = lines.first().map_or(1, |line| line.number);
    if text.chars().count() > LONGEST_BODY {
        let reason = format!("a body of more than {LONGEST_BODY} characters");
        scope.report.at(Place::new(start, 1), reason, "send less");
        return None;
    }
    for line in lines {
        check(line.text, Place::new(line.number, 1), Where::Anything, scope);
    }
    let text = text.trim_end();
    match serde_json::from_str(text) {
        Ok(value) => Some(Some(value)),
        Err(error) => {
            // The parser counts bytes.
            let line = text
                .lines()
                .nth(error.line().saturating_sub(1))
                .unwrap_or_default();
            let before = line
                .bytes()
                .take(error.column())
                .filter(|byte| byte & 0xC0 != 0x80)
                .count();
            let place = Place::new(start + error.line().saturating_sub(1), before.max(1));
            scope.report.at(
                place,
                "the body is no JSON",
                "parameters stand within its texts: \"{{name}}\"",
            );
            None
        }
    }
}
