//! Runs from beginning to end: what is done with which words, what is asked, what is undone.

use runbooks::{Answer, RunError};
use saga::{Interrupt, Next, Outcome, Ran, Reason, Ruling, SagaError, StoreError, Way};
use serde_json::json;

use crate::stage::{Stage, agree, bound, on_all, plan, ready};
use crate::twin::Twin;

on_all!(
    every_kind_of_step_is_done_with_the_values_filled_in,
    a_failure_at_the_end_undoes_everything_in_the_opposite_order,
    what_failed_is_tried_again_when_a_person_says_so,
    a_doubt_waits_for_a_person_and_the_answer_is_on_record,
    a_run_is_resumed_by_its_id_alone_whatever_became_of_its_page,
    a_person_that_is_not_there_is_waited_for,
    whoever_stops_a_run_has_it_undone,
);

fn last(ran: &Ran) -> &str {
    match ran {
        Ran::Paused { step, .. } => step,
        Ran::Waits { question, .. } => &question.step,
        Ran::Ended(outcome) => outcome.as_str(),
    }
}

/// Begins a run and has it approved.
async fn approved(stage: &Stage, hands: &Twin, changes: &[(&str, &str)]) {
    stage.begin(&ready(changes)).await;
    let ran = stage.run(hands).await;
    assert_eq!(last(&ran), "agree", "{ran:?}");
    agree(hands);
}

async fn every_kind_of_step_is_done_with_the_values_filled_in(stage: Stage) {
    let hands = stage.hands();
    let values = [
        ("reason", "a&b \"c\""),
        ("url", "http://127.0.0.1:9"),
        ("level", "3"),
        ("word", "fast"),
    ];
    stage.begin(&bound(plan(&[]), &values)).await;
    stage.run(&hands).await;
    agree(&hands);
    hands.with(|world| world.patience = 3);
    assert_eq!(last(&stage.run(&hands).await), "done");
    hands.with(|world| {
        assert_eq!(
            world.acts,
            [
                "intake close",
                "watch ack",
                "POST note",
                "task told",
                "watch silence"
            ]
        );
        let close = [
            "backstop",
            "intake",
            "close",
            "--reason",
            "a&b \"c\"",
            "--url",
            "http://127.0.0.1:9",
        ];
        assert_eq!(world.commands[0], close);
        let ack = ["backstop", "watch", "ack", "--pace", "fast", "tax of a&b \"c\""];
        assert_eq!(world.commands[1], ack);
        assert_eq!(world.requests[0].url, "http://127.0.0.1:9/v1/tax/note");
        let body = json!({ "reason": "为 a&b \"c\"", "level": 3, "fixed": [1, true] });
        assert_eq!(world.requests[0].body, Some(body));
        assert_eq!(world.requests[0].key.len(), 64);
        assert_eq!(
            world.requests[1].url,
            "http://127.0.0.1:9/v1/tax?q=a%26b%20%22c%22"
        );
        assert_eq!(world.queries.len(), 4);
        assert_eq!(
            world.queries[0],
            "max(financing_source_breaker{source=\"tax\"}) >= 3"
        );
        assert_eq!(world.tasks[0].prompt, "请通知，编号 note-1，? / tell them");
        assert_eq!(world.proposals[0].text, "请同意：a&b \"c\" / please agree");
    });
    let shown = stage.engine().show(&stage.run).await.unwrap();
    assert_eq!(shown.next, Next::End(Outcome::Done));
    assert_eq!(shown.header.kind, "runbook:every-kind");
    let outputs = shown.state.outputs();
    assert_eq!(outputs["agree"].value()["by"], json!(["bob", "eve"]));
    assert_eq!(outputs["told"].value(), &json!({ "by": "bob" }));
}

async fn a_failure_at_the_end_undoes_everything_in_the_opposite_order(stage: Stage) {
    let hands = stage.hands();
    hands.with(|world| world.fails.insert("watch silence".to_owned()));
    approved(&stage, &hands, &[]).await;
    assert_eq!(last(&stage.run(&hands).await), "undone");
    assert_eq!(
        hands.acts(),
        [
            "intake close",
            "watch ack",
            "POST note",
            "task told",
            "DELETE unnote",
            "task ack undone",
            "intake reopen"
        ]
    );
    hands.with(|world| assert_eq!(world.tasks[1].prompt, "请撤销确认，见 7 / take it back"));
}

