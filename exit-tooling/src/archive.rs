//! What law keeps, sealed as a whole and read back before anything goes.

use std::collections::BTreeMap;

use certificate::archive::{Archive, Row, open, seal};
use certificate::key_file;
use db::Db;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::content::Kept;
use crate::plan::Leaving;
use crate::steps::{Failure, Work};
use crate::tables::{AT_ONCE, OUTBOX};
use crate::{content, done, keys, out};

/// Writes the archive into the exit's folder. One that is there and opens is left: rows may be gone that are in it.
pub(crate) async fn write(work: &Work, db: &Db) -> Result<Value, Failure> {
    let path = work.out.join(out::ARCHIVE);
    // A key for an archive that is there already would open nothing.
    let key = if path.is_file() || work.archive_key.exists() {
        key_file::load(&work.archive_key)?
    } else {
        key_file::create(&work.archive_key)?
    };
    if path.is_file() {
        let there = open(&std::fs::read(&path)?, &key)?;
        if there.manifest.exit_id == work.exit.id {
            return noted(work, &std::fs::read(&path)?);
        }
        return Err("the archive in this folder is another exit's".into());
    }
    let rows = collect(work, db).await?;
    let archive = Archive::new(
        work.exit.id.clone(),
        work.exit.digest.clone(),
        work.clock.now_micros(),
        rows,
    );
    out::keep(&work.out, out::ARCHIVE, &seal(&archive, &key)?)?;
    // Read back from where it lies: what cannot be opened is not kept.
    let bytes = std::fs::read(&path)?;
    if open(&bytes, &key)? != archive {
        return Err("the archive does not read back as it was written".into());
    }
    noted(work, &bytes)
}

async fn collect(work: &Work, db: &Db) -> Result<BTreeMap<String, Vec<Row>>, Failure> {
    let store = keys::open(&work.keys, work.clock.clone()).await?;
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let kept = |leaving: &Leaving| Kept {
        firm: leaving.firm.clone(),
        fates: work.fates(leaving.last_act),
    };
    let customers: Vec<Kept> = work.plan.leaving.iter().map(kept).collect();
    for (done, chunk) in customers.chunks(AT_ONCE).enumerate() {
        for (table, rows) in content::rows(db, &store, chunk).await? {
            let rows = rows.into_iter().map(|row| row.into_iter().collect());
            all.entry(table.to_owned()).or_default().extend(rows);
        }
        work.through(done * AT_ONCE + chunk.len());
    }
    let effects = content::effects(db, &customers).await?;
    if !effects.is_empty() {
        let rows = effects.into_iter().map(|row| row.into_iter().collect());
        all.insert(OUTBOX.to_owned(), rows.collect());
    }
    store.close().await;
    Ok(all)
}

fn noted(work: &Work, bytes: &[u8]) -> Result<Value, Failure> {
    let of =
        json!({ "file": out::ARCHIVE, "sha256": crate::hex(&Sha256::digest(bytes)), "bytes": bytes.len() });
    done::note(&work.out, "archive", &of)?;
    Ok(json!({ "bytes": bytes.len() }))
}
