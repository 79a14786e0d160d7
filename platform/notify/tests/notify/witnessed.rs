//! Whoever puts answers on record writes in their transaction, once for each answer, wherever it came from.

use std::sync::Arc;

use db::{DbError, Job, Tx};
use notify::ack::Acked;
use notify::channel::signed::sign;
use notify::inbound::ticket::Signature;
use notify::witness::{Acknowledged, Witness};
use notify::{Notifier, NotifyError};

use crate::stand::Plan;
use crate::world::{CONFIG, World, on_both};

on_both!(
    a_reply_is_on_record_once,
    a_program_is_on_record_once,
    what_a_ticket_system_signed_is_taken_once,
);

const DOWN: [(&str, &str); 2] = [("alertname", "DbDown"), ("severity", "critical")];

/// Writes what it is told into a table; refuses as long as there is none.
struct Record;

impl Witness for Record {
    fn acknowledged<'t>(&'t self, tx: &'t mut Tx, answer: &'t Acknowledged) -> Job<'t, (), DbError> {
        Box::pin(async move {
            let stage = answer.ticket.as_ref().map_or("", |(_, stage)| stage.as_str());
            let what = format!("{} {} {stage}", answer.actor, answer.way.as_str());
            tx.exec("INSERT INTO record (what) VALUES ($1)", &[(&what).into()])
                .await?;
            Ok(())
        })
    }
}

async fn sql(world: &World, text: &'static str) -> Vec<String> {
    world
        .db
        .write(move |tx| -> Job<'_, Vec<String>, NotifyError> {
            Box::pin(async move {
                let rows = tx.many(text, &[]).await?;
                rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
            })
        })
        .await
        .unwrap()
}

async fn record(world: &World) -> Vec<String> {
    sql(world, "SELECT what FROM record ORDER BY what").await
}

async fn begin(world: &World) {
    world.notifier.witnessed(Arc::new(Record));
    let create = "CREATE TABLE record (what TEXT)";
    let created = world.db.write(move |tx| -> Job<'_, u64, NotifyError> {
        Box::pin(async move { Ok(tx.exec(create, &[]).await?) })
    });
    created.await.unwrap();
}

fn reply(from: &str, code: &str) -> Vec<u8> {
    format!(r#"{{"from": "{from}", "text": "ACK {code}"}}"#).into_bytes()
}

async fn a_reply_is_on_record_once(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let page = world.got("sms").remove(0);
    let (code, notifier) = (page.page.code.unwrap(), &world.notifier);
    notifier.witnessed(Arc::new(Record));
    let refused = notifier.reply("sms", &reply("13800000000", &code)).await;
    assert!(matches!(refused, Err(NotifyError::Store(_))), "{refused:?}");
    let waiting = world.notifier.escalations().await.unwrap();
    assert_eq!(waiting[0].acked_by, None, "what is not on record was not done");

    begin(&world).await;
    let first = notifier
        .reply("sms", &reply("+86 13800000000", &code))
        .await
        .unwrap();
    assert!(matches!(first, Acked::Group { .. }));
    let until = notifier.escalations().await.unwrap()[0].acked_until;
    world.pass(60).await;
    let again = notifier.reply("sms", &reply("13800000000", &code)).await.unwrap();
    assert!(matches!(again, Acked::Again { .. }), "{again:?}");
    assert_eq!(notifier.escalations().await.unwrap()[0].acked_until, until);
    // Another telephone, and a key instead of a message, are answers of their own.
    notifier.reply("sms", &reply("13900000001", &code)).await.unwrap();
    let pressed = format!(
        r#"{{"key": "{}", "digit": "1", "from": "13800000000"}}"#,
        page.key
    );
    for _ in 0..2 {
        notifier.reply("sms", pressed.as_bytes()).await.unwrap();
    }
    assert_eq!(
        record(&world).await,
        ["channel:sms reply ", "person:li keypress ", "person:li reply "]
    );
    let nowhere = notifier.reply("pigeon", &reply("13800000000", &code)).await;
    assert_eq!(nowhere, Err(NotifyError::Unknown("channel")));
}

async fn a_program_is_on_record_once(world: World) {
    begin(&world).await;
    world.stand.plan(Plan::Ack("li".to_owned()));
    world.stand.plan(Plan::Ack("li".to_owned()));
    world.fire(&DOWN).await;
    world.pass(300).await;
    assert_eq!(record(&world).await, ["person:li exec "]);
}

async fn what_a_ticket_system_signed_is_taken_once(world: World) {
    begin(&world).await;
    world.fire(&DOWN).await;
    world.pass(30).await;
    let group = world.got("chat")[0].page.group.clone();
    let key = std::fs::read_to_string(world.folder.path().join("itsm.key")).unwrap();
    let send = async |stage: &str, ticket: &str, seconds: i64, key: &str| {
        let body = format!(r#"{{"ticket_key":"{group}","ticket":"{ticket}","event":"{stage}","by":"itsm"}}"#);
        let timestamp = seconds.to_string();
        let signature = sign(key.trim().as_bytes(), &timestamp, body.as_bytes());
        let given = Signature {
            timestamp: &timestamp,
            signature: &signature,
        };
        let notifier: &Notifier = &world.notifier;
        notifier.ticket(given, body.as_bytes()).await
    };
    let now = world.now() / 1_000_000;
    assert_eq!(send("created", "INC-1", now, &key).await, Ok(true));
    assert_eq!(send("created", "INC-2", now, &key).await, Ok(true));
    // A copy of the first does not bring its ticket back.
    assert_eq!(send("created", "INC-1", now, &key).await, Ok(false));
    let waiting = world.notifier.escalations().await.unwrap();
    assert_eq!(waiting[0].ticket.as_deref(), Some("INC-2"));
    for (stage, at, changed) in [
        ("acknowledged", now, true),
        ("acknowledged", now, false),
        // Told once more by the ticket system, under a signature of its own.
        ("acknowledged", now + 1, false),
        ("closed", now, true),
        ("closed", now + 1, false),
        ("acknowledged", now + 2, false),
    ] {
        assert_eq!(send(stage, "INC-2", at, &key).await, Ok(changed), "{stage} {at}");
    }
    assert_eq!(
        record(&world).await,
        ["tickets closed closed", "tickets ticket acknowledged"]
    );
    for (at, with) in [
        (now, "another"),
        (now - 301, key.as_str()),
        (now + 301, key.as_str()),
    ] {
        let refused = send("closed", "INC-2", at, with).await;
        assert!(matches!(refused, Err(NotifyError::Unsigned(_))), "{refused:?}");
    }
    world.pass(20 * 60).await;
    let late = send("created", "INC-3", now + 20 * 60, &key).await;
    assert_eq!(late, Ok(true));
    assert_eq!(
        sql(&world, "SELECT digest FROM notify_seen").await.len(),
        1,
        "no copy could come any more"
    );
}

#[tokio::test]
async fn without_a_key_no_ticket_is_taken() {
    let config = CONFIG.split("[tickets]").next().unwrap();
    let plain = World::sqlite_with(config).await;
    let given = Signature {
        timestamp: "1",
        signature: "v1=",
    };
    let none = plain.notifier.ticket(given, b"{}").await;
    assert!(matches!(none, Err(NotifyError::Unknown(_))), "{none:?}");
}