async fn what_failed_is_tried_again_when_a_person_says_so(stage: Stage) {
    let hands = stage.hands();
    hands.with(|world| world.fails.insert("intake close".to_owned()));
    approved(&stage, &hands, &[]).await;
    let ran = stage.run(&hands).await;
    let Ran::Waits { question, seq } = ran else {
        panic!("{ran:?}")
    };
    assert_eq!((question.step.as_str(), question.way), ("close", Way::Do));
    assert_eq!(question.reason, Reason::Failed("exit code 6: refused".to_owned()));
    let answer = Answer {
        seq,
        ruling: Ruling::Retry,
        by: "bob",
        reason: "the role was granted",
    };
    let engine = stage.engine();
    engine.answer(&stage.run, &answer).await.unwrap();
    let twice = engine.answer(&stage.run, &answer).await;
    assert_eq!(twice.unwrap_err(), RunError::Saga(SagaError::Stale));
    hands.with(|world| world.fails.clear());
    assert_eq!(last(&stage.run(&hands).await), "done");
}

async fn a_doubt_waits_for_a_person_and_the_answer_is_on_record(stage: Stage) {
    let hands = stage.hands();
    hands.with(|world| world.vanishes.insert("POST note".to_owned()));
    approved(&stage, &hands, &[]).await;
    let ran = stage.run(&hands).await;
    let Ran::Waits { question, seq } = ran else {
        panic!("{ran:?}")
    };
    assert_eq!(question.reason, Reason::Doubt("no answer".to_owned()));
    let answer = Answer {
        seq,
        ruling: Ruling::Done,
        by: "bob",
        reason: "seen in its list",
    };
    stage.engine().answer(&stage.run, &answer).await.unwrap();
    assert_eq!(last(&stage.run(&hands).await), "done");
    assert_eq!(hands.acts().iter().filter(|act| *act == "POST note").count(), 1);
    // A doubt about what can be looked at asks nobody.
    let stage = stage.another(1);
    let hands = stage.hands();
    hands.with(|world| world.vanishes.insert("intake close".to_owned()));
    approved(
        &stage,
        &hands,
        &[("{{reason}} / please", "{{reason}}，第二次 / please")],
    )
    .await;
    assert_eq!(last(&stage.run(&hands).await), "done");
    assert_eq!(
        hands.acts().iter().filter(|act| *act == "intake close").count(),
        1
    );
}

async fn a_run_is_resumed_by_its_id_alone_whatever_became_of_its_page(stage: Stage) {
    let hands = stage.hands();
    approved(&stage, &hands, &[("--pace {{word}}", "--tempo {{word}}")]).await;
    // Another process, whose page says otherwise: nothing but the id is handed over.
    assert_eq!(last(&stage.run(&hands).await), "done");
    hands.with(|world| {
        assert!(
            world
                .commands
                .iter()
                .any(|words| words.contains(&"--tempo".to_owned()))
        )
    });
    // A run of that id with other values is another run.
    let other = bound(plan(&[]), &[("reason", "another")]);
    let refused = stage.engine().begin(&stage.run, &other).await;
    assert_eq!(refused, Err(RunError::Saga(SagaError::Store(StoreError::Exists))));
    let missing = stage.engine().run("nothing", &hands, &Interrupt::default()).await;
    assert_eq!(
        missing,
        Err(RunError::Saga(SagaError::Store(StoreError::Unknown)))
    );
}

async fn a_person_that_is_not_there_is_waited_for(stage: Stage) {
    let hands = stage.hands();
    hands.with(|world| world.nobody = true);
    approved(&stage, &hands, &[]).await;
    for _ in 0..5 {
        let ran = stage.run(&hands).await;
        let reason = "a person has to do this".to_owned();
        assert_eq!(
            ran,
            Ran::Paused {
                step: "told".to_owned(),
                reason
            }
        );
    }
    hands.with(|world| world.nobody = false);
    assert_eq!(last(&stage.run(&hands).await), "done");
    let listed = stage.engine().list(10).await.unwrap();
    assert_eq!(listed[0].standing, "done");
}

async fn whoever_stops_a_run_has_it_undone(stage: Stage) {
    let hands = stage.hands();
    hands.with(|world| world.nobody = true);
    approved(&stage, &hands, &[]).await;
    stage.run(&hands).await;
    stage
        .engine()
        .stop(&stage.run, "bob", "false alarm")
        .await
        .unwrap();
    // Taking back needs a person, too.
    assert_eq!(last(&stage.run(&hands).await), "ack");
    hands.with(|world| world.nobody = false);
    assert_eq!(last(&stage.run(&hands).await), "undone");
    assert!(!hands.with(|world| world.closed));
}

#[tokio::test]
async fn a_wait_that_is_not_met_in_time_fails_and_says_what_was_seen() {
    for (patience, fails, seen) in [
        (1000, None, "last seen: the expression gives nothing"),
        (0, Some("query"), "last seen: the control plane does not answer"),
    ] {
        let stage = Stage::twin();
        let hands = stage.hands();
        hands.with(|world| {
            world.patience = patience;
            world.fails.extend(fails.map(str::to_owned));
        });
        approved(&stage, &hands, &[]).await;
        let ran = stage.run(&hands).await;
        let Ran::Waits { question, .. } = &ran else {
            panic!("{ran:?}")
        };
        assert!(
            matches!(&question.reason, Reason::Failed(why) if why.contains(seen)),
            "{question:?}"
        );
        // Ten minutes, every twenty seconds, and once at the end.
        hands.with(|world| assert_eq!(world.queries.len(), 31));
    }
}

