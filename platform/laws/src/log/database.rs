//! A log where it lives, read in one snapshot.

use super::leaf::Columns;
use super::{Anchor, Checker, Key, Leaf, anchors};
use crate::source::{DatabaseError, Dialect, Source};

/// Leaves in one read: half a megabyte at a time, however long the log is.
const PAGE: u64 = 1000;

/// The logs that a database holds: those with a head, and those with leaves.
///
/// # Errors
/// When the database can't be read.
pub async fn logs(source: &mut Source) -> Result<Vec<String>, DatabaseError> {
    let sql = "SELECT origin FROM evidence_heads \
               UNION SELECT DISTINCT origin FROM evidence_leaves ORDER BY 1";
    let rows = source.rows("the evidence logs", sql).await?;
    rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
}

/// The checkpoints in it that one of the keys signed, this database's own logs'
/// and those that others handed over; and how many no key signed.
///
/// # Errors
/// When the database can't be read.
pub async fn checkpoints(source: &mut Source, keys: &[Key]) -> Result<(Vec<Anchor>, u64), DatabaseError> {
    let sql = "SELECT note, origin, CAST(size AS TEXT) FROM evidence_checkpoints ORDER BY origin, evidence_checkpoints.size";
    let (mut found, mut unsigned) = (Vec::new(), 0);
    for row in source.rows("checkpoints", sql).await? {
        // Of a log whose key was not given nothing can be said.
        if !keys.iter().any(|key| row.opt_text(1) == Some(key.name())) {
            continue;
        }
        let anchor = anchors::anchor(row.text(0)?, keys, "the database");
        let fits = anchor.filter(|anchor| {
            Some(anchor.origin.as_str()) == row.opt_text(1) && row.count(2).ok() == Some(anchor.head.size)
        });
        match fits {
            Some(anchor) => found.push(anchor),
            None => unsigned += 1,
        }
    }
    Ok((found, unsigned))
}

/// Reads one log's leaves in order, then those that wait for an index. While a page is
/// taken apart and looked at, the database gathers the next one.
///
/// # Errors
/// When the database can't be read.
pub async fn read(
    source: &mut Source,
    origin: &str,
    mut each: impl FnMut(&Leaf),
) -> Result<(), DatabaseError> {
    let name = origin.replace('\'', "''");
    let of = |after: &str, order: &str| format!("WHERE origin = '{name}' AND {after} ORDER BY {order}");
    // The first page takes in whatever is below zero, too: it is out of order.
    let mut page = ask(source, &of("idx IS NOT NULL", &format!("idx LIMIT {PAGE}"))).await?;
    while page.leaves == PAGE {
        let rest = of(&format!("idx > {}", page.last), &format!("idx LIMIT {PAGE}"));
        let look = async { page.look(&mut each) };
        // In this order: the database is asked before the page is looked at.
        let (next, looked) = futures::join!(ask(source, &rest), look);
        looked?;
        page = next?;
    }
    page.look(&mut each)?;
    let waiting = of("idx IS NULL", "at, id");
    ask(source, &waiting).await?.look(&mut each)
}

/// Some leaves as one value: a row each would cost a switch between threads, or a message,
/// and eight small allocations.
struct Page {
    json: String,
    /// The last index in it; zero if it has none.
    last: i64,
    leaves: u64,
}

const WHAT: &str = "evidence leaves";

async fn ask(source: &mut Source, of: &str) -> Result<Page, DatabaseError> {
    let chosen = format!("SELECT idx, body, id, at, origin, act, actor, hash FROM evidence_leaves {of}");
    let sql = match source.dialect() {
        // A damaged file may hold any type in any column.
        Dialect::Sqlite => format!(
            "SELECT json_group_array(json_array(CAST(idx AS TEXT), CAST(body AS TEXT), CAST(id AS TEXT), \
             CAST(at AS TEXT), CAST(origin AS TEXT), CAST(act AS TEXT), CAST(actor AS TEXT), lower(hex(hash)))), \
             CAST(MAX(idx) AS TEXT), CAST(COUNT(*) AS TEXT) FROM ({chosen})"
        ),
        Dialect::Postgres => format!(
            "SELECT CAST(json_agg(json_build_array(CAST(idx AS TEXT), body, id, CAST(at AS TEXT), origin, act, \
             actor, encode(hash, 'hex'))) AS TEXT), CAST(MAX(idx) AS TEXT), CAST(COUNT(*) AS TEXT) \
             FROM ({chosen}) AS page"
        ),
    };
    let rows = source.rows(WHAT, sql).await?;
    let Some(row) = rows.first() else {
        return Ok(Page {
            json: String::new(),
            last: 0,
            leaves: 0,
        });
    };
    Ok(Page {
        json: row.opt_text(0).unwrap_or_default().to_owned(),
        // What is no number is above all numbers: nothing comes after it.
        last: row.opt_text(1).map_or(0, |last| last.parse().unwrap_or(i64::MAX)),
        leaves: row.count(2)?,
    })
}

impl Page {
    fn look(&self, each: &mut impl FnMut(&Leaf)) -> Result<(), DatabaseError> {
        if self.json.is_empty() {
            return Ok(());
        }
        let leaves: Vec<[Option<String>; 8]> =
            serde_json::from_str(&self.json).map_err(|_| DatabaseError::Value {
                what: WHAT,
                column: 1,
                wanted: "text",
            })?;
        leaves.into_iter().map(leaf).for_each(|leaf| each(&leaf));
        Ok(())
    }
}

fn leaf([index, body, id, at, origin, act, actor, hash]: [Option<String>; 8]) -> Leaf {
    Leaf {
        // An index below zero is none: it is reported as out of order.
        index: index.map(|text| text.parse().unwrap_or(u64::MAX - 1)),
        body: body.unwrap_or_default(),
        columns: Some(Columns {
            id: id.unwrap_or_default(),
            at: at.unwrap_or_default(),
            origin: origin.unwrap_or_default(),
            act: act.unwrap_or_default(),
            actor: actor.unwrap_or_default(),
            hash: hash.unwrap_or_default(),
        }),
    }
}

/// Puts one log's leaves through the checker, and the head beside them; answers
/// how many wait for an index. `also` sees every leaf.
///
/// # Errors
/// When the database can't be read.
pub async fn check(
    source: &mut Source,
    origin: &str,
    checker: &mut Checker,
    mut also: impl FnMut(&Leaf),
) -> Result<u64, DatabaseError> {
    let (mut indexed, mut waiting) = (0, 0);
    read(source, origin, |leaf| {
        also(leaf);
        if leaf.index.is_some() {
            indexed += 1;
            checker.leaf(leaf);
        } else {
            waiting += 1;
            checker.waiting(leaf);
        }
    })
    .await?;
    let name = origin.replace('\'', "''");
    let sql = format!("SELECT CAST(size AS TEXT) FROM evidence_heads WHERE origin = '{name}'");
    let rows = source.rows("the log's head", sql).await?;
    let head = rows.first().map_or(Ok(0), |row| row.count(0))?;
    if head != indexed {
        checker.against(
            "head-differs",
            origin,
            format!("the head counts {head} leaves, and {indexed} have an index"),
        );
    }
    Ok(waiting)
}
