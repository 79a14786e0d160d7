//! The page.

use laws::verdict::Ruling;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::style::RGBColor;

use super::super::timeline::{Moment, Timeline};
use super::charts::{self, Curve};
use super::document::Report;
use super::verdicts::{badge, grouped, table};

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
                    p { (badge(report.verdict)) " " (origin(report)) }
                }
                main {
                    (tiles(report))
                    section { h2 { "Laws " span lang="zh" { "定律" } } (table(&report.laws)) }
                    section { h2 { "Phases " span lang="zh" { "阶段" } } (phases(report)) }
                    section { h2 { "Outcomes per second " span lang="zh" { "每秒结果数" } } (throughput) }
                    section { h2 { "Time of an answer, ms " span lang="zh" { "应答时间（毫秒）" } } (latency) }
                    section { h2 { "Figures " span lang="zh" { "数据" } } (figures(report)) }
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
        value.map_or_else(|| "–".to_owned(), grouped)
    };
    let recovery = figures.recovery_ms.map_or_else(|| "–".to_owned(), grouped);
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
            grouped(figures.close_ms),
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
            format!("{:.0}", figures.acknowledged_per_second),
            "",
        ),
    ];
    html! {
        dl.tiles { @for (name, zh, value, unit) in tiles {
            div { dt { (name) " " span lang="zh" { (zh) } } dd { (value) @if !unit.is_empty() { " " small { (unit) } } } }
        } }
    }
}

/// A bar per phase, as long as it took.
fn phases(report: &Report) -> Markup {
    let start = report.phases.first().map_or(0, |phase| phase.started_at);
    let end =
        |phase: &super::super::phases::Phase| phase.started_at - start + phase.took_ms.cast_signed() * 1000;
    let whole = report.phases.iter().map(end).max().unwrap_or(1).max(1) as f64;
    let percent = |micros: i64| micros as f64 * 100.0 / whole;
    html! {
        ol.phases { @for phase in &report.phases {
            @let (from, width) = (percent(phase.started_at - start), percent(phase.took_ms.cast_signed() * 1000));
            li {
                span.name { (phase.name) " " span lang="zh" { (phase.name_zh) } }
                span.track { span.bar style={ "left:" (format!("{from:.2}")) "%;width:" (format!("{width:.2}")) "%" } {} }
                span.number { (format!("{:.1}", phase.took_ms as f64 / 1e3)) " s" }
            }
        } }
    }
}

fn chart(curves: &[Curve], timeline: &Timeline) -> anyhow::Result<Markup> {
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

fn figures(report: &Report) -> Markup {
    let figures = &report.figures;
    let count = |number: usize| grouped(number as u64);
    let mut rows = vec![
        ("Requests", "请求", count(figures.requests)),
        (
            "Acknowledged writes",
            "已确认写入",
            count(figures.acknowledged_writes),
        ),
        ("Refused", "已拒绝", count(figures.refused)),
        (
            "Failed before anything was done",
            "未执行即失败",
            count(figures.failed),
        ),
        (
            "Attempts whose outcome the client did not see",
            "结果未知的尝试",
            count(figures.ambiguous),
        ),
        (
            "Median of an answer, steady",
            "稳态应答中位数",
            format!("{:.1} ms", figures.p50_ms),
        ),
        (
            "99th percentile of an answer, steady",
            "稳态应答 99 分位",
            format!("{:.1} ms", figures.p99_ms),
        ),
        (
            "Start to ready after the kill",
            "重启至就绪",
            format!("{} ms", figures.restart_ms),
        ),
        (
            "Reopening acknowledged in",
            "恢复确认耗时",
            format!("{} ms", figures.reopen_ms),
        ),
        (
            "Transactions ended by the close",
            "关闭时终止的事务",
            figures.terminated.to_string(),
        ),
    ];
    if let Some(day) = &figures.end_of_day {
        let what = format!(
            "{}: {} loans in {} ms",
            day.day.business_date, day.day.accrued, day.took_ms
        );
        rows.push(("End of day", "日终", what));
        let again = format!("{} entries in {} ms", day.second_posted, day.second_took_ms);
        rows.push(("End of day, run again, posted", "日终重跑新增", again));
    }
    html! {
        table.figures { tbody { @for (name, zh, value) in rows {
            tr { th scope="row" { (name) " " span lang="zh" { (zh) } } td.number { (value) } }
        } } }
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
    use laws::verdict::{Tally, Verdict, not_touched};

    use super::super::super::args::{Args, StoreKind};
    use super::super::super::figures::Figures;
    use super::super::super::phases::{Measured, Phase};
    use super::super::super::timeline::tests::{journal, progress};
    use super::*;

    fn report() -> (Report, Timeline) {
        let journal = journal();
        let timeline = Timeline::of(&journal, &progress());
        let phase = |name, name_zh, second: i64, took_ms| Phase {
            name,
            name_zh,
            started_at: second * 1_000_000,
            took_ms,
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
            seed: 7,
            bin_dir: None,
        };
        (Report::new(&args, &rulings, &[1, 2], phases, figures), timeline)
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