#[tokio::test]
async fn an_interruption_ends_a_wait_and_undoes_or_pauses() {
    for stops in [true, false] {
        let stage = Stage::twin();
        let hands = stage.hands();
        hands.with(|world| world.patience = usize::MAX);
        approved(&stage, &hands, &[]).await;
        let interrupt = Interrupt::default();
        if stops {
            interrupt.stop();
        } else {
            interrupt.pause();
        }
        let ran = stage.engine().run(&stage.run, &hands, &interrupt).await.unwrap();
        assert_eq!(last(&ran), if stops { "undone" } else { "agree" });
        assert!(hands.acts().is_empty(), "{:?}", hands.acts());
    }
}

#[tokio::test]
async fn what_is_typed_has_to_be_what_was_asked_for() {
    let stage = Stage::twin();
    let hands = stage.hands();
    approved(&stage, &hands, &[]).await;
    for typed in ["", "y", "已通知了"] {
        hands.with(|world| world.typed = Some(typed.to_owned()));
        let ran = stage.run(&hands).await;
        let reason = "what was typed is not \"已通知\"".to_owned();
        let step = "told".to_owned();
        assert_eq!(ran, Ran::Paused { step, reason }, "{typed}");
    }
    hands.with(|world| world.typed = Some(" 已通知 ".to_owned()));
    assert_eq!(last(&stage.run(&hands).await), "done");
}

#[tokio::test]
async fn who_refuses_a_task_has_somebody_decide() {
    let stage = Stage::twin();
    let hands = stage.hands();
    approved(&stage, &hands, &[]).await;
    hands.with(|world| world.fails.insert("task told".to_owned()));
    let ran = stage.run(&hands).await;
    let Ran::Waits { question, seq } = ran else {
        panic!("{ran:?}")
    };
    assert_eq!(question.reason, Reason::Failed("bob: not I".to_owned()));
    let answer = Answer {
        seq,
        ruling: Ruling::GiveUp,
        by: "bob",
        reason: "nobody may tell",
    };
    stage.engine().answer(&stage.run, &answer).await.unwrap();
    assert_eq!(last(&stage.run(&hands).await), "undone");
}

/// A store whose rows somebody changed.
struct Changed(Stage);

impl saga::Store for Changed {
    fn create<'a>(&'a self, header: &'a saga::Header) -> saga::store::Answer<'a, ()> {
        self.0.store.create(header)
    }

    fn lease<'a>(
        &'a self,
        saga: &'a str,
        holder: &'a str,
        now: i64,
        until: i64,
    ) -> saga::store::Answer<'a, saga::store::Lease> {
        self.0.store.lease(saga, holder, now, until)
    }

    fn renew<'a>(&'a self, lease: &'a saga::store::Lease, until: i64) -> saga::store::Answer<'a, ()> {
        self.0.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a saga::store::Lease) -> saga::store::Answer<'a, ()> {
        self.0.store.release(lease)
    }

    fn append<'a>(
        &'a self,
        lease: &'a saga::store::Lease,
        append: &'a saga::store::Append,
    ) -> saga::store::Answer<'a, ()> {
        self.0.store.append(lease, append)
    }

    fn load<'a>(&'a self, saga: &'a str) -> saga::store::Answer<'a, (saga::Header, Vec<saga::Entry>)> {
        Box::pin(async move {
            let (mut header, entries) = self.0.store.load(saga).await?;
            header.context = header.context.replace("core is down", "core is fine");
            Ok((header, entries))
        })
    }

    fn list(&self, most: u32) -> saga::store::Answer<'_, Vec<saga::Header>> {
        self.0.store.list(most)
    }
}

#[tokio::test]
async fn a_run_whose_kept_values_or_plan_were_changed_is_refused() {
    let stage = Stage::twin();
    let hands = stage.hands();
    approved(&stage, &hands, &[]).await;
    let changed = stage.around(std::sync::Arc::new(Changed(stage.clone())));
    let refused = changed
        .engine()
        .run(&stage.run, &hands, &Interrupt::default())
        .await;
    assert!(
        matches!(refused, Err(RunError::Saga(SagaError::OtherPlan { .. }))),
        "{refused:?}"
    );
    let refused = changed.engine().show(&stage.run).await.map(|_| ());
    assert!(
        matches!(refused, Err(RunError::Saga(SagaError::OtherPlan { .. }))),
        "{refused:?}"
    );
    assert!(hands.acts().is_empty());
    assert_eq!(last(&stage.run(&hands).await), "done");
}
