//! The steps of a page, each with how it is looked up and taken back.

use std::collections::BTreeSet;

use crate::attributes::Attributes;
use crate::block;
use crate::condition;
use crate::page::Block;
use crate::plan::{Does, Failing, Look, Plan, Step, Undo};
use crate::problem::Report;
use crate::texts::Scope;
use crate::values::truth;

/// A block with its attributes and what it is called.
pub(crate) struct Named<'b, 't> {
    pub(crate) block: &'b Block<'t>,
    pub(crate) attributes: Attributes,
    pub(crate) id: String,
}

/// All blocks, and which of them something refers to.
type Others<'a, 'b, 't> = (&'a [Named<'b, 't>], &'a mut BTreeSet<String>);

/// The steps in their order; notes blocks that nothing refers to.
pub(crate) fn steps(
    named: &[Named<'_, '_>],
    plan: &Plan,
    used: &mut Vec<String>,
    report: &mut Report,
) -> Vec<Step> {
    let (mut steps, mut answering) = (Vec::new(), Vec::new());
    let mut referred = BTreeSet::new();
    for one in named.iter().filter(|one| one.block.word == "step") {
        let mut scope = Scope {
            plan,
            answering: &answering,
            used,
            report,
        };
        let Some(does) = block::does(one.block, &one.attributes, &mut scope) else {
            continue;
        };
        let answers = matches!(does, Does::Command { .. } | Does::Http { .. });
        if answers {
            answering.push(one.id.clone());
        }
        // An undo's texts may show what its own step answered.
        let mut scope = Scope {
            plan,
            answering: &answering,
            used,
            report,
        };
        if let Some(step) = step(one, does, (named, &mut referred), &mut scope) {
            steps.push(step);
        }
    }
    for one in named.iter().filter(|one| one.block.word != "step") {
        if !referred.contains(&one.id) {
            let reason = format!("nothing refers to {:?}", one.id);
            report.at(
                one.block.place,
                reason,
                format!("write {}={} where it belongs", one.block.word, one.id),
            );
        }
    }
    steps
}

fn step(one: &Named<'_, '_>, does: Does, others: Others<'_, '_, '_>, scope: &mut Scope<'_>) -> Option<Step> {
    let (named, referred) = others;
    let attributes = &one.attributes;
    let kind = does.kind();
    let known: &[&str] = match &does {
        Does::Command { .. } => &[
            "id",
            "kind",
            "undo",
            "why",
            "verify",
            "idempotent",
            "on-failure",
            "timeout",
        ],
        Does::Http { .. } => &[
            "id",
            "kind",
            "undo",
            "why",
            "verify",
            "idempotent",
            "on-failure",
            "timeout",
            "expect",
        ],
        Does::WaitUntil { .. } => &[
            "id",
            "kind",
            "of",
            "pointer",
            "equals",
            "timeout",
            "interval",
            "on-failure",
        ],
        Does::Human { .. } => &["id", "kind", "confirm", "undo", "why", "on-failure"],
        Does::Approval { .. } => &["id", "kind", "people", "timeout"],
    };
    attributes.known(&format!("a step of kind {kind}"), known, scope.report);
    let verify = verify(attributes, (named, &mut *referred), scope);
    let undo = undo(one, &does, (named, referred), scope);
    let idempotent = truth(
        attributes,
        "idempotent",
        does.only_looks() || kind == "human",
        scope.report,
    );
    let on_failure = match attributes
        .get("on-failure")
        .map(|one| (one.value_at, one.value.as_str()))
    {
        // A no is a no: nobody can try again until it is a yes.
        None if kind == "approval" => Failing::Undo,
        None | Some((_, "ask")) => Failing::Ask,
        Some((_, "undo")) => Failing::Undo,
        Some((place, _)) => {
            scope
                .report
                .at(place, "on-failure is ask or undo", "write one of them");
            Failing::Ask
        }
    };
    Some(Step {
        id: one.id.clone(),
        does,
        idempotent,
        verify,
        undo: undo?,
        on_failure,
    })
}

