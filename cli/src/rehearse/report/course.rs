//! The phases as bars, and what went wrong in them.

use maud::{Markup, html};

use super::super::course::{Phase, Went};
use super::super::failure::{Failure, Kind};

/// Says above everything else that the rehearsal did not come to its end.
pub(super) fn banner(failures: &[Failure]) -> Markup {
    html! {
        @for failure in failures {
            section.failure role="alert" {
                h2 { (said(failure.kind).0) " “" (failure.phase) "” " span lang="zh" { (said(failure.kind).1) "：" (failure.phase_zh) } }
                p lang="zh" { "原因：" (failure.reason_zh) "。" }
                pre { (failure.reason) }
            }
        }
    }
}

fn said(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Failed => ("Failed in the phase", "失败阶段"),
        Kind::Interrupted => ("Interrupted in the phase", "中断于阶段"),
    }
}

/// Verdict on the rehearsal as a whole, where it is not the laws'.
pub(super) fn badge(failures: &[Failure]) -> Option<Markup> {
    let kind = failures.first()?.kind;
    let (en, zh) = match kind {
        Kind::Failed => ("failed", "失败"),
        Kind::Interrupted => ("interrupted", "已中断"),
    };
    Some(html! { span class={ "badge " (en) } { (en) " " span lang="zh" { (zh) } } })
}

/// A bar per phase, as long as it took.
pub(super) fn bars(phases: &[Phase]) -> Markup {
    let start = phases.first().map_or(0, |phase| phase.started_at);
    let end = |phase: &Phase| phase.started_at - start + phase.took_ms.cast_signed() * 1000;
    let whole = phases.iter().map(end).max().unwrap_or(1).max(1) as f64;
    let percent = |micros: i64| micros as f64 * 100.0 / whole;
    html! {
        ol.phases { @for phase in phases {
            @let (from, width) = (percent(phase.started_at - start), percent(phase.took_ms.cast_signed() * 1000));
            li class=[class(phase)] {
                span.name { (phase.name) " " span lang="zh" { (phase.name_zh) } }
                span.track { span.bar style={ "left:" (format!("{from:.2}")) "%;width:" (format!("{width:.2}")) "%" } {} }
                span.number { (format!("{:.1}", phase.took_ms as f64 / 1e3)) " s" }
            }
        } }
    }
}

fn class(phase: &Phase) -> Option<&'static str> {
    match phase.outcome {
        Went::Done => None,
        Went::Failed => Some("failed"),
        Went::Interrupted => Some("interrupted"),
    }
}
