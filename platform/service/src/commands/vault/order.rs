//! An order to act: by whom, on which keys, and whether it is meant.

use std::io::Write;
use std::sync::Arc;

use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use db::Db;
use serde_json::Value;
use vault::KeyStore;

use crate::commands::clock;
use crate::commands::database::{self, DatabaseArgs};
use crate::commands::keys::{self, KeysArgs};
use crate::commands::meant::{Meant, Ordered};

/// What every acting verb is told.
#[derive(clap::Args)]
pub(crate) struct OrderArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    keys: KeysArgs,
    #[command(flatten)]
    meant: Meant,
}

/// An order, its database and its key store open.
pub(crate) struct Order {
    pub(crate) db: Db,
    pub(crate) keys: Arc<KeyStore>,
    clock: Clock,
    meant: Meant,
}

impl OrderArgs {
    /// Opens what the order is about.
    pub(crate) async fn open(self) -> anyhow::Result<Order> {
        let clock = clock::of(&ProcessEnv);
        let db = database::open(&self.database).await?;
        let keys = keys::open(&self.keys, &self.database.database, clock.clone()).await?;
        Ok(Order {
            db,
            keys,
            clock,
            meant: self.meant,
        })
    }

    /// The data's address, which nothing else may be.
    pub(crate) fn data(&self) -> &str {
        &self.database.database
    }

    /// The folder of the KEK files, beside which nothing may lie.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.keys.folder()
    }
}

impl Order {
    /// Whether it is to be carried out, and not only previewed.
    pub(crate) fn is_meant(&self) -> bool {
        self.meant.is()
    }

    /// Records the order if it is meant; otherwise prints what would be done and says no.
    pub(crate) async fn stands(
        &self,
        act: &'static str,
        subject: &str,
        body: Value,
        preview: &Value,
    ) -> anyhow::Result<bool> {
        let at = self.clock.now_micros();
        let ordered = Ordered {
            act,
            subject,
            body,
            at,
        };
        self.meant.stands(&self.db, ordered, preview).await
    }

    /// Prints what was done, closes both databases.
    pub(crate) async fn done(self, what: Option<Value>) -> anyhow::Result<u8> {
        self.keys.close().await;
        self.db.close().await;
        if let Some(what) = what {
            writeln!(std::io::stdout(), "{what}")?;
        }
        Ok(exit::OK)
    }
}
