//! The plan of an exit: who leaves, with how many rows of each table under which rules, and who stays and why.
//!
//! What is approved is its digest. A plan holds ids, counts and names of rules, and nothing else of a customer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use db::{Db, DbError};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::customer::{self, Customer};
use crate::fate;
use crate::hex;
use crate::holds::{self, Hold};
use crate::retention::Rules;
use crate::tables::AT_ONCE;

/// The one format.
pub const FORMAT: &str = "backstop-exit-plan/1";

/// Customers in one plan: their ids and counts are a few megabytes, and nobody can look through more.
pub const MOST_FIRMS: usize = 20_000;

/// A plan of so many customers has less.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Who is to leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scope {
    /// One customer.
    Firm {
        /// Its id.
        firm: String,
    },
    /// Every customer of a product and of no other.
    Product {
        /// Such as `micro`.
        product: String,
    },
}

impl Scope {
    /// The word for it in `exits` and in a proposal.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Firm { .. } => "firm",
            Self::Product { .. } => "product",
        }
    }
}

/// A customer who leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// Its id.
    pub firm: String,
    /// Its last act, from which periods are counted; microseconds since 1970.
    pub last_act: i64,
    /// Rows by table.
    pub rows: BTreeMap<String, i64>,
}

/// A customer who stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staying {
    /// Its id.
    pub firm: String,
    /// Why.
    pub reasons: Vec<String>,
}

