//! The keys are looked after beside a running service: status, rotation, destruction, backup and restore.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use base::exit;
use serde_json::Value;

use crate::binaries::shipped;
use crate::customer::{People, registration};
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;

/// `financing vault …` on a place's keys.
fn vault(place: &Place, words: &[&str], key_store: &str) -> Output {
    verb(place, words, key_store).output().unwrap()
}

fn verb(place: &Place, verb: &[&str], key_store: &str) -> Command {
    let etc = place.path("etc").display().to_string();
    let mut command = Command::new(shipped("financing"));
    command.arg("vault").args(verb);
    if verb[0] != "status" {
        command.args(["--database", &place.url, "--actor", "ops-1"]);
    }
    command.args(["--keys", &etc, "--key-store", key_store]);
    command
}

/// A rotation that is killed, without a chance to say anything, as soon as it says its `fatal`-th line: that line, or
/// none if it was over before.
fn killed_at(place: &Place, custodian: &str, fatal: usize) -> Option<String> {
    let mut command = verb(place, &["rotate", custodian, "--yes"], &place.key_store());
    let mut child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stderr.take().unwrap()).lines().nth(fatal);
    child.kill().unwrap();
    child.wait().unwrap();
    line.transpose().unwrap()
}

#[track_caller]
fn done(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// What the service's log says the operator ordered.
async fn orders(place: &Place) -> Vec<String> {
    let db = db::Db::open(&place.url, db::Options::default()).await.unwrap();
    let rows = db.read::<_, db::DbError, _>(|tx| {
        Box::pin(async move {
            let sql = "SELECT act FROM evidence_leaves WHERE actor = 'ops-1' ORDER BY id";
            tx.many(sql, &[]).await
        })
    });
    let rows = rows.await.unwrap();
    db.close().await;
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_destroyed_and_restored_beside_the_service() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    let registered = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;
    let store = place.key_store();
    let status = || done(&vault(&place, &["status", "--json"], &store));
    assert!(status()["subjects"].as_u64().unwrap() > 0);
    assert_eq!(status()["instances"], 1);

    // A preview changes nothing and is no act.
    let preview = done(&vault(&place, &["rotate", "identity"], &store));
    assert_eq!(preview["preview"], true);
    assert_eq!(status()["keks"][1]["epoch"], 1);
    assert_eq!(orders(&place).await, Vec::<String>::new());

    // A backup, then a rotation of both beside the service, which goes on.
    let backup = format!("sqlite:{}", place.path("backup.db").display());
    done(&vault(&place, &["backup", "--to", &backup, "--yes"], &store));
    for custodian in ["affairs", "identity"] {
        let rotated = done(&vault(&place, &["rotate", custodian, "--yes"], &store));
        assert_eq!(rotated["epoch"], 2);
    }
    channel.register_firm("two", &registration(2)).await.unwrap();
    let masked = channel.firm(&registered).await.unwrap().body.masked.unwrap();
    assert_eq!(masked.phone.len(), 11);

    // A destroyed key: gone on the running instance within its second.
    let destroyed = vault(
        &place,
        &["destroy", &registered, "--category", "profile", "--yes"],
        &store,
    );
    assert_eq!(done(&destroyed)["tombstone"], 1);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let gone = channel.firm(&registered).await.unwrap_err();
    assert_eq!(gone.code(), Some("erased"));
    // Nor does the credit code find it any more: the same enterprise is a new one.
    let anew = channel.register_firm("three", &registration(1)).await.unwrap();
    assert_ne!(anew.body.id, registered);
    assert_eq!(
        orders(&place).await,
        ["vault.backup", "vault.rotate", "vault.rotate", "vault.destroy"]
    );
    assert!(service.process.terminate().success());

    // The backup is from before the rotation: nobody can use it any more.
    let stale = vault(&place, &["status"], &backup);
    assert_eq!(stale.status.code(), Some(i32::from(exit::USAGE)));
    // One from after it serves, and the journal has destroyed again what it had forgotten.
    let fresh = format!("sqlite:{}", place.path("fresh.db").display());
    done(&vault(&place, &["backup", "--to", &fresh, "--yes"], &store));
    let status = done(&vault(&place, &["status", "--json"], &fresh));
    assert_eq!(status["destroyed"], 1);
    // Nothing is left behind by an instance that ended in order.
    assert_eq!(status["instances"], 0);
    assert_eq!(status["subjects"], 3);

    // A key store with a column that nobody classed is not opened.
    let db = db::Db::open(&fresh, db::Options::default()).await.unwrap();
    let added: Result<u64, db::DbError> = db
        .write(|tx| {
            Box::pin(async move { tx.exec("ALTER TABLE vault_keys ADD COLUMN note TEXT", &[]).await })
        })
        .await;
    added.unwrap();
    db.close().await;
    let refused = vault(&place, &["status"], &fresh);
    assert_eq!(refused.status.code(), Some(i32::from(exit::REFUSED)));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("column vault_keys.note has no class"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_is_killed_at_any_step_is_ended_by_the_same_command() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    let registered = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;
    let store = place.key_store();
    let (mut epoch, mut killed) = (1, Vec::new());
    while let Some(line) = killed_at(&place, "identity", killed.len()) {
        let status = || done(&vault(&place, &["status", "--json"], &store))["keks"][1].clone();
        let amid = status();
        let rotated = done(&vault(&place, &["rotate", "identity", "--yes"], &store));
        // What had come to its end as the signal came is not done again: the next is a new one.
        let over = u64::from(amid["step"].is_null() && amid["rotating"] == false);
        epoch += 1 + over;
        assert_eq!(rotated["epoch"], epoch, "killed at {line:?}: {amid}");
        let ended = serde_json::json!({
            "custodian": "identity", "epoch": epoch, "held": [epoch], "rotating": false, "step": null, "behind": 0,
        });
        assert_eq!(status(), ended, "killed at {line:?}: {amid}");
        let masked = channel.firm(&registered).await.unwrap().body.masked.unwrap();
        assert_eq!(masked.phone.len(), 11, "killed at {line:?}");
        killed.push(line);
    }
    println!("killed at {killed:?}");
    assert!(killed.len() >= 6, "it says each of its steps: {killed:?}");
    let orders = orders(&place).await;
    assert_eq!(orders.len(), 2 * killed.len() + 1);
    assert!(orders.iter().all(|act| act == "vault.rotate"), "{orders:?}");
}

/// `financing vault draw`, meant.
fn draw(place: &Place, store: &str) -> Command {
    let etc = place.path("etc").display().to_string();
    let mut command = Command::new(shipped("financing"));
    command.args(["vault", "draw", "--reference", "AUD-17", "--yes"]);
    command.args(["--actor", "ops-1", "--database", &place.url]);
    command.args(["--keys", &etc, "--key-store", store]);
    command
}

/// `backstop audit --law 5` on a place, with what `draw` gives to a pipe.
fn searched(place: &Place, store: &str) -> (Output, String) {
    let mut draw = draw(place, store)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let audit = Command::new(shipped("backstop"))
        .args(["audit", "--database", &place.url, "--law", "5", "--values"])
        .stdin(draw.stdout.take().unwrap())
        .output()
        .unwrap();
    let drawn = draw.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&drawn.stderr).into_owned();
    assert!(drawn.status.success(), "{said}");
    (audit, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_drawn_into_a_pipe_on_record_and_looked_for() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    for n in 1..=3 {
        let key = format!("firm-{n}");
        channel.register_firm(&key, &registration(n)).await.unwrap();
    }
    let store = place.key_store();

    // A preview names nobody, and neither a preview nor a refusal is an act.
    let preview = done(&vault(&place, &["draw", "--reference", "AUD-17"], &store));
    assert_eq!(
        (&preview["preview"], &preview["would"]["subjects"]),
        (&true.into(), &3.into())
    );
    let kept = place.path("values.jsonl");
    let into_a_file = draw(&place, &store)
        .stdout(fs::File::create(&kept).unwrap())
        .output()
        .unwrap();
    assert_eq!(into_a_file.status.code(), Some(i32::from(exit::REFUSED)));
    assert_eq!(fs::read(&kept).unwrap(), b"");
    let a_person = vault(
        &place,
        &["draw", "--reference", &registration(1).phone, "--yes"],
        &store,
    );
    assert_eq!(a_person.status.code(), Some(i32::from(exit::USAGE)));
    assert_eq!(orders(&place).await, Vec::<String>::new());

    let (audit, said) = searched(&place, &store);
    let text = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(text.contains("law 5  held"), "{text}");
    assert_eq!(audit.status.code(), Some(0));
    assert!(
        said.contains("18 values of 3 firms were given; 0 firms are erased, 0 have no keys here"),
        "{said}"
    );
    assert!(!said.contains(&registration(1).phone) && !text.contains(&registration(1).phone));
    assert_eq!(orders(&place).await, ["vault.draw"]);

    // What leaked is found, by a value that only the vault knew.
    let db = db::Db::open(&place.url, db::Options::default()).await.unwrap();
    let leak = format!("UPDATE firms SET industry = 'call {}'", registration(2).phone);
    let leaked = db.write::<_, db::DbError, _>(|tx| Box::pin(async move { tx.exec(&leak, &[]).await }));
    leaked.await.unwrap();
    db.close().await;
    let (audit, _) = searched(&place, &store);
    let text = String::from_utf8_lossy(&audit.stdout).into_owned();
    assert!(
        text.contains("\"firms\".industry: phone in utf-8, 3 times"),
        "{text}"
    );
    assert_eq!(audit.status.code(), Some(3));

    // What sources told and an officer wrote of an application is drawn with it.
    let people = People::of(&place, &service.base);
    let (_, offered) = people.offered(100).await;
    people.signed(&offered.id).await;
    let drawn = draw(&place, &store).output().unwrap();
    let text = String::from_utf8(drawn.stdout).unwrap();
    for kind in ["answer", "report", "turnover"] {
        assert!(
            text.contains(&format!("\"kind\":\"{kind}\"")),
            "no {kind} was drawn"
        );
    }
}

#[test]
fn nothing_is_copied_where_it_must_not_be() {
    let place = Place::new(Store::Sqlite);
    let store = place.key_store();
    for to in [
        place.url.clone(),
        format!("sqlite:{}", place.path("etc/keys.db").display()),
    ] {
        let refused = vault(&place, &["backup", "--to", &to, "--yes"], &store);
        assert_eq!(refused.status.code(), Some(i32::from(exit::USAGE)), "{to}");
    }
    let onto_itself = vault(&place, &["backup", "--to", &store, "--yes"], &store);
    assert_eq!(onto_itself.status.code(), Some(i32::from(exit::REFUSED)));
}
