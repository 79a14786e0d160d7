//! Due-diligence tasks and their reports.

use db::{DbError, Tx};
use vault::Sealed;

/// A task as stored.
#[derive(Debug, Clone)]
pub struct Task {
    /// Typed id.
    pub id: String,
    /// The application.
    pub application_id: String,
    /// `open` or `reported`.
    pub state: String,
    /// `satisfactory` or `adverse`, once reported.
    pub finding: Option<String>,
    /// Digest of the request that filed the report.
    pub report: Option<String>,
}

/// Opens a task.
///
/// # Errors
/// [`DbError::Constraint`] when the application has one already.
pub async fn open(
    tx: &mut Tx,
    id: &str,
    application_id: &str,
    due_date: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO diligence_tasks (id, application_id, state, due_date, created_at) \
         VALUES ($1, $2, 'open', $3, $4)",
        &[id.into(), application_id.into(), due_date.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// A task by its id, held until the transaction ends.
///
/// # Errors
/// Any [`DbError`].
pub async fn hold(tx: &mut Tx, id: &str) -> Result<Option<Task>, DbError> {
    let sql = crate::locking(
        tx,
        "SELECT id, application_id, state, finding, request_digest FROM diligence_tasks WHERE id = $1",
    );
    read(tx, &sql, id).await
}

/// The task of an application.
///
/// # Errors
/// Any [`DbError`].
pub async fn of_application(tx: &mut Tx, application_id: &str) -> Result<Option<Task>, DbError> {
    let sql = "SELECT id, application_id, state, finding, request_digest FROM diligence_tasks WHERE application_id = $1";
    read(tx, sql, application_id).await
}

/// The firm that a task is about.
///
/// # Errors
/// Any [`DbError`].
pub async fn firm(tx: &mut Tx, id: &str) -> Result<Option<String>, DbError> {
    let sql = "SELECT a.firm_id FROM diligence_tasks t JOIN applications a ON a.id = t.application_id \
               WHERE t.id = $1";
    let row = tx.one(sql, &[id.into()]).await?;
    row.map(|row| Ok(row.text(0)?.to_owned())).transpose()
}

async fn read(tx: &mut Tx, sql: &str, key: &str) -> Result<Option<Task>, DbError> {
    let row = tx.one(sql, &[key.into()]).await?;
    row.map(|row| {
        Ok(Task {
            id: row.text(0)?.to_owned(),
            application_id: row.text(1)?.to_owned(),
            state: row.text(2)?.to_owned(),
            finding: row.opt_text(3)?.map(str::to_owned),
            report: row.opt_text(4)?.map(str::to_owned),
        })
    })
    .transpose()
}

/// Files the report.
///
/// # Errors
/// Any [`DbError`].
pub async fn file_report(
    tx: &mut Tx,
    id: &str,
    officer: &str,
    finding: &str,
    sealed: &Sealed<String>,
    digest: &str,
    at: i64,
) -> Result<(), DbError> {
    tx.exec(
        "UPDATE diligence_tasks SET state = 'reported', officer = $2, finding = $3, report_sealed = $4, \
         request_digest = $5, reported_at = $6 WHERE id = $1",
        &[
            id.into(),
            officer.into(),
            finding.into(),
            sealed.as_bytes().into(),
            digest.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}
