//! Dry runs: what would be done, what is known before, and what nobody can know.

use runbooks::preview;
use runbooks::preview::{Known, Line};

use crate::stage::{Stage, bound, plan, ready};

fn known(lines: &[Line]) -> Vec<(&str, Known)> {
    lines
        .iter()
        .map(|line| (line.step.as_str(), line.known.clone()))
        .collect()
}

#[tokio::test]
async fn what_stands_on_a_step_that_was_not_done_is_unknown_and_nothing_is_done() {
    let stage = Stage::twin();
    let hands = stage.hands();
    let lines = preview(&ready(&[]), &hands).await;
    assert_eq!(
        known(&lines),
        [
            ("agree", Known::WouldDo),
            ("close", Known::NotYet("/state is open".to_owned())),
            ("ack", Known::WouldDo),
            ("note", Known::WouldDo),
            // Whatever the expression gives now, it stands on the note that was not made.
            ("seen", Known::StandsOn(4)),
            ("look", Known::WouldDo),
            ("told", Known::WouldDo),
            ("last", Known::WouldDo),
        ]
    );
    assert!(hands.acts().is_empty());
    hands.with(|world| {
        assert!(world.queries.is_empty() && world.requests.is_empty() && world.tasks.is_empty())
    });
}

#[tokio::test]
async fn what_comes_before_any_step_that_acts_is_looked_at() {
    let seen = "```step id=seen kind=wait-until of=promql timeout=10m interval=20s\n\
                max(financing_source_breaker{source=\"{{source}}\"}) >= {{level}}\n```\n\n";
    let first = "```step id=agree";
    let moved = format!("{seen}{first}");
    let changes = [(seen, ""), (first, moved.as_str())];
    for (patience, fails, wanted) in [
        (0, false, Known::Holds),
        (1, false, Known::NotYet("the expression gives nothing".to_owned())),
        (
            0,
            true,
            Known::CannotTell("the control plane does not answer".to_owned()),
        ),
    ] {
        let hands = Stage::twin().hands();
        hands.with(|world| {
            world.closed = true;
            world.patience = patience;
            if fails {
                world.fails.insert("query".to_owned());
            }
        });
        let lines = preview(&ready(&changes), &hands).await;
        assert_eq!(lines[0].known, wanted);
        // An approval and a look change nothing, so what follows them is still known.
        assert_eq!(
            (lines[2].step.as_str(), &lines[2].known),
            ("close", &Known::Holds)
        );
        assert!(hands.acts().is_empty());
    }
}

#[tokio::test]
async fn each_line_says_what_would_be_done_as_it_could_be_typed() {
    let values = [("reason", "it's \"down\""), ("level", "3")];
    let lines = preview(&bound(plan(&[]), &values), &Stage::twin().hands()).await;
    let would: Vec<(usize, &str, &str)> = lines
        .iter()
        .map(|line| (line.number, line.would.as_str(), line.undo.as_str()))
        .collect();
    assert_eq!(
        would,
        [
            (
                1,
                "请同意：it's \"down\" / please agree [2 besides ann, within 30m]",
                "nothing to undo"
            ),
            (
                2,
                r#"backstop intake close --reason 'it'\''s "down"' --url http://127.0.0.1:7100/"#,
                "backstop intake reopen --url http://127.0.0.1:7100/"
            ),
            (
                3,
                r#"backstop watch ack --pace slow 'tax of it'\''s "down"'"#,
                "请撤销确认，见 ? / take it back [好了]"
            ),
            (
                4,
                r#"POST http://127.0.0.1:7100/v1/tax/note {"fixed":[1,true],"level":3,"reason":"为 it's \"down\""}"#,
                "DELETE http://127.0.0.1:7100/v1/unnote"
            ),
            (
                5,
                "until `max(financing_source_breaker{source=\"tax\"}) >= 3` gives anything, at most 10m, looking every 20s",
                "nothing to undo"
            ),
            (
                6,
                "GET http://127.0.0.1:7100/v1/tax?q=it%27s%20%22down%22",
                "nothing to undo"
            ),
            (7, "请通知，编号 ?，? / tell them [已通知]", "nothing to undo"),
            (
                8,
                "backstop watch silence x",
                "cannot be undone: 它已发出 / it is out"
            ),
        ]
    );
}
