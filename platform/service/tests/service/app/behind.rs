//! What a test sees and does behind the service's back: in its database, and at the outside sources.

use super::TestApp;

impl TestApp {
    /// The acts in the evidence log, by name.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let sql = "SELECT act FROM evidence_leaves ORDER BY act";
        let rows: Result<Vec<db::Row>, db::DbError> = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[]).await }))
            .await;
        rows.unwrap()
            .iter()
            .map(|row| row.text(0).unwrap().to_owned())
            .collect()
    }

    /// The ledger entry about a repayment.
    pub(crate) async fn entry_about(&self, repayment: &str) -> String {
        let repayment = repayment.to_owned();
        let row = self
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "SELECT id FROM entries WHERE reference = $1";
                    tx.one(sql, &[(&repayment).into()]).await
                })
            })
            .await;
        let row: Result<Option<db::Row>, db::DbError> = row;
        row.unwrap().unwrap().text(0).unwrap().to_owned()
    }

    /// What the query's first column says, as a number.
    pub(crate) async fn count(&self, sql: &'static str, of: &str) -> i64 {
        let row = self.db.one(sql, &[of.into()]).await.unwrap();
        row.unwrap().int(0).unwrap()
    }

    /// Payments at the core bank: how many, and their sum in fen.
    pub(crate) async fn money_moved(&self) -> (u64, i64) {
        self.place.standin.money_moved().await
    }

    /// Makes a source, or `core`, fail every call.
    pub(crate) async fn fail(&self, target: &str) {
        self.place.standin.fail(target).await;
    }

    /// Makes a source answer late.
    pub(crate) async fn slow(&self, target: &str, latency_ms: u64) {
        self.place.standin.slow(target, latency_ms).await;
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn change(&self, sql: &'static str) {
        let changed = self
            .db
            .write::<_, db::DbError, _>(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }));
        changed.await.unwrap();
    }

    /// One number of a question to the database.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap()
    }

    /// Makes it answer again.
    pub(crate) async fn mend(&self, target: &str) {
        self.place.standin.mend(target).await;
    }

    /// Questions that the outside sources were asked.
    pub(crate) async fn pulls(&self) -> u64 {
        self.place.standin.pulls().await
    }
}