/// What becomes of a table's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Rows that go into the archive.
    pub archived: i64,
    /// Rows that nothing keeps.
    pub deleted: i64,
    /// The rules that say so.
    pub rules: BTreeSet<String>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: String,
    /// Who is to leave.
    pub scope: Scope,
    /// Who made it: whoever proposes it, and never one of those who approve.
    pub planner: String,
    /// When, microseconds since 1970: periods are counted to then.
    pub made_at: i64,
    /// How many may leave under it; the others are another plan's.
    pub most: usize,
    /// The database's own name.
    pub database: String,
    /// SHA-256 of the file of rules.
    pub rules: String,
    /// Whether these are a rehearsal's.
    pub rehearsal: bool,
    /// Who leaves.
    pub leaving: Vec<Leaving>,
    /// Who stays.
    pub staying: Vec<Staying>,
    /// By table. What is found by text (answers to repeated requests, sent notices) is counted when it goes.
    pub tables: BTreeMap<String, Line>,
    /// Rules that apply and that nobody has verified: nothing goes until there are none.
    pub blocked: BTreeSet<String>,
}

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// Who is to leave.
    pub scope: &'a Scope,
    /// Who plans.
    pub planner: &'a str,
    /// The rules.
    pub rules: &'a Rules,
    /// The holds.
    pub holds: &'a [Hold],
    /// How many may leave under it.
    pub most: usize,
    /// When, microseconds since 1970.
    pub at: i64,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The database.
    #[error("the database cannot be read")]
    Database(#[from] DbError),
    /// There is no such customer.
    #[error("there is no such firm in this database")]
    NoFirm,
    /// Too many for one plan.
    #[error("more than {MOST_FIRMS} customers have this product: they cannot leave under one plan")]
    TooMany,
    /// The file.
    #[error("the plan's file cannot be read")]
    Io(#[from] std::io::Error),
    /// It is too long to be one.
    #[error("the plan's file has more than {MOST_BYTES} bytes")]
    TooLong,
    /// It is not a plan.
    #[error("this is no plan of an exit: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("format must be {FORMAT:?}")]
    Format,
}

/// Makes a plan; reads only.
///
/// # Errors
/// [`PlanError`].
pub async fn make(db: &Db, basis: Basis<'_>) -> Result<Plan, PlanError> {
    let firms = candidates(db, basis.scope).await?;
    of(db, basis, firms).await
}

/// Whether those who leave under a plan are still as it says, and could still leave. Others may have come and gone
/// since: whoever stays is none of an exit's business.
///
/// # Errors
/// [`PlanError`].
pub async fn still(db: &Db, plan: &Plan, basis: Basis<'_>) -> Result<bool, PlanError> {
    let mut also = BTreeSet::new();
    if matches!(plan.scope, Scope::Product { .. }) {
        let found = candidates(db, &plan.scope).await?;
        also.extend(
            found
                .into_iter()
                .filter(|(_, other)| *other)
                .map(|(firm, _)| firm),
        );
    }
    let firms = plan
        .leaving
        .iter()
        .map(|leaving| (leaving.firm.clone(), also.contains(&leaving.firm)));
    let now = match of(db, basis, firms.collect()).await {
        Err(PlanError::NoFirm) => return Ok(false),
        now => now?,
    };
    let same = (&now.database, &now.leaving, &now.tables, &now.blocked)
        == (&plan.database, &plan.leaving, &plan.tables, &plan.blocked);
    Ok(same && now.staying.is_empty())
}

async fn of(db: &Db, basis: Basis<'_>, firms: Vec<(String, bool)>) -> Result<Plan, PlanError> {
    let found: Result<String, DbError> = db.read(|tx| Box::pin(store::recovery::identity(tx))).await;
    let mut plan = Plan {
        format: FORMAT.to_owned(),
        scope: basis.scope.clone(),
        planner: basis.planner.to_owned(),
        made_at: basis.at,
        most: basis.most,
        database: found?,
        rules: basis.rules.digest.clone(),
        rehearsal: basis.rules.rehearsal,
        leaving: Vec::new(),
        staying: Vec::new(),
        tables: BTreeMap::new(),
        blocked: BTreeSet::new(),
    };
    for chunk in firms.chunks(AT_ONCE) {
        let mut seen = BTreeMap::new();
        if plan.leaving.len() < basis.most {
            let ids: Vec<String> = chunk.iter().map(|(firm, _)| firm.clone()).collect();
            let looked: Result<_, DbError> = db
                .read(move |tx| Box::pin(async move { customer::look(tx, &ids).await }))
                .await;
            seen = looked?;
        }
        for (firm, other) in chunk {
            plan.consider(firm, *other, &mut seen, basis)?;
        }
    }
    Ok(plan)
}

impl Plan {
    /// Whether somebody leaves, and if not why.
    fn consider(
        &mut self,
        firm: &str,
        other: bool,
        seen: &mut BTreeMap<String, Customer>,
        basis: Basis<'_>,
    ) -> Result<(), PlanError> {
        let firm = firm.to_owned();
        if self.leaving.len() == basis.most {
            let reasons = vec!["left to another plan".to_owned()];
            self.staying.push(Staying { firm, reasons });
            return Ok(());
        }
        let mut customer = seen.remove(&firm).ok_or(PlanError::NoFirm)?;
        if other {
            customer
                .reasons
                .push("also a customer of another product".to_owned());
        }
        if holds::held(basis.holds, &firm, basis.at) {
            customer.reasons.push("a legal hold".to_owned());
        }
        self.take(firm, customer, basis.rules);
        Ok(())
    }

    fn take(&mut self, firm: String, customer: Customer, rules: &Rules) {
        if !customer.reasons.is_empty() {
            let reasons = customer.reasons;
            self.staying.push(Staying { firm, reasons });
            return;
        }
        for fate in fate::fates(rules, customer.last_act, self.made_at) {
            let rows = customer.rows.get(fate.table).copied().unwrap_or_default();
            if rows == 0 {
                continue;
            }
            let line = self.tables.entry(fate.table.to_owned()).or_default();
            if fate.is_archived() {
                line.archived += rows;
            } else {
                line.deleted += rows;
            }
            line.rules.extend(fate.rules);
            self.blocked.extend(fate.unverified);
        }
        let rows = customer
            .rows
            .into_iter()
            .map(|(table, rows)| (table.to_owned(), rows));
        self.leaving.push(Leaving {
            firm,
            last_act: customer.last_act,
            rows: rows.collect(),
        });
    }

    /// The digest that is approved: SHA-256 over the plan in its one form (JCS, RFC 8785), in hexadecimal.
    ///
    /// # Errors
    /// It has no such form.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        Ok(hex(&Sha256::digest(serde_jcs::to_vec(self)?)))
    }

    /// Reads a plan's file.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn read(path: &Path) -> Result<Self, PlanError> {
        if std::fs::metadata(path)?.len() > MOST_BYTES {
            return Err(PlanError::TooLong);
        }
        let plan: Self = serde_json::from_slice(&std::fs::read(path)?)?;
        if plan.format != FORMAT {
            return Err(PlanError::Format);
        }
        Ok(plan)
    }
}

/// Who might leave, and whether it has another product besides.
async fn candidates(db: &Db, scope: &Scope) -> Result<Vec<(String, bool)>, PlanError> {
    let product = match scope {
        Scope::Firm { firm } => return Ok(vec![(firm.clone(), false)]),
        Scope::Product { product } => product.clone(),
    };
    let sql = format!(
        "SELECT firm_id, MAX(CASE WHEN product = $1 THEN 0 ELSE 1 END) FROM applications WHERE firm_id IN \
         (SELECT firm_id FROM applications WHERE product = $1) GROUP BY firm_id ORDER BY firm_id LIMIT {}",
        MOST_FIRMS + 1
    );
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[(&product).into()]).await }))
        .await;
    let rows = rows?;
    if rows.len() > MOST_FIRMS {
        return Err(PlanError::TooMany);
    }
    let firm = |row: &db::Row| Ok((row.text(0)?.to_owned(), row.int(1)? != 0));
    rows.iter()
        .map(firm)
        .collect::<Result<_, DbError>>()
        .map_err(PlanError::from)
}
