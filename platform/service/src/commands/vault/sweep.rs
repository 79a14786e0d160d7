//! `financing vault sweep`

use db::DbError;
use domain::ids::FirmId;
use serde_json::json;
use vault::{DEAD_AFTER, Swept};

use super::order::OrderArgs;
use crate::commands::keys;

/// Removes keys that an instance made ahead and died without using.
#[derive(clap::Args)]
#[command(
    after_help = "An instance is dead when it gave no sign of life for ten minutes; it is shut out before its keys go.\n\n\
    Example:\n  financing vault sweep --database sqlite:financing.db --keys etc \
    --key-store sqlite:keys/keys.db --actor ops-1 --yes"
)]
pub(crate) struct Args {
    #[command(flatten)]
    order: OrderArgs,
}

/// Counts, then removes.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let order = args.order.open().await?;
    let db = order.db.clone();
    let used = move |asked: Vec<uuid::Uuid>| {
        let db = db.clone();
        async move {
            let ids: Vec<String> = asked
                .iter()
                .map(|id| FirmId::from_uuid(*id).to_string())
                .collect();
            let known: Vec<String> = db
                .read::<_, DbError, _>(move |tx| Box::pin(async move { store::firms::known(tx, &ids).await }))
                .await?;
            let known = known.iter().filter_map(|id| id.parse::<FirmId>().ok());
            Ok(known.map(|id| id.uuid()).collect())
        }
    };
    let preview = order
        .keys
        .sweep(DEAD_AFTER, true, &used)
        .await
        .map_err(|error| keys::failed(&error))?;
    let body = as_json(preview);
    if !order.stands("vault.sweep", "vault", body.clone(), &body).await? {
        return order.done(None).await;
    }
    let swept = order
        .keys
        .sweep(DEAD_AFTER, false, &used)
        .await
        .map_err(|error| keys::failed(&error))?;
    order.done(Some(as_json(swept))).await
}

fn as_json(swept: Swept) -> serde_json::Value {
    json!({ "instances": swept.instances, "used": swept.used, "orphans": swept.orphans })
}
