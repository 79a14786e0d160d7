//! The tables that show what was done, whether or not a leaf was left.

/// A table whose rows are acts: columns act, subject, time, actor.
pub(super) struct Witness {
    pub(super) what: &'static str,
    pub(super) sql: &'static str,
    /// Whether each leaf of these acts must have a row here.
    pub(super) only: &'static [&'static str],
    /// The table whose row, with a leaf's subject as its key, excuses that no row shows it: an exit took it out.
    pub(super) gone: Option<&'static str>,
}

pub(super) const FINANCING: &[Witness] = &[
    Witness {
        what: "approvals",
        sql: "SELECT 'application.approve', application_id, CAST(decided_at AS TEXT), officer FROM approvals",
        only: &["application.approve"],
        gone: Some("applications"),
    },
    Witness {
        what: "reports",
        sql: "SELECT 'task.report', id, CAST(reported_at AS TEXT), officer FROM diligence_tasks \
              WHERE reported_at IS NOT NULL",
        only: &["task.report"],
        gone: Some("diligence_tasks"),
    },
    Witness {
        what: "requests for more time",
        sql: "SELECT 'renewal.ask', id, CAST(created_at AS TEXT), asked_by FROM renewals",
        only: &["renewal.ask"],
        gone: Some("renewals"),
    },
    Witness {
        // Nobody lets one lapse: its time is over.
        what: "decisions on more time",
        sql: "SELECT 'renewal.decide', id, CAST(decided_at AS TEXT), decided_by FROM renewals \
              WHERE state IN ('granted', 'declined')",
        only: &["renewal.decide"],
        gone: Some("renewals"),
    },
    Witness {
        what: "reversals",
        sql: "SELECT 'entry.reverse', id, CAST(created_at AS TEXT), NULL FROM entries WHERE kind = 'reversal'",
        only: &["entry.reverse"],
        gone: None,
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
        gone: None,
    },
    Witness {
        what: "payment doubts",
        sql: "SELECT 'intake.settle_doubt', id, CAST(settled_at AS TEXT), settled_by FROM intake_doubts \
              WHERE settled_at IS NOT NULL",
        only: &["intake.settle_doubt"],
        gone: None,
    },
    Witness {
        // Sealed again, the row shows the last time only.
        what: "the sealed credential",
        sql: "SELECT 'credential.seal', role, CAST(sealed_at AS TEXT), sealed_by FROM intake_credential",
        only: &[],
        gone: None,
    },
    Witness {
        what: "proposals",
        sql: "SELECT 'proposal.open', id, CAST(proposed_at AS TEXT), proposer FROM proposals",
        only: &["proposal.open"],
        gone: None,
    },
    Witness {
        what: "verdicts on proposals",
        sql: "SELECT 'proposal.judge', proposal, CAST(at AS TEXT), person FROM verdicts",
        only: &["proposal.judge"],
        gone: None,
    },
    Witness {
        what: "executed proposals",
        sql: "SELECT 'proposal.execute', id, CAST(executed_at AS TEXT), executor FROM proposals \
              WHERE executed_at IS NOT NULL",
        only: &["proposal.execute"],
        gone: None,
    },
    Witness {
        // Accounts are never deleted; who made them is in the leaf alone.
        what: "accounts",
        sql: "SELECT 'account.create', name, CAST(created_at AS TEXT), NULL FROM accounts",
        only: &["account.create"],
        gone: None,
    },
    Witness {
        // Those that have not been over for long: then their rows go.
        what: "sessions",
        sql: "SELECT 'session.begin', account, CAST(begun_at AS TEXT), account FROM sessions",
        only: &[],
        gone: None,
    },
    Witness {
        what: "sessions that were ended",
        sql: "SELECT 'session.end', account, CAST(ended_at AS TEXT), account FROM sessions \
              WHERE ended_at IS NOT NULL",
        only: &[],
        gone: None,
    },
    Witness {
        // Named again, the deputy's row shows the last time only.
        what: "deputies",
        sql: "SELECT 'deputy.appoint', absent, CAST(from_at AS TEXT), NULL FROM deputies",
        only: &[],
        gone: None,
    },
    Witness {
        what: "exits",
        sql: "SELECT 'exit.begin', id, CAST(started_at AS TEXT), NULL FROM exits",
        only: &["exit.begin"],
        gone: None,
    },
    Witness {
        what: "exits that ended",
        sql: "SELECT 'exit.finish', id, CAST(finished_at AS TEXT), NULL FROM exits WHERE finished_at IS NOT NULL",
        only: &["exit.finish"],
        gone: None,
    },
    Witness {
        what: "the audit table",
        sql: "SELECT CASE act WHEN 'approve' THEN 'application.approve' WHEN 'report' THEN 'task.report' \
              WHEN 'reverse' THEN 'entry.reverse' WHEN 'end_day' THEN 'day.run' \
              WHEN 'close_intake' THEN 'intake.close' \
              WHEN 'ask_renewal' THEN 'renewal.ask' WHEN 'decide_renewal' THEN 'renewal.decide' \
              WHEN 'take_up' THEN 'application.take_up' WHEN 'disable_account' THEN 'account.disable' \
              WHEN 'propose' THEN 'proposal.open' WHEN 'judge' THEN 'proposal.judge' \
              WHEN 'execute' THEN 'proposal.execute' ELSE act END, reference, \
              CAST(at AS TEXT), principal FROM audit \
              WHERE act IN ('approve', 'report', 'reverse', 'end_day', 'close_intake', \
              'ask_renewal', 'decide_renewal', 'take_up', 'disable_account', 'propose', 'judge', 'execute', 'firm.reveal', \
              'application.reveal', 'vault.rotate', 'vault.sweep', 'vault.backup', 'vault.destroy', \
              'vault.draw', 'exit.witness', 'analytics.grant', 'analytics.export', 'recovery.reconcile')",
        only: &[
            "application.take_up",
            "firm.reveal",
            "application.reveal",
            "vault.rotate",
            "vault.sweep",
            "vault.backup",
            "vault.destroy",
            "vault.draw",
            "exit.witness",
            "analytics.grant",
            "analytics.export",
            "recovery.reconcile",
        ],
        gone: None,
    },
];

