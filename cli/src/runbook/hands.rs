//! What a run needs of the world, for real: this program's own commands, requests, the watch, and people.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::config::Env;
use base::exit;
use client::http::Request as Call;
use runbooks::hands::{Approvals, Doing, Exit, Order, Proposal, Request, Response, Said, Task};
use runbooks::{Hands, Process, Web};
use serde_json::Value;

use super::asked::Asked;
use super::owed::Owed;
use super::record;
use crate::ended::stop;
use crate::watch::reach::Reach;

/// What a command of a page gets of this one's environment: where the planes are, who asks, and where files are.
const PASSED: &[&str] = &[
    "BACKSTOP_URL",
    "BACKSTOP_TOKEN",
    "BACKSTOP_CONTROL_URL",
    "BACKSTOP_CONTROL_TOKEN",
    "BACKSTOP_LEASES",
    "HOME",
    "TZ",
];

/// Through what a run acts.
#[derive(Debug, clap::Args)]
pub(super) struct HandsArgs {
    /// The control plane: its record of runs, approvals, and expressions over what is watched.
    #[command(flatten)]
    pub(super) reach: Reach,
    /// Another origin that requests of a page may go to, besides this machine.
    #[arg(long = "allow-origin", value_name = "https://HOST")]
    origins: Vec<String>,
}

/// Real hands.
pub(super) struct Real<'a> {
    process: Process,
    web: Web,
    reach: &'a Reach,
    clock: Clock,
    asked: Asked,
    owed: Option<Owed>,
}

impl HandsArgs {
    /// Hands, and who is there to be asked.
    pub(super) fn real(&self, env: &impl Env, clock: &Clock, asked: Asked) -> anyhow::Result<Real<'_>> {
        let program = std::env::current_exe().context("this program cannot tell where it is")?;
        let passed = PASSED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), env.get(name)?)));
        let environment: BTreeMap<String, String> = passed.collect();
        // A command ends with the run that began it, even by SIGKILL: whoever resumes looks at what has come to rest.
        let tether = vec![
            "tether".into(),
            std::process::id().to_string().into(),
            program.clone().into(),
        ];
        let web = Web::new(&self.origins);
        Ok(Real {
            process: Process::new(program, environment).through(tether),
            web: web.map_err(|error| stop(exit::USAGE, format!("--allow-origin: {error}")))?,
            reach: &self.reach,
            clock: clock.clone(),
            asked,
            owed: None,
        })
    }
}

impl Real<'_> {
    /// With the record of runs, without which nobody can be asked to approve.
    pub(super) fn recorded(mut self, owed: Owed) -> Self {
        self.owed = Some(owed);
        self
    }
}

impl Hands for Real<'_> {
    fn command<'a>(&'a self, order: &'a Order) -> Doing<'a, Exit> {
        Box::pin(self.process.run(order))
    }

    fn http<'a>(&'a self, request: &'a Request) -> Doing<'a, Response> {
        Box::pin(self.web.send(request))
    }

    fn query<'a>(&'a self, expression: &'a str) -> Doing<'a, Result<Vec<String>, String>> {
        Box::pin(async move {
            let answer = self.reach.send(&Call::watch_query(expression, None)).await;
            answer
                .map_err(|error| format!("{error:#}"))
                .and_then(|answer| series(&answer))
        })
    }

    fn ask<'a>(&'a self, task: &'a Task) -> Doing<'a, Said> {
        Box::pin(self.asked.ask(task))
    }

    fn approvals<'a>(&'a self, proposal: &'a Proposal) -> Doing<'a, Result<Approvals, String>> {
        Box::pin(async move {
            let owed = self.owed.as_ref().ok_or("a dry run asks nobody")?;
            let asked = record::approvals(owed, self.reach, proposal, self.now()).await;
            asked.map_err(|error| format!("{error:#}"))
        })
    }

    fn now(&self) -> i64 {
        self.clock.now_micros()
    }

    fn sleep(&self, time: Duration) -> Doing<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The series of an answer, one line each. A number by itself is one, too: it gives something.
fn series(answer: &Value) -> Result<Vec<String>, String> {
    let result = answer.pointer("/data/result").and_then(Value::as_array);
    let result = result.ok_or("the control plane's answer has no result")?;
    Ok(match answer.pointer("/data/resultType").and_then(Value::as_str) {
        Some("vector") => result.iter().map(Value::to_string).collect(),
        _ => vec![Value::from(result.clone()).to_string()],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_empty_vector_gives_nothing_and_a_number_gives_something() {
        let vector = |result: Value| json!({ "data": { "resultType": "vector", "result": result } });
        assert_eq!(series(&vector(json!([]))), Ok(Vec::new()));
        assert_eq!(series(&vector(json!([{ "metric": {} }, {}]))).unwrap().len(), 2);
        let scalar = json!({ "data": { "resultType": "scalar", "result": [1, "0"] } });
        assert_eq!(series(&scalar).unwrap().len(), 1);
        assert!(series(&json!({})).is_err());
    }
}
