//! Experiments run by the executable, and what their journals say.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::echo;
use crate::executable::{backstop, has_watchdog};
use crate::long;
use crate::stand::Stand;

/// A folder with an experiment, its journal, and a note that its activities write into.
pub(crate) struct Lab(tempfile::TempDir);

/// How it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) journal: Value,
    /// Standard output and error.
    pub(crate) text: String,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// An action or probe that writes a line into the note.
    pub(crate) fn notes(&self, kind: &str, line: &str) -> Value {
        let command = format!("-c 'echo {line} >> {}'", self.path("note").display());
        json!({ "name": line, "type": kind, "provider": { "type": "process", "path": "sh", "arguments": command } })
    }

    pub(crate) fn note(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("note")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn command(&self, experiment: &Value, arguments: &[&str]) -> Command {
        let mut experiment = experiment.clone();
        experiment["title"] = json!("a story");
        experiment["description"] = json!("told by a test");
        let file = self.path("experiment.json");
        std::fs::write(&file, experiment.to_string()).unwrap();
        let mut command = backstop(&["run"]);
        command.arg(file).arg("--journal").arg(self.path("journal.json"));
        command.args(arguments);
        command
    }

    pub(crate) fn run(&self, experiment: &Value, arguments: &[&str]) -> Ended {
        self.ended(&mut self.command(experiment, arguments))
    }

    pub(crate) fn ended(&self, command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        Ended {
            code: output.status.code().unwrap(),
            journal: self.journal(),
            text: String::from_utf8(text).unwrap(),
        }
    }

    pub(crate) fn journal(&self) -> Value {
        let text = std::fs::read_to_string(self.path("journal.json")).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

fn exits(path: &str, tolerance: &Value) -> Value {
    json!({ "name": format!("{path} exits"), "type": "probe", "tolerance": tolerance,
        "provider": { "type": "process", "path": path } })
}

/// A hypothesis that holds while a file is there.
fn while_there(file: &Path) -> Value {
    json!({ "title": "it is there", "probes": [{ "name": "look", "type": "probe", "tolerance": 0,
        "provider": { "type": "process", "path": "test", "arguments": ["-e", file.to_str().unwrap()] } }] })
}

fn removes(file: &Path) -> Value {
    json!({ "name": "remove it", "type": "action",
        "provider": { "type": "process", "path": "rm", "arguments": [file.to_str().unwrap()] } })
}

#[test]
fn requests_and_programs_are_probes_and_the_journal_has_its_main_fields() {
    let lab = Lab::new();
    let stand = Stand::start();
    stand.proxy(echo::echo());
    let url = format!("http://{}/proxies/p", stand.api);
    let http = |name: &str, tolerance: Value| {
        json!({ "name": name, "type": "probe", "tolerance": tolerance,
        "provider": { "type": "http", "url": "${url}", "timeout": 3, "headers": { "Accept": "application/json" } } })
    };
    let ended = lab.run(
        &json!({
            "configuration": { "url": url, "name": { "type": "env", "key": "NO_SUCH_VARIABLE_HERE", "default": "p" } },
            "steady-state-hypothesis": { "title": "all is well", "probes": [
                http("status", json!(200)),
                http("one of", json!([200, 201, 204])),
                http("in it", json!({ "type": "jsonpath", "path": "$.name", "target": "body", "expect": "${name}" })),
                http("enabled", json!({ "type": "jsonpath", "path": "$[?@.enabled == true]", "target": "none", "count": 1 })),
                http("judged", json!({ "name": "judge", "type": "probe", "provider": { "type": "process", "path": "sh",
                    "arguments": { "-c": "echo \"$1\" | grep -q '\"status\":200'" } } })),
                exits("true", &json!(0)),
                exits("false", &json!([1, 2, 3])),
            ]},
            "method": [{ "ref": "true exits" }, {
                "name": "disable", "type": "action",
                "provider": { "type": "http", "url": "${url}", "method": "patch",
                    "headers": { "Content-Type": "application/json" }, "arguments": { "enabled": false } }
            }, {
                "name": "enable", "type": "action",
                "provider": { "type": "http", "url": "${url}", "method": "POST",
                    "headers": { "Content-Type": "application/json" }, "arguments": { "enabled": true } }
            }],
            "rollbacks": [lab.notes("action", "rolled")],
        }),
        &["--json"],
    );
    assert_eq!(ended.code, 0, "{}", ended.text);
    let journal = &ended.journal;
    assert_eq!(journal["status"], "completed");
    assert_eq!(journal["deviated"], false);
    for field in [
        "chaoslib-version",
        "platform",
        "node",
        "start",
        "end",
        "experiment",
    ] {
        assert!(!journal[field].is_null(), "{field}");
    }
    assert!(journal["duration"].as_f64().unwrap() > 0.0);
    for when in ["before", "after"] {
        assert_eq!(journal["steady_states"][when]["steady_state_met"], true);
        assert_eq!(
            journal["steady_states"][when]["probes"].as_array().unwrap().len(),
            7
        );
    }
    let runs = journal["run"].as_array().unwrap();
    let outputs: Vec<&Value> = runs.iter().map(|run| &run["output"]).collect();
    assert_eq!(outputs[1]["body"]["enabled"], false);
    assert_eq!(outputs[2]["body"]["enabled"], true);
    assert!(
        runs.iter()
            .all(|run| run["status"] == "succeeded" && run["duration"].is_f64())
    );
    assert_eq!(journal["rollbacks"][0]["status"], "succeeded");
    assert_eq!(lab.note(), ["rolled"]);
}

#[test]
fn each_strategy_tests_the_hypothesis_when_it_says() {
    for (strategy, before, during, after) in [
        ("default", true, false, true),
        ("before-method-only", true, false, false),
        ("after-method-only", false, false, true),
        ("during-method-only", false, true, false),
        ("continuously", true, true, true),
        ("skip", false, false, false),
    ] {
        let lab = Lab::new();
        std::fs::write(lab.path("flag"), "").unwrap();
        let wait = json!({ "name": "wait", "type": "action", "provider": { "type": "process", "path": "sleep", "arguments": "0.35" } });
        let ended = lab.run(
            &json!({ "steady-state-hypothesis": while_there(&lab.path("flag")), "method": [wait] }),
            &["--hypothesis-strategy", strategy, "--hypothesis-every", "100ms"],
        );
        assert_eq!(ended.code, 0, "{strategy}: {}", ended.text);
        let states = &ended.journal["steady_states"];
        assert_eq!(states["before"].is_object(), before, "{strategy}");
        assert_eq!(states["after"].is_object(), after, "{strategy}");
        let count = states["during"].as_array().unwrap().len();
        assert_eq!((2..=5).contains(&count), during, "{strategy}: {count} times");
    }
}

#[test]
fn a_hypothesis_that_does_not_hold_before_spares_the_method() {
    let lab = Lab::new();
    let ended = lab.run(
        &json!({ "steady-state-hypothesis": while_there(&lab.path("none")),
            "method": [lab.notes("action", "harm")], "rollbacks": [lab.notes("action", "rolled")] }),
        &[],
    );
    assert_eq!(ended.code, 3, "{}", ended.text);
    assert_eq!(ended.journal["status"], "completed");
    assert_eq!(ended.journal["deviated"], false);
    assert_eq!(lab.note(), ["rolled"]);
}

#[test]
fn rollbacks_are_played_as_their_strategy_says() {
    for (strategy, deviates, failed, plays) in [
        ("default", false, false, true),
        ("default", true, false, true),
        ("default", false, true, false),
        ("always", false, true, true),
        ("never", true, false, false),
        ("deviated", false, false, false),
        ("deviated", true, false, true),
    ] {
        let lab = Lab::new();
        let flag = lab.path("flag");
        std::fs::write(&flag, "").unwrap();
        let mut hypothesis = while_there(&flag);
        if failed {
            hypothesis["probes"][0]["provider"]["path"] = json!("/no/such/program");
        }
        let method = if deviates {
            json!([removes(&flag)])
        } else {
            json!([])
        };
        let ended = lab.run(
            &json!({ "steady-state-hypothesis": hypothesis, "method": method, "rollbacks": [lab.notes("action", "rolled")] }),
            &["--rollback-strategy", strategy],
        );
        let about = format!("{strategy} {deviates} {failed}: {}", ended.text);
        assert_eq!(!lab.note().is_empty(), plays, "{about}");
        assert_eq!(ended.journal["deviated"], deviates, "{about}");
        let status = if failed { "failed" } else { "completed" };
        assert_eq!(ended.journal["status"], status, "{about}");
        assert_eq!(
            ended.code,
            if failed {
                1
            } else if deviates {
                3
            } else {
                0
            },
            "{about}"
        );
    }
}

#[test]
fn a_deviation_during_the_method_is_one_and_may_end_it() {
    for (arguments, lines) in [(&[][..], 1), (&["--fail-fast"][..], 0)] {
        let lab = Lab::new();
        let flag = lab.path("flag");
        std::fs::write(&flag, "").unwrap();
        let mut last = lab.notes("action", "last");
        last["pauses"] = json!({ "before": 0.1 });
        let put_back = json!({ "name": "put back", "type": "action", "pauses": { "before": 0.5 },
            "provider": { "type": "process", "path": "touch", "arguments": [flag.to_str().unwrap()] } });
        let strategy = [
            "--hypothesis-strategy",
            "continuously",
            "--hypothesis-every",
            "50ms",
        ];
        let ended = lab.run(
            &json!({ "steady-state-hypothesis": while_there(&flag), "method": [removes(&flag), put_back, last] }),
            &[&strategy[..], arguments].concat(),
        );
        assert_eq!(ended.code, 3, "{}", ended.text);
        assert_eq!(ended.journal["deviated"], true);
        // Whether it is put back before the method is ended is a race.
        let after = ended.journal["steady_states"]["after"]["steady_state_met"] == true;
        assert!(after || !arguments.is_empty());
        assert_eq!(lab.note().len(), lines, "{arguments:?}");
    }
}

#[test]
fn what_runs_in_the_background_holds_up_nobody_and_is_waited_for() {
    let lab = Lab::new();
    let mut slow = lab.notes("action", "slow");
    slow["background"] = json!(true);
    slow["pauses"] = json!({ "before": "${pause}" });
    let mut quick = lab.notes("action", "quick");
    quick["pauses"] = json!({ "after": 0.1 });
    let ended = lab.run(
        &json!({ "configuration": { "pause": 0.6 }, "method": [slow, quick] }),
        &[],
    );
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert_eq!(lab.note(), ["quick", "slow"]);
    let names: Vec<&str> = ended.journal["run"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["activity"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["slow", "quick"]);
    let took = ended.journal["duration"].as_f64().unwrap();
    assert!((0.6..1.5).contains(&took), "{took}");
}

#[test]
fn secrets_reach_activities_and_nothing_that_is_written() {
    let lab = Lab::new();
    let server = echo::serve(|mut stream| {
        use std::io::{Read as _, Write as _};
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        // It answers with what it was sent.
        let body = String::from_utf8_lossy(&buffer[..count]).into_owned();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    });
    let experiment = json!({
        "secrets": { "group": { "token": { "type": "env", "key": "STORY_TOKEN" }, "inline": "inline-and-secret" } },
        "steady-state-hypothesis": { "title": "t", "probes": [{ "name": "sent", "type": "probe",
            "tolerance": { "type": "regex", "pattern": "hush/hush now", "target": "body" },
            "provider": { "type": "http", "url": format!("http://{server}/"), "headers": { "X-Token": "${token} now" } } }] },
        "method": [
            { "name": "in an address", "type": "action",
                "provider": { "type": "http", "url": format!("http://{server}/?t=${{token}}"), "arguments": { "i": "${inline}" } } },
            { "name": "printed", "type": "action", "provider": { "type": "process", "path": "echo", "arguments": ["${token}", "${inline}"] } },
            { "name": "failing", "type": "action", "provider": { "type": "http", "url": "http://127.0.0.1:1/${token}" } },
        ],
    });
    let mut command = lab.command(&experiment, &["--json"]);
    let ended = lab.ended(
        command
            .env("STORY_TOKEN", "hush/hush")
            .env("BACKSTOP_LOG", "debug"),
    );
    assert_eq!(ended.code, 1, "an activity of the method failed: {}", ended.text);
    assert_eq!(
        ended.journal["steady_states"]["before"]["steady_state_met"], true,
        "{}",
        ended.text
    );
    assert_eq!(ended.journal["run"][1]["output"]["stdout"], "*** ***\n");
    let journal = ended.journal.to_string();
    for hidden in ["hush/hush", "hush%2Fhush", "inline-and-secret"] {
        assert!(!ended.text.contains(hidden), "{}", ended.text);
        assert!(!journal.contains(hidden), "{journal}");
    }
}

#[test]
fn failures_have_exit_codes_of_their_own() {
    let lab = Lab::new();
    let slow = json!({ "name": "slow", "type": "action",
        "provider": { "type": "process", "path": "sleep", "arguments": ["5"], "timeout": 0.2 } });
    let ended = lab.run(&json!({ "method": [slow, lab.notes("action", "goes on")] }), &[]);
    assert_eq!(ended.code, 1);
    assert_eq!(ended.journal["run"][0]["status"], "failed");
    assert_eq!(ended.journal["status"], "completed");
    assert_eq!(lab.note(), ["goes on"]);
    let ended = lab.run(&json!({ "method": [], "rollbacks": [slow] }), &[]);
    assert_eq!(ended.code, 7);
    assert!(ended.text.contains("A ROLLBACK FAILED"), "{}", ended.text);
}

#[test]
fn what_cannot_be_run_is_refused_before_anything_is_and_says_why() {
    let lab = Lab::new();
    let python = |module: &str| {
        json!({ "method": [lab.notes("action", "harm"), { "name": "kill a pod", "type": "action",
        "provider": { "type": "python", "module": module, "func": "terminate_pods" } }] })
    };
    for (experiment, says) in [
        (
            python("chaosk8s.pod.actions"),
            "chaosk8s.pod.actions.terminate_pods, and there is no Python here",
        ),
        (
            python("backstop"),
            "no native function 'terminate_pods': use stop_process",
        ),
        (json!({}), "requires a method"),
        (
            json!({ "method": [{ "ref": "none" }] }),
            "method[0]: there is no activity 'none'",
        ),
        (json!({ "method": [], "controls": [] }), "controls"),
        (
            json!({ "method": [], "secrets": { "s": { "t": { "type": "env", "key": "NO_SUCH_VARIABLE_HERE" } } } }),
            "NO_SUCH_VARIABLE_HERE",
        ),
        (
            json!({ "method": [], "steady-state-hypothesis": { "title": "t", "probes": [{ "name": "n", "type": "probe",
            "provider": { "type": "process", "path": "true" } }] } }),
            "requires a tolerance",
        ),
        (
            json!({ "method": [{ "name": "n", "type": "action", "provider": { "type": "native", "func": "stop_process",
            "arguments": { "pid": 2 } } }] }),
            "--leases",
        ),
    ] {
        let ended = lab.run(&experiment, &[]);
        assert_eq!(ended.code, 2, "{}", ended.text);
        assert!(ended.text.contains(says), "{says}: {}", ended.text);
    }
    let fine =
        json!({ "method": [lab.notes("action", "harm")], "rollbacks": [lab.notes("action", "undo it")] });
    let ended = lab.run(&fine, &["--dry-run"]);
    assert_eq!(ended.code, 0);
    assert!(ended.text.contains("method: action harm") && ended.text.contains("rollbacks: action undo it"));
    assert!(lab.note().is_empty() && ended.journal.is_null());
}

#[test]
fn yaml_says_the_same() {
    let lab = Lab::new();
    let text = "
title: a story
description: |
  in YAML
configuration:
  code: 0
steady-state-hypothesis:
  title: truth
  probes:
  - {name: truth, type: probe, tolerance: 0, provider: {type: process, path: 'true'}}
method:
- name: say
  type: action
  provider:
    type: process
    path: echo
    arguments: [\"code ${code}\"]
";
    let file = lab.path("experiment.yaml");
    std::fs::write(&file, text).unwrap();
    let mut command = backstop(&["run"]);
    command.arg(&file).arg("--journal").arg(lab.path("journal.json"));
    let ended = lab.ended(&mut command);
    assert_eq!(ended.code, 0, "{}", ended.text);
    assert_eq!(ended.journal["run"][0]["output"]["stdout"], "code 0\n");
}

#[test]
fn a_toxic_of_an_experiment_is_there_during_the_method_and_gone_after_it() {
    if !has_watchdog() {
        return long::skip(
            "a_toxic_of_an_experiment",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let lab = Lab::new();
    let stand = Stand::start();
    let address = stand.proxy(echo::echo());
    let toxic = |name: &str| {
        json!({ "name": name, "type": "action", "provider": { "type": "native", "func": "add_toxic",
        "arguments": { "api": stand.api, "proxy": "p", "name": name, "type": "latency", "attributes": { "latency": 100 }, "for": "30s" } } })
    };
    let list = |name: &str, count: u64| {
        json!({ "name": name, "type": "probe",
        "tolerance": { "type": "jsonpath", "path": "$[*]", "target": "body", "count": count },
        "provider": { "type": "http", "url": format!("http://{}/proxies/p/toxics", stand.api) } })
    };
    let end = json!({ "name": "end it", "type": "action", "provider": { "type": "python", "module": "backstop", "func": "end_fault",
        "arguments": { "activity": "one" } } });
    let connects = json!({ "name": "connects", "type": "probe", "provider": { "type": "native", "func": "tcp_connects",
        "arguments": { "address": address.to_string() } } });
    let leases = lab.path("leases");
    let ended = lab.run(
        &json!({ "steady-state-hypothesis": { "title": "none", "probes": [list("none", 0)] },
            "method": [toxic("one"), toxic("two"), list("both", 2), end, list("one left", 1), connects, toxic("two")] }),
        &["--leases", leases.to_str().unwrap(), "--hypothesis-strategy", "before-method-only"],
    );
    // The last one is there already, so it is not ours to undo.
    assert_eq!(ended.code, 1, "{}", ended.text);
    let runs = ended.journal["run"].as_array().unwrap();
    let sizes: Vec<usize> = [2, 4]
        .map(|at| runs[at]["output"]["body"].as_array().unwrap().len())
        .into();
    assert_eq!(sizes, [2, 1]);
    assert_eq!(runs[3]["output"]["ended"], 1);
    assert_eq!(runs[5]["output"], true);
    assert!(runs[6]["exception"][0].as_str().unwrap().contains("already"));
    assert_eq!(stand.ask("GET", "/proxies/p/toxics", "").json(), json!([]));
    assert!(
        lease::Folder::open(&leases)
            .unwrap()
            .entries()
            .unwrap()
            .is_empty()
    );
    std::thread::sleep(Duration::from_millis(1));
}
