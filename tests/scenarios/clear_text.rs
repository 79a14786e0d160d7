//! No customer data in the clear: not in the database's files, not in the logs.

use std::fs;
use std::path::PathBuf;

use crate::load::{Load, acknowledged};
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::{SEED, Standin};

/// Firms of the load whose data is looked for: the first to come, few enough
/// to search every file for each of their secrets in a debug build.
const FIRMS: u64 = 6;

#[tokio::test(flavor = "multi_thread")]
async fn neither_files_nor_logs_show_a_customer() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let mut load = Load::start(&place, &service, &standin, 12).await;
    load.until("under way", |journal| acknowledged(journal) >= 400);
    // Before the end, so that the write-ahead log is there to look into.
    let mut files = read(&place);
    let journal = load.stop();
    assert!(service.process.terminate().success());
    files.extend(read(&place));
    assert!(files.iter().any(|(path, _)| path.ends_with("financing.db-wal")));
    assert!(journal.records.len() > 400);
    // What is meant to be there is found: the search sees into the files.
    let firm = journal
        .records
        .iter()
        .find(|record| record.path == "/v1/firms")
        .unwrap();
    let id = firm.answer_id.as_deref().unwrap();
    for name in ["financing.db", "financing.db-wal", "journal.jsonl"] {
        let seen = files
            .iter()
            .any(|(path, text)| path.ends_with(name) && text.contains(id));
        assert!(seen, "{id} is not in {name}");
    }

    let population = population::Population::new(SEED.parse().unwrap());
    for n in 0..FIRMS {
        let firm = population.firm(n);
        for secret in [
            &firm.credit_code,
            &firm.name,
            &firm.contact,
            &firm.contact_id,
            &firm.phone,
            &firm.account,
        ] {
            for (path, text) in &files {
                assert!(
                    !text.contains(secret.as_str()),
                    "data of firm {n} is in {}",
                    path.display()
                );
            }
        }
    }
}

/// Everything that the service and the load wrote; the stand-in is not ours to keep silent.
/// What is no text in them stays in the way of no text.
fn read(place: &Place) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(place.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file() && !path.ends_with("standin.log"))
        .map(|path| {
            let bytes = fs::read(&path).unwrap();
            (path, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect()
}
