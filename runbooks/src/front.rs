//! The front matter: what a page is, whom it is for, and what it is told.

use crate::fields::Fields;
use crate::parameter::{Kind, LONGEST_TEXT, Parameter};
use crate::plan::{FORMAT, Plan};
use crate::problem::{Place, Report};
use crate::yaml::Node;

const FIELDS: &[&str] = &[
    "id",
    "title_zh",
    "title_en",
    "owner",
    "severity",
    "minutes",
    "alerts",
    "needs",
    "parameters",
];
const SEVERITIES: &[&str] = &["critical", "warning", "info"];
/// Roles, as `platform/auth` names them.
const ROLES: &[&str] = &[
    "operator",
    "commander",
    "officer",
    "auditor",
    "model_manager",
    "exit_planner",
];
/// Parameters of one page: whoever runs it types them.
const MOST_PARAMETERS: usize = 20;
/// Characters of a title.
const LONGEST_TITLE: usize = 100;
/// A day, in minutes: what takes longer is no runbook but a project.
const LONGEST: i64 = 24 * 60;

/// Where the parameters were declared, for those that nothing uses.
pub(crate) type Declared = Vec<(String, Place)>;

/// A plan without steps, of a front matter.
pub(crate) fn read(node: &Node, report: &mut Report) -> Option<(Plan, Declared)> {
    let fields = Fields::of(node, "the front matter", FIELDS, report)?;
    let id = fields.text("id", 64, report);
    if let Some(id) = id.filter(|id| !is_id(id)) {
        let place = fields.get("id").map_or(node.place, |node| node.place);
        report.at(place, format!("{id:?} is no id"), "1–64 of a-z, 0-9 and '-'");
    }
    let title_zh = fields.text("title_zh", LONGEST_TITLE, report);
    if let Some(place) = wrong(&fields, "title_zh", title_zh, chinese) {
        report.at(
            place,
            "title_zh is not in Chinese",
            "whoever is woken reads Chinese first",
        );
    }
    let title_en = fields.text("title_en", LONGEST_TITLE, report);
    if let Some(place) = wrong(&fields, "title_en", title_en, |text| !chinese(text)) {
        report.at(place, "title_en is not in English", "write it in English");
    }
    let owner = fields.text("owner", 64, report);
    let severity = fields.text("severity", 16, report);
    if let Some(place) = wrong(&fields, "severity", severity, |text| SEVERITIES.contains(&text)) {
        report.at(place, "no severity", format!("one of {}", SEVERITIES.join(", ")));
    }
    if fields.get("minutes").is_none() {
        report.at(
            node.place,
            "the front matter lacks \"minutes\"",
            "say how long it takes: `minutes: 15`",
        );
    }
    let minutes = fields.number("minutes", (1, LONGEST), report);
    let alert = |text: &str| {
        let letters = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (1..=100).contains(&text.len()) && letters
    };
    let alerts = fields.list("alerts", (alert, "the name of an alert, as in its rule"), report);
    let mend = format!("one of {}", ROLES.join(", "));
    let needs = fields.list("needs", (|text: &str| ROLES.contains(&text), &mend), report);
    let (parameters, declared) = parameters(&fields, report);
    let names = |list: Vec<(String, Place)>| list.into_iter().map(|(name, _)| name).collect();
    let plan = Plan {
        format: FORMAT,
        id: id?.to_owned(),
        title_zh: title_zh?.to_owned(),
        title_en: title_en?.to_owned(),
        owner: owner?.to_owned(),
        severity: severity?.to_owned(),
        minutes: minutes.and_then(|minutes| u32::try_from(minutes).ok())?,
        alerts: names(alerts),
        needs: names(needs),
        parameters,
        steps: Vec::new(),
    };
    Some((plan, declared))
}

fn wrong(fields: &Fields<'_>, name: &str, text: Option<&str>, fits: impl Fn(&str) -> bool) -> Option<Place> {
    let text = text?;
    (!fits(text))
        .then(|| fields.get(name).map(|node| node.place))
        .flatten()
}

