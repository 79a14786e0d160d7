//! The laws as the page shows them: a table that a phone shows as cards.

use laws::verdict::{Ruling, Verdict};
use maud::{Markup, html};

/// Verdict, English and Chinese.
pub(super) fn badge(verdict: Verdict) -> Markup {
    let zh = match verdict {
        Verdict::Held => "成立",
        Verdict::Broken => "违反",
        Verdict::NotTouched => "未触及",
    };
    html! { span class={ "badge " (verdict.as_str()) } { (verdict.as_str()) " " span lang="zh" { (zh) } } }
}

/// All laws.
pub(super) fn table(rulings: &[Ruling]) -> Markup {
    html! {
        table.laws {
            thead { tr {
                th { "Law " span lang="zh" { "定律" } }
                th { "Verdict " span lang="zh" { "结论" } }
                th.number { "Facts checked " span lang="zh" { "核对项" } }
                th { "What it rests on " span lang="zh" { "依据" } }
            } }
            tbody { @for ruling in rulings { (row(ruling)) } }
        }
    }
}

fn row(ruling: &Ruling) -> Markup {
    html! {
        tr {
            td { strong { (ruling.law) ". " (ruling.name) } br; span.quiet lang="zh" { (ruling.name_zh) } }
            td { (badge(ruling.verdict)) }
            td.number data-label="facts 核对项" { @if ruling.checked > 0 { (grouped(ruling.checked)) } }
            td { (rests_on(ruling)) }
        }
    }
}

/// The evidence in one sentence, English and Chinese, for the laws that a rehearsal touches.
fn basis(ruling: &Ruling) -> Option<(String, String)> {
    let count = |name: &str| Some(grouped(ruling.evidence.get(name)?.as_u64()?));
    Some(match ruling.law {
        1 => {
            let (acked, ambiguous) = (count("acknowledged")?, count("ambiguous")?);
            (
                format!(
                    "{acked} acknowledged writes compared with their rows; {ambiguous} attempts without \
                     an answer count for neither side"
                ),
                format!("{acked} 笔已确认写入与库中记录逐一比对；{ambiguous} 次无应答的尝试不计入任何一方"),
            )
        }
        2 => {
            let (refused, existing) = (count("refusals")?, count("existing_successes")?);
            (
                format!("{refused} refusals and {existing} successes of existing business while closed"),
                format!("关闭期间拒绝 {refused} 次，存量业务成功 {existing} 次"),
            )
        }
        3 => {
            let (entries, customers, loans) = (count("entries")?, count("customers")?, count("loans")?);
            (
                format!("{entries} ledger entries of {customers} customers on {loans} loans"),
                format!("{customers} 户、{loans} 笔贷款的 {entries} 条分录"),
            )
        }
        5 => {
            let (values, subjects) = (count("values")?, count("subjects")?);
            let (rows, files) = (count("rows")?, count("files")?);
            (
                format!(
                    "{values} values of {subjects} customers looked for in {rows} rows, {files} files, \
                     the service's pages and this report"
                ),
                format!(
                    "在 {rows} 行记录、{files} 个文件、服务页面及本报告中查找 {subjects} 户的 {values} 个值"
                ),
            )
        }
        7 => {
            let (acts, leaves, anchored) = (count("acts_logged")?, count("leaves")?, count("anchored")?);
            (
                format!(
                    "{acts} acts found in the log, once each; {leaves} leaves, {anchored} of them under a \
                     signed checkpoint"
                ),
                format!(
                    "{acts} 项操作均在证据日志中恰好出现一次；共 {leaves} 条，其中 {anchored} 条在已签名检查点之下"
                ),
            )
        }
        _ => return None,
    })
}

fn rests_on(ruling: &Ruling) -> Markup {
    let listed = ruling.findings.len() as u64;
    html! {
        @if let Some((en, zh)) = basis(ruling) { p { (en) } p.quiet lang="zh" { (zh) } }
        @if let Some(reason) = text(ruling, "not_enough") { p { (reason) } }
        @if let Some(reason) = text(ruling, "not_enough_zh") { p.quiet lang="zh" { (reason) } }
        @if !ruling.findings.is_empty() {
            ul.findings { @for finding in &ruling.findings {
                li { strong { (finding.what) } " " code { (finding.subject) } " " (finding.detail) }
            } }
            @if ruling.findings_total > listed { p { "and " (grouped(ruling.findings_total - listed)) " more" } }
        }
        @if ruling.evidence.keys().any(|name| !name.starts_with("not_enough")) {
            details {
                summary { "Evidence " span lang="zh" { "证据" } }
                pre { (serde_json::to_string_pretty(&ruling.evidence).unwrap_or_default()) }
            }
        }
    }
}

fn text<'r>(ruling: &'r Ruling, name: &str) -> Option<&'r str> {
    ruling.evidence.get(name)?.as_str()
}

/// A count with thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
