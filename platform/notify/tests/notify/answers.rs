//! Answers from outside: gateways hand back what people wrote or pressed, ticket systems what became of a ticket.

use std::sync::Arc;

use db::{Job, Tx};
use notify::NotifyError;
use notify::ack::{Acked, Answer, Way};
use notify::channel::signed::{sign, verify};
use notify::inbound::reply::{self, About};
use notify::inbound::ticket::{self, Signature, Stage};

use crate::world::{World, on_both};

on_both!(a_ticket_system_takes_a_group_over);

const DOWN: [(&str, &str); 2] = [("alertname", "DbDown"), ("severity", "critical")];

#[tokio::test]
async fn a_reply_and_a_keypress_become_answers() {
    let world = World::sqlite().await;
    world.fire(&DOWN).await;
    world.pass(30).await;
    let page = world.got("sms").remove(0);
    let code = page.page.code.unwrap();
    let body = format!(r#"{{"from": "+86 138-0000-0000", "text": "ACK {code} 收到"}}"#);
    let read = reply::parse(&world.config, "sms", body.as_bytes()).unwrap();
    assert_eq!((&read.about, read.way), (&About::Code(code.clone()), Way::Reply));
    assert_eq!(
        read.person.as_deref(),
        Some("li"),
        "known by their number, which is kept nowhere"
    );
    let body = format!(
        r#"{{"from": "13999999999", "key": "{}", "digit": "1"}}"#,
        page.key
    );
    let read = reply::parse(&world.config, "sms", body.as_bytes()).unwrap();
    assert_eq!(
        (&read.about, read.way, read.person),
        (&About::Key(page.key.clone()), Way::Keypress, None)
    );
    for bad in [
        format!(r#"{{"key": "{}", "digit": "2"}}"#, page.key),
        r#"{"text": "no"}"#.to_owned(),
        r#"{"digit": "1"}"#.to_owned(),
        "[]".to_owned(),
        "x".repeat(20_000),
    ] {
        let refused = reply::parse(&world.config, "sms", bad.as_bytes());
        assert!(matches!(refused, Err(NotifyError::Invalid { .. })), "{refused:?}");
    }
    let answer = Answer {
        by: "li".to_owned(),
        way: Way::Reply,
        until: None,
    };
    world.notifier.ack_code(&code, answer).await.unwrap();
}

async fn a_ticket_system_takes_a_group_over(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let group = world.got("chat")[0].page.group.clone();
    let seconds = (world.now() / 1_000_000).to_string();
    let send = |stage: &str| {
        format!(r#"{{"ticket_key":"{group}","ticket":"INC-42","event":"{stage}","by":"itsm"}}"#)
    };
    for (stage, expected) in [
        ("created", Stage::Created),
        ("acknowledged", Stage::Acknowledged),
        ("closed", Stage::Closed),
    ] {
        let body = send(stage);
        let signature = sign(b"shared", &seconds, body.as_bytes());
        let given = Signature {
            timestamp: &seconds,
            signature: &signature,
        };
        let read = ticket::parse(b"shared", given, body.as_bytes(), world.now()).unwrap();
        assert_eq!(read.event, expected);
        assert!(ticket::parse(b"other", given, body.as_bytes(), world.now()).is_err());
        assert!(verify(
            b"shared",
            &seconds,
            &signature,
            body.as_bytes(),
            world.now()
        ));
        let (config, ids, now) = (
            Arc::clone(&world.config),
            world.notifier.ids().clone(),
            world.now(),
        );
        world
            .db
            .write(move |tx: &mut Tx| -> Job<'_, Option<Acked>, NotifyError> {
                Box::pin(async move { ticket::apply(tx, &config, &ids, &read, now).await })
            })
            .await
            .unwrap();
        let waiting = &world.notifier.escalations().await.unwrap()[0];
        assert_eq!(waiting.ticket.as_deref(), Some("INC-42"));
        assert_eq!(waiting.acked_by.is_some(), expected != Stage::Created);
    }
    world.pass(3600).await;
    assert_eq!(world.got("sms").len(), 1, "nobody else is paged");
    assert_eq!(
        world.notifier.alerts().await.unwrap().len(),
        1,
        "a closed ticket ends no alert"
    );
    let body = send("closed").replace("INC-42", "13800000000");
    let signature = sign(b"shared", &seconds, body.as_bytes());
    let given = Signature {
        timestamp: &seconds,
        signature: &signature,
    };
    let refused = ticket::parse(b"shared", given, body.as_bytes(), world.now() - 3_600_000_000);
    assert!(
        matches!(&refused, Err(NotifyError::Invalid { field, .. }) if field == "by"),
        "{refused:?}"
    );
}
