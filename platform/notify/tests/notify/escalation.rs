//! Somebody has to answer; if nobody does, the next one is paged.

use notify::NotifyError;
use notify::ack::{Acked, Answer, Way};
use notify::page::Kind;

use crate::stand::{Plan, Receipt};
use crate::world::{World, on_both};

on_both!(
    nobody_answers,
    an_answer_stops_the_pages_not_the_alert,
    something_new_needs_an_answer_of_its_own,
    what_was_not_told_is_not_answered_for,
    an_answer_wears_off,
    a_program_answers,
    an_answer_that_is_none_does_not_send_a_page_again,
    a_turn_is_handed_over,
    a_silence_pages_nobody,
);

const DOWN: [(&str, &str); 2] = [("alertname", "DbDown"), ("severity", "critical")];

fn whom(receipts: &[Receipt], kind: Kind) -> Vec<String> {
    let of = receipts.iter().filter(|receipt| receipt.page.kind == kind);
    of.map(|receipt| receipt.page.receiver.trim_start_matches("person:").to_owned())
        .collect()
}

fn answer(way: Way) -> Answer {
    Answer {
        by: "li".to_owned(),
        way,
        until: None,
    }
}

async fn nobody_answers(mut world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let first = world.got("sms");
    assert_eq!(whom(&first, Kind::Escalation), ["li"]);
    assert_eq!(
        (first[0].to.as_slice(), first[0].page.step),
        (["13800000000".to_owned()].as_slice(), Some(1))
    );
    world.pass(295).await;
    assert_eq!(world.got("sms").len(), 1, "five minutes to answer");
    // A restart in between neither delays nor repeats.
    world.restart().await;
    world.pass(5).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation), ["li", "zhao"]);
    world.pass(300).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation), ["li", "zhao", "qian"]);
    world.pass(900).await;
    assert_eq!(
        whom(&world.got("sms"), Kind::Escalation),
        ["li", "zhao", "qian", "li"],
        "and all over again"
    );
    assert_eq!(world.notifier.escalations().await.unwrap()[0].round, 1);
    world.end(&DOWN).await;
    world.pass(600).await;
    assert_eq!(
        whom(&world.got("sms"), Kind::Closed),
        ["li", "zhao"],
        "qian does not want to be told"
    );
    assert_eq!(world.notifier.escalations().await.unwrap(), []);
    world.pass(3600).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation).len(), 4);
}

async fn an_answer_stops_the_pages_not_the_alert(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let code = world.got("sms")[0].page.code.clone().unwrap();
    assert_eq!(code.len(), 8);
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    assert_eq!(
        world.notifier.ack_code(wrong, answer(Way::Reply)).await,
        Err(NotifyError::Unknown("code"))
    );
    let acked = world.notifier.ack_code(&code, answer(Way::Reply)).await.unwrap();
    let Acked::Group { group, until } = acked else {
        panic!("{acked:?}")
    };
    assert_eq!(until, world.now() + 12 * 3_600_000_000);
    world.pass(3600).await;
    assert_eq!(world.got("sms").len(), 1);
    assert_eq!(world.notifier.alerts().await.unwrap().len(), 1, "it fires on");
    let waiting = world.notifier.escalations().await.unwrap();
    assert_eq!(
        (waiting[0].group.as_str(), waiting[0].acked_by.as_deref()),
        (group.as_str(), Some("li"))
    );
    world.pass(4 * 3600).await;
    assert_eq!(world.got("chat").len(), 2, "and is told again to its receiver");

    // Guessing is stopped.
    for _ in 0..25 {
        let _ = world.notifier.ack_code(wrong, answer(Way::Reply)).await;
    }
    assert!(matches!(
        world.notifier.ack_code(&code, answer(Way::Reply)).await,
        Err(NotifyError::Full { .. })
    ));
    world.pass(60).await;
    world.notifier.ack_code(&code, answer(Way::Reply)).await.unwrap();
}

async fn something_new_needs_an_answer_of_its_own(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let key = world.got("sms")[0].key.clone();
    let old = world.got("sms")[0].page.code.clone().unwrap();
    world.notifier.ack_key(&key, answer(Way::Keypress)).await.unwrap();
    world
        .fire(&[
            ("alertname", "DbDown"),
            ("severity", "critical"),
            ("instance", "b"),
        ])
        .await;
    world.pass(300).await;
    let got = world.got("sms");
    assert_eq!(whom(&got, Kind::Escalation), ["li", "li"]);
    assert_eq!(got[1].page.alerts.len(), 2);
    assert_ne!(got[1].page.code.as_ref(), Some(&old));
    let stale = world.notifier.ack_code(&old, answer(Way::Reply)).await;
    assert_eq!(
        stale,
        Err(NotifyError::Unknown("code")),
        "an old page does not answer for what is new"
    );
}

