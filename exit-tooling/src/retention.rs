//! Retention rules as data: what law keeps, for how long, and who has looked it up.
//!
//! A rule that nobody has verified blocks the purge of what it covers, since the shorter of two readings destroys what
//! the longer one keeps. A file marked `rehearsal = true` takes its rules as given, and whatever is done under it says so.

mod file;

use jiff::civil::Date;
use serde::Deserialize;
use vault::data_map::Retention;

pub use file::{FORMAT, RulesError, parse, read};

/// What law keeps too, and what none of these databases holds: whoever exits looks after it where it is.
pub const ELSEWHERE: &[&str] = &[
    "transaction report",
    "investigation",
    "impact assessment",
    "vendor data",
    "authentication",
];

/// When a rule's period begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// When the relationship ends, which is the exit itself.
    RelationshipEnd,
    /// With the last thing that happened between bank and customer, which is never earlier than the end of a
    /// transaction or of a settlement.
    LastAct,
    /// With the end of the fiscal year of that last thing: 31 December (会计法, 11).
    FiscalYearEnd,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in plans and records: 1–64 of `a-z`, `0-9` and `-`.
    pub id: String,
    /// What it keeps, as the data map calls it, such as `credit file`; or one of [`ELSEWHERE`].
    pub keeps: String,
    /// The law or standard, as published.
    pub source: String,
    /// Where in it.
    pub article: String,
    /// For how long at least; 0: nothing keeps it, it goes.
    pub months: u32,
    /// From when.
    pub from: From,
    /// Since when it is in force, `YYYY-MM-DD`.
    pub effective_from: Date,
    /// The last day of it, if there is one.
    pub effective_to: Option<Date>,
    /// Who has read the text in force.
    pub verified_by: Option<String>,
    /// When, `YYYY-MM-DD`.
    pub verified_on: Option<Date>,
    /// What else is to be known.
    pub note: Option<String>,
}

/// The rules of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Their name and version, as they name themselves.
    pub name: String,
    /// Whether they are a rehearsal's.
    pub rehearsal: bool,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    rules: Vec<Rule>,
}

/// What the rules come to for data of one retention class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// Whether law keeps it still.
    pub kept: bool,
    /// The rules that apply, by name.
    pub rules: Vec<String>,
    /// Those that nobody has verified.
    pub unverified: Vec<String>,
}

impl Rule {
    fn in_force(&self, today: Date) -> bool {
        self.effective_from <= today && self.effective_to.is_none_or(|last| today <= last)
    }
}

impl Rules {
    /// The rules in force at a time about what none of these databases holds.
    pub fn elsewhere(&self, now: i64) -> impl Iterator<Item = &Rule> {
        let today = day(now);
        self.rules
            .iter()
            .filter(move |rule| ELSEWHERE.contains(&rule.keeps.as_str()) && rule.in_force(today))
    }

    /// The rules for a class of data, by name.
    #[must_use]
    pub fn named(&self, keeps: &str) -> Vec<String> {
        let of = self.rules.iter().filter(|rule| rule.keeps == keeps);
        of.map(|rule| rule.id.clone()).collect()
    }

    /// What law says of a class of data at a time, for a customer whose last act was then; both in microseconds since
    /// 1970. The longest of the rules that apply counts. Without any rule nothing may be done with it: then there is
    /// one unverified rule, named `no-rule-for-…`.
    #[must_use]
    pub fn of(&self, class: Retention, last_act: i64, now: i64) -> Ruled {
        let today = day(now);
        let found: Vec<&Rule> = self
            .rules
            .iter()
            .filter(|rule| rule.keeps == class.as_str() && rule.in_force(today))
            .collect();
        let kept = found.iter().any(|rule| {
            let from = match rule.from {
                From::RelationshipEnd => today,
                From::LastAct => day(last_act),
                From::FiscalYearEnd => day(last_act).last_of_year(),
            };
            let span = jiff::Span::new().months(i64::from(rule.months));
            rule.months > 0 && from.saturating_add(span) > today
        });
        let mut ruled = Ruled {
            kept,
            rules: found.iter().map(|rule| rule.id.clone()).collect(),
            unverified: Vec::new(),
        };
        if found.is_empty() {
            let none = format!("no-rule-for-{}", class.as_str().replace(' ', "-"));
            ruled.unverified.push(none);
        } else if !self.rehearsal {
            let unread = found.iter().filter(|rule| rule.verified_on.is_none());
            ruled.unverified = unread.map(|rule| rule.id.clone()).collect();
        }
        ruled
    }
}