fn parameters(fields: &Fields<'_>, report: &mut Report) -> (Vec<Parameter>, Declared) {
    let (mut all, mut declared) = (Vec::new(), Declared::new());
    let Some(node) = fields.get("parameters") else {
        return (all, declared);
    };
    let Some(fields) = Fields::any(node, "parameters", report) else {
        return (all, declared);
    };
    for (name, node) in fields.pairs() {
        declared.push((name.to_owned(), node.place));
        if declared.len() > MOST_PARAMETERS {
            let reason = format!("more than {MOST_PARAMETERS} parameters");
            report.at(
                node.place,
                reason,
                "whoever runs it types them all: leave some out",
            );
            break;
        }
        if let Some(parameter) = parameter(name, node, report) {
            all.push(parameter);
        }
    }
    (all, declared)
}

fn parameter(name: &str, node: &Node, report: &mut Report) -> Option<Parameter> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > 32 || !name.chars().all(plain) {
        report.at(
            node.place,
            format!("{name:?} is no name of a parameter"),
            "1–32 of a-z, 0-9 and '_'",
        );
        return None;
    }
    let known = ["type", "title_zh", "title_en", "min", "max", "of", "default"];
    let fields = Fields::of(node, "a parameter", &known, report)?;
    let title_zh = fields.text("title_zh", LONGEST_TITLE, report);
    let title_en = fields.text("title_en", LONGEST_TITLE, report);
    let kind = kind(&fields, node.place, report)?;
    let default = fields
        .get("default")
        .and_then(|node| Some((node.place, node.text()?)));
    if let Some((place, text)) = default
        && let Err(mend) = kind.check(text)
    {
        report.at(place, format!("the default of {name} is none"), mend);
    }
    Some(Parameter {
        name: name.to_owned(),
        kind,
        title_zh: title_zh?.to_owned(),
        title_en: title_en?.to_owned(),
        default: default.map(|(_, text)| text.to_owned()),
    })
}

fn kind(fields: &Fields<'_>, place: Place, report: &mut Report) -> Option<Kind> {
    let name = fields.text("type", 16, report)?;
    let place = fields.get("type").map_or(place, |node| node.place);
    let allowed: &[&str] = match name {
        "text" => &["max"],
        "integer" => &["min", "max"],
        "choice" => &["of"],
        "name" | "url" => &[],
        _ => {
            report.at(
                place,
                format!("{name:?} is no type"),
                "one of text, name, url, integer, choice",
            );
            return None;
        }
    };
    for bound in ["min", "max", "of"] {
        if let Some(node) = fields.get(bound).filter(|_| !allowed.contains(&bound)) {
            report.at(node.place, format!("{name} has no {bound:?}"), "leave it out");
        }
    }
    match name {
        "text" => {
            let most = i64::from(LONGEST_TEXT);
            let max = fields.number("max", (1, most), report).unwrap_or(most);
            Some(Kind::Text {
                max: u32::try_from(max).unwrap_or(LONGEST_TEXT),
            })
        }
        "integer" => {
            let bounds = (-1_000_000_000_000, 1_000_000_000_000);
            let (min, max) = (
                fields.number("min", bounds, report),
                fields.number("max", bounds, report),
            );
            let (Some(min), Some(max)) = (min, max) else {
                report.at(place, "a whole number without bounds", "give `min` and `max`");
                return None;
            };
            if min > max {
                report.at(place, "min is greater than max", "exchange them");
                return None;
            }
            Some(Kind::Integer { min, max })
        }
        "choice" => {
            let word = |text: &str| Kind::Name.check(text).is_ok();
            let of: Vec<String> = fields
                .list("of", (word, "one word of letters, digits and -_.:@/=,"), report)
                .into_iter()
                .map(|one| one.0)
                .collect();
            if of.len() < 2 {
                report.at(place, "a choice of less than two", "give `of: [one, two]`");
            }
            Some(Kind::Choice { of })
        }
        "url" => Some(Kind::Url),
        _ => Some(Kind::Name),
    }
}

/// Whether this names a page, a step or a block.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// Whether there is Chinese in it.
pub(crate) fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}
