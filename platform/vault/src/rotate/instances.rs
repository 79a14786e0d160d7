//! The processes that use a key store: a rotation waits for those that live.

use std::time::Duration;

use db::V;

use crate::store::{KeyStore, epoch_column};
use crate::{Custodian, VaultError};

/// An instance that gave no sign of life for so long is no reason to wait: six signs.
const SILENT: i64 = 60_000_000;
/// Between two looks at who has the new KEK.
const LOOK: Duration = Duration::from_millis(100);
/// How long instances may take to pick up a new KEK: twenty of their looks.
const PICK_UP: Duration = Duration::from_secs(5);

impl KeyStore {
    /// Takes the signs of life of all instances out, for who has the store for itself: an instance that was killed a
    /// moment ago would be waited for.
    ///
    /// # Errors
    /// What the key store refuses.
    pub async fn forget_instances(&self) -> Result<u64, VaultError> {
        let gone = self.db.write::<u64, db::DbError, _>(|tx| {
            Box::pin(async move { tx.exec("DELETE FROM vault_instances", &[]).await })
        });
        gone.await.map_err(VaultError::Store)
    }

    /// Waits until every instance that gives signs of life says that it holds the KEK.
    ///
    /// # Errors
    /// [`VaultError::Waiting`] names those that do not in time.
    pub(super) async fn wait_for_instances(&self, custodian: Custodian, to: u32) -> Result<(), VaultError> {
        let began = tokio::time::Instant::now();
        loop {
            let lacking = self.lacking(custodian, to).await?;
            if lacking.is_empty() {
                return Ok(());
            }
            if began.elapsed() >= PICK_UP {
                return Err(VaultError::Waiting(lacking.join(", ")));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn lacking(&self, custodian: Custodian, to: u32) -> Result<Vec<String>, VaultError> {
        let since = self.clock.now_micros() - SILENT;
        let column = epoch_column(custodian);
        let sql = format!("SELECT id FROM vault_instances WHERE {column} < $1 AND seen_at > $2 LIMIT 100");
        let rows = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(&sql, &[to.into(), V::Int(since)]).await }))
            .await
            .map_err(VaultError::Store)?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }
}
