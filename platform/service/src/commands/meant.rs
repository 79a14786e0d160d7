//! What an acting verb is told, and what it does first: it is shown, or it is on record.

use std::io::Write;

use base::exit;
use db::{Db, DbError};
use serde_json::{Value, json};
use store::order;

use super::actor;
use crate::cli::because;

/// By whom, and whether it is meant.
#[derive(clap::Args)]
pub(crate) struct Meant {
    /// Who orders it, for the evidence log.
    #[arg(long, env = "FINANCING_ACTOR", value_name = "NAME", value_parser = actor::name)]
    actor: String,
    /// Do it. Without this, only what would be done is said.
    #[arg(long)]
    yes: bool,
}

/// What is ordered.
pub(crate) struct Ordered<'a> {
    /// `noun.verb`, as its leaf calls it.
    pub(crate) act: &'static str,
    /// What it is done to.
    pub(crate) subject: &'a str,
    /// What the leaf says of it.
    pub(crate) body: Value,
    /// Microseconds.
    pub(crate) at: i64,
}

impl Meant {
    /// Whether it is to be carried out, and not only previewed.
    pub(crate) fn is(&self) -> bool {
        self.yes
    }

    /// Records an order that is meant, before it is carried out; otherwise prints what
    /// would be done and says no. The audit line is the witness that law 7 holds the leaf against.
    pub(crate) async fn stands(
        &self,
        db: &Db,
        ordered: Ordered<'_>,
        preview: &Value,
    ) -> anyhow::Result<bool> {
        let Ordered {
            act,
            subject,
            body,
            at,
        } = ordered;
        if !self.yes {
            let shown = json!({ "preview": true, "act": act, "subject": subject, "would": preview });
            writeln!(std::io::stdout(), "{shown}")?;
            return Ok(false);
        }
        let (actor, subject) = (self.actor.clone(), subject.to_owned());
        let left: Result<(), DbError> = db
            .write(move |tx| {
                Box::pin(async move {
                    let order = order::Order {
                        act,
                        actor: &actor,
                        subject: &subject,
                        at,
                        body,
                    };
                    order::record(tx, order).await
                })
            })
            .await;
        left.map_err(|error| because(exit::UNREACHABLE, "the order cannot be recorded", &error))?;
        Ok(true)
    }
}
