//! The page.

use laws::verdict::{Ruling, Verdict};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::style::RGBColor;

use super::super::timeline::{Moment, Timeline};
use super::charts::{self, Curve};
use super::document::Report;
use super::figures::or_dash;
use super::verdicts::{badge, grouped, table};
use super::{course, figures};

const STYLE: &str = include_str!("style.css");

/// Lays out a report.
pub(super) fn page(report: &Report, timeline: &Timeline) -> anyhow::Result<String> {
    let throughput = chart(&charts::throughput(timeline), timeline)?;
    let latency = chart(&charts::latency(timeline), timeline)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Rehearsal of the emergency plan 应急预案演练" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Rehearsal of the emergency plan " span lang="zh" { "应急预案演练" } }
                    p { (outcome(report)) " " (origin(report)) }
                }
                main {
                    (course::banner(&report.failures))
                    (tiles(report))
                    section { h2 { "Laws " span lang="zh" { "定律" } } (table(&report.laws)) }
                    section { h2 { "Phases " span lang="zh" { "阶段" } } (course::bars(&report.phases)) }
                    section { h2 { "Outcomes per second " span lang="zh" { "每秒结果数" } } (throughput) }
                    section { h2 { "Time of an answer, ms " span lang="zh" { "应答时间（毫秒）" } } (latency) }
                    section { h2 { "Figures " span lang="zh" { "数据" } } (figures::table(&report.figures)) }
                }
                footer {
                    p { "Firms and sources are simulated. " span lang="zh" { "企业与数据来源均为模拟。" } }
                    p { code { (report.command) } }
                }
            }
        }
    };
    Ok(page.into_string())
}

/// A broken law is told even where the rehearsal did not come to its end.
fn outcome(report: &Report) -> Markup {
    let failed = course::badge(&report.failures);
    html! {
        @if let Some(failed) = &failed { (failed) " " }
        @if failed.is_none() || report.verdict == Verdict::Broken { (badge(report.verdict)) }
    }
}

fn origin(report: &Report) -> Markup {
    let started = report.phases.first().map_or(0, |phase| phase.started_at);
    html! {
        span.quiet {
            (utc(started)) " · " (report.store) " · seed " (report.seed) " · version " (report.build.version)
            @if let Some(commit) = report.build.commit { " · " (commit) }
        }
    }
}

/// What people ask first.
fn tiles(report: &Report) -> Markup {
    let figures = &report.figures;
    let evidence = |law: u8, name: &str| -> String {
        let of: Option<&Ruling> = report.laws.iter().find(|ruling| ruling.law == law);
        let value = of
            .and_then(|ruling| ruling.evidence.get(name))
            .and_then(serde_json::Value::as_u64);
        or_dash(value, grouped)
    };
    let recovery = or_dash(figures.recovery_ms, grouped);
    let tiles = [
        (
            "Acknowledged before the kill",
            "终止前已确认写入",
            evidence(1, "acknowledged_before_kill"),
            "",
        ),
        (
            "Kill to first acknowledged write",
            "终止至首笔确认",
            recovery,
            "ms",
        ),
        (
            "Close acknowledged in",
            "关闭确认耗时",
            or_dash(figures.close_ms, grouped),
            "ms",
        ),
        (
            "Refused while closed",
            "关闭期间拒绝",
            evidence(2, "refusals"),
            "",
        ),
        (
            "Existing business while closed",
            "关闭期间存量业务",
            evidence(2, "existing_successes"),
            "",
        ),
        (
            "Writes a second, steady",
            "稳态每秒写入",
            or_dash(figures.acknowledged_per_second, |rate| format!("{rate:.0}")),
            "",
        ),
    ];
    html! {
        dl.tiles { @for (name, zh, value, unit) in tiles {
            div { dt { (name) " " span lang="zh" { (zh) } } dd { (value) @if !unit.is_empty() && value != "–" { " " small { (unit) } } } }
        } }
    }
}

fn chart(curves: &[Curve], timeline: &Timeline) -> anyhow::Result<Markup> {
    if timeline.seconds.is_empty() {
        return Ok(html! { p { "Nothing was recorded. " span lang="zh" { "没有记录。" } } });
    }
    let seconds = timeline.seconds.len() as f64;
    let [wide, narrow] = charts::draw(curves, &timeline.moments, seconds)?;
    Ok(html! {
        figure {
            div.wide { (PreEscaped(wide)) }
            div.narrow { (PreEscaped(narrow)) }
            figcaption {
                @for curve in curves {
                    span.key { i style={ "border-color:" (variable(curve.colour)) } {} (curve.name) " " span lang="zh" { (curve.name_zh) } }
                }
                @for (number, Moment { name, name_zh, at }) in (1..).zip(&timeline.moments) {
                    span.key { b { (number) } (name) " " span lang="zh" { (name_zh) } " " (format!("{at:.1} s")) }
                }
            }
        }
    })
}

