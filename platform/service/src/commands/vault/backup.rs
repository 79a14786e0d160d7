//! `financing vault backup`

use base::exit;
use serde_json::json;

use super::order::OrderArgs;
use super::status::as_json;
use crate::cli::stop;
use crate::commands::keys;

/// Copies the key store, in use or not, into an empty database.
#[derive(clap::Args)]
#[command(
    after_help = "The copy holds wrapped keys only and is worth nothing without the KEK files, which must not be kept with it. \
    To restore, serve from a copy; the journal of destroyed keys then destroys again what the copy has forgotten.\n\n\
    Example:\n  financing vault backup --to sqlite:backup/keys.db --database sqlite:financing.db --keys etc \
    --key-store sqlite:keys/keys.db --actor ops-1 --yes"
)]
pub(crate) struct Args {
    /// `sqlite:PATH` or `postgres://…` of an empty database.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    to: String,
    #[command(flatten)]
    order: OrderArgs,
}

/// Copies.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    keys::apart(&args.to, args.order.data(), args.order.folder())?;
    let order = args.order.open().await?;
    let status = order.keys.status().await.map_err(|error| keys::failed(&error))?;
    let body = json!({ "subjects": status.subjects, "destroyed": status.destroyed });
    if !order
        .stands("vault.backup", "vault", body, &as_json(&status))
        .await?
    {
        return order.done(None).await;
    }
    let to = keys::database(&args.to).await?;
    if vault::is_key_store(&to)
        .await
        .map_err(|error| keys::failed(&error))?
    {
        return Err(stop(
            exit::REFUSED,
            "there is a key store at that address already: copy into an empty database",
        ));
    }
    let copied = order
        .keys
        .copy_to(&to)
        .await
        .map_err(|error| keys::failed(&error))?;
    to.close().await;
    let what = json!({ "subjects": copied.subjects, "destroyed": copied.destroyed });
    order.done(Some(what)).await
}
