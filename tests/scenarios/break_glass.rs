//! The switch from a terminal: over an instance, as a person, and on the database itself when
//! no instance answers. Each close is one act, and what it promised holds after the restart.

use std::time::Duration;

use laws::verdict::Verdict::Held;

use crate::customer::{application, registration};
use crate::drill;
use crate::people::{self, PASSWORD, Person};
use crate::place::{self, Place, Store};
use crate::service::{self, Service};
use crate::standin::Standin;
use crate::switch::{envelope, refused, told};

async fn the_switch_from_a_terminal(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let ann = Person::enrol(&place, "ann", "commander");
    let mut service = Service::start(&place, &standin);
    let keepers = people::keepers(&place, &service.base).await;
    let tokens = place.path("etc/tokens.json").display().to_string();
    let by_token = ["--url", &service.base, "--token-file", &tokens];
    let channel = place.client(&service.base, "channel");
    let firm = channel.register_firm("one", &registration(1)).await.unwrap().body;
    channel.apply("two", &application(1, &firm.id)).await.unwrap();

    let status = told(&[&["status"], &by_token[..]].concat(), "");
    assert_eq!((&status["state"], &status["epoch"]), (&"open".into(), &1.into()));
    let dry = told(
        &[&["close", "--reason", "drill", "--dry-run"], &by_token[..]].concat(),
        "",
    );
    assert_eq!((&dry["state"], &dry["dry_run"]), (&"open".into(), &true.into()));

    // As a service, by the second address: nobody listens at the first.
    let nobody = format!("http://127.0.0.1:{}", service::free_port());
    let order = [
        "close",
        "--reason",
        "drill",
        "--incident",
        "INC-7",
        "--url",
        &nobody,
    ];
    let closed = told(&[&order[..], &by_token].concat(), "");
    assert_eq!(
        [&closed["state"], &closed["actor"], &closed["incident"]],
        ["closed", "operator", "INC-7"]
    );
    assert_eq!(closed["epoch"], 2);
    let late = channel
        .apply("three", &application(1, &firm.id))
        .await
        .unwrap_err();
    assert_eq!(late.code(), Some("intake-closed"));
    people::reopen(&keepers, 2).await;

    // As a person, who types a password and a code.
    let code = ann.code();
    let order = [
        "close",
        "--reason",
        "drill",
        "--url",
        &service.base,
        "--account",
        "ann",
    ];
    let closed = told(&order, &format!("{PASSWORD}\n{code}\n"));
    assert_eq!((&closed["actor"], &closed["epoch"]), (&"ann".into(), &4.into()));
    let history = told(&[&["history", "--limit", "1"], &by_token[..]].concat(), "");
    assert_eq!(history["moves"][0]["actor"], "ann");
    assert_eq!(history["moves"].as_array().unwrap().len(), 1);
    reopened_by_two(&place, &service.base, &by_token);
    settled_once(&place, &by_token).await;
    let under_way = told(&[&["impact"], &by_token[..]].concat(), "")["groups"].clone();
    let applications = &under_way[0];
    assert_eq!(
        [
            &applications["what"],
            &applications["state"],
            &applications["fate"]
        ],
        ["applications", "submitted", "waits"]
    );
    assert_eq!(
        (&applications["count"], &applications["amount"]),
        (&1.into(), &10_000_000.into())
    );
    assert_eq!(applications["items"][0]["firm_id"], firm.id.as_str());
    // A channel's token may look, and not close.
    let (code, said) = refused(&[&["close", "--reason", "drill", "--as", "channel"], &by_token[..]].concat());
    assert_eq!(code, Some(6), "{said}");

    // Nobody answers any more: the way out is named, and works.
    service.process.kill();
    let (code, said) = refused(&[&["close", "--reason", "drill"], &by_token[..]].concat());
    assert_eq!(code, Some(5), "{said}");
    assert!(said.contains("--direct"), "{said}");
    let direct = ["--direct", &place.url];
    // The database tells what is under way, in the form in which an instance told it.
    let touched = told(&[&["impact"], &direct[..]].concat(), "");
    assert_eq!(touched["groups"], under_way);
    let (code, said) = refused(&[&["close", "--reason", "drill"], &direct[..]].concat());
    assert_eq!(code, Some(2), "nobody said who: {said}");
    let order = ["close", "--reason", "nobody answers", "--actor", "night-shift"];
    let address = envelope(&place, store);
    let sealed = ["--direct", &address];
    let closed = told(&[&order[..], &sealed].concat(), "");
    assert_eq!(
        (&closed["state"], &closed["epoch"]),
        (&"closed".into(), &6.into())
    );
    let again = told(&[&order[..], &sealed].concat(), "");
    assert_eq!(again["epoch"], 6, "closing again changes nothing");
    let history = told(&[&["history"], &direct[..]].concat(), "");
    assert_eq!(history["moves"][0]["actor"], "night-shift");
    if store == Store::Postgres {
        let (code, said) = refused(&[&["seal"], &direct[..]].concat());
        assert_eq!(code, Some(1), "it was used, another is due: {said}");
    }

    // What was promised without the service holds when it is back.
    service.again(&place);
    let intake = channel.intake().await.unwrap().body;
    assert_eq!(
        (intake.state.as_str(), intake.actor.as_str()),
        ("closed", "night-shift")
    );
    let late = channel
        .apply("four", &application(1, &firm.id))
        .await
        .unwrap_err();
    assert_eq!(late.code(), Some("intake-closed"));
    // Whoever takes the log over after a kill waits a second for the one before.
    let anchors = place.path("anchors.jsonl");
    let signed = || std::fs::read_to_string(&anchors).is_ok_and(|text| text.ends_with('\n'));
    for _ in 0..200 {
        if signed() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    // Four closes, two reopenings of three steps and two doubts, each with its leaf; and the sealed credential's.
    let leaves = if store == Store::Postgres { 13 } else { 12 };
    let law = drill::logged(&place, leaves).await;
    assert_eq!(law.verdict, Held, "{law:#?}");
}

/// One person proposes, another looks and agrees; each types a password and a code.
fn reopened_by_two(place: &Place, base: &str, by_token: &[&str]) {
    let [one, other] = ["cem", "dan"].map(|name| Person::enrol(place, name, "operator"));
    let typed = |person: &Person| format!("{PASSWORD}\n{}\n", person.code());
    let as_cem = ["--url", base, "--account", "cem"];
    // A service's token is no person.
    let (code, said) = refused(&[&["reopen"], by_token].concat());
    assert_eq!(code, Some(6), "{said}");
    let (code, said) = refused(&["reopen", "--direct", &place.url]);
    assert_eq!(code, Some(2), "the database knows no persons: {said}");
    let proposal = told(&[&["reopen"], &as_cem[..]].concat(), &typed(&one));
    let (id, digest) = (
        proposal["id"].as_str().unwrap(),
        proposal["digest"].as_str().unwrap(),
    );
    let status = told(&[&["status"], by_token].concat(), "");
    assert_eq!(status["state"], "reopening");
    let shown = told(&[&["approve", id], by_token].concat(), "");
    assert_eq!(
        (&shown["digest"], &shown["state"]),
        (&digest.into(), &"waiting".into())
    );
    let agreed = [
        "approve",
        id,
        "--digest",
        digest,
        "--url",
        base,
        "--account",
        "dan",
    ];
    let open = told(&agreed, &typed(&other));
    assert_eq!((&open["state"], &open["epoch"]), (&"open".into(), &5.into()));
    // Cut off and sent again, it finds that it was done; a no comes too late, and undoes nothing.
    let again = ["approve", id, "--digest", digest];
    let open = told(&[&again[..], by_token].concat(), "");
    assert_eq!(open["epoch"], 5);
    let (code, said) = refused(&[&again[..], &["--reject"], by_token].concat());
    assert_eq!(code, Some(6), "{said}");
}

/// What a closing left in doubt is listed until a person has said what core banking knows, which leaves one leaf.
async fn settled_once(place: &Place, by_token: &[&str]) {
    let none = told(&[&["doubts"], by_token].concat(), "");
    assert_eq!(none["doubts"], serde_json::json!([]));
    let db = db::Db::open(&place.url, db::Options::default()).await.unwrap();
    let noted = db.write(|tx| {
        Box::pin(async move {
            let sql = "INSERT INTO intake_doubts (id, epoch, pid, application, role, open_ms, at) \
                       VALUES ('7-8', 2, 8, 'psql', 'teller', 1200, 7), ('6-9', 2, 9, 'psql', 'teller', 1200, 6)";
            tx.exec(sql, &[]).await
        })
    });
    assert_eq!(noted.await, Ok::<_, db::DbError>(2));
    db.close().await;
    let (code, said) = refused(&[&["doubts"], by_token].concat());
    assert_eq!(code, Some(1), "two are open: {said}");
    let finding = [
        "doubts",
        "7-8",
        "--finding",
        "not-moved",
        "--reason",
        "no such payment",
    ];
    let settled = told(&[&finding[..], by_token].concat(), "");
    assert_eq!(
        (&settled["finding"], &settled["reason"]),
        (&"not_moved".into(), &"no such payment".into())
    );
    let (code, said) = refused(&[&finding[..], by_token].concat());
    assert_eq!(code, Some(6), "once: {said}");
    // The same on the database itself, for the day when no instance answers.
    let direct = ["--direct", &place.url];
    let (code, said) = refused(&[&["doubts"], &direct[..]].concat());
    assert_eq!(code, Some(1), "one is open: {said}");
    let finding = ["doubts", "6-9", "--finding", "moved", "--reason", "called back"];
    let (code, said) = refused(&[&finding[..], &direct].concat());
    assert_eq!(code, Some(2), "nobody said who: {said}");
    let by_hand = [&direct[..], &["--actor", "ann"]].concat();
    let settled = told(&[&finding[..], &by_hand].concat(), "");
    assert_eq!(
        (&settled["finding"], &settled["settled_by"]),
        (&"moved".into(), &"ann".into())
    );
    for unfit in ["6-9", "1-1"] {
        let again = ["doubts", unfit, "--finding", "moved", "--reason", "called back"];
        let (code, said) = refused(&[&again[..], &by_hand].concat());
        assert_eq!(code, Some(6), "{unfit}: {said}");
    }
    let list = told(&[&["doubts"], by_token].concat(), "");
    let listed = told(&[&["doubts"], &direct[..]].concat(), "");
    assert_eq!(list, listed, "told in one form");
    assert_eq!(
        (&list["doubts"][0]["id"], &list["doubts"][1]["id"]),
        (&"7-8".into(), &"6-9".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_is_closed_from_a_terminal_whether_or_not_the_service_answers_on_sqlite() {
    the_switch_from_a_terminal(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn intake_is_closed_from_a_terminal_whether_or_not_the_service_answers_on_postgresql() {
    if place::postgres("break-glass on PostgreSQL") {
        the_switch_from_a_terminal(Store::Postgres).await;
    }
}
