//! Completeness: what the business tables show to have been done by operators and
//! officers stands in the log, once each; and the log tells of nothing else.
//!
//! The tables are witnesses that a forgotten leaf does not silence: an approval
//! is a row of its own, a closing moves the gate's history. A leaf is written in the
//! same transaction at the same microsecond, so act, subject, time and actor
//! find it exactly.

use std::collections::HashMap;

use super::Leaf;
use crate::source::{DatabaseError, Source};
use crate::verdict::Tally;

/// What tells two acts apart: act, subject, time.
type Act = (String, String, i64);

/// Leaves by act, with their actors.
#[derive(Debug, Default)]
pub struct Acts(HashMap<Act, Vec<String>>);

impl Acts {
    /// Takes note of a leaf.
    pub fn add(&mut self, leaf: &Leaf) {
        if let Some(facts) = leaf.facts() {
            let act = (facts.act.into_owned(), facts.subject.into_owned(), facts.at);
            self.0.entry(act).or_default().push(facts.actor.into_owned());
        }
    }
}

/// A table whose rows are acts: columns act, subject, time, actor.
struct Witness {
    what: &'static str,
    sql: &'static str,
    /// Whether each leaf of these acts must have a row here.
    only: &'static [&'static str],
}

const WITNESSES: &[Witness] = &[
    Witness {
        what: "approvals",
        sql: "SELECT 'application.approve', application_id, CAST(decided_at AS TEXT), officer FROM approvals",
        only: &["application.approve"],
    },
    Witness {
        what: "reports",
        sql: "SELECT 'task.report', id, CAST(reported_at AS TEXT), officer FROM diligence_tasks \
              WHERE reported_at IS NOT NULL",
        only: &["task.report"],
    },
    Witness {
        what: "reversals",
        sql: "SELECT 'entry.reverse', id, CAST(created_at AS TEXT), NULL FROM entries WHERE kind = 'reversal'",
        only: &["entry.reverse"],
    },
    Witness {
        // 'closing' is the first half of a close, which has one leaf.
        what: "the gate's history",
        // Each step of a reopening is one of a proposal's.
        sql: "SELECT CASE WHEN state = 'open' THEN 'proposal.execute' \
              WHEN state = 'reopening' THEN 'proposal.open' WHEN approval IS NULL THEN 'intake.close' \
              ELSE 'proposal.judge' END, COALESCE(approval, scope), CAST(at AS TEXT), actor \
              FROM intake_history WHERE state <> 'closing'",
        only: &["intake.close"],
    },
    Witness {
        what: "proposals",
        sql: "SELECT 'proposal.open', id, CAST(proposed_at AS TEXT), proposer FROM proposals",
        only: &["proposal.open"],
    },
    Witness {
        what: "verdicts on proposals",
        sql: "SELECT 'proposal.judge', proposal, CAST(at AS TEXT), person FROM verdicts",
        only: &["proposal.judge"],
    },
    Witness {
        what: "executed proposals",
        sql: "SELECT 'proposal.execute', id, CAST(executed_at AS TEXT), executor FROM proposals \
              WHERE executed_at IS NOT NULL",
        only: &["proposal.execute"],
    },
    Witness {
        // Accounts are never deleted; who made them is in the leaf alone.
        what: "accounts",
        sql: "SELECT 'account.create', name, CAST(created_at AS TEXT), NULL FROM accounts",
        only: &["account.create"],
    },
    Witness {
        // Those that have not been over for long: then their rows go.
        what: "sessions",
        sql: "SELECT 'session.begin', account, CAST(begun_at AS TEXT), account FROM sessions",
        only: &[],
    },
    Witness {
        what: "sessions that were ended",
        sql: "SELECT 'session.end', account, CAST(ended_at AS TEXT), account FROM sessions \
              WHERE ended_at IS NOT NULL",
        only: &[],
    },
    Witness {
        // Named again, the deputy's row shows the last time only.
        what: "deputies",
        sql: "SELECT 'deputy.appoint', absent, CAST(from_at AS TEXT), NULL FROM deputies",
        only: &[],
    },
    Witness {
        what: "the audit table",
        sql: "SELECT CASE act WHEN 'approve' THEN 'application.approve' WHEN 'report' THEN 'task.report' \
              WHEN 'reverse' THEN 'entry.reverse' WHEN 'end_day' THEN 'day.run' \
              WHEN 'close_intake' THEN 'intake.close' \
              WHEN 'take_up' THEN 'application.take_up' WHEN 'disable_account' THEN 'account.disable' \
              WHEN 'propose' THEN 'proposal.open' WHEN 'judge' THEN 'proposal.judge' \
              WHEN 'execute' THEN 'proposal.execute' ELSE act END, reference, \
              CAST(at AS TEXT), principal FROM audit \
              WHERE act IN ('approve', 'report', 'reverse', 'end_day', 'close_intake', \
              'take_up', 'disable_account', 'propose', 'judge', 'execute', 'firm.reveal', \
              'application.reveal', 'vault.rotate', 'vault.sweep', 'vault.backup', 'vault.destroy', \
              'vault.draw', 'analytics.grant', 'analytics.export')",
        only: &[
            "application.take_up",
            "firm.reveal",
            "application.reveal",
            "vault.rotate",
            "vault.sweep",
            "vault.backup",
            "vault.destroy",
            "vault.draw",
            "analytics.grant",
            "analytics.export",
        ],
    },
];

