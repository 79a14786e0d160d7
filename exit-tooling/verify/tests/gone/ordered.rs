//! What opens customers' fields was ordered, by somebody and for a case, and that is on record before the first of them
//! opens; what was only shown, or cannot be recorded, opens nothing.

use std::path::PathBuf;
use std::process::Output;

use db::{DbError, Row};
use laws::log::{Plane, every_act_is_logged};
use serde_json::{Value, json};

use crate::clean::dump;
use crate::command::{ended, verify};
use crate::purge::exec;
use crate::world::{World, write};

const ORDER: [&str; 4] = ["--actor", "aud-1", "--reference", "EXIT-17"];

/// Where a witness would be.
fn files(world: &World) -> [PathBuf; 2] {
    ["witness", "witness.key"].map(|name| world.path(name))
}

/// Runs the command over a folder of KEKs.
fn witness(world: &World, keys: &str, more: &[&str]) -> Output {
    let (keys, [out, secret]) = (world.path(keys), files(world));
    let firms = world.leave().iter().flat_map(|firm| ["--firm", firm.id.as_str()]);
    let more: Vec<&str> = firms.chain(more.iter().copied()).collect();
    let args = [("--keys", &*keys), ("--out", &out), ("--secret", &secret)];
    verify(world, "witness", &args, &more)
}

#[track_caller]
fn refused(output: &Output, code: i32, with: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(ended(output), code, "{output:?}");
    assert!(said.contains(with), "{said}");
}

fn made_nothing(world: &World) -> bool {
    files(world).iter().all(|file| !file.exists())
}

/// The bodies of all leaves, and how many lines the audit table has of witnesses.
async fn recorded(world: &World) -> (Vec<Value>, i64) {
    let db = world.db().await;
    let read = db.read::<_, DbError, _>(|tx| {
        Box::pin(async move {
            let leaves = tx
                .many("SELECT body FROM evidence_leaves ORDER BY at, id", &[])
                .await?;
            let lines = "SELECT COUNT(*) FROM audit WHERE act = 'exit.witness' AND principal = 'aud-1' \
                         AND reference = 'EXIT-17'";
            Ok((leaves, tx.many(lines, &[]).await?))
        })
    });
    let (leaves, lines) = read.await.unwrap();
    db.close().await;
    let body = |row: &Row| serde_json::from_str(row.text(0).unwrap()).unwrap();
    (leaves.iter().map(body).collect(), lines[0].int(0).unwrap())
}

