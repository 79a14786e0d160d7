//! The order to open customers' fields: who gave it, and for which case, is in the evidence log before the first of them
//! is opened. [`gather`](crate::gather::gather) takes nothing but an [`Ordered`], and only [`Order::record`] makes one.

use std::collections::BTreeSet;

use base::clock::Clock;
use db::{Db, DbError, Options};
use laws::source::Source;
use serde_json::json;
use store::order;

use crate::VerifyError;
use crate::catalog;
use crate::gather::{MOST, Where};
use crate::owned::select;

/// What the leaf calls it.
pub const ACT: &str = "exit.witness";
/// Customers that are asked for at once: a statement stays small.
const AT_ONCE: usize = 500;

/// An order that is not on record yet.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where everything is.
    pub at: Where,
    /// The customers' ids, in order, each once.
    pub firms: Vec<String>,
    /// Who gives it, an account's name.
    pub actor: String,
    /// The case that it is for, which is all that its leaf is about: no id of a customer is in it.
    pub reference: String,
}

/// An order that is on record, for one witness.
#[derive(Debug)]
pub struct Ordered {
    pub(crate) at: Where,
    pub(crate) firms: Vec<String>,
}

impl Order {
    /// Whether it can be carried out, as far as can be said with nothing opened: it names no more customers than one
    /// witness takes, and each of them has a row. Reads only.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn check(&self) -> Result<(), VerifyError> {
        if self.firms.is_empty() || self.firms.len() > MOST {
            return Err(VerifyError::TooMany(self.firms.len(), MOST));
        }
        let mut source = Source::open(&self.at.database).await?;
        let tables = catalog::read(&mut source).await?;
        let table = tables.iter().find(|table| table.name == "firms");
        let (table, id) = table
            .and_then(|table| Some((table, table.place("id")?)))
            .ok_or(VerifyError::NoCustomer(1))?;
        let mut found = BTreeSet::new();
        for firms in self.firms.chunks(AT_ONCE) {
            let rows = select(&mut source, table, "id", firms).await?;
            found.extend(rows.into_iter().filter_map(|row| row.into_iter().nth(id)?));
        }
        source.close().await;
        match self.firms.iter().position(|firm| !found.contains(firm)) {
            Some(missing) => Err(VerifyError::NoCustomer(missing + 1)),
            None => Ok(()),
        }
    }

    /// Checks it, and puts it on record, in a transaction of its own: the leaf, and the line of the audit table that law 7
    /// holds the leaf against.
    ///
    /// # Errors
    /// [`VerifyError`]; then nothing may be opened.
    pub async fn record(self, clock: &Clock) -> Result<Ordered, VerifyError> {
        // Before anything is opened to write, which would make a database where there is none.
        self.check().await?;
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        let db = Db::open(&self.at.database, options)
            .await
            .map_err(VerifyError::Order)?;
        let (actor, reference, at) = (self.actor, self.reference, clock.now_micros());
        let body = json!({ "customers": self.firms.len(), "reference": reference });
        let left: Result<(), DbError> = db
            .write(move |tx| {
                Box::pin(async move {
                    let order = order::Order {
                        act: ACT,
                        actor: &actor,
                        subject: &reference,
                        at,
                        body,
                    };
                    order::record(tx, order).await
                })
            })
            .await;
        db.close().await;
        left.map_err(VerifyError::Order)?;
        Ok(Ordered {
            at: self.at,
            firms: self.firms,
        })
    }
}
