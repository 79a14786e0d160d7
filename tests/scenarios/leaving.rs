//! A customer who owes nothing leaves: planned, approved by two others, purged through kills, and the rest goes on as
//! if it had never been there. `told` is the command, `seen` what there is before and after, `verifier` who looks for
//! what is left; `product` are a product's customers.

mod product;
mod seen;
pub(crate) mod told;
pub(crate) mod verifier;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use db::{Db, Options};
use laws::verdict::Verdict;
use serde_json::Value;

use self::seen::{TABLES, blobs, firm_of, holders, others, rows};
use self::told::{REHEARSAL, exit, through_each_step, through_kills};
use self::verifier::Verifier;
use crate::binaries::shipped;
use crate::customer::People;
use crate::drill;
use crate::people::{PASSWORD, Person};
use crate::place::{self, Place, Store};
use crate::service::{Particular, Service};
use crate::standin::Standin;

/// What the customer did since it was planned, or somebody who could keep its rows, is in the way.
async fn not_as_planned(place: &Place, firm: &str, run: &[&str]) {
    let id = format!("cns_{}", "9".repeat(32));
    let add = format!(
        "INSERT INTO consents (id, firm_id, source, purpose, request_digest, granted_at, expires_at) \
         VALUES ('{id}', '{firm}', 'tax', 'pre_approval', '', 1, 2)"
    );
    alter(place, add).await;
    exit(run, "").refused(6, "not as it was planned");
    alter(place, format!("DELETE FROM consents WHERE id = '{id}'")).await;
    if let Some(server) = &place.cluster {
        server
            .sql("postgres", "SELECT pg_create_physical_replication_slot('other')")
            .unwrap();
        exit(run, "").refused(6, "1 replication slots");
        server
            .sql("postgres", "SELECT pg_drop_replication_slot('other')")
            .unwrap();
    }
}

async fn alter(place: &Place, sql: String) {
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let done: Result<u64, db::DbError> = db
        .write(move |tx| Box::pin(async move { tx.exec(&sql, &[]).await }))
        .await;
    assert_eq!(done.unwrap(), 1);
    db.close().await;
}

/// The exit's steps, in their order.
const STEPS: [&str; 8] = [
    "begin",
    "archive",
    "remove-traces",
    "remove-rows",
    "destroy-keys",
    "rotate-keks",
    "clean",
    "finish",
];

