//! Experiments that a signal ends: rollbacks are played and faults end. If they are killed, faults end all the same.

use std::time::Duration;

use lease::{Folder, Process, Signal};
use serde_json::{Value, json};

use crate::executable::has_watchdog;
use crate::experiments::Lab;
use crate::long;
use crate::victim::{Running, within};

fn stops(process: &Process) -> Value {
    json!({ "name": "stop it", "type": "action", "provider": { "type": "native", "func": "stop_process",
        "arguments": { "pid": "${pid}", "start": process.start, "for": "60s" } } })
}

fn waits() -> Value {
    json!({ "name": "wait", "type": "action", "provider": { "type": "process", "path": "sleep", "arguments": ["50"] } })
}

#[test]
fn a_signal_ends_the_method_plays_rollbacks_and_ends_faults() {
    if !has_watchdog() {
        return long::skip(
            "a_signal_ends_the_method",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    for (signal, strategy, rolled) in [
        (Signal::TERM, "default", true),
        (Signal::INT, "always", true),
        (Signal::TERM, "never", false),
    ] {
        let lab = Lab::new();
        let (_victim, process) = Running::victim();
        let mut background = waits();
        background["background"] = json!(true);
        let experiment = json!({
            "configuration": { "pid": process.pid.to_string() },
            "method": [stops(&process), background, lab.notes("action", "begun"), waits(), lab.notes("action", "not reached")],
            "rollbacks": [lab.notes("action", "rolled")],
        });
        let leases = lab.path("leases");
        let arguments = [
            "--leases",
            leases.to_str().unwrap(),
            "--rollback-strategy",
            strategy,
        ];
        let mut tool = Running::start(&mut lab.command(&experiment, &arguments));
        within(Duration::from_secs(10), || !lab.note().is_empty()).unwrap();
        // Until what comes after it waits.
        std::thread::sleep(Duration::from_millis(500));
        assert!(process.is_stopped().unwrap());
        tool.process().open().unwrap().unwrap().signal(signal).unwrap();
        let ended = within(Duration::from_secs(5), || tool.0.try_wait().unwrap().is_some());
        assert!(ended.is_some(), "it ends");
        assert_eq!(tool.0.wait().unwrap().code(), Some(1));
        assert!(!process.is_stopped().unwrap());
        assert!(Folder::open(&leases).unwrap().entries().unwrap().is_empty());
        assert_eq!(
            lab.note(),
            if rolled {
                vec!["begun", "rolled"]
            } else {
                vec!["begun"]
            }
        );
        let journal = lab.journal();
        assert_eq!(journal["status"], "interrupted");
        let statuses: Vec<&str> = journal["run"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["status"].as_str().unwrap())
            .collect();
        assert_eq!(statuses, ["succeeded", "aborted", "succeeded", "aborted"]);
    }
}

#[test]
fn an_experiment_that_is_killed_leaves_no_fault_behind() {
    if !has_watchdog() {
        return long::skip(
            "an_experiment_that_is_killed",
            "backstop-watchdog is not built beside backstop-chaos",
        );
    }
    let lab = Lab::new();
    let (_victim, process) = Running::victim();
    let experiment = json!({
        "configuration": { "pid": process.pid },
        "method": [stops(&process), waits()],
    });
    let leases = lab.path("leases");
    let mut tool = Running::start(&mut lab.command(&experiment, &["--leases", leases.to_str().unwrap()]));
    within(Duration::from_secs(10), || process.is_stopped().unwrap()).unwrap();
    tool.0.kill().unwrap();
    let took = within(Duration::from_secs(2), || !process.is_stopped().unwrap());
    println!("undone after {took:?}");
    assert!(took.is_some());
}