fn verify(attributes: &Attributes, others: Others<'_, '_, '_>, scope: &mut Scope<'_>) -> Option<Look> {
    let (named, referred) = others;
    let wanted = attributes.get("verify")?;
    let found = named
        .iter()
        .find(|one| one.block.word == "verify" && one.id == wanted.value);
    let Some(found) = found else {
        let reason = format!("there is no verify block {:?}", wanted.value);
        scope.report.at(
            wanted.value_at,
            reason,
            format!("add a block ```verify id={} of=…", wanted.value),
        );
        return None;
    };
    // Taken apart once, even if several steps refer to it.
    let first = referred.insert(found.id.clone());
    let known = ["id", "of", "pointer", "equals"];
    if first {
        found.attributes.known("a verify block", &known, scope.report);
        return condition::look(found.block, &found.attributes, scope);
    }
    let mut again = Report::default();
    let mut quiet = Scope {
        plan: scope.plan,
        answering: scope.answering,
        used: scope.used,
        report: &mut again,
    };
    condition::look(found.block, &found.attributes, &mut quiet)
}

fn undo(one: &Named<'_, '_>, does: &Does, others: Others<'_, '_, '_>, scope: &mut Scope<'_>) -> Option<Undo> {
    let attributes = &one.attributes;
    let why = attributes.get("why").map(|why| why.value.clone());
    let acts = matches!(does, Does::Command { .. } | Does::Http { .. });
    let Some(wanted) = attributes.get("undo") else {
        if acts {
            let mend = "undo=ID of an undo block, undo=nothing, or undo=never why=\"…\"";
            scope
                .report
                .at(attributes.place, "it does not say how it is undone", mend);
            return None;
        }
        return Some(Undo::Nothing { why });
    };
    match wanted.value.as_str() {
        "nothing" if why.is_none() && acts && !does.only_looks() => {
            let mend = "say why: why=\"…\"";
            scope
                .report
                .at(wanted.value_at, "it acts, and there is nothing to undo", mend);
            None
        }
        "nothing" => Some(Undo::Nothing { why }),
        "never" => {
            let Some(why) = why else {
                let mend = "say why: why=\"…\"";
                scope.report.at(wanted.value_at, "it cannot be undone", mend);
                return None;
            };
            Some(Undo::Never { why })
        }
        id => {
            let (named, referred) = others;
            let Some(found) = named.iter().find(|one| one.block.word == "undo" && one.id == id) else {
                let reason = format!("there is no undo block {id:?}");
                scope.report.at(
                    wanted.value_at,
                    reason,
                    format!("add a block ```undo id={id} kind=…"),
                );
                return None;
            };
            if !referred.insert(found.id.clone()) {
                let reason = format!("{id:?} undoes another step, too");
                scope
                    .report
                    .at(wanted.value_at, reason, "give each step an undo of its own");
                return None;
            }
            undo_block(found, (named, referred), scope)
        }
    }
}

fn undo_block(found: &Named<'_, '_>, others: Others<'_, '_, '_>, scope: &mut Scope<'_>) -> Option<Undo> {
    let attributes = &found.attributes;
    let does = block::does(found.block, attributes, scope)?;
    let known: &[&str] = match &does {
        Does::Command { .. } => &["id", "kind", "verify", "idempotent", "timeout"],
        Does::Http { .. } => &["id", "kind", "verify", "idempotent", "timeout", "expect"],
        Does::Human { .. } => &["id", "kind", "confirm"],
        Does::WaitUntil { .. } | Does::Approval { .. } => {
            let mend = "an undo is a command, http or human";
            scope.report.at(
                attributes.place,
                format!("a {} undoes nothing", does.kind()),
                mend,
            );
            return None;
        }
    };
    attributes.known(&format!("an undo of kind {}", does.kind()), known, scope.report);
    let idempotent = truth(
        attributes,
        "idempotent",
        does.only_looks() || does.kind() == "human",
        scope.report,
    );
    let verify = verify(attributes, others, scope);
    Some(Undo::Block {
        id: found.id.clone(),
        does,
        idempotent,
        verify,
    })
}
