//! A clean exit is called clean, and the customer who stays is not looked for.

use certificate::verification::Verdict;

use crate::purge::{Forgot, purge};
use crate::world::{World, hits};

#[tokio::test(flavor = "multi_thread")]
async fn customers_who_left_cleanly_left_nothing() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    assert_eq!(
        witness.rows["instalments"].len(),
        2,
        "found over two foreign keys"
    );
    assert_eq!(
        witness.mentions.keys().collect::<Vec<_>>(),
        ["idempotency", "outbox"]
    );
    assert_eq!(witness.ledger.postings.len(), 4);
    let record = purge(&world, Forgot::Nothing).await;
    let found = world.scan(&witness, &record).await;
    assert_eq!(
        (&found.hits[..], &found.findings[..], &found.not_looked[..]),
        (&[][..], &[][..], &[][..])
    );
    assert_eq!(found.verdict, Verdict::Clean);
    assert_eq!((found.kept.entries, found.kept.postings), (2, 4));
    assert_eq!(found.kept.archived["loans"], 2);
    assert!(found.kept.fields_compared >= 26, "{}", found.kept.fields_compared);
    let places: Vec<&str> = found.residual.iter().map(|place| place.place.as_str()).collect();
    for place in [
        "lending: postings.firm_id",
        "lending: audit.reference",
        "key store: vault_destroyed.subject",
    ] {
        assert!(places.contains(&place), "{place} not in {places:?}");
    }
    assert!(found.needles["wrapped-key"].searched == 10 && found.needles["token"].searched > 20);
    assert!(
        found.needles["answer_sealed"].too_weak > 0,
        "a state's word names nobody"
    );
    let json = serde_json::to_string(&found).unwrap();
    assert!(!json.contains(&world.firms[0].name) && !json.contains(&world.firms[0].id));
}

/// Every row of a file, in order.
pub(crate) fn dump(file: &std::path::Path) -> Vec<String> {
    let conn = rusqlite::Connection::open(file).unwrap();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let mut names = conn.prepare(names).unwrap();
    let names = names
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap);
    let mut all = Vec::new();
    for name in names.collect::<Vec<_>>() {
        let mut rows = conn.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column).unwrap());
            all.push(format!("{name} {:?}", cells.collect::<Vec<_>>()));
        }
    }
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_adds_its_order_and_changes_nothing_else() {
    let world = World::sqlite().await;
    let files = ["lending.db", "keys.db"].map(|name| world.sqlite_file(name));
    let before = files.each_ref().map(|file| dump(file));
    assert!(before.iter().all(|rows| rows.len() > 5));
    world.witness().await;
    let [lending, keys] = files.each_ref().map(|file| dump(file));
    assert_eq!(keys, before[1]);
    let (old, new): (Vec<String>, Vec<String>) = lending.into_iter().partition(|row| before[0].contains(row));
    assert_eq!(old, before[0]);
    let tables: Vec<&str> = new.iter().filter_map(|row| row.split(' ').next()).collect();
    assert_eq!(tables, ["audit", "evidence_leaves"], "{new:?}");
    assert!(new.iter().all(|row| row.contains("exit.witness")), "{new:?}");
    let ids = world
        .leave()
        .iter()
        .map(|firm| firm.id.trim_start_matches("frm_"));
    assert!(ids.into_iter().all(|id| !new.concat().contains(id)), "{new:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_exit_everything_remains() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = crate::purge::purge(&World::sqlite().await, Forgot::Nothing).await;
    let found = world.scan(&witness, &record).await;
    assert_eq!(found.verdict, Verdict::Remains);
    let kinds: Vec<&str> = hits(&found, "lending: firms")
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert!(
        kinds.contains(&"token") && kinds.contains(&"ciphertext") && kinds.contains(&"blind-index"),
        "{kinds:?}"
    );
    assert!(crate::world::whats(&found).contains(&"exit-unrecorded"));
}