async fn what_was_not_told_is_not_answered_for(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let code = world.got("sms")[0].page.code.clone().unwrap();
    // It joins the group after the page, and nobody has been told when the answer to that page comes.
    let other = [
        ("alertname", "DbDown"),
        ("severity", "critical"),
        ("instance", "b"),
    ];
    world.fire(&other).await;
    world.pass(60).await;
    world.notifier.ack_code(&code, answer(Way::Reply)).await.unwrap();
    world.pass(300).await;
    let got = world.got("sms");
    assert_eq!(whom(&got, Kind::Escalation), ["li", "li"]);
    assert_eq!(got[1].page.alerts.len(), 2);
    // What the page of a step lists is answered for with it, though the group has not been looked at since.
    let third = [
        ("alertname", "DbDown"),
        ("severity", "critical"),
        ("instance", "c"),
    ];
    world.fire(&third).await;
    let group = world.notifier.escalations().await.unwrap()[0].group.clone();
    let until = Some(world.now() + 20_000_000);
    world
        .notifier
        .ack(
            &group,
            Answer {
                until,
                ..answer(Way::Console)
            },
        )
        .await
        .unwrap();
    world.pass(30).await;
    let got = world.got("sms");
    assert_eq!(got[2].page.alerts.len(), 3, "the answer's time was over");
    let code = got[2].page.code.clone().unwrap();
    world.notifier.ack_code(&code, answer(Way::Reply)).await.unwrap();
    world.pass(900).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation).len(), 3);
}

async fn an_answer_wears_off(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let group = world.notifier.escalations().await.unwrap()[0].group.clone();
    let until = Some(world.now() + 1_800_000_000);
    world
        .notifier
        .ack(
            &group,
            Answer {
                until,
                ..answer(Way::Console)
            },
        )
        .await
        .unwrap();
    world.pass(1795).await;
    assert_eq!(world.got("sms").len(), 1);
    world.pass(5).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation), ["li", "li"]);
    let nobody = world.notifier.ack("g0", answer(Way::Console)).await;
    assert_eq!(
        nobody,
        Err(NotifyError::Unknown("group that waits for an answer"))
    );
}

async fn a_program_answers(world: World) {
    world.fire(&DOWN).await;
    world.hand.advance_micros(30_000_000);
    while world.notifier.tick().await.unwrap() {}
    world.stand.plan(Plan::Ack("li".to_owned()));
    assert_eq!(world.notifier.send_next("sms").await.unwrap(), Some(true));
    world.pass(3600).await;
    assert_eq!(world.got("sms").len(), 1);
    let waiting = world.notifier.escalations().await.unwrap();
    assert_eq!(waiting[0].acked_by.as_deref(), Some("li"));
    let events = world.notifier.events();
    assert!(
        matches!(&events[..], [notify::Event::Acked { by, .. }] if by == "li"),
        "{events:?}"
    );
}

async fn an_answer_that_is_none_does_not_send_a_page_again(world: World) {
    world.fire(&DOWN).await;
    world.hand.advance_micros(30_000_000);
    while world.notifier.tick().await.unwrap() {}
    world.stand.plan(Plan::Ack("l\ni".to_owned()));
    assert_eq!(world.notifier.send_next("sms").await, Ok(Some(true)));
    world.pass(240).await;
    assert_eq!(world.got("sms").len(), 1);
    let waiting = world.notifier.escalations().await.unwrap();
    assert_eq!(waiting[0].acked_by, None);
}

async fn a_turn_is_handed_over(mut world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let code = world.got("sms")[0].page.code.clone().unwrap();
    world.notifier.ack_code(&code, answer(Way::Reply)).await.unwrap();
    // Monday, nine o'clock in China: three days less an hour from the start.
    world
        .hand
        .advance_micros((3 * 24 - 1) * 3_600_000_000 - 60_000_000);
    world.settle().await;
    assert_eq!(whom(&world.got("sms"), Kind::Handover), [] as [&str; 0]);
    world.restart().await;
    world.pass(60).await;
    let got = world.got("sms");
    assert_eq!(whom(&got, Kind::Handover), ["wang"]);
    let page = &got.iter().find(|r| r.page.kind == Kind::Handover).unwrap().page;
    assert!(
        page.notes.iter().any(|note| note.contains("DbDown")),
        "{:?}",
        page.notes
    );
    // The answer of the turn before has worn off by then; when it begins anew it is the turn of the next.
    world.restart().await;
    world.pass(1740).await;
    let got = world.got("sms");
    assert_eq!(
        whom(&got, Kind::Escalation),
        ["li", "li", "zhao", "qian", "wang", "zhao"]
    );
    assert_eq!(whom(&got, Kind::Handover), ["wang"], "told once");
}

async fn a_silence_pages_nobody(world: World) {
    world.fire(&DOWN).await;
    world.pass(30).await;
    let silence = notify::silence::NewSilence {
        matchers: vec![notify::Matcher::parse("alertname=DbDown").unwrap()],
        starts_at: 0,
        ends_at: world.now() + 3_600_000_000,
        created_by: "li".to_owned(),
        comment: "known".to_owned(),
    };
    world.notifier.silence(silence).await.unwrap();
    world.pass(3000).await;
    assert_eq!(whom(&world.got("sms"), Kind::Escalation), ["li"]);
    world.pass(1200).await;
    assert_eq!(
        whom(&world.got("sms"), Kind::Escalation)[1],
        "zhao",
        "it goes on when the silence is over"
    );
}