/// The style sheet's name of a curve's colour.
fn variable(colour: RGBColor) -> &'static str {
    match colour {
        charts::ACKED => "var(--acked)",
        charts::EXISTING => "var(--existing)",
        charts::REFUSED => "var(--refused)",
        _ => "var(--unanswered)",
    }
}

/// A time for people, in seconds of UTC.
fn utc(micros: i64) -> String {
    jiff::Timestamp::from_second(micros / 1_000_000)
        .map(|at| at.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use laws::verdict::{Tally, not_touched};

    use super::super::super::args::{Args, StoreKind};
    use super::super::super::course::{Phase, Went};
    use super::super::super::failure::{Failure, Stopped};
    use super::super::super::figures::Figures;
    use super::super::super::phases::Measured;
    use super::super::super::timeline::tests::{journal, progress};
    use super::super::document::overall;
    use super::*;

    fn report() -> (Report, Timeline) {
        told(Vec::new())
    }

    fn told(failures: Vec<Failure>) -> (Report, Timeline) {
        let journal = journal();
        let timeline = Timeline::of(&journal, &progress());
        let phase = |name, name_zh, second: i64, took_ms| Phase {
            name,
            name_zh,
            started_at: second * 1_000_000,
            took_ms,
            outcome: Went::Done,
        };
        let phases = vec![
            phase("warm-up", "预热", 0, 10_000),
            phase("steady state", "稳态", 10, 10_000),
            phase("kill and restart", "强制终止与重启", 20, 800),
            phase("intake closed", "关闭增量业务", 30, 15_000),
        ];
        let figures = Figures::of(&journal, &timeline, &phases, &Measured::default());
        let mut against = Tally::default();
        against.against("late", "app_<1>", "applications: absent & late");
        let rulings = [
            Tally::default().ruling(1, None),
            against.ruling(2, None),
            not_touched(4, "not in this run"),
        ];
        let args = Args {
            out: "out".into(),
            store: StoreKind::Sqlite,
            quick: true,
            with_exit: false,
            seed: 7,
            firms: None,
            bin_dir: None,
        };
        let report = Report::new(&args, &rulings, &[1, 2], phases, figures, failures);
        (report, timeline)
    }

    #[test]
    fn the_page_says_the_verdict_and_refers_to_nothing_outside_itself() {
        let (report, timeline) = report();
        assert_eq!(report.verdict, Verdict::Broken);
        let page = report.html(&timeline).unwrap();
        for text in [
            "Closed means closed",
            "关闭即关闭",
            "app_&lt;1&gt;",
            "强制终止与重启",
            "prefers-color-scheme",
        ] {
            assert!(page.contains(text), "{text}");
        }
        // A namespace is a name, not an address that a browser asks.
        let own = page.replace("http://www.w3.org/2000/svg", "");
        for outside in ["http:", "https:", "src=", "href=", "url(", "@import"] {
            assert!(!own.contains(outside), "{outside}");
        }
        assert_eq!(
            page.matches("<svg").count(),
            4,
            "two charts, each wide and narrow"
        );
    }

    #[test]
    fn a_failed_phase_stands_above_everything_else_in_both_languages() {
        let error = anyhow::anyhow!("<financing> ended with exit status: 9");
        let failures = vec![
            Failure::new("intake closed", "关闭增量业务", &Stopped::Failed(error)),
            Failure::new("audit", "审计", &Stopped::Interrupted),
        ];
        let (report, timeline) = told(failures);
        let page = report.html(&timeline).unwrap();
        let banner = page.find("失败阶段：关闭增量业务").unwrap();
        assert!(banner < page.find("Closed means closed").unwrap());
        for text in [
            "badge failed",
            "Failed in the phase “intake closed”",
            "&lt;financing&gt; ended with exit status: 9",
            "Interrupted in the phase “audit”",
            "中断于阶段：审计",
        ] {
            assert!(page.contains(text), "{text}");
        }
        let json: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["failures"][0]["phase"], "intake closed");
        assert_eq!(json["failures"][1]["kind"], "interrupted");
    }

    #[test]
    fn a_rehearsal_that_failed_is_never_called_held() {
        let held = [Tally::default().ruling(1, None)];
        let failure = Failure::new("end of day", "日终", &Stopped::Interrupted);
        assert_eq!(overall(&held, &[1], &[]), Verdict::Held);
        assert_eq!(overall(&held, &[1], &[failure]), Verdict::NotTouched);
    }

    #[test]
    fn the_style_sheet_knows_every_colour_of_the_charts() {
        let (report, timeline) = report();
        let page = report.html(&timeline).unwrap();
        let drawn = page
            .split("stroke=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        for colour in drawn.filter(|colour| *colour != "none") {
            assert!(STYLE.contains(&format!("[stroke=\"{colour}\"]")), "{colour}");
        }
    }
}
