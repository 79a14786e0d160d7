//! The figures, as a table.

use maud::{Markup, html};

use super::super::figures::Figures;
use super::verdicts::grouped;

/// All of them; a dash where the rehearsal did not come so far.
pub(super) fn table(figures: &Figures) -> Markup {
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
            milliseconds(figures.p50_ms),
        ),
        (
            "99th percentile of an answer, steady",
            "稳态应答 99 分位",
            milliseconds(figures.p99_ms),
        ),
        (
            "Start to ready after the kill",
            "重启至就绪",
            unit(figures.restart_ms),
        ),
        (
            "Reopening acknowledged in",
            "恢复确认耗时",
            unit(figures.reopen_ms),
        ),
        (
            "Outage of everything outside, until somebody was paged",
            "外部数据源中断至告警送达",
            unit(figures.outage_paged_ms),
        ),
        (
            "Kill of what injected it, until the outage had ended",
            "注入工具被强制终止至故障恢复",
            unit(figures.fault_reverted_ms),
        ),
        (
            "Kill of the service, until somebody was paged",
            "强制终止至告警送达",
            unit(figures.kill_paged_ms),
        ),
        (
            "Closed intake, until somebody was paged",
            "关闭增量至告警送达",
            unit(figures.close_paged_ms),
        ),
        (
            "Kill of the monitor, until somebody was paged",
            "监控中断至告警送达",
            unit(figures.silence_paged_ms),
        ),
        (
            "Transactions ended by the close",
            "关闭时终止的事务",
            or_dash(figures.terminated, |count| count.to_string()),
        ),
    ];
    if let (Some(took), Some(left)) = (figures.purge_ms, figures.rows_purged) {
        let what = format!("{left} rows in {took} ms");
        rows.push(("A customer's exit", "客户退出清除", what));
    }
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

/// A measured value, or a dash.
pub(super) fn or_dash<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), write)
}

fn milliseconds(value: Option<f64>) -> String {
    or_dash(value, |value| format!("{value:.1} ms"))
}

fn unit(value: Option<u64>) -> String {
    or_dash(value, |value| format!("{value} ms"))
}
