//! From a page to a plan: every mistake is told with its place, all of them at once.

use std::collections::BTreeSet;

use crate::attributes::Attributes;
use crate::digest;
use crate::front::{self, chinese, is_id};
use crate::page::{self, Block};
use crate::plan::{LONGEST, MOST_STEPS, Plan};
use crate::problem::{Place, Problems, Report};
use crate::steps::{Named, steps};
use crate::yaml;

/// Words that say of an undo that there is none.
const NONE: [&str; 2] = ["nothing", "never"];

/// Compiles a page. `file` is named in problems, and its stem is the page's id.
///
/// # Errors
/// All that is wrong with it, in the order of the file.
pub fn compile(file: &str, text: &str) -> Result<Plan, Problems> {
    let mut report = Report::default();
    let plan = read(file, text, &mut report);
    let mut all = report.0;
    all.sort_by_key(|problem| problem.place);
    match plan {
        Some(plan) if all.is_empty() => Ok(plan),
        _ => Err(Problems {
            file: file.to_owned(),
            all,
        }),
    }
}

fn read(file: &str, text: &str, report: &mut Report) -> Option<Plan> {
    let page = page::split(text, report);
    if page.front.is_empty() && !report.0.is_empty() {
        return None;
    }
    let front = yaml::read(&page.front, report).and_then(|node| front::read(&node, report));
    let latin = page.prose.chars().any(|c| c.is_ascii_alphabetic());
    if !chinese(&page.prose) || !latin {
        let mend = "say in Chinese and in English when it is used and what to look out for";
        report.at(Place::new(1, 1), "no prose in both languages", mend);
    }
    let (mut plan, declared) = front?;
    let stem = file
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".md"))
        .unwrap_or(file);
    if stem != plan.id {
        let reason = format!("the page is named {stem:?} and its id is {:?}", plan.id);
        report.at(Place::new(1, 1), reason, "give them one name");
    }
    let named = name(&page.blocks, report);
    let mut used = Vec::new();
    plan.steps = steps(&named, &plan, &mut used, report);
    for (parameter, place) in declared {
        if !used.contains(&parameter) {
            let reason = format!("nothing uses parameter {parameter:?}");
            report.at(
                place,
                reason,
                format!("write {{{{{parameter}}}}} where it belongs, or leave it out"),
            );
        }
    }
    if digest::canonical(&plan).map_or(usize::MAX, |text| text.len()) > LONGEST {
        let reason = format!("a plan of more than {LONGEST} bytes");
        report.at(Place::new(1, 1), reason, "shorten prompts, or make two pages");
    }
    Some(plan)
}

/// The blocks with their ids, each id once.
fn name<'b, 't>(blocks: &'b [Block<'t>], report: &mut Report) -> Vec<Named<'b, 't>> {
    let (mut named, mut seen) = (Vec::new(), BTreeSet::new());
    for block in blocks {
        let attributes = Attributes::read(block, report);
        let Some(id) = attributes.must("id", "give it a name: id=close", report) else {
            continue;
        };
        let (place, id) = (id.value_at, id.value.clone());
        if !is_id(&id) || NONE.contains(&id.as_str()) {
            report.at(
                place,
                format!("{id:?} is no id"),
                "1–64 of a-z, 0-9 and '-', not nothing or never",
            );
        } else if !seen.insert(id.clone()) {
            report.at(
                place,
                format!("{id:?} is there twice"),
                "give each block a name of its own",
            );
        } else {
            named.push(Named {
                block,
                attributes,
                id,
            });
        }
    }
    let steps = named.iter().filter(|one| one.block.word == "step").count();
    if steps == 0 {
        report.at(Place::new(1, 1), "no step", "add a block ```step id=… kind=…");
    } else if steps > MOST_STEPS {
        report.at(
            Place::new(1, 1),
            format!("more than {MOST_STEPS} steps"),
            "make two pages",
        );
    }
    named
}
