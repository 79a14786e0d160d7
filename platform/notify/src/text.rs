//! A page as people read it, in Chinese and English, never longer than its channel takes.
//!
//! **Invariant**: it is made of labels, annotations, counts and names of the configuration, and passes the guard once
//! more on its way out.

use std::fmt::Write as _;

use crate::config::Language;
use crate::guard;
use crate::micros;
use crate::notice::Alert;
use crate::page::{Kind, Page};

/// Alerts that a text lists; the page's count says how many there are.
const LISTED: usize = 10;
/// Of one value in a text.
const VALUE: usize = 300;
/// What stands where a text was cut.
const CUT: &str = "\n…";

/// The subject: one line of at most 120 bytes.
#[must_use]
pub fn subject(page: &Page, language: Language) -> String {
    let (zh, en) = heading(page);
    let line = match language {
        Language::Zh => zh,
        Language::En => en,
        Language::Both => format!("{zh} {en}"),
    };
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    guard::cut(&guard::clean(&line), 120).to_owned()
}

/// The whole text in at most so many bytes. The answer code comes early, so that no cut takes it away.
#[must_use]
pub fn body(page: &Page, language: Language, bytes: usize) -> String {
    let mut out = String::new();
    let zh = language != Language::En;
    let en = language != Language::Zh;
    let (zh_heading, en_heading) = heading(page);
    if zh {
        line(&mut out, &zh_heading);
    }
    if en {
        line(&mut out, &en_heading);
    }
    if let Some(code) = &page.code {
        if zh {
            line(&mut out, &format!("确认请回复: ACK {code}"));
        }
        if en {
            line(&mut out, &format!("To acknowledge reply: ACK {code}"));
        }
    }
    for alert in page.alerts.iter().take(LISTED) {
        listed(&mut out, alert, page.at, zh);
    }
    let more = page.alerts.len().saturating_sub(LISTED) + page.truncated;
    both(
        &mut out,
        more,
        zh.then_some("另有告警"),
        en.then_some("more alerts"),
    );
    if page.dependents_total > 0 {
        let names = page.dependents.join(", ");
        both(
            &mut out,
            page.dependents_total,
            zh.then_some("受其影响而未单独通知"),
            en.then_some("dependent, not told by themselves"),
        );
        line(&mut out, &format!("  {names}"));
    }
    both(
        &mut out,
        page.silenced,
        zh.then_some("已静默但仍在触发"),
        en.then_some("silenced, still firing"),
    );
    for note in &page.notes {
        line(&mut out, note);
    }
    if let Some(ticket) = &page.ticket {
        line(
            &mut out,
            &format!("{} {ticket}", if zh { "工单" } else { "Ticket" }),
        );
    }
    if !page.external_url.is_empty() {
        line(&mut out, &page.external_url);
    }
    fit(guard::clean(out.trim_end()).as_ref(), bytes)
}

/// The page in one line of at most so many characters, for a message or a call.
#[must_use]
pub fn short(page: &Page, language: Language, characters: usize) -> String {
    let code = page.code.as_ref().map_or(String::new(), |code| match language {
        Language::En => format!(" Reply ACK {code}."),
        Language::Zh | Language::Both => format!(" 确认回复 ACK {code}。"),
    });
    let mut line = subject(page, language);
    for alert in page.alerts.iter().take(3) {
        let text = alert
            .annotations
            .get("summary")
            .map_or_else(|| alert.name(), String::as_str);
        let _ = write!(line, " {text};");
    }
    for note in &page.notes {
        let _ = write!(line, " {};", note.trim());
    }
    let line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let room = characters.saturating_sub(code.chars().count());
    let mut short: String = guard::clean(&line).chars().take(room).collect();
    short.push_str(&code);
    short
}

/// In at most so many bytes, with a sign where it was cut.
pub(crate) fn fit(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut cut = guard::cut(text, bytes.saturating_sub(CUT.len())).to_owned();
    cut.push_str(guard::cut(CUT, bytes));
    cut
}

fn heading(page: &Page) -> (String, String) {
    let firing = page.alerts.iter().filter(|alert| alert.fires(page.at)).count();
    let over = page.alerts.len() - firing;
    let what = title(page);
    let step = page.step.map_or(String::new(), |step| format!(" #{step}"));
    match page.kind {
        Kind::Group if firing > 0 => (
            format!("[触发 {firing}] {what}"),
            format!("[FIRING {firing}] {what}"),
        ),
        Kind::Group => (
            format!("[恢复 {over}] {what}"),
            format!("[RESOLVED {over}] {what}"),
        ),
        Kind::Escalation => (format!("[请处理{step}] {what}"), format!("[ACTION{step}] {what}")),
        Kind::Closed => (format!("[结束] {what}"), format!("[CLOSED] {what}")),
        Kind::Handover => (
            "[交班] 值班从现在开始".to_owned(),
            "[HANDOVER] You are on call from now".to_owned(),
        ),
        Kind::Summary => (
            "[汇总] 通知过多,以下未单独发送".to_owned(),
            "[SUMMARY] Too many pages; not sent:".to_owned(),
        ),
        Kind::CallTree => (
            "[演练] 呼叫树测试,并非真实告警".to_owned(),
            "[TEST] Call tree test, no real alert".to_owned(),
        ),
        Kind::Test => (
            "[测试] 通道测试,并非真实告警".to_owned(),
            "[TEST] Receiver test, no real alert".to_owned(),
        ),
        Kind::Deadman => (
            "[失联] 监控本身没有心跳".to_owned(),
            "[SILENT] The monitor itself is silent".to_owned(),
        ),
    }
}

