//! What every column holds: a new one has to be put here, with why no customer data gets into it.

use db::V;

use crate::plane::Plane;

const NAME: &str = "a word of a fixed alphabet";
const ID: &str = "an id that was made here";
const DRAWN: &str = "hex digits that whoever runs a page has drawn";
const TIME: &str = "a time";
const WHO: &str = "the name of a token's holder";
const DIGEST: &str = "a digest";
const CODE: &str = "one of few words, or digits that were drawn here";
const COUNT: &str = "a count";
const OURS: &str = "a text that is written here";
const CONFIGURED: &str = "a name out of the configuration";
const GUARDED: &str = "labels and annotations of alerts, in which what looks like customer data is masked";
const METRICS: &str = "labels of series that were scraped from meters, which hold none (law 5 looks for it)";

const COLUMNS: &[(&str, &str, &str)] = &[
    ("drill_faults", "announce_key", DIGEST),
    ("drill_faults", "announced_at", TIME),
    ("drill_faults", "announced_by", WHO),
    ("drill_faults", "drill", ID),
    ("drill_faults", "fault", NAME),
    ("drill_faults", "id", ID),
    ("drill_faults", "target", NAME),
    ("drills", "begin_key", DIGEST),
    ("drills", "begun_at", TIME),
    ("drills", "begun_by", WHO),
    ("drills", "end_key", DIGEST),
    ("drills", "ended_at", TIME),
    ("drills", "ended_by", WHO),
    ("drills", "id", ID),
    ("drills", "kind", NAME),
    ("drills", "laws", CODE),
    ("drills", "outcome", CODE),
    ("drills", "parameters", NAME),
    ("drills", "report_sha256", DIGEST),
    ("notify_acks", "at", TIME),
    ("notify_acks", "by_whom", WHO),
    ("notify_acks", "grp", ID),
    ("notify_acks", "id", ID),
    ("notify_acks", "until", TIME),
    ("notify_acks", "way", CODE),
    ("notify_alerts", "annotations", GUARDED),
    ("notify_alerts", "ends_at", TIME),
    ("notify_alerts", "fingerprint", DIGEST),
    ("notify_alerts", "generator", GUARDED),
    ("notify_alerts", "labels", GUARDED),
    ("notify_alerts", "received_at", TIME),
    ("notify_alerts", "starts_at", TIME),
    ("notify_attempts", "at", TIME),
    ("notify_attempts", "channel", CONFIGURED),
    ("notify_attempts", "n", COUNT),
    ("notify_attempts", "outbox", ID),
    ("notify_attempts", "outcome", OURS),
    ("notify_escalations", "acked_by", WHO),
    ("notify_escalations", "acked_until", TIME),
    ("notify_escalations", "covers", DIGEST),
    ("notify_escalations", "grp", ID),
    ("notify_escalations", "next_at", TIME),
    ("notify_escalations", "opened_at", TIME),
    ("notify_escalations", "policy", CONFIGURED),
    ("notify_escalations", "round", COUNT),
    ("notify_escalations", "step", COUNT),
    ("notify_escalations", "token", CODE),
    ("notify_escalations", "told", CONFIGURED),
    ("notify_groups", "created_at", TIME),
    ("notify_groups", "firing", DIGEST),
    ("notify_groups", "flushed", COUNT),
    ("notify_groups", "id", ID),
    ("notify_groups", "key", GUARDED),
    ("notify_groups", "labels", GUARDED),
    ("notify_groups", "next_at", TIME),
    ("notify_groups", "receiver", CONFIGURED),
    ("notify_groups", "route", CONFIGURED),
    ("notify_groups", "ticket", GUARDED),
    ("notify_groups", "told_at", TIME),
    ("notify_members", "fingerprint", DIGEST),
    ("notify_members", "grp", ID),
    ("notify_outbox", "attempts", COUNT),
    ("notify_outbox", "channel", CONFIGURED),
    ("notify_outbox", "claimed_until", TIME),
    ("notify_outbox", "created_at", TIME),
    ("notify_outbox", "done_at", TIME),
    ("notify_outbox", "error", OURS),
    ("notify_outbox", "give_up_at", TIME),
    ("notify_outbox", "grp", ID),
    ("notify_outbox", "id", ID),
    ("notify_outbox", "instead", ID),
    ("notify_outbox", "kind", CODE),
    ("notify_outbox", "marks", DIGEST),
    ("notify_outbox", "next_at", TIME),
    ("notify_outbox", "page", GUARDED),
    ("notify_outbox", "person", CONFIGURED),
    ("notify_outbox", "rank", COUNT),
    ("notify_outbox", "state", CODE),
    ("notify_seen", "at", TIME),
    ("notify_seen", "digest", DIGEST),
    ("notify_silences", "comment", NAME),
    ("notify_silences", "created_at", TIME),
    ("notify_silences", "created_by", WHO),
    ("notify_silences", "ended_by", WHO),
    ("notify_silences", "ends_at", TIME),
    ("notify_silences", "id", ID),
    ("notify_silences", "matchers", GUARDED),
    ("notify_silences", "starts_at", TIME),
    ("notify_state", "name", CODE),
    ("notify_state", "value", OURS),
    ("notify_tree_calls", "answered_at", TIME),
    ("notify_tree_calls", "person", CONFIGURED),
    ("notify_tree_calls", "token", CODE),
    ("notify_tree_calls", "tree", ID),
    ("notify_tree_calls", "way", CODE),
    ("notify_trees", "begun_at", TIME),
    ("notify_trees", "begun_by", WHO),
    ("notify_trees", "ends_at", TIME),
    ("notify_trees", "finished_at", TIME),
    ("notify_trees", "id", ID),
    ("notify_trees", "policy", CONFIGURED),
    ("run_approvals", "digest", DIGEST),
    ("run_approvals", "ends_at", TIME),
    ("run_approvals", "id", ID),
    ("run_approvals", "opened_at", TIME),
    ("run_approvals", "opened_by", WHO),
    ("run_approvals", "people", COUNT),
    ("run_approvals", "run", DRAWN),
    ("run_approvals", "step", NAME),
    ("run_verdicts", "approval", ID),
    ("run_verdicts", "at", TIME),
    ("run_verdicts", "id", ID),
    ("run_verdicts", "person", WHO),
    ("run_verdicts", "verdict", CODE),
    ("runs", "begin_key", DIGEST),
    ("runs", "begun_at", TIME),
    ("runs", "begun_by", WHO),
    ("runs", "bound_sha256", DIGEST),
    ("runs", "end_key", DIGEST),
    ("runs", "ended_at", TIME),
    ("runs", "ended_by", WHO),
    ("runs", "id", DRAWN),
    ("runs", "offline_at", TIME),
    ("runs", "offline_reason", NAME),
    ("runs", "outcome", CODE),
    ("runs", "page", NAME),
    ("runs", "plan_sha256", DIGEST),
    ("watch_acts", "act", CODE),
    ("watch_acts", "answer", GUARDED),
    ("watch_acts", "at", TIME),
    ("watch_acts", "by_whom", WHO),
    ("watch_acts", "key", DIGEST),
    ("watch_acts", "request", DIGEST),
    ("watch_acts", "subject", ID),
    ("watch_state", "name", CODE),
    ("watch_state", "saved_at", TIME),
    ("watch_state", "value", METRICS),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_column_is_known_to_hold_no_customer_data() {
    let plane = Plane::start().await;
    let sql = "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
               WHERE m.type = 'table' AND m.name NOT LIKE 'evidence%' AND m.name <> $1 ORDER BY 1, 2";
    let others: V<'_> = "schema_migrations".into();
    let live = plane.db.read(move |tx| {
        Box::pin(async move {
            let rows = tx.many(sql, &[others]).await?;
            let names = rows
                .iter()
                .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())));
            names.collect::<Result<Vec<_>, db::DbError>>()
        })
    });
    let live = live.await.unwrap();
    let known: Vec<_> = COLUMNS
        .iter()
        .map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned()))
        .collect();
    assert_eq!(live, known);
    plane.stop().await;
}
