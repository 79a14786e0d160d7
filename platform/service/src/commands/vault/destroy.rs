//! `financing vault destroy`

use base::exit;
use db::DbError;
use domain::ids::FirmId;
use serde_json::json;
use vault::Category;

use super::order::{Order, OrderArgs};
use crate::cli::{because, stop};
use crate::commands::keys;

/// Destroys keys of a firm for good.
#[derive(clap::Args)]
#[command(
    after_help = "Nobody opens what they sealed again: on every instance a second later at the latest. With profile goes \
    the index by which its credit code is found. Rotate the \
    custodian's KEK afterwards, so that copies in backups die too. While a firm has a contract, law keeps all but the \
    raw answers of sources.\n\n\
    Example:\n  financing vault destroy frm_0190… --category answers --database sqlite:financing.db --keys etc \
    --key-store sqlite:keys/keys.db --actor ops-1 --yes"
)]
pub(crate) struct Args {
    /// The firm.
    firm: FirmId,
    /// profile (with it identity), identity, affairs, answers or features; may be repeated.
    #[arg(long, required = true, value_parser = category)]
    category: Vec<Category>,
    #[command(flatten)]
    order: OrderArgs,
}

fn category(name: &str) -> Result<Category, &'static str> {
    Category::parse(name).ok_or("profile, identity, affairs, answers or features")
}

/// Destroys, unless law keeps it.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let order = args.order.open().await?;
    let raw_only = args
        .category
        .iter()
        .all(|category| *category == Category::Answers);
    let kept = lending::kept_by_law(&order.db, &args.firm)
        .await
        .map_err(|refusal| because(exit::UNREACHABLE, "the firm cannot be looked up", &refusal))?;
    if kept && !raw_only {
        return Err(stop(
            exit::REFUSED,
            "the firm has a contract: law keeps all of its data but the raw answers of sources",
        ));
    }
    let names: Vec<&str> = args.category.iter().map(|category| category.as_str()).collect();
    let body = json!({ "categories": names });
    let subject = args.firm.as_str();
    if !order
        .stands("vault.destroy", subject, body.clone(), &body)
        .await?
    {
        return order.done(None).await;
    }
    let tombstone = order
        .keys
        .shred(args.firm.uuid(), &args.category)
        .await
        .map_err(|error| keys::failed(&error))?;
    if args.category.contains(&Category::Profile) {
        unlink(&order, &args.firm).await?;
    }
    order
        .done(Some(
            json!({ "firm": subject, "categories": names, "tombstone": tombstone }),
        ))
        .await
}

/// The blind index of the credit code goes with the code: it is a keyed hash, by which whoever has the
/// key and knows a code could still tell that the firm was here. An order that was killed before is given again.
async fn unlink(order: &Order, firm: &FirmId) -> anyhow::Result<()> {
    let firm = firm.clone();
    let unlinked: Result<(), DbError> = order
        .db
        .write(move |tx| {
            Box::pin(async move { store::firms::unlink(tx, firm.as_str(), firm.uuid().as_bytes()).await })
        })
        .await;
    unlinked.map_err(|error| {
        because(
            exit::UNREACHABLE,
            "the firm's index stays: give the order again",
            &error,
        )
    })
}
