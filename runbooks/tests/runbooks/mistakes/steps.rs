//! Of steps: their attributes, what they do, how they are undone.

use runbooks::compile;

use super::{marked, told, wrong};
use crate::stage::PAGE;

#[test]
fn attributes_are_names_and_values_once_each_and_known() {
    wrong("id=told kind=human", "id=told ¶human kind=human", "no attribute");
    wrong(
        "confirm=已通知",
        "confirm=\"¶已通知",
        "confirm has no closing quote",
    );
    wrong("confirm=已通知", "confirm=¶", "confirm is empty");
    wrong(
        "confirm=已通知",
        "confirm=已通知 ¶confirm=好",
        "confirm is there twice",
    );
    wrong(
        "confirm=已通知",
        "confirm=¶{{reason}}",
        "no parameter can stand here",
    );
    wrong(
        "confirm=已通知",
        "confirm=已通知 ¶color=red",
        "\"color\" is no attribute of a step of kind human",
    );
    wrong(
        "kind=approval people=2",
        "kind=approval ¶on-failure=ask people=2",
        "\"on-failure\" is no attribute of a step of kind approval",
    );
    wrong(
        "id=is-closed of=command",
        "id=is-closed ¶kind=http of=command",
        "\"kind\" is no attribute of a verify block",
    );
    wrong(
        "id=reopen kind=command",
        "id=reopen ¶undo=x kind=command",
        "\"undo\" is no attribute of an undo of kind command",
    );
}

#[test]
fn ids_are_plain_unique_and_name_what_there_is() {
    wrong("```step id=told", "```¶step", "\"id\" is missing");
    wrong("step id=told", "step id=¶Told", "\"Told\" is no id");
    wrong("step id=told", "step id=¶never", "\"never\" is no id");
    wrong("step id=told", "step id=¶note", "\"note\" is there twice");
    wrong(
        "step id=told kind=human",
        "step id=told kind=¶robot",
        "\"robot\" is no kind",
    );
    wrong("step id=told kind=human", "¶step id=told", "\"kind\" is missing");
    wrong(
        "undo=reopen verify",
        "undo=¶nowhere verify",
        "there is no undo block \"nowhere\"",
    );
    wrong(
        "verify=is-closed",
        "verify=¶nowhere",
        "there is no verify block \"nowhere\"",
    );
    wrong(
        "undo=unack idempotent=true",
        "undo=¶reopen idempotent=true",
        "\"reopen\" undoes another step, too",
    );
    wrong(
        "```step id=last",
        "```¶undo id=spare kind=human confirm=好\n请看\n```\n\n```step id=last",
        "nothing refers to \"spare\"",
    );
    wrong(
        "undo id=unack kind=human confirm=好了",
        "¶undo id=unack kind=wait-until of=promql timeout=1m",
        "a wait-until undoes nothing",
    );
}

#[test]
fn a_step_says_how_it_is_undone_and_why_not() {
    wrong(
        "undo=never why=\"它已发出 / it is out\"",
        "undo=¶never",
        "it cannot be undone",
    );
    wrong(
        "undo=never why=\"它已发出 / it is out\"",
        "undo=¶nothing",
        "it acts, and there is nothing to undo",
    );
    wrong(
        "```step id=last kind=command undo=never",
        "```¶step id=last kind=command",
        "it does not say how it is undone",
    );
    wrong(
        "on-failure=undo\nbackstop",
        "on-failure=¶maybe\nbackstop",
        "on-failure is ask or undo",
    );
    wrong(
        "idempotent=true\nbackstop",
        "idempotent=¶yes\nbackstop",
        "idempotent is true or false",
    );
}

#[test]
fn a_command_is_one_of_ours_with_whole_quotes_and_known_parameters() {
    wrong(
        "backstop watch silence x",
        "¶rm -rf /",
        "\"rm\" is no command of ours",
    );
    wrong(
        "```step id=last kind=command undo=never why=\"它已发出 / it is out\" on-failure=undo\nbackstop watch silence x",
        "```¶step id=last kind=command undo=never why=x",
        "an empty command",
    );
    wrong("silence x", "silence \"¶x", "a quote has no end");
    wrong(
        "silence x",
        "silence 原因 a¶{{reasons}}",
        "there is no parameter \"reasons\"",
    );
    wrong("silence x", "silence 原因 ¶{{reason", "{{ is not closed");
    wrong(
        "silence x",
        "silence ¶{{steps.close.epoch}}",
        "no earlier step gives \"close.epoch\"",
    );
    let long = format!("silence{}", " x".repeat(70));
    wrong(
        "backstop watch silence x",
        &format!("¶backstop watch {long}"),
        "more than 60 words",
    );
    wrong("timeout=30s", "timeout=¶2h", "timeout is no such time");
    wrong("timeout=30s", "timeout=¶soon", "timeout is no such time");
}