/// Law 7 of the world, whose other rows have no leaves: what is against it, and how many acts are logged.
async fn law_7(world: &World) -> (u64, u64) {
    let ruling = every_act_is_logged(Plane::Financing, &world.database, &[], &[], 0)
        .await
        .unwrap();
    (
        ruling.findings_total,
        ruling.evidence["acts_logged"].as_u64().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_would_be_opened_and_opens_nothing() {
    let world = World::sqlite().await;
    let before = dump(&world.sqlite_file("lending.db"));
    // There is no such folder: what opened anything would fail.
    let output = witness(&world, "no-keys", &ORDER);
    assert_eq!(ended(&output), 0, "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let [out, secret] = files(&world).map(|file| file.display().to_string());
    let wanted = [
        "2 customers / 将解密 2 户客户",
        &world.database,
        "exit.witness EXIT-17 (aud-1)",
        &out,
        &secret,
        "--yes",
    ];
    for wanted in wanted {
        assert!(said.contains(wanted), "{wanted} not in {said}");
    }
    assert_eq!(dump(&world.sqlite_file("lending.db")), before);
    assert!(made_nothing(&world));
}

async fn the_order_comes_first(world: World) {
    let (findings, logged) = law_7(&world).await;
    let meant = [&ORDER[..], &["--yes"]].concat();
    // KEKs that are not there: no field opens, and the order stands.
    refused(&witness(&world, "no-keys", &meant), 1, "key store");
    assert!(made_nothing(&world));
    let (leaves, lines) = recorded(&world).await;
    assert_eq!((leaves.len(), lines), (1, 1));
    let leaf = &leaves[0];
    assert_eq!(
        (&leaf["act"], &leaf["actor"], &leaf["subject"], &leaf["body"]),
        (
            &"exit.witness".into(),
            &"aud-1".into(),
            &"EXIT-17".into(),
            &json!({ "customers": 2, "reference": "EXIT-17" })
        )
    );
    // Somebody else may have the database open, as a service that runs has.
    let service = world.db().await;
    let output = witness(&world, "keys", &meant);
    service.close().await;
    assert_eq!(ended(&output), 0, "{output:?}");
    assert!(files(&world).iter().all(|file| file.exists()));
    let (leaves, lines) = recorded(&world).await;
    assert_eq!((leaves.len(), lines), (2, 2), "one order each");
    assert_eq!(law_7(&world).await, (findings, logged + 2));

    // One that was altered afterwards, or whose leaf or line is gone, is found.
    let db = world.db().await;
    let line = "WHERE act = 'exit.witness' AND at = (SELECT MAX(at) FROM audit)";
    exec(&db, format!("UPDATE audit SET reference = 'EXIT-18' {line}")).await;
    assert_eq!(
        law_7(&world).await.0,
        findings + 2,
        "a leaf without its act, and an act without its leaf"
    );
    exec(&db, format!("DELETE FROM audit {line}")).await;
    assert_eq!(law_7(&world).await.0, findings + 1, "a leaf without its act");
    exec(
        &db,
        "DELETE FROM evidence_leaves WHERE at = (SELECT MAX(at) FROM evidence_leaves)".into(),
    )
    .await;
    assert_eq!(law_7(&world).await, (findings, logged + 1));
    exec(
        &db,
        "UPDATE evidence_leaves SET body = replace(body, 'aud-1', 'aud-2')".into(),
    )
    .await;
    assert!(law_7(&world).await.0 > findings, "another actor");
    exec(&db, "DELETE FROM evidence_leaves".into()).await;
    assert_eq!(law_7(&world).await.0, findings + 1, "an act without its leaf");
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_on_record_before_anything_opens_sqlite() {
    the_order_comes_first(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_on_record_before_anything_opens_postgres() {
    if let Some(world) = World::postgres(vec![]).await {
        the_order_comes_first(world).await;
    }
}

/// With the KEKs nothing is made, and without them nobody notices: nothing came so far.
async fn nothing_is_opened(world: &World) {
    let meant = [&ORDER[..], &["--yes"]].concat();
    for keys in ["keys", "no-keys"] {
        refused(
            &witness(world, keys, &meant),
            5,
            "cannot be recorded in the evidence log, so nothing was opened",
        );
        assert!(made_nothing(world));
    }
    assert_eq!(recorded(world).await, (vec![], 0));
    // What only reads is shown all the same.
    assert_eq!(ended(&witness(world, "keys", &ORDER)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_recorded_opens_nothing_sqlite() {
    let world = World::sqlite().await;
    let db = world.db().await;
    let full =
        "CREATE TRIGGER full BEFORE INSERT ON evidence_leaves BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    exec(&db, full.into()).await;
    db.close().await;
    nothing_is_opened(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_recorded_opens_nothing_postgres() {
    let Some(world) = World::postgres(vec![]).await else {
        return;
    };
    let server = world.server.as_ref().unwrap();
    server
        .sql(
            "postgres",
            "ALTER DATABASE lending SET default_transaction_read_only = on",
        )
        .unwrap();
    nothing_is_opened(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_carried_out_is_refused_without_an_order() {
    let world = World::sqlite().await;
    let [out, secret] = files(&world);
    let meant = |actor, reference| {
        witness(
            &world,
            "keys",
            &["--yes", "--actor", actor, "--reference", reference],
        )
    };
    let long = "a".repeat(65);
    refused(&meant("aud 1", "EXIT-17"), 2, "'--actor <NAME>': a name is 1-64");
    refused(&meant(&long, "EXIT-17"), 2, "--actor");
    // Numbers of people stay out of the record.
    for bad in ["", "EXIT-110101199003070000", "13800000042"] {
        refused(
            &meant("aud-1", bad),
            2,
            "'--reference <CASE>': a case: 2-8 letters",
        );
    }
    refused(
        &witness(&world, "keys", &["--yes", "--actor", "aud-1"]),
        2,
        "--reference",
    );
    refused(
        &witness(&world, "keys", &["--yes", "--reference", "EXIT-17"]),
        2,
        "--actor",
    );
    let meant = [&ORDER[..], &["--yes"]].concat();
    let stranger = format!("frm_{}", "9".repeat(32));
    let more = [&meant[..], &["--firm", &stranger]].concat();
    refused(
        &witness(&world, "keys", &more),
        6,
        "customer 3 of those named has no row",
    );
    let more = [&meant[..], &["--firm", "13800000042"]].concat();
    let output = witness(&world, "keys", &more);
    refused(&output, 2, "--firm 3 is no id");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("138"));
    for file in [&out, &secret] {
        write(file, b"somebody's");
        refused(
            &witness(&world, "keys", &meant),
            6,
            "is there already: name a new file",
        );
        std::fs::remove_file(file).unwrap();
    }
    let firm = world.firms[0].id.as_str();
    let one = [&meant[..], &["--firm", firm]].concat();
    let keys = world.path("keys");
    for (out, secret, code, with) in [
        (out.clone(), out.clone(), 2, "--out and --secret are one file"),
        (world.path("none/witness"), secret.clone(), 6, "--out: "),
        (out.clone(), world.path("none/witness.key"), 6, "--secret: "),
    ] {
        let args = [("--keys", &*keys), ("--out", &out), ("--secret", &secret)];
        refused(&verify(&world, "witness", &args, &one), code, with);
    }
    let elsewhere = format!("sqlite:{}", world.path("none.db").display());
    let more = [&meant[..], &["--database", &elsewhere]].concat();
    refused(&witness(&world, "keys", &more), 5, "none.db");
    assert!(!world.path("none.db").exists(), "and no database is made");
    assert_eq!(recorded(&world).await, (vec![], 0));
    assert!(made_nothing(&world));
}
