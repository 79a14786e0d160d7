//! What a block says, by its kind.

use serde_json::Value;

use crate::attributes::Attributes;
use crate::front::chinese;
use crate::look;
use crate::page::{Block, Line};
use crate::parameter::Kind;
use crate::plan::{Does, Look, Plan, Source};
use crate::problem::{Place, Report};
use crate::span;
use crate::template::{self, Names, Template};
use crate::words;

const KINDS: &str = "command, http, wait-until, human, approval";
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
/// Words of a command: ours take some ten options.
const MOST_WORDS: usize = 60;
/// Characters of a body.
const LONGEST_BODY: usize = 2000;
/// Seconds: of a command or a request that is not told otherwise, and of a wait between two looks.
const COMMAND: u32 = 60;
const REQUEST: u32 = 30;
const INTERVAL: u32 = 10;
/// Seconds of a day: whoever waits for longer has gone home.
const DAY: u32 = 24 * 3600;

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
enum Where {
    /// A word of a command, a part of an address or of a body.
    Anything,
    /// An expression: nothing that could be read as a part of it.
    Expression,
    /// A text for people, who may be shown outputs, too.
    People,
}

/// What a step or an undo does.
pub(crate) fn does(block: &Block<'_>, attributes: &Attributes, scope: &mut Scope<'_>) -> Option<Does> {
    let kind = attributes.must("kind", &format!("one of {KINDS}"), scope.report)?;
    let (place, kind) = (kind.value_at, kind.value.as_str());
    match kind {
        "command" => {
            let timeout = seconds(attributes, "timeout", (Some(COMMAND), 1, 3600), scope.report);
            let argv = argv(block, scope)?;
            Some(Does::Command {
                argv,
                timeout: timeout?,
            })
        }
        "http" => http(block, attributes, scope),
        "wait-until" => {
            let timeout = seconds(attributes, "timeout", (None, 1, DAY), scope.report);
            let interval = seconds(attributes, "interval", (Some(INTERVAL), 1, 600), scope.report);
            let until = look(block, attributes, scope)?;
            Some(Does::WaitUntil {
                until,
                timeout: timeout?,
                interval: interval?,
            })
        }
        "human" => {
            let confirm = attributes.must(
                "confirm",
                "say what to type when it is done: confirm=\"已核对\"",
                scope.report,
            );
            let confirm = confirm.map(|confirm| confirm.value.clone());
            let prompt = prompt(block, scope)?;
            Some(Does::Human {
                prompt,
                confirm: confirm?,
            })
        }
        "approval" => {
            let timeout = seconds(attributes, "timeout", (None, 60, DAY), scope.report);
            let people = people(attributes, scope.report);
            let text = prompt(block, scope)?;
            Some(Does::Approval {
                text,
                people: people?,
                timeout: timeout?,
            })
        }
        _ => {
            scope
                .report
                .at(place, format!("{kind:?} is no kind"), format!("one of {KINDS}"));
            None
        }
    }
}

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
    let value = |one: Option<&crate::attributes::Attribute>| one.map(|one| one.value.clone());
    Some(Look {
        at,
        pointer: value(pointer),
        equals: value(equals),
    })
}

/// `true`, `false`, or what it is without being said.
pub(crate) fn truth(attributes: &Attributes, name: &str, default: bool, report: &mut Report) -> bool {
    match attributes.get(name).map(|one| (one.value_at, one.value.as_str())) {
        None => default,
        Some((_, "true")) => true,
        Some((_, "false")) => false,
        Some((place, _)) => {
            report.at(place, format!("{name} is true or false"), "write one of them");
            default
        }
    }
}

fn seconds(
    attributes: &Attributes,
    name: &str,
    (default, least, most): (Option<u32>, u32, u32),
    report: &mut Report,
) -> Option<u32> {
    let mend = format!(
        "as in {name}=10m, from {} to {}",
        span::written(least),
        span::written(most)
    );
    let Some(one) = attributes.get(name) else {
        if default.is_none() {
            report.at(attributes.place, format!("{name:?} is missing"), mend);
        }
        return default;
    };
    let seconds = span::seconds(&one.value).filter(|seconds| (least..=most).contains(seconds));
    if seconds.is_none() {
        report.at(one.value_at, format!("{name} is no such time"), mend);
    }
    seconds
}

fn people(attributes: &Attributes, report: &mut Report) -> Option<u32> {
    let one = attributes.must("people", "how many besides whoever runs it: people=1", report)?;
    let people = one.value.parse().ok().filter(|people| (1..=5).contains(people));
    if people.is_none() {
        report.at(one.value_at, "people is no number of 1 to 5", "write one");
    }
    people
}

fn argv(block: &Block<'_>, scope: &mut Scope<'_>) -> Option<Vec<Template>> {
    let words = words::read(&block.lines, scope.report);
    if words.len() > MOST_WORDS {
        let reason = format!("more than {MOST_WORDS} words");
        scope
            .report
            .at(first(block), reason, "give the command fewer options");
    }
    match words.first() {
        Some(word) if word.text == "backstop" => {}
        Some(word) => {
            let mend = "a step runs `backstop …`; for others there is kind=human";
            scope
                .report
                .at(word.place, format!("{:?} is no command of ours", word.text), mend);
            return None;
        }
        None => {
            scope
                .report
                .at(block.place, "an empty command", "write `backstop …`");
            return None;
        }
    }
    for word in &words {
        check(&word.text, word.place, Where::Anything, scope);
    }
    Some(words.into_iter().map(|word| Template(word.text)).collect())
}

fn http(block: &Block<'_>, attributes: &Attributes, scope: &mut Scope<'_>) -> Option<Does> {
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

fn url(text: &str, place: Place, scope: &mut Scope<'_>) -> Option<Template> {
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

fn prompt(block: &Block<'_>, scope: &mut Scope<'_>) -> Option<Template> {
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

fn text(block: &Block<'_>, place: Where, scope: &mut Scope<'_>) -> Option<Template> {
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

fn first(block: &Block<'_>) -> Place {
    block
        .lines
        .first()
        .map_or(block.place, |line| Place::new(line.number, 1))
}

fn check(text: &str, at: Place, place: Where, scope: &mut Scope<'_>) {
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
