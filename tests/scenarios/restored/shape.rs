//! What a reconciled database looks like, whatever way led there.

use db::{Db, Options};
use serde_json::{Value, json};

/// Each is a list of texts. Epochs and times are left out, since each way gives out its own, and so are the moves that
/// found their scope closed.
const LOOKS: &[(&str, &str)] = &[
    (
        "gate",
        "SELECT scope || ' ' || state || ' ' || CASE WHEN unverified_since IS NULL THEN 'believed' ELSE 'marked' END \
         FROM intake_gate ORDER BY scope",
    ),
    (
        "revoked",
        "SELECT id FROM consents WHERE revoked_at IS NOT NULL ORDER BY id",
    ),
    (
        "answers of the revoked",
        "SELECT p.id FROM pulls p JOIN consents c ON c.id = p.consent_id \
         WHERE c.revoked_at IS NOT NULL AND p.answer_sealed IS NOT NULL ORDER BY p.id",
    ),
    ("draws", "SELECT id || ' ' || state FROM draws ORDER BY id"),
    ("settled", "SELECT fact FROM recovery_settled ORDER BY fact"),
    (
        "effects",
        "SELECT kind || ' ' || reference || ' ' || state FROM outbox ORDER BY kind, reference, state",
    ),
    (
        "audited",
        "SELECT act || ' ' || reference FROM audit WHERE principal = 'ann' ORDER BY act, reference",
    ),
    (
        "leaves",
        "SELECT act || ' ' || actor FROM evidence_leaves WHERE act LIKE 'recovery.%' ORDER BY act",
    ),
];

/// All of it.
pub(super) async fn of(url: &str) -> Value {
    let db = Db::open(url, Options::default()).await.unwrap();
    let mut shape = json!({});
    for (name, sql) in LOOKS {
        let texts: Result<Vec<String>, db::DbError> = db
            .read(move |tx| {
                Box::pin(async move {
                    let rows = tx.many(sql, &[]).await?;
                    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
                })
            })
            .await;
        shape[*name] = texts.unwrap().into();
    }
    db.close().await;
    shape
}