fn day(micros: i64) -> Date {
    let at = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    base::clock::china(at).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;
    /// 2026-01-15.
    const NOW: i64 = 20_468 * DAY;

    fn rule(months: u32, verified: bool) -> String {
        let by = if verified {
            "verified_by = \"counsel\"\nverified_on = \"2026-01-01\"\n"
        } else {
            ""
        };
        format!(
            "[[rule]]\nid = \"r{months}\"\nkeeps = \"transaction\"\nsource = \"s\"\narticle = \"1\"\nmonths = {months}\n\
             from = \"last-act\"\neffective_from = \"2025-01-01\"\n{by}"
        )
    }

    fn rules(body: &str, rehearsal: bool) -> Rules {
        parse(&format!(
            "format = \"{FORMAT}\"\nname = \"test\"\nrehearsal = {rehearsal}\n{body}"
        ))
        .unwrap()
    }

    #[test]
    fn the_longest_rule_counts() {
        let both = rules(&(rule(12, true) + &rule(120, true)), false);
        let years = |years: i64| both.of(Retention::Transaction, NOW - years * 366 * DAY, NOW).kept;
        assert!(years(2) && years(9), "the longer of the two has not passed");
        assert!(!years(11), "both have passed");
    }

    #[test]
    fn a_rule_that_nobody_verified_blocks_outside_of_a_rehearsal() {
        let ruled = |rehearsal| rules(&rule(12, false), rehearsal).of(Retention::Transaction, NOW, NOW);
        assert_eq!(ruled(false).unverified, ["r12"]);
        assert!(ruled(true).unverified.is_empty());
        let none = rules(&rule(12, true), true).of(Retention::Supply, NOW, NOW);
        assert_eq!(
            none.unverified,
            ["no-rule-for-supply"],
            "even a rehearsal invents no rule"
        );
    }

    #[test]
    fn a_fiscal_year_ends_on_its_last_day() {
        // The last act was on 2025-01-16; twelve months after it have passed, those after 2025-12-31 have not.
        let of = |from: &str| {
            let text = rule(12, true).replace("last-act", from);
            rules(&text, false)
                .of(Retention::Transaction, NOW - 364 * DAY - 2 * DAY, NOW)
                .kept
        };
        assert_eq!((of("last-act"), of("fiscal-year-end")), (false, true));
    }

    #[test]
    fn a_rule_counts_to_its_last_day() {
        let of = |last: &str| {
            let text = format!("{}effective_to = \"{last}\"\n", rule(120, true));
            rules(&text, false).of(Retention::Transaction, NOW, NOW)
        };
        assert!(of("2026-01-15").kept);
        assert_eq!(of("2026-01-14").unverified, ["no-rule-for-transaction"]);
    }

    /// The shipped rules have each row of the table that they come from, and a rehearsal's are the same.
    #[test]
    fn shipped_rules_cover_every_class() {
        let shipped = parse(include_str!("../../deploy/exit/retention.toml")).unwrap();
        let rehearsal = parse(include_str!("../../deploy/exit/retention-rehearsal.toml")).unwrap();
        assert_eq!(shipped.rules, rehearsal.rules);
        assert_eq!((shipped.rehearsal, rehearsal.rehearsal), (false, true));
        let elsewhere: Vec<&str> = shipped.elsewhere(NOW).map(|rule| rule.keeps.as_str()).collect();
        assert_eq!(elsewhere, ELSEWHERE);
        for class in file::classes() {
            let ruled = shipped.of(class, NOW, NOW);
            assert!(!ruled.rules.is_empty(), "{}: no rule", class.as_str());
            assert_eq!(ruled.rules, ruled.unverified, "nobody has read these texts");
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        let text = rule(12, true).replace("transaction", "transactions");
        let error = parse(&format!("format = \"{FORMAT}\"\nname = \"test\"\n{text}")).unwrap_err();
        assert!(
            error.to_string().contains("keeps must be one of identification"),
            "{error}"
        );
        let text = rule(12, true).replace("2025-01-01", "soon");
        let error = parse(&format!("format = \"{FORMAT}\"\nname = \"test\"\n{text}")).unwrap_err();
        assert!(error.to_string().contains("effective_from"), "{error}");
        let text = rule(12, true) + "effective_to = \"2024-12-31\"\n";
        let error = parse(&format!("format = \"{FORMAT}\"\nname = \"test\"\n{text}")).unwrap_err();
        assert!(
            error.to_string().contains("effective_to must be no earlier"),
            "{error}"
        );
    }
}