async fn leaves(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let journal = place.path("etc/recovery.jsonl");
    let binary = shipped("financing");
    let particular = Particular {
        journal: Some(journal),
        ..Particular::default()
    };
    let mut service = Service::of(&place, &standin, (&binary, ""), particular);
    let people = People::of(&place, &service.base);

    // One repays everything, one owes half, and those whom the rules declined have nothing open either.
    let (n, application) = people.offered(0).await;
    let contract = people.signed(&application.id).await;
    let draw = people.drawn(&contract.id, contract.limit).await;
    let loan = draw.loan_id.unwrap();
    people.channel.pay_off(&people.key(), &loan).await.unwrap();
    let (_, second) = people.offered(n + 1).await;
    let owed = people.signed(&second.id).await;
    people.drawn(&owed.id, owed.limit / 2).await;
    let (firm, debtor) = (
        firm_of(&place, &application.id).await,
        firm_of(&place, &second.id).await,
    );

    let path = |name: &str| place.path(name).display().to_string();
    let shipped_rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/exit/retention.toml");
    let rules = REHEARSAL;
    let (out, database) = (path("exit"), ["--database", place.url.as_str()]);
    let eligible = || {
        exit(
            &[&["eligible", "--with-loan", "--json"], &database[..]].concat(),
            "",
        )
    };
    for _ in 0..200 {
        if eligible().code == Some(0) {
            break;
        }
        // Notices go out first.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(eligible().json()["firms"], serde_json::json!([firm]));

    // What keeps somebody from leaving.
    let plan = |firm: &str, rules: &str, out: &str, more: &[&str]| {
        let of = [
            "plan",
            "--firm",
            firm,
            "--rules",
            rules,
            "--planner",
            "ada",
            "--out",
            out,
            "--json",
        ];
        exit(&[&of[..], &database, more].concat(), "")
    };
    plan(&debtor, rules, &path("debtor"), &["--no-holds"]).refused(4, "loans that are not settled");
    plan(&firm, shipped_rules, &path("unverified"), &["--no-holds"]).refused(6, "aml-identification");
    let holds = place.path("holds.toml");
    let hold = format!("format = \"backstop-holds/1\"\n[[hold]]\nid = \"H-1\"\nfirm = \"{firm}\"\n");
    std::fs::write(&holds, hold).unwrap();
    plan(&firm, rules, &path("held"), &["--holds", holds.to_str().unwrap()]).refused(4, "a legal hold");
    let planned = plan(&firm, rules, &out, &["--no-holds"]).json();
    assert_eq!(planned["plan"]["rehearsal"], true);
    assert_eq!(planned["plan"]["tables"]["firms"]["archived"], 1);
    let digest = planned["digest"].as_str().unwrap().to_owned();

    let base = service.base.clone();
    // Proposed by its planner, approved by two others and by nobody twice.
    let [ada, bob, cem] = [("ada", "exit_planner"), ("bob", "operator"), ("cem", "commander")]
        .map(|(name, role)| Person::enrol(&place, name, role));
    let plan_file = path("exit/plan.json");
    let propose = [
        "propose",
        "--plan",
        &plan_file,
        "--url",
        &base,
        "--account",
        "ada",
        "--json",
    ];
    let proposal = exit(&propose, &format!("{PASSWORD}\n{}\n", ada.code())).json();
    let id = proposal["id"].as_str().unwrap().to_owned();
    assert_eq!(proposal["parameters"]["plan"], digest.as_str());
    let binding = proposal["digest"].as_str().unwrap().to_owned();
    let approve = |name: &str, person: &Person| {
        let words = [
            "approve",
            &id,
            "--plan",
            &plan_file,
            "--digest",
            &binding,
            "--url",
            &base,
            "--account",
            name,
        ];
        exit(&words, &format!("{PASSWORD}\n{}\n", person.code()))
    };
    approve("bob", &bob).refused(1, "waiting");
    let archive_key = place.dir.path().join("usb");
    std::fs::create_dir(&archive_key).unwrap();
    let archive_key = archive_key.join("exit.key").display().to_string();
    let (keys, key_store) = (path("etc"), place.key_store());
    let run = [
        "run",
        "--no-holds",
        "--plan",
        &plan_file,
        "--proposal",
        &id,
        "--rules",
        rules,
        "--keys",
        &keys,
        "--key-store",
        &key_store,
        "--archive-key",
        &archive_key,
        "--actor",
        "ada",
        "--database",
        &place.url,
        "--yes",
    ];
    exit(&run, "").refused(6, "nobody else may");
    // A plan that one person besides its planner has approved is not carried out, and nothing has happened then.
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let mut held = run.to_vec();
    held.retain(|word| *word != "--no-holds");
    exit(&held, "").refused(2, "--no-holds");
    // One that came after the plan counts.
    exit(&[&held[..], &["--holds", holds.to_str().unwrap()]].concat(), "").refused(6, "under a legal hold");
    not_as_planned(&place, &firm, &run).await;
    exit(&run, "").refused(6, "the proposal does not carry this exit");
    service.again(&place);
    approve("cem", &cem).refused(0, "approved");
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );

    // What is there before.
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let mut ids = BTreeSet::from([firm.clone()]);
    for table in ["applications", "consents", "contracts", "draws", "loans"] {
        for row in rows(&db, &format!("SELECT id FROM {table} WHERE firm_id = '{firm}'")).await {
            ids.extend(row.split('"').nth(1).map(str::to_owned));
        }
    }
    let mut row_ids = Vec::new();
    for table in ["pulls", "decisions", "offers", "diligence_tasks"] {
        let sql = format!(
            "SELECT id FROM {table} WHERE application_id = '{}'",
            application.id
        );
        row_ids.extend(
            rows(&db, &sql)
                .await
                .iter()
                .filter_map(|row| row.split('"').nth(1).map(str::to_owned)),
        );
    }
    ids.extend(row_ids);
    for row in rows(
        &db,
        &format!("SELECT id FROM repayments WHERE loan_id = '{loan}'"),
    )
    .await
    {
        ids.extend(row.split('"').nth(1).map(str::to_owned));
    }
    let ledger = rows(&db, "SELECT * FROM postings ORDER BY 1, 2").await;
    let before = others(&db, &ids).await;
    db.close().await;
    let mut gone = blobs(&place.url, &format!("SELECT * FROM firms WHERE id = '{firm}'")).await;
    gone.extend(
        blobs(
            &place.url,
            &format!("SELECT * FROM applications WHERE firm_id = '{firm}'"),
        )
        .await,
    );
    let subject = firm.trim_start_matches("frm_");
    gone.extend(
        blobs(
            &key_store,
            &format!("SELECT * FROM vault_keys WHERE subject = '{subject}'"),
        )
        .await,
    );
    assert!(gone.len() > 15, "{}", gone.len());
    let server = place.cluster.as_ref().map(cluster::Cluster::folder);
    let everywhere: Vec<&Path> = [Some(place.dir.path()), server].into_iter().flatten().collect();
    assert!(
        !holders(&everywhere, &gone).is_empty(),
        "the search finds what is there"
    );

    let verifier = Verifier::new(&place, "exit");
    verifier.witness(&[&firm]);
    let amid = through_each_step(&run, &place.path("exit/exit.db"), &STEPS).await;
    let kills = through_kills(&run);
    println!(
        "{store:?}: killed in {amid} of {} steps, ended after {kills} more kills",
        STEPS.len()
    );
    assert!(amid >= 3, "the steps are over before anybody sees them: {amid}");
    exit(&run, "").refused(0, "done");
    plan(&firm, rules, &out, &["--no-holds"]).refused(2, "name another folder");
    let status = exit(
        &[&["status", "--plan", &plan_file, "--json"], &database[..]].concat(),
        "",
    )
    .json();
    assert!(status["begun"]["finished_at"].is_i64(), "{status}");
    let record: Value =
        serde_json::from_slice(&std::fs::read(place.path("exit/record.json")).unwrap()).unwrap();
    for (table, line) in planned["plan"]["tables"].as_object().unwrap() {
        let tables = record["tables"].as_array().unwrap();
        let recorded = tables.iter().find(|one| one["table"] == table.as_str()).unwrap();
        assert_eq!(
            (&recorded["archived"], &recorded["deleted"]),
            (&line["archived"], &line["deleted"]),
            "{table}"
        );
    }
    assert_eq!(record["approvers"], serde_json::json!(["bob", "cem"]));

    // The rest is as it was, and nothing of the one who left is in any file.
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    assert_eq!(others(&db, &ids).await, before);
    assert_eq!(rows(&db, "SELECT * FROM postings ORDER BY 1, 2").await, ledger);
    for table in TABLES.iter().chain(&["idempotency"]) {
        for row in rows(&db, &format!("SELECT * FROM {table}")).await {
            assert!(!ids.iter().any(|id| row.contains(id.as_str())), "{table}: {row}");
        }
    }
    // What opened the customer's fields was ordered before.
    let acts = rows(
        &db,
        "SELECT act FROM evidence_leaves WHERE act LIKE 'exit.%' ORDER BY at, id",
    )
    .await
    .concat();
    let of = |act: &str| acts.find(act).unwrap_or_else(|| panic!("{act} not in {acts}"));
    assert!(of("exit.witness") < of("exit.begin") && of("exit.begin") < of("exit.finish"));
    assert_eq!(acts.matches("exit.").count(), 3, "once each: {acts}");
    db.close().await;
    assert_eq!(holders(&everywhere, &gone), Vec::<String>::new());

    verifier.finds_nothing(&archive_key);

    // The service goes on, and takes its database for its own.
    service.again(&place);
    let intake = place
        .client(&service.base, "operator")
        .intake()
        .await
        .unwrap()
        .body;
    assert_eq!(intake.state, "open", "{intake:?}");
    assert!(
        people.channel.firm(&firm).await.is_err(),
        "it is not there any more"
    );
    let (_, third) = people.offered(n + 150).await;
    assert_eq!(third.state, "pre_approved");
    let law = drill::signed(&place, 8).await;
    assert_eq!(law.verdict, Verdict::Held, "{law:#?}");
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let empty = laws::journal::Journal::default();
    let rulings = laws::audit(&place.url, &empty, &[], laws::Minimums::ANY)
        .await
        .unwrap();
    let books = rulings.iter().find(|ruling| ruling.law == 3).unwrap();
    assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
    assert!(books.evidence["purged"].as_u64() >= Some(2), "{books:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_leaves_sqlite() {
    leaves(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_leaves_postgres() {
    if place::postgres("a_customer_leaves_postgres") {
        leaves(Store::Postgres).await;
    }
}