/// Holds the leaves against every witness; answers how many acts were found logged.
///
/// # Errors
/// When the database can't be read.
pub async fn complete(source: &mut Source, leaves: &Acts, tally: &mut Tally) -> Result<u64, DatabaseError> {
    let mut logged = 0;
    for witness in WITNESSES {
        let mut shown: HashMap<Act, u64> = HashMap::new();
        for row in source.rows(witness.what, witness.sql).await? {
            let at = i64::try_from(row.wide(2)?).unwrap_or(i64::MAX);
            let act: Act = (row.text(0)?.to_owned(), row.text(1)?.to_owned(), at);
            tally.checked(1);
            let of = leaves.0.get(&act).map_or(&[][..], Vec::as_slice);
            if of
                .iter()
                .any(|actor| row.opt_text(3).is_none_or(|wanted| wanted == actor))
            {
                // The audit table tells of the same acts once more.
                logged += u64::from(!witness.only.is_empty());
            } else {
                let (name, subject, _) = &act;
                let detail = format!("{} show it, and no leaf of that moment does", witness.what);
                tally.against("act-not-logged", format!("{name} {subject}"), detail);
            }
            *shown.entry(act).or_default() += 1;
        }
        for (act, actors) in leaves
            .0
            .iter()
            .filter(|(act, _)| witness.only.contains(&act.0.as_str()))
        {
            let times = shown.get(act).copied().unwrap_or_default();
            if actors.len() as u64 > times {
                let (name, subject, _) = act;
                let detail = format!(
                    "{} leaves, and {} show it {times} times",
                    actors.len(),
                    witness.what
                );
                tally.against("leaf-without-act", format!("{name} {subject}"), detail);
            }
        }
    }
    days(source, leaves, tally).await?;
    accounts(source, leaves, tally).await?;
    Ok(logged)
}

/// An account that was changed after it was made was disabled or reset at that moment, got another
/// password, or a proposal was carried out. Only its last change can be seen.
async fn accounts(source: &mut Source, leaves: &Acts, tally: &mut Tally) -> Result<(), DatabaseError> {
    let sql = "SELECT name, CAST(changed_at AS TEXT) FROM accounts WHERE changed_at <> created_at";
    for row in source.rows("changed accounts", sql).await? {
        tally.checked(1);
        let name = row.text(0)?;
        let changed = i64::try_from(row.wide(1)?).unwrap_or(i64::MAX);
        let shows = |(act, subject, at): &Act| {
            *at == changed
                && match act.as_str() {
                    "account.disable" | "account.reset" | "account.password" => subject == name,
                    "proposal.execute" => true,
                    _ => false,
                }
        };
        if !leaves.0.keys().any(shows) {
            tally.against(
                "act-not-logged",
                format!("account {name}"),
                "the account was changed, and no leaf of that moment says so",
            );
        }
    }
    Ok(())
}

/// A day that was opened was ordered at least once, by whoever ran it first.
async fn days(source: &mut Source, leaves: &Acts, tally: &mut Tally) -> Result<(), DatabaseError> {
    for row in source
        .rows("business days", "SELECT business_date FROM days")
        .await?
    {
        tally.checked(1);
        let date = row.text(0)?;
        if !leaves
            .0
            .keys()
            .any(|(act, subject, _)| act == "day.run" && subject == date)
        {
            tally.against(
                "act-not-logged",
                format!("day.run {date}"),
                "the day was run, and no leaf says so",
            );
        }
    }
    Ok(())
}
