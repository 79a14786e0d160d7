//! The database is restored to an earlier time and brought back as docs/restore.md says: it is not believed until it is
//! reconciled with the recovery journal, however often the reconciliation is killed; then the evidence log goes on
//! under another key, and law 7 holds.
//!
//! [`backup`] makes and restores the copy, [`kills`] kills a reconciliation at each of its steps, [`wire`] is how
//! on PostgreSQL, [`shape`] what a reconciled database looks like.

mod backup;
mod kills;
mod shape;
mod wire;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use client::contracts::RequestDraw;
use client::operations::IntakeOrder;
use db::{Db, Options};
use laws::log::{Anchor, Key, Plane, anchors, every_act_is_logged};
use laws::verdict::{Ruling, Verdict};
use serde_json::{Value, json};

use self::backup::Backup;
use crate::binaries::shipped;
use crate::customer::People;
use crate::people;
use crate::place::{self, Place, Store};
use crate::process::Process;
use crate::service::{self, Particular, Service};
use crate::standin::Standin;

/// In fen.
const AMOUNT: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_brought_back_however_often_that_is_killed_on_sqlite() {
    brought_back(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_database_is_brought_back_however_often_that_is_killed_on_postgresql() {
    if place::postgres("a restored database on PostgreSQL") {
        brought_back(Store::Postgres).await;
    }
}

async fn brought_back(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = begun(&place, &standin);
    let people = People::of(&place, &service.base);
    let lost = lose(&place, &standin, &mut service, &people).await;
    let moved = moved(&standin).await;
    assert_eq!(moved, (2, 2 * AMOUNT));

    lost.backup.restore(&place);
    change(&place, A_MOMENT_BEFORE).await;
    service.again(&place);
    let seen = people.operator.intake().await.unwrap().body;
    assert_eq!(seen.state, "closed (unverified)");
    assert!(seen.epoch > lost.epoch, "above all that were given out");
    end(&mut service);

    let restored = Backup::of(&place, "restored");
    kills::at_every_step(&place, &restored).await;

    restored.restore(&place);
    let preview = reconcile(&place.url, &place, &[]);
    assert_eq!(preview.status.code(), Some(1), "{preview:?}");
    let said: Value = serde_json::from_slice(&preview.stdout).unwrap();
    assert_eq!(said["consents_live"], json!([lost.consent]));
    assert_eq!(said["draws_requested"], json!([lost.requested]));
    assert_eq!(said["draws_unknown"], json!([lost.unknown]));
    let applied = reconcile(&place.url, &place, APPLY);
    assert_eq!(applied.status.code(), Some(0), "{applied:?}");

    // With the old key the log is not signed further: what it signed before the restore is not all there.
    let old = key(&place, "etc/evidence.pub");
    let old_anchors = anchors::read(&place.path("anchors.jsonl"), std::slice::from_ref(&old)).unwrap();
    let broken = law_7(&place, std::slice::from_ref(&old), &old_anchors).await;
    assert_eq!(broken.verdict, Verdict::Broken);
    assert!(
        broken
            .findings
            .iter()
            .all(|finding| ["truncated", "contradicts-anchor"].contains(&finding.what))
    );

    // The loss is declared: another key, another anchor file.
    let spare = place.path("spare").display().to_string();
    let keys = format!("sqlite:{}", place.path("spare-keys/keys.db").display());
    place.financing(&["init", &spare, "--key-store", &keys]);
    let evidence = (place.path("spare/evidence.key"), place.path("anchors-2.jsonl"));
    service.particular().evidence = Some(evidence);
    service.again(&place);
    let seen = people.operator.intake().await.unwrap().body;
    assert_eq!(seen.state, "closed");
    let keepers = people::keepers(&place, &service.base).await;
    people::reopen(&keepers, seen.epoch).await;
    // The instruction leaves again under its reference, at which core banking pays once.
    people.paid(&lost.requested).await;
    assert_eq!(self::moved(&standin).await, moved);
    let shut = people.operator.intake().await.unwrap().body.shut;
    assert_eq!(shut.len(), 1, "what was closed for a part stays so");
    assert_eq!(shut[0].scope, "product=micro");
    signed(&place).await;
    end(&mut service);

    let keys = [old, key(&place, "spare/evidence.pub")];
    let anchors = anchors::read(&place.path("anchors-2.jsonl"), &keys).unwrap();
    assert!(!anchors.is_empty());
    let held = law_7(&place, &keys, &anchors).await;
    assert_eq!(held.verdict, Verdict::Held, "{held:#?}");
    for name in ["anchored", "acts_logged"] {
        println!("law 7 after the reconciliation, {name}: {}", held.evidence[name]);
    }
}

const APPLY: &[&str] = &[
    "--apply",
    "--actor",
    "ann",
    "--reason",
    "restored after a fault",
    "--accept-unknown-draws",
];

/// What makes of the backup one of the moment before the first instruction left.
const A_MOMENT_BEFORE: &[&str] = &[
    "UPDATE draws SET state = 'requested', sent_at = NULL WHERE state = 'sent'",
    "UPDATE outbox SET next_at = 0, attempts = 0 WHERE kind = 'payment' AND state = 'pending'",
];

/// What came after the backup, and is lost with it.
struct Lost {
    backup: Backup,
    consent: String,
    /// A draw that was requested in the backup, and left.
    requested: String,
    /// A draw that is not in it, and left.
    unknown: String,
    epoch: i64,
}

/// A service that begins its journal, and does not begin a second one.
fn begun(place: &Place, standin: &Standin) -> Service {
    let journal = place.path("recovery.jsonl");
    let (code, said) = refused(place, standin, &journal, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("is not there") && said.contains("--begin-recovery-journal"),
        "{said}"
    );
    assert!(!journal.exists());
    let particular = Particular {
        journal: Some(journal.clone()),
        ..Particular::default()
    };
    let mut service = Service::of(place, standin, (&shipped("financing"), ""), particular);
    end(&mut service);
    let (code, said) = refused(place, standin, &journal, &["--begin-recovery-journal"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("was begun before"), "{said}");
    // The share is another, empty one.
    fs::write(place.path("empty.jsonl"), "").unwrap();
    let (code, said) = refused(place, standin, &place.path("empty.jsonl"), &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("has nothing in it"), "{said}");
    service.again(place);
    service
}

/// A start that is refused: its code, and what it said.
fn refused(place: &Place, standin: &Standin, journal: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut command = service::command(
        place,
        &shipped("financing"),
        "",
        service::free_port(),
        &standin.base,
    );
    command.arg("--recovery-journal").arg(journal).args(more);
    let log = place.path("refused.log");
    let _none = fs::remove_file(&log);
    let mut process = Process::start(&mut command, &log);
    let status = process.ended_within(Duration::from_secs(20));
    (status.code(), process.said())
}

async fn lose(place: &Place, standin: &Standin, service: &mut Service, people: &People) -> Lost {
    let (_, offered) = people.offered(1).await;
    let contract = people.signed(&offered.id).await;
    // While core banking does not answer, the instruction has left and nothing is booked.
    behaves(standin, &json!({ "failure_rate": 1.0 })).await;
    let (key, body) = (people.key(), RequestDraw { amount: AMOUNT });
    let asked = people.channel.request_draw(&key, &contract.id, &body);
    let requested = asked.await.unwrap().body.id;
    state(people, &requested, "sent").await;
    signed(place).await;
    end(service);
    let backup = Backup::of(place, "backup");
    behaves(standin, &json!({})).await;
    service.again(place);
    people.paid(&requested).await;
    let unknown = people.drawn(&contract.id, AMOUNT).await.id;
    let consent = one(
        place,
        "SELECT id FROM consents WHERE source = 'tax' ORDER BY id LIMIT 1",
    )
    .await;
    people
        .channel
        .revoke_consent(&people.key(), &consent)
        .await
        .unwrap();
    let part = IntakeOrder {
        scope: Some("product=micro".to_owned()),
        ..IntakeOrder::everything("a part")
    };
    people.operator.close_intake(&people.key(), &part).await.unwrap();
    let all = IntakeOrder::everything("drill");
    let epoch = people
        .operator
        .close_intake(&people.key(), &all)
        .await
        .unwrap()
        .body
        .epoch;
    // What was answered, and what left, is in the journal already.
    let journal = fs::read_to_string(place.path("recovery.jsonl")).unwrap();
    for fact in [
        &requested,
        &unknown,
        &consent,
        &format!("\"epoch\":{epoch},\"scope\":\"everything\""),
    ] {
        assert!(journal.contains(fact), "{fact}: {journal}");
    }
    signed(place).await;
    service.process.kill();
    Lost {
        backup,
        consent,
        requested,
        unknown,
        epoch,
    }
}

/// `financing reconcile` over a database, with the place's journal.
fn reconcile(url: &str, place: &Place, more: &[&str]) -> Output {
    reconciling(url, place, more).output().unwrap()
}

fn reconciling(url: &str, place: &Place, more: &[&str]) -> Command {
    let mut command = Command::new(shipped("financing"));
    command.args(["reconcile", "--json", "--database", url]);
    command
        .arg("--recovery-journal")
        .arg(place.path("recovery.jsonl"));
    command.args(more);
    command
}

fn key(place: &Place, name: &str) -> Key {
    Key::parse(&fs::read_to_string(place.path(name)).unwrap()).unwrap()
}

async fn law_7(place: &Place, keys: &[Key], anchors: &[Anchor]) -> Ruling {
    every_act_is_logged(Plane::Financing, &place.url, keys, anchors, 5)
        .await
        .unwrap()
}

fn end(service: &mut Service) {
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
}

async fn state(people: &People, draw: &str, wanted: &str) {
    for _ in 0..500 {
        if people.channel.draw(draw).await.unwrap().body.state == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{draw} is not {wanted} in 10 s");
}

/// Waits until every leaf stands under a checkpoint.
async fn signed(place: &Place) {
    let waiting = "SELECT CAST((SELECT COUNT(*) FROM evidence_leaves) - COALESCE(MAX(size), 0) AS TEXT) \
                   FROM evidence_checkpoints";
    for _ in 0..500 {
        if one(place, waiting).await == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    panic!("leaves are not signed in 20 s");
}

async fn change(place: &Place, statements: &'static [&'static str]) {
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let done: Result<(), db::DbError> = db
        .write(move |tx| {
            Box::pin(async move {
                for sql in statements {
                    tx.exec(sql, &[]).await?;
                }
                Ok(())
            })
        })
        .await;
    done.unwrap();
    db.close().await;
}

async fn one(place: &Place, sql: &str) -> String {
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let row = db.one(sql, &[]).await.unwrap().unwrap();
    let text = row.text(0).unwrap().to_owned();
    db.close().await;
    text
}

/// Tells core banking's stand-in how to behave.
async fn behaves(standin: &Standin, how: &Value) {
    let told = reqwest::Client::new()
        .put(format!("{}/control/core", standin.base))
        .header("content-type", "application/json")
        .body(how.to_string())
        .send();
    assert!(told.await.unwrap().status().is_success());
}

/// How many payments core banking made, and their sum.
async fn moved(standin: &Standin) -> (i64, i64) {
    let listed = reqwest::get(format!("{}/core/payments", standin.base))
        .await
        .unwrap();
    let listed: Value = serde_json::from_str(&listed.text().await.unwrap()).unwrap();
    (
        listed["count"].as_i64().unwrap(),
        listed["total"].as_i64().unwrap(),
    )
}