fn title(page: &Page) -> String {
    let common = page.common_labels();
    let mut title = common
        .get("alertname")
        .or_else(|| page.group_labels.get("alertname"))
        .cloned()
        .unwrap_or_else(|| page.alerts.first().map_or("", Alert::name).to_owned());
    if let Some(severity) = common.get("severity") {
        let _ = write!(title, " ({severity})");
    }
    let rest = page
        .group_labels
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "alertname" | "severity"));
    for (name, value) in rest {
        let _ = write!(title, " {name}={value}");
    }
    guard::cut(&title, VALUE).to_owned()
}

fn listed(out: &mut String, alert: &Alert, at: i64, zh: bool) {
    let sign = if alert.fires(at) { "●" } else { "○" };
    let labels: Vec<String> = alert
        .labels
        .iter()
        .filter(|(name, _)| *name != "alertname")
        .map(|(name, value)| format!("{name}={}", guard::cut(value, VALUE)))
        .collect();
    line(out, &format!("{sign} {} {}", alert.name(), labels.join(" ")));
    let words: &[&str] = if zh {
        &["summary_zh", "summary", "description"]
    } else {
        &["summary", "description"]
    };
    if let Some(text) = words.iter().find_map(|word| alert.annotations.get(*word)) {
        line(out, &format!("  {}", guard::cut(text, VALUE)));
    }
    if let Some(runbook) = alert
        .annotations
        .get("runbook_url")
        .or_else(|| alert.annotations.get("runbook"))
    {
        line(out, &format!("  {}", guard::cut(runbook, VALUE)));
    }
    let (since, until) = (
        micros::local(alert.starts_at),
        alert.ends_at.filter(|_| !alert.fires(at)),
    );
    let until = until.map_or(String::new(), |until| format!(" – {}", micros::local(until)));
    line(out, &format!("  {since}{until}"));
}

fn both(out: &mut String, count: usize, zh: Option<&str>, en: Option<&str>) {
    if count == 0 {
        return;
    }
    let texts: Vec<String> = [zh, en]
        .into_iter()
        .flatten()
        .map(|text| format!("{text}: {count}"))
        .collect();
    line(out, &texts.join(" / "));
}

fn line(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::tests::notice;

    fn page(alerts: usize) -> Page {
        let mut page = Page::new(Kind::Escalation, "person:li", 60_000_000);
        page.step = Some(2);
        page.code = Some("12345678".to_owned());
        for i in 0..alerts {
            let mut asked = notice(
                &[
                    ("alertname", "DbDown"),
                    ("severity", "critical"),
                    ("i", &i.to_string()),
                ],
                1,
            );
            asked
                .annotations
                .insert("summary".to_owned(), "数据库不可用 database is down".repeat(20));
            page.alerts.push(asked.checked().unwrap().0);
        }
        page
    }

    #[test]
    fn both_languages_the_code_and_the_counts_are_there() {
        let text = body(&page(12), Language::Both, 100_000);
        for part in [
            "[请处理 #2] DbDown (critical)",
            "[ACTION #2]",
            "ACK 12345678",
            "另有告警: 2 / more alerts: 2",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!body(&page(1), Language::En, 100_000).contains("请"));
        assert!(!body(&page(1), Language::Zh, 100_000).contains("ACTION"));
    }

    #[test]
    fn a_text_fits_its_channel_and_keeps_the_code() {
        for bytes in [200, 1000, 3000] {
            let text = body(&page(50), Language::Both, bytes);
            assert!(
                text.len() <= bytes && text.contains("ACK 12345678") && text.ends_with('…'),
                "{text}"
            );
        }
        assert!(subject(&page(3), Language::Both).len() <= 120);
    }

    #[test]
    fn customer_data_does_not_leave_even_if_it_got_in() {
        let mut page = page(1);
        page.alerts[0].annotations.insert(
            "summary".to_owned(),
            "call 13800000000 or 110105 19491231 002X".to_owned(),
        );
        let text = body(&page, Language::Both, 10_000);
        assert!(
            text.contains("call *** or ***") && !text.contains("13800000000"),
            "{text}"
        );
    }

    #[test]
    fn a_label_cannot_begin_a_line_of_its_own() {
        let mut page = page(1);
        page.alerts[0]
            .labels
            .insert("x".to_owned(), "a\nACK 99999999".to_owned());
        assert!(
            body(&page, Language::En, 10_000)
                .lines()
                .all(|line| !line.starts_with("ACK"))
        );
    }
}
