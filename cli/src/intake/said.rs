//! How intake stands, in words and in JSON; the same from an instance and from the database.

use anyhow::Context as _;
use client::operations::{Impact, Intake, IntakeDoubt, IntakeMove, ShutScope};
use gate::Scope;

use crate::called;

/// What a state means, in English and Chinese.
fn meaning(state: &str) -> (&'static str, &'static str) {
    match state {
        "open" => ("new business is taken", "受理增量业务"),
        "closing" => (
            "new business is refused; what was in flight may still commit",
            "正在关闭，不再受理新申请，在途事务可能仍会提交",
        ),
        "closed" => ("no new business commits", "增量业务已关闭"),
        "reopening" => (
            "new business is refused; a reopening was asked for",
            "已提议重新开放，暂不受理",
        ),
        _ => (
            "the state cannot be known, so new business is refused",
            "状态无法核实，按关闭处理",
        ),
    }
}

/// Of the gate's own rows: one scope, and which others are not open.
pub(super) fn of(scopes: Vec<gate::Status>, scope: &Scope, terminated: usize) -> anyhow::Result<Intake> {
    let (of, others): (Vec<_>, Vec<_>) = scopes.into_iter().partition(|one| one.scope == *scope);
    let shut = others.into_iter().filter(|one| one.state != gate::State::Open);
    let status = of.into_iter().next();
    let status = status.with_context(|| format!("the intake gate has no row for scope {scope}"))?;
    Ok(Intake {
        scope: status.scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        reason: status.reason,
        actor: status.actor,
        incident: status.incident,
        clause: status.clause,
        until: status.until,
        changed_at: status.changed_at,
        terminated: u32::try_from(terminated).unwrap_or(u32::MAX),
        shut: shut.map(shut_scope).collect(),
    })
}

fn shut_scope(status: gate::Status) -> ShutScope {
    ShutScope {
        scope: status.scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        reason: status.reason,
        actor: status.actor,
        clause: status.clause,
        until: status.until,
        changed_at: status.changed_at,
    }
}

/// Of a transaction that a closing ended with a draw in hand.
pub(super) fn doubt(one: gate::doubts::Doubt) -> IntakeDoubt {
    let settled = one.settled.as_ref();
    IntakeDoubt {
        id: one.id,
        epoch: one.epoch,
        pid: one.ended.pid,
        application: one.ended.application,
        role: one.ended.role,
        open_ms: one.ended.open_ms,
        at: one.at,
        finding: settled.map(|settled| settled.finding.as_str().to_owned()),
        reason: settled.map(|settled| settled.reason.clone()),
        settled_by: settled.map(|settled| settled.by.clone()),
        settled_at: settled.map(|settled| settled.at),
    }
}

/// Of a row of the gate's history.
pub(super) fn moved(one: gate::Moved) -> IntakeMove {
    IntakeMove {
        number: one.number,
        scope: one.scope.to_string(),
        clause: one.clause,
        until: one.until,
        state: one.state.as_str().to_owned(),
        epoch: one.epoch,
        reason: one.reason,
        actor: one.actor,
        incident: one.incident,
        terminated: u32::try_from(one.terminated.len()).unwrap_or(u32::MAX),
        approval: one.approval,
        at: one.at,
    }
}

/// Of the gate's own list, which has the same form.
pub(super) fn impact(scope: &Scope, status: &gate::Status, groups: &[gate::Group]) -> anyhow::Result<Impact> {
    Ok(Impact {
        scope: scope.to_string(),
        state: status.shown().to_owned(),
        epoch: status.epoch,
        groups: serde_json::from_value(serde_json::to_value(groups)?)?,
    })
}

/// A few lines, what matters most of them within the forty columns of a telephone's screen.
pub(super) fn lines(intake: &Intake) -> String {
    let (english, chinese) = meaning(&intake.state);
    let scope = match intake.scope.as_str() {
        Scope::EVERYTHING => String::new(),
        scope => format!("{scope}: "),
    };
    let mut text = format!(
        "{scope}{} (epoch {})\n{english} / {chinese}",
        intake.state, intake.epoch
    );
    if intake.changed_at > 0 {
        text.push_str(&format!(
            "\nsince {}\nby {}",
            called::when(intake.changed_at),
            intake.actor
        ));
        if let Some(incident) = &intake.incident {
            text.push_str(&format!(", incident {incident}"));
        }
    }
    if !intake.reason.is_empty() {
        text.push_str(&format!("\nreason: {}", intake.reason));
    }
    text.push_str(&terms(intake.clause.as_deref(), intake.until));
    for one in &intake.shut {
        text.push_str(&format!(
            "\n{}: {} (epoch {}) since {} by {}: {}{}",
            one.scope,
            one.state,
            one.epoch,
            called::when(one.changed_at),
            one.actor,
            one.reason,
            terms(one.clause.as_deref(), one.until)
        ));
    }
    text
}

/// By what right and until when, where that was said.
fn terms(clause: Option<&str>, until: Option<i64>) -> String {
    let clause = clause.map_or(String::new(), |clause| {
        format!("\n  draws are held back by / 暂停提款依据: {clause}")
    });
    let until = until.map_or(String::new(), |until| {
        format!(
            "\n  expected until / 预计至: {} (nothing opens by itself / 不会自动开放)",
            called::when(until)
        )
    });
    clause + &until
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_to_be_open_is_said_to_be_refused() {
        for state in ["closing", "closed", "reopening", "closed (unverified)", "?"] {
            let (english, chinese) = meaning(state);
            assert!(
                english.contains("refused") || english.contains("no new business"),
                "{state}"
            );
            assert!(!chinese.is_empty());
        }
    }

    #[test]
    fn the_words_name_who_when_and_why() {
        let intake = Intake {
            scope: "everything".to_owned(),
            state: "closed".to_owned(),
            epoch: 2,
            reason: "drill".to_owned(),
            actor: "ann".to_owned(),
            incident: Some("INC-7".to_owned()),
            changed_at: 1_772_416_800_500_000,
            terminated: 0,
            clause: Some("article 12".to_owned()),
            until: None,
            shut: vec![ShutScope {
                scope: "act=draw,product=credit".to_owned(),
                state: "closed".to_owned(),
                epoch: 4,
                reason: "fraud ring".to_owned(),
                actor: "bob".to_owned(),
                clause: None,
                until: Some(1_772_424_000_000_000),
                changed_at: 1_772_416_800_500_000,
            }],
        };
        assert_eq!(
            lines(&intake),
            "closed (epoch 2)\nno new business commits / 增量业务已关闭\n\
             since 2026-03-02T02:00:00Z\nby ann, incident INC-7\nreason: drill\n  draws are held back by / 暂停提款依据: article 12\n\
             act=draw,product=credit: closed (epoch 4) since 2026-03-02T02:00:00Z by bob: fraud ring\n  \
             expected until / 预计至: 2026-03-02T04:00:00Z (nothing opens by itself / 不会自动开放)"
        );
    }
}
