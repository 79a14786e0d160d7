//! A turn of a rota begins: whoever is on call now is told, and of what is open.

use db::Tx;

use crate::config::Config;
use crate::context::Context;
use crate::error::NotifyError;
use crate::escalate;
use crate::outbox;
use crate::page::{Kind, Page};
use crate::rows;
use crate::schema;

/// Groups that the page lists.
const LISTED: i64 = 20;

fn name(rota: &str) -> String {
    format!("on_call:{rota}")
}

/// Whether somebody's turn has begun that was not told.
///
/// # Errors
/// The store's.
pub(crate) async fn is_due(tx: &mut Tx, config: &Config, now: i64) -> Result<bool, NotifyError> {
    for (rota, turns) in &config.rotas {
        if schema::state(tx, &name(rota)).await?.as_deref() != Some(turns.on_call(now)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whose turn has begun. What is written at the first start is nobody's handover.
///
/// # Errors
/// The store's.
pub(crate) async fn pass(tx: &mut Tx, context: &Context, now: i64) -> Result<(), NotifyError> {
    for (rota, turns) in &context.config.rotas {
        let person = turns.on_call(now);
        let before = schema::state(tx, &name(rota)).await?;
        if before.as_deref() == Some(person) {
            continue;
        }
        schema::set_state(tx, &name(rota), person).await?;
        if let Some(before) = before {
            let page = page(tx, context, rota, &before, person, now).await?;
            outbox::to_person(tx, context, person, &page, now).await?;
        }
    }
    Ok(())
}

async fn page(
    tx: &mut Tx,
    context: &Context,
    rota: &str,
    before: &str,
    person: &str,
    now: i64,
) -> Result<Page, NotifyError> {
    let mut page = Page::new(Kind::Handover, format!("person:{person}"), now);
    page.external_url.clone_from(&context.config.external_url);
    page.notes.push(format!("{rota}: {before} → {person}"));
    let open = escalate::all(tx, LISTED).await?;
    page.notes.push(format!("未结束 / open: {}", open.len()));
    for open in open {
        let key = rows::one_group(tx, &open.group)
            .await?
            .map_or(open.group, |group| group.key);
        let answered = open
            .acked_by
            .map_or_else(|| "无人应答 / unanswered".to_owned(), |by| format!("ACK {by}"));
        page.notes.push(format!("  {key} – {answered}"));
    }
    Ok(page)
}
