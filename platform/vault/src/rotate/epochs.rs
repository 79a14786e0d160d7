//! How far a custodian's epochs are, in the key store.

use crate::store::{Epochs, KeyStore, epoch, index_context, suite};
use crate::{Custodian, VaultError};

impl KeyStore {
    /// What counts now, what is the target, and what is retired.
    pub(super) async fn epochs(&self, custodian: Custodian) -> Result<Epochs, VaultError> {
        Ok(self.news("", i64::MAX - 1).await?.keks[custodian.index()])
    }

    /// Moves a custodian's target, or what is retired, forward.
    pub(super) async fn set(
        &self,
        custodian: Custodian,
        what: &'static str,
        to: u32,
    ) -> Result<(), VaultError> {
        let sql = format!("UPDATE vault_keks SET {what} = $1 WHERE custodian = $2 AND {what} < $3");
        self.db
            .write::<u64, db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec(&sql, &[to.into(), custodian.as_str().into(), to.into()])
                        .await
                })
            })
            .await?;
        Ok(())
    }

    /// Lets new wraps take the new KEK, under the lock that inserts take too.
    pub(super) async fn switch(&self, custodian: Custodian, to: u32) -> Result<(), VaultError> {
        let name = custodian.as_str();
        let old = self.index_of(custodian).await?;
        let key = self.unwrap(custodian, old.1, &index_context(custodian, old.0, old.1), &old.2)?;
        let wrapped = self
            .provider(custodian)
            .wrap(to, &index_context(custodian, old.0, to), &key)?;
        self.db
            .write::<(), db::DbError, _>(move |tx| {
                Box::pin(async move {
                    tx.exec("UPDATE vault_state SET head = head", &[]).await?;
                    tx.exec(
                        "UPDATE vault_indexes SET epoch = $1, wrapped = $2 WHERE custodian = $3",
                        &[to.into(), (&wrapped).into(), name.into()],
                    )
                    .await?;
                    tx.exec(
                        "UPDATE vault_keks SET epoch = $1 WHERE custodian = $2",
                        &[to.into(), name.into()],
                    )
                    .await
                    .map(drop)
                })
            })
            .await
            .map_err(VaultError::Store)
    }

    async fn index_of(&self, custodian: Custodian) -> Result<(u8, u32, Vec<u8>), VaultError> {
        self.db
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "SELECT suite, epoch, wrapped FROM vault_indexes WHERE custodian = $1";
                    let row = tx.one(sql, &[custodian.as_str().into()]).await?;
                    let row = row.ok_or(VaultError::Corrupt("an index key is missing"))?;
                    Ok((suite(row.int(0)?)?, epoch(row.int(1)?)?, row.bytes(2)?.to_vec()))
                })
            })
            .await
    }
}
