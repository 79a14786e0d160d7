//! The archive: whether it is the one that the record names, and holds what law keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use certificate::archive::{self, Archive, Row};
use certificate::key_file;
use certificate::record::Record;
use certificate::verification::Kept;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::VerifyError;
use crate::accounts::{Fates, row_digest};
use crate::catalog::{Column, Table};
use crate::findings::Findings;
use crate::left_out::LeftOut;
use crate::opened::{archived, hex, mark};
use crate::witness::Witness;

/// Where the archive lies.
#[derive(Debug, Clone, Copy)]
pub struct Archived<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Its key's file.
    pub key: &'a Path,
}

/// Whether the archive is the one that the record names, opens, and has every row with the witnessed values.
///
/// # Errors
/// [`VerifyError`]: a file that is there can't be read. What is wrong with the archive itself is a finding.
pub fn check(
    at: Option<Archived<'_>>,
    witness: &Witness,
    record: &Record,
    tables: &[Table],
    fates: &Fates,
    kept: &mut Kept,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let (said, at) = match (&record.archive, at) {
        (Some(said), Some(at)) => (said, at),
        (None, _) if fates.values().all(|fate| fate != "archived") => return Ok(()),
        (None, _) => {
            findings.add(
                "archive-missing",
                "record",
                "rows were archived, and the record names no archive",
            );
            return Ok(());
        }
        (Some(_), None) => {
            findings.add(
                "archive-missing",
                "archive",
                "the record names an archive, and none was given",
            );
            return Ok(());
        }
    };
    let bytes = match std::fs::read(at.file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            findings.add("archive-missing", "archive", "there is no such file");
            return Ok(());
        }
        bytes => bytes.map_err(VerifyError::file(at.file))?,
    };
    findings.same("archive-differs", "bytes", said.bytes, bytes.len() as u64);
    findings.same(
        "archive-differs",
        "sha256",
        said.sha256.clone(),
        hex(&Sha256::digest(&bytes)),
    );
    let opened = match archive::open(&bytes, &key_file::load(at.key)?) {
        Ok(opened) => opened,
        Err(error) => {
            findings.add("archive-closed", "archive", error.to_string());
            return Ok(());
        }
    };
    findings.same(
        "archive-differs",
        "exit_id",
        record.exit_id.as_str(),
        &opened.manifest.exit_id,
    );
    findings.same(
        "archive-differs",
        "plan_digest",
        record.plan_digest.as_str(),
        &opened.manifest.plan_digest,
    );
    let said: BTreeMap<&str, u64> = record
        .tables
        .iter()
        .map(|table| (table.table.as_str(), table.archived))
        .collect();
    for table in said
        .keys()
        .copied()
        .chain(opened.manifest.counts.keys().map(String::as_str))
        .collect::<BTreeSet<_>>()
    {
        let there = opened.manifest.counts.get(table).copied().unwrap_or(0);
        findings.same(
            "archive-count",
            table,
            said.get(table).copied().unwrap_or(0),
            there,
        );
    }
    let left_out = LeftOut::of(record, findings);
    contents((&opened, &left_out), witness, tables, fates, kept, findings)
}

fn contents(
    (opened, left_out): (&Archive, &LeftOut<'_>),
    witness: &Witness,
    tables: &[Table],
    fates: &Fates,
    kept: &mut Kept,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let salt = witness.salt()?;
    for (name, rows) in &opened.rows {
        kept.archived.insert(name.clone(), rows.len() as u64);
        let Some(table) = tables.iter().find(|table| table.name == *name) else {
            findings.add(
                "archive-table-unknown",
                name.clone(),
                "the database has no such table",
            );
            continue;
        };
        for column in left_out.of_table(name) {
            let there = rows.iter().filter(|row| row.contains_key(column)).count();
            if there > 0 {
                let detail = format!("left out by the record, and there in {there} rows");
                findings.add("archive-value-unasked", format!("{name}.{column}"), detail);
            }
        }
        let mut seen = BTreeSet::new();
        for row in rows {
            let key = key_of(table, row);
            let witnessed = witness.rows.get(name).and_then(|rows| rows.get(&key));
            for (column, before) in witnessed.into_iter().flatten() {
                let now = row
                    .get(column)
                    .map(|value| mark(&salt, name, &key, column, &archived(value)));
                if left_out.has(name, column) {
                    continue;
                }
                if now.as_ref() == Some(before) {
                    kept.fields_compared += 1;
                } else {
                    findings.add(
                        "archive-value-differs",
                        format!("{name}.{column}"),
                        "not the witnessed value",
                    );
                }
            }
            seen.insert(row_digest(name, &key));
        }
        if seen.len() != rows.len() {
            findings.add("archive-row-twice", name.clone(), "two rows of one key");
        }
        let unknown = seen.iter().filter(|digest| {
            fates
                .get(&(name.clone(), (*digest).clone()))
                .is_none_or(|fate| fate != "archived")
        });
        let unknown = unknown.count();
        if unknown > 0 {
            findings.add(
                "archive-row-unknown",
                name.clone(),
                format!("{unknown} rows that exit_rows does not name"),
            );
        }
    }
    let mut there = BTreeSet::new();
    for (name, rows) in &opened.rows {
        if let Some(table) = tables.iter().find(|table| table.name == *name) {
            there.extend(
                rows.iter()
                    .map(|row| (name.clone(), row_digest(name, &key_of(table, row)))),
            );
        }
    }
    let all = fates
        .iter()
        .filter(|(_, fate)| *fate == "archived")
        .map(|(row, _)| row);
    let mut missing: BTreeMap<&str, u64> = BTreeMap::new();
    for (table, _) in all.filter(|row| !there.contains(*row)) {
        *missing.entry(table).or_default() += 1;
    }
    for (table, count) in missing {
        findings.add(
            "archive-row-missing",
            table,
            format!("{count} rows that exit_rows names as archived"),
        );
    }
    Ok(())
}

fn key_of(table: &Table, row: &Row) -> String {
    let cell = |column: &Column| match row.get(&column.name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(value) => Some(value.to_string()),
    };
    let cells: Vec<Option<String>> = table.columns.iter().map(cell).collect();
    table.key_of(&cells)
}
