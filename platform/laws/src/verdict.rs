//! What an audit says of one law.

use serde::Serialize;
use serde_json::{Map, Value};

/// Findings of one kind that are listed; the rest is counted. Five are enough
/// to see the pattern.
pub const LISTED_OF_A_KIND: usize = 5;

/// Findings that are listed in all: a report of a wholly broken run stays
/// readable, and its other kinds are not crowded out.
pub const LISTED: usize = 40;

/// Whether a law held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Checked enough, and nothing is against it.
    Held,
    /// Something is against it.
    Broken,
    /// Not checked, or not enough: no pass.
    NotTouched,
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "broken",
            Self::NotTouched => "not-touched",
        }
    }
}

/// One thing that is against a law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind, a stable word such as `row-missing`.
    pub what: &'static str,
    /// The row, account or setting that it is about.
    pub subject: String,
    /// Expected and found, for a person.
    pub detail: String,
}

/// The ruling on one law.
#[derive(Debug, Clone, Serialize)]
pub struct Ruling {
    /// The law's number, 1–9.
    pub law: u8,
    /// Its name.
    pub name: &'static str,
    /// Its name in Chinese.
    pub name_zh: &'static str,
    /// Whether it held.
    pub verdict: Verdict,
    /// How many facts were compared.
    pub checked: u64,
    /// What the verdict rests on: counts, sums, marks, settings.
    pub evidence: Map<String, Value>,
    /// What is against it: the first few of each kind.
    pub findings: Vec<Finding>,
    /// How many there are in all; a check stops counting its own at 1,000.
    pub findings_total: u64,
}

impl Ruling {
    /// Adds what another witness has against the law, which breaks it.
    pub fn against(&mut self, what: &'static str, subject: impl Into<String>, detail: impl Into<String>) {
        self.verdict = Verdict::Broken;
        self.findings_total += 1;
        self.findings.push(Finding {
            what,
            subject: subject.into(),
            detail: detail.into(),
        });
    }
}

impl Ruling {
    /// Takes in the ruling on the same law over another part of the system, which is named in the
    /// evidence: the law holds where it holds over both.
    pub fn also(&mut self, part: &str, other: Self) {
        let rank = |verdict| match verdict {
            Verdict::Held => 0,
            Verdict::NotTouched => 1,
            Verdict::Broken => 2,
        };
        if rank(other.verdict) > rank(self.verdict) {
            self.verdict = other.verdict;
        }
        self.checked += other.checked;
        self.findings_total += other.findings_total;
        self.findings.extend(other.findings);
        if let Some(reason) = other.evidence.get("not_enough").and_then(Value::as_str) {
            let reason = format!("{part}: {reason}");
            self.evidence.entry("not_enough").or_insert_with(|| reason.into());
        }
        self.evidence.insert(part.to_owned(), other.evidence.into());
    }
}

/// The laws' names, English and Chinese, in order.
pub const NAMES: [(&str, &str); 9] = [
    ("Nothing acknowledged is lost", "已确认者不丢失"),
    ("Closed means closed", "关闭即关闭"),
    ("The books balance", "账务平衡"),
    ("Stress traffic touches nothing real", "压测不触及真实业务"),
    ("No customer data in the clear", "客户数据不见明文"),
    ("Gone means gone", "清除即清除"),
    ("Every act of an operator is in the evidence log", "操作必留痕"),
    ("Every injected fault ends", "注入的故障必终止"),
    ("Silence is an alarm", "静默即告警"),
];

/// Gathers what a checker sees, until it becomes a [`Ruling`].
#[derive(Debug, Default)]
pub struct Tally {
    checked: u64,
    evidence: Map<String, Value>,
    findings: Vec<Finding>,
    total: u64,
}

impl Tally {
    /// Counts facts that were compared.
    pub fn checked(&mut self, facts: u64) {
        self.checked += facts;
    }

    /// Adds to the evidence.
    pub fn evidence(&mut self, name: &str, value: impl Into<Value>) {
        self.evidence.insert(name.to_owned(), value.into());
    }

    /// Adds to a number of the evidence.
    pub(crate) fn count(&mut self, name: &str, more: u64) {
        let before = self.evidence.get(name).and_then(Value::as_u64).unwrap_or(0);
        self.evidence(name, before + more);
    }

    /// Adds a finding.
    pub fn against(&mut self, what: &'static str, subject: impl Into<String>, detail: impl Into<String>) {
        self.total += 1;
        let of_a_kind = self
            .findings
            .iter()
            .filter(|finding| finding.what == what)
            .count();
        if self.findings.len() < LISTED && of_a_kind < LISTED_OF_A_KIND {
            self.findings.push(Finding {
                what,
                subject: subject.into(),
                detail: detail.into(),
            });
        }
    }

    /// The ruling: any finding breaks the law; otherwise `missing` says why too
    /// little was checked, if so.
    ///
    /// # Panics
    /// Never for the laws 1–9.
    #[must_use]
    pub fn ruling(mut self, law: u8, missing: Option<String>) -> Ruling {
        let verdict = match (self.total, &missing) {
            (1.., _) => Verdict::Broken,
            (0, Some(_)) => Verdict::NotTouched,
            (0, None) => Verdict::Held,
        };
        if let Some(reason) = missing {
            self.evidence("not_enough", reason);
        }
        let (name, name_zh) = NAMES[usize::from(law) - 1];
        Ruling {
            law,
            name,
            name_zh,
            verdict,
            checked: self.checked,
            evidence: self.evidence,
            findings: self.findings,
            findings_total: self.total,
        }
    }
}

/// A law that nothing in this run touches, with the reason.
#[must_use]
pub fn not_touched(law: u8, reason: &str) -> Ruling {
    Tally::default().ruling(law, Some(reason.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_holds_where_it_holds_over_every_part() {
        let held = || Tally::default().ruling(7, None);
        let mut both = held();
        both.also("control", held());
        assert_eq!(both.verdict, Verdict::Held);
        both.also("third", not_touched(7, "nobody looked"));
        assert_eq!(both.verdict, Verdict::NotTouched);
        assert_eq!(both.evidence["not_enough"], "third: nobody looked");
        let mut broken = Tally::default();
        broken.against("truncated", "a log", "");
        both.also("fourth", broken.ruling(7, None));
        both.also("fifth", held());
        assert_eq!((both.verdict, both.findings_total), (Verdict::Broken, 1));
    }

    #[test]
    fn a_thousand_findings_of_one_kind_do_not_hide_the_one_of_another() {
        let mut tally = Tally::default();
        for row in 0..1_000 {
            tally.against("row-missing", format!("row {row}"), "");
        }
        tally.against("sum-short", "a contract", "");
        let ruling = tally.ruling(1, None);
        assert_eq!((ruling.verdict, ruling.findings_total), (Verdict::Broken, 1_001));
        assert_eq!(ruling.findings.len(), LISTED_OF_A_KIND + 1);
        assert_eq!(
            ruling.findings.last().map(|finding| finding.what),
            Some("sum-short")
        );
    }
}
