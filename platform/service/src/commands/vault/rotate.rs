//! `financing vault rotate`

use std::io::Write as _;

use serde_json::json;
use vault::{Custodian, Step};

use super::order::OrderArgs;
use super::status::as_json;
use crate::cli::stop;
use crate::commands::keys;

/// Wraps every key of a custodian under a new KEK, and destroys the old one.
#[derive(clap::Args)]
#[command(
    after_help = "May be killed at any point and run again; the service goes on meanwhile, and `financing vault \
    status` shows the step that a rotation is at. Copies of the key store from before it cannot be used any more: take \
    a new one.\n\n\
    Example:\n  financing vault rotate affairs --database sqlite:financing.db --keys etc \
    --key-store sqlite:keys/keys.db --actor ops-1 --yes"
)]
pub(crate) struct Args {
    /// Whose KEK: affairs or identity.
    #[arg(value_parser = custodian)]
    custodian: Custodian,
    #[command(flatten)]
    order: OrderArgs,
}

fn custodian(name: &str) -> Result<Custodian, &'static str> {
    Custodian::parse(name).ok_or("affairs or identity")
}

/// Says on standard error how far it is.
fn told(step: Step) {
    let (zh, en) = match step {
        Step::Added => ("新密钥已生成", "the new KEK is made"),
        Step::Announced => ("等待各实例取得新密钥", "instances are asked to hold it"),
        Step::Switched => ("新数据改用新密钥", "new keys are wrapped under it"),
        Step::Slice(subjects) => {
            drop(writeln!(
                std::io::stderr(),
                "已重新封装 · wrapped anew: {subjects}"
            ));
            return;
        }
        Step::Verified => ("旧密钥已无人使用", "no row needs the old one"),
        Step::Retired => ("旧密钥已停用", "the old one is retired"),
        Step::Destroyed => ("旧密钥已销毁", "the old one is destroyed"),
    };
    // Whoever looks away does not stop it.
    drop(writeln!(std::io::stderr(), "{zh} · {en}"));
}

/// Rotates, or ends a rotation that was interrupted.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let order = args.order.open().await?;
    let status = order.keys.status().await.map_err(|error| keys::failed(&error))?;
    let name = args.custodian.as_str();
    let epoch = status
        .keks
        .iter()
        .find(|kek| kek.custodian == args.custodian)
        .map(|kek| kek.epoch)
        .ok_or_else(|| stop(base::exit::FAILED, "the key store does not name this custodian"))?;
    let body = json!({ "epoch": epoch, "subjects": status.subjects });
    if !order
        .stands("vault.rotate", name, body, &as_json(&status))
        .await?
    {
        return order.done(None).await;
    }
    let rotated = order
        .keys
        .rotate(args.custodian, told)
        .await
        .map_err(|error| keys::failed(&error))?;
    let what = json!({
        "custodian": name,
        "epoch": rotated.epoch,
        "subjects": rotated.subjects,
        "keys": rotated.keys,
    });
    order.done(Some(what)).await
}
