//! A log where it lives, read in one snapshot.

use super::leaf::Columns;
use super::{Anchor, Checker, Key, Leaf, anchors};
use crate::source::{DatabaseError, Dialect, Source};

/// Leaves in one read: some 10 MB at a time, however long the log is.
const PAGE: u64 = 20_000;

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

/// Reads one log's leaves in order, then those that wait for an index.
///
/// # Errors
/// When the database can't be read.
pub async fn read(
    source: &mut Source,
    origin: &str,
    mut each: impl FnMut(&Leaf),
) -> Result<(), DatabaseError> {
    let hash = match source.dialect() {
        Dialect::Sqlite => "lower(hex(hash))",
        Dialect::Postgres => "encode(hash, 'hex')",
    };
    let columns = format!("CAST(idx AS TEXT), body, id, CAST(at AS TEXT), origin, act, actor, {hash}");
    let name = origin.replace('\'', "''");
    // Ordered by the columns themselves: by the texts that are selected, 10 comes before 9.
    // The first page takes in whatever is below zero, too: it is out of order.
    let mut after = "idx IS NOT NULL".to_owned();
    loop {
        let sql = format!(
            "SELECT {columns} FROM evidence_leaves WHERE origin = '{name}' AND {after} \
             ORDER BY evidence_leaves.idx LIMIT {PAGE}"
        );
        let leaves = leaves(source, sql).await?;
        leaves.iter().for_each(&mut each);
        match leaves.last().and_then(|leaf| leaf.index) {
            Some(last) if leaves.len() as u64 == PAGE => after = format!("idx > {last}"),
            _ => break,
        }
    }
    let sql = format!(
        "SELECT {columns} FROM evidence_leaves WHERE origin = '{name}' AND idx IS NULL ORDER BY evidence_leaves.at, id"
    );
    leaves(source, sql).await?.iter().for_each(each);
    Ok(())
}

async fn leaves(source: &mut Source, sql: String) -> Result<Vec<Leaf>, DatabaseError> {
    let rows = source.rows("evidence leaves", sql).await?;
    rows.into_iter()
        .map(|row| {
            // An index below zero is none: it is reported as out of order.
            let index = row.opt_text(0).map(|text| text.parse().unwrap_or(u64::MAX - 1));
            row.text(1)?;
            let mut cells = row
                .into_cells()
                .into_iter()
                .skip(1)
                .map(Option::unwrap_or_default);
            let mut next = || cells.next().unwrap_or_default();
            Ok(Leaf {
                index,
                body: next(),
                columns: Some(Columns {
                    id: next(),
                    at: next(),
                    origin: next(),
                    act: next(),
                    actor: next(),
                    hash: next(),
                }),
            })
        })
        .collect()
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
