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
            td.number data-label="facts" { (grouped(ruling.checked)) }
            td { (rests_on(ruling)) }
        }
    }
}

/// The evidence in one sentence, for the laws that a rehearsal touches.
fn basis(ruling: &Ruling) -> Option<String> {
    let count = |name: &str| Some(grouped(ruling.evidence.get(name)?.as_u64()?));
    Some(match ruling.law {
        1 => format!(
            "{} acknowledged writes compared with their rows; {} attempts without an answer count for neither side",
            count("acknowledged")?,
            count("ambiguous")?
        ),
        2 => format!(
            "{} refusals and {} successes of existing business while closed",
            count("refusals")?,
            count("existing_successes")?
        ),
        3 => format!(
            "{} ledger entries of {} customers on {} loans",
            count("entries")?,
            count("customers")?,
            count("loans")?
        ),
        7 => format!(
            "{} acts found in the log, once each; {} leaves, {} of them under a signed checkpoint",
            count("acts_logged")?,
            count("leaves")?,
            count("anchored")?
        ),
        _ => return None,
    })
}

fn rests_on(ruling: &Ruling) -> Markup {
    let listed = ruling.findings.len() as u64;
    html! {
        @if let Some(basis) = basis(ruling) { p { (basis) } }
        @if let Some(reason) = ruling.evidence.get("not_enough").and_then(|reason| reason.as_str()) {
            p { (reason) }
        }
        @if !ruling.findings.is_empty() {
            ul.findings { @for finding in &ruling.findings {
                li { strong { (finding.what) } " " code { (finding.subject) } " " (finding.detail) }
            } }
            @if ruling.findings_total > listed { p { "and " (grouped(ruling.findings_total - listed)) " more" } }
        }
        @if ruling.evidence.len() > 1 || !ruling.evidence.contains_key("not_enough") {
            details {
                summary { "Evidence " span lang="zh" { "证据" } }
                pre { (serde_json::to_string_pretty(&ruling.evidence).unwrap_or_default()) }
            }
        }
    }
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