pub(super) const CONTROL: &[Witness] = &[
    Witness {
        what: "drills",
        sql: "SELECT 'drill.begin', id, CAST(begun_at AS TEXT), begun_by FROM drills",
        only: &["drill.begin"],
        gone: None,
    },
    Witness {
        what: "drills that ended",
        sql: "SELECT 'drill.end', id, CAST(ended_at AS TEXT), ended_by FROM drills WHERE ended_at IS NOT NULL",
        only: &["drill.end"],
        gone: None,
    },
    Witness {
        what: "announced faults",
        sql: "SELECT 'fault.announce', id, CAST(announced_at AS TEXT), announced_by FROM drill_faults",
        only: &["fault.announce"],
        gone: None,
    },
    Witness {
        what: "runs of runbooks",
        sql: "SELECT 'runbook.begin', id, CAST(begun_at AS TEXT), begun_by FROM runs",
        only: &["runbook.begin"],
        gone: None,
    },
    Witness {
        what: "runs of runbooks that ended",
        sql: "SELECT 'runbook.end', id, CAST(ended_at AS TEXT), ended_by FROM runs WHERE ended_at IS NOT NULL",
        only: &["runbook.end"],
        gone: None,
    },
    Witness {
        what: "approvals that runs ask for",
        sql: "SELECT 'runbook.ask', id, CAST(opened_at AS TEXT), opened_by FROM run_approvals",
        only: &["runbook.ask"],
        gone: None,
    },
    Witness {
        what: "verdicts on runs",
        sql: "SELECT 'runbook.judge', id, CAST(at AS TEXT), person FROM run_verdicts",
        only: &["runbook.judge"],
        gone: None,
    },
    Witness {
        what: "tests of the call tree",
        sql: "SELECT 'calltree.begin', id, CAST(begun_at AS TEXT), begun_by FROM notify_trees",
        only: &["calltree.begin"],
        gone: None,
    },
    Witness {
        what: "tests of the call tree that ended",
        sql: "SELECT 'calltree.end', id, CAST(finished_at AS TEXT), NULL FROM notify_trees \
              WHERE finished_at IS NOT NULL",
        only: &["calltree.end"],
        gone: None,
    },
    Witness {
        // A test of the call tree that was asked for has a row of its own.
        what: "acts on the watcher",
        sql: "SELECT act, subject, CAST(at AS TEXT), by_whom FROM watch_acts WHERE act <> 'calltree.begin'",
        only: &[
            "watch.silence",
            "watch.expire",
            "watch.ack",
            "watch.test",
            "watch.ticket",
        ],
        gone: None,
    },
];