#[test]
fn a_request_has_a_method_an_address_and_a_body_of_json() {
    wrong("POST {{url}}", "¶SEND {{url}}", "\"SEND\" is no method");
    wrong("POST {{url}}/v1/{{source}}/note", "POST ¶ftp://x", "no address");
    wrong("DELETE {{url}}/v1/unnote", "DELETE ¶{{source}}/v1", "no address");
    wrong(
        "GET {{url}}/v1/{{source}}?q={{reason}}",
        "GET ¶http://x\n\n{}",
        "a GET has no body",
    );
    wrong(
        "\"fixed\": [1, true]}",
        "\"fixed\": [1, tru¶e",
        "the body is no JSON",
    );
    wrong(
        "\"为 {{reason}}\"",
        "\"为 ¶{{raison}}\"",
        "there is no parameter \"raison\"",
    );
    let long = format!("¶{{\"x\": \"{}\",", "x".repeat(2100));
    wrong(
        "{\"reason\": \"为",
        &format!("{long} \"reason\": \"为"),
        "a body of more than 2000 characters",
    );
    wrong(
        "expect=200,201",
        "expect=¶200,ok",
        "expect is no list of statuses",
    );
    wrong(
        "```undo id=unnote kind=http idempotent=true\nDELETE {{url}}/v1/unnote",
        "```¶undo id=unnote kind=http idempotent=true\n",
        "an empty request",
    );
}

#[test]
fn a_wait_has_a_condition_that_only_looks_and_an_end() {
    wrong(
        "of=promql timeout=10m",
        "of=promql timeout=¶2d",
        "timeout is no such time",
    );
    wrong(
        "```step id=seen kind=wait-until of=promql timeout=10m",
        "```¶step id=seen kind=wait-until of=promql",
        "\"timeout\" is missing",
    );
    wrong("interval=20s", "interval=¶0s", "interval is no such time");
    wrong(
        "of=promql timeout",
        "of=¶smoke timeout",
        "\"smoke\" cannot be looked at",
    );
    wrong(
        "```step id=seen kind=wait-until of=promql",
        "```¶step id=seen kind=wait-until",
        "\"of\" is missing",
    );
    wrong(
        "of=promql timeout",
        "of=promql ¶pointer=/a equals=b timeout",
        "an expression has no members",
    );
    wrong(
        "pointer=/state equals=closed",
        "¶pointer=/state",
        "a pointer without what it has to be",
    );
    wrong(
        "pointer=/state equals=closed",
        "¶equals=closed",
        "equals without what is looked at",
    );
    wrong(
        "pointer=/state equals=closed",
        "pointer=¶state equals=closed",
        "no JSON pointer",
    );
    wrong(
        "backstop intake status --url {{url}} --json",
        "¶backstop intake close --json",
        "a command that acts cannot be a condition",
    );
    wrong(
        "source=\"{{source}}\"}) >=",
        "source=\"¶{{reason}}\"}) >=",
        "\"reason\" is a text",
    );
    wrong(
        "backstop intake status --json",
        "¶evil",
        "\"evil\" is no command of ours",
    );
}

#[test]
fn people_are_told_in_chinese_and_how_many_are_asked_is_bounded() {
    wrong(
        "请通知，编号 {{steps.note.id}}，{{steps.close.nothing}} / tell them",
        "¶tell them",
        "a text for people without Chinese",
    );
    wrong(
        "{{steps.note.id}}",
        "¶{{steps.last.id}}",
        "no earlier step gives \"last.id\"",
    );
    wrong(
        "{{steps.note.id}}",
        "¶{{steps.note}}",
        "no earlier step gives \"note\"",
    );
    wrong(
        "```step id=told kind=human confirm=已通知",
        "```¶step id=told kind=human",
        "\"confirm\" is missing",
    );
    wrong("people=2", "people=¶0", "people is no number of 1 to 5");
    wrong(
        "```step id=agree kind=approval people=2",
        "```¶step id=agree kind=approval",
        "\"people\" is missing",
    );
    wrong(
        "people=2 timeout=30m",
        "people=2 timeout=¶1s",
        "timeout is no such time",
    );
    wrong(
        "```step id=agree kind=approval people=2 timeout=30m\n请同意：{{reason}} / please agree",
        "```¶step id=agree kind=approval people=2 timeout=30m",
        "an empty block",
    );
}

#[test]
fn a_page_has_steps_and_not_too_many() {
    let front = PAGE.split("```step").next().unwrap();
    let (text, place) = marked(&format!("¶{front}"));
    let problems = compile("every-kind.md", &text).unwrap_err();
    assert!(
        problems
            .all
            .iter()
            .any(|problem| problem.place == place && problem.reason == "no step"),
        "{problems}"
    );
    let more: String = (0..40)
        .map(|i| format!("```step id=s{i} kind=human confirm=好\n请看\n```\n"))
        .collect();
    told(&format!("¶{PAGE}\n{more}"), &["more than 40 steps"]);
    let long: String = (0..9)
        .map(|i| {
            format!(
                "```step id=s{i} kind=human confirm=好\n{}\n```\n",
                "请看".repeat(300)
            )
        })
        .collect();
    told(&format!("¶{PAGE}\n{long}"), &["a plan of more than 10240 bytes"]);
}
