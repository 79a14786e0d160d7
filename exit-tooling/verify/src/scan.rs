//! Looks after the exit: tables, files, books, archive; and says what came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::clock::Clock;
use certificate::document::record_sha256;
use certificate::record::Record;
use certificate::verification::{FORMAT, Hit, Kept, Looked, Needles, Residual, Verdict, Verification};
use laws::source::Source;

use crate::archived::{self, Archived};
use crate::files::{self, Searched, Searches};
use crate::findings::Findings;
use crate::needles::Controls;
use crate::query::{self, Found};
use crate::witness::Witness;
use crate::{VerifyError, accounts, catalog, destroyed, ledger, needles};

/// This program.
pub const TOOL: &str = concat!("backstop-verify ", env!("CARGO_PKG_VERSION"));

/// Where to look.
#[derive(Debug, Clone)]
pub struct Where {
    /// The lending database's address.
    pub database: String,
    /// The key store's address.
    pub key_store: String,
    /// Files and folders: everything that a database or a log writes to.
    pub files: Vec<PathBuf>,
    /// The folder with the exit's papers, in which tokens may stay.
    pub papers: PathBuf,
    /// The archive and its key.
    pub archive: Option<(PathBuf, PathBuf)>,
}

/// Hits that are listed; what is beyond shows as one finding.
const LISTED: usize = 500;

/// Looks everywhere.
///
/// # Errors
/// [`VerifyError`]: a place that is there can't be read.
pub async fn scan(
    at: &Where,
    witness: &Witness,
    record: &Record,
    clock: &Clock,
) -> Result<Verification, VerifyError> {
    let (mut found, mut findings, mut kept) = (Found::default(), Findings::default(), Kept::default());
    let controls = Controls {
        exit: &record.exit_id,
        store: &witness.store,
    };
    let chunks = needles::chunks(witness)?;
    let (mut searched, mut counts) = (Searched::default(), BTreeMap::new());
    for (name, weak) in &witness.weak {
        counts.insert(
            name.clone(),
            Needles {
                too_weak: *weak,
                ..Needles::default()
            },
        );
    }
    let papers = canonical(&at.papers)?;
    for chunk in &chunks {
        // Each pass goes over the same tables and files.
        (found.tables, found.rows, searched) = (0, 0, Searched::default());
        let values = chunk.values(controls, &mut counts)?;
        // By query first: it tells which tokens stay.
        query::tables(&at.database, "lending", &values, &chunk.tokens, &mut found).await?;
        query::tables(&at.key_store, "key store", &values, &chunk.tokens, &mut found).await?;
        let tokens = chunk.tokens(|_| true, &mut counts)?;
        let staying_nowhere = chunk.tokens(|token| !found.stay.contains(token), &mut BTreeMap::new())?;
        let searches = Searches {
            values: &values,
            tokens: tokens.as_ref(),
            databases: staying_nowhere.as_ref(),
        };
        for root in &at.files {
            files::look(&canonical(root)?, &papers, searches, &mut searched, &mut found)?;
        }
    }
    let mut source = Source::open(&at.database).await?;
    let tables = catalog::read(&mut source).await?;
    let fates = accounts::exit(&mut source, record, &mut findings).await?;
    books(&mut source, &tables, witness, &mut kept, &mut findings).await?;
    source.close().await;
    let mut not_looked = crate::controls::blind(at, &found, &searched).await?;
    accounts::rows(witness, record, &fates, &mut findings);
    let mut source = Source::open(&at.key_store).await?;
    destroyed::keys(&mut source, witness, &mut findings).await?;
    destroyed::rotations(&mut source, record, &mut findings).await?;
    source.close().await;
    let archive = at.archive.as_ref().map(|(file, key)| Archived { file, key });
    archived::check(
        archive,
        witness,
        record,
        &tables,
        &fates,
        &mut kept,
        &mut findings,
    )?;
    if found.hits.len() > LISTED {
        findings.add(
            "more-hits",
            "hits",
            format!("{} in all, {LISTED} are listed", found.hits.len()),
        );
    }
    let hit = |((kind, place, encoding), times)| Hit {
        kind,
        place,
        encoding,
        times,
    };
    let hits: Vec<Hit> = found.hits.into_iter().take(LISTED).map(hit).collect();
    not_looked.sort_unstable();
    let verdict = match (hits.is_empty() && findings.0.is_empty(), not_looked.is_empty()) {
        (false, _) => Verdict::Remains,
        (true, false) => Verdict::NotLooked,
        (true, true) => Verdict::Clean,
    };
    let mut rows: BTreeMap<String, u64> = witness
        .rows
        .iter()
        .map(|(table, rows)| (table.clone(), rows.len() as u64))
        .collect();
    for (table, mentions) in &witness.mentions {
        *rows.entry(table.clone()).or_default() += mentions;
    }
    Ok(Verification {
        format: FORMAT.to_owned(),
        exit_id: record.exit_id.clone(),
        record_sha256: record_sha256(record).map_err(|_| VerifyError::Malformed)?,
        tool: TOOL.to_owned(),
        witnessed_at: witness.made_at,
        scanned_at: clock.now_micros(),
        customers: witness.firms.len() as u64,
        rows,
        needles: counts,
        looked: Looked {
            tables: found.tables,
            rows: found.rows,
            files: searched.files,
            bytes: searched.bytes,
            gone: searched.gone,
            database_files: searched.database_files,
        },
        hits,
        residual: found
            .residual
            .into_iter()
            .map(|(place, times)| Residual { place, times })
            .collect(),
        kept,
        findings: findings.0,
        not_looked,
        verdict,
    })
}

pub(crate) fn canonical(path: &Path) -> Result<PathBuf, VerifyError> {
    std::fs::canonicalize(path).map_err(VerifyError::file(path))
}

async fn books(
    source: &mut Source,
    tables: &[catalog::Table],
    witness: &Witness,
    kept: &mut Kept,
    findings: &mut Findings,
) -> Result<(), VerifyError> {
    let now = ledger::read(source, tables, &witness.firms).await?;
    for (name, before, after, unchanged) in [
        (
            "entries",
            &witness.ledger.entries,
            &now.entries,
            &mut kept.entries,
        ),
        (
            "postings",
            &witness.ledger.postings,
            &now.postings,
            &mut kept.postings,
        ),
    ] {
        let [altered, missing, added] = ledger::differences(before, after);
        *unchanged = before.len() as u64 - altered - missing;
        for (what, count) in [
            ("ledger-altered", altered),
            ("ledger-missing", missing),
            ("ledger-added", added),
        ] {
            if count > 0 {
                findings.add(what, name, format!("{count} rows since the witness"));
            }
        }
    }
    Ok(())
}
