//! One operator ends another's access at once; letting in again takes two.

use auth::By;
use client::access::Account;
use domain::lane::Lane;

use super::show::wire_account;
use crate::idempotent::Frame;
use crate::{Answer, Call, Refusal, World};

/// Disables an account and ends its sessions on every instance.
///
/// # Errors
/// An unknown account, one that is disabled already, or the database's refusal.
pub async fn disable_account<L: Lane>(world: &World<L>, call: Call, name: &str) -> Result<Answer, Refusal> {
    let name = name.to_owned();
    let frame = Frame::new(world, call, &name);
    world
        .db
        .write(move |tx| {
            Box::pin(async move {
                if let Some(replay) = frame.claim(tx, None).await? {
                    return Ok(replay);
                }
                let by = By {
                    actor: frame.principal().to_owned(),
                    via: "interface",
                    at: frame.now,
                };
                auth::accounts::disable(tx, &name, &by).await?;
                let found = auth::accounts::find(tx, &name, frame.now).await?;
                let account: Account = wire_account(found.ok_or_else(|| Refusal::not_found("account"))?);
                let answer = Answer::new(200, &account)?;
                frame.answer(tx, &answer).await?;
                frame.audit(tx, "disable_account", &name).await?;
                Ok(answer)
            })
        })
        .await
}
