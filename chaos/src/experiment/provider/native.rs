//! Functions of our own: faults, each under a lease, and probes.

use std::time::Duration;

use lease::{Terms, Undo};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::experiment::provider::Failed;
use crate::experiment::world::World;
use crate::faults::inject::inject;
use crate::faults::plan::{Fault, Plan};
use crate::faults::target;
use crate::span::span;
use crate::watched;

/// Every function.
pub(in crate::experiment) const NAMES: &[&str] = &[
    "stop_process",
    "kill_process",
    "restart_process",
    "add_toxic",
    "disable_proxy",
    "end_fault",
    "process_is_alive",
    "tcp_connects",
];

/// Whether it injects something, so that it needs a folder for its undo record.
pub(in crate::experiment) fn injects(func: &str) -> bool {
    matches!(
        func,
        "stop_process" | "kill_process" | "restart_process" | "add_toxic" | "disable_proxy"
    )
}

/// A whole number, or a text that is one: what comes from the environment is a text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Text(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfProcess {
    pid: Option<Number>,
    pid_file: Option<std::path::PathBuf>,
    start: Option<u64>,
    #[serde(rename = "for", default = "minute")]
    lasts: String,
    #[serde(default = "ten_seconds")]
    grace: String,
    starts_by: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfToxic {
    #[serde(default = "api")]
    api: String,
    proxy: String,
    name: Option<String>,
    r#type: String,
    #[serde(default = "downstream")]
    stream: String,
    #[serde(default = "one")]
    toxicity: f64,
    #[serde(default)]
    attributes: Value,
    #[serde(rename = "for", default = "minute")]
    lasts: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfProxy {
    #[serde(default = "api")]
    api: String,
    proxy: String,
    #[serde(rename = "for", default = "minute")]
    lasts: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfActivity {
    activity: String,
}

#[derive(Debug, Deserialize)]
struct OfAddress {
    address: String,
    #[serde(default = "one")]
    timeout: f64,
}

fn minute() -> String {
    "60s".to_owned()
}

fn ten_seconds() -> String {
    "10s".to_owned()
}

fn api() -> String {
    "127.0.0.1:8474".to_owned()
}

fn downstream() -> String {
    "downstream".to_owned()
}

const fn one() -> f64 {
    1.0
}

pub(super) async fn run(
    func: &str,
    activity: &str,
    arguments: Value,
    world: &World,
) -> Result<Value, Failed> {
    match func {
        "stop_process" | "kill_process" | "restart_process" => {
            process(func, activity, read(arguments)?, world)
        }
        "add_toxic" => toxic(activity, read(arguments)?, world),
        "disable_proxy" => disable(activity, read(arguments)?, world),
        "end_fault" => end(&read::<OfActivity>(arguments)?.activity, world),
        "process_is_alive" => {
            let of: OfProcess = read(arguments)?;
            Ok(Value::from(find(&of).is_ok()))
        }
        "tcp_connects" => {
            let of: OfAddress = read(arguments)?;
            let patience =
                Duration::try_from_secs_f64(of.timeout).map_err(|error| Failed(error.to_string()))?;
            let connected = tokio::time::timeout(patience, tokio::net::TcpStream::connect(&of.address)).await;
            Ok(Value::from(matches!(connected, Ok(Ok(_)))))
        }
        other => Err(Failed(format!("there is no native function '{other}'"))),
    }
}

fn read<T: serde::de::DeserializeOwned>(arguments: Value) -> Result<T, Failed> {
    let arguments = if arguments.is_null() { json!({}) } else { arguments };
    serde_json::from_value(arguments).map_err(|error| Failed(format!("its arguments: {error}")))
}

fn find(of: &OfProcess) -> Result<lease::Process, Failed> {
    let pid = match (&of.pid, &of.pid_file) {
        (Some(Number::Whole(pid)), None) => pid.to_string(),
        (Some(Number::Text(pid)), None) => pid.clone(),
        (None, Some(file)) => std::fs::read_to_string(file)
            .map_err(|error| Failed(format!("{}: {error}", file.display())))?
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        _ => return Err(Failed("a process is named by pid or pid_file".to_owned())),
    };
    let pid = pid
        .trim()
        .parse()
        .map_err(|_| Failed(format!("{pid} is no pid")))?;
    Ok(target::find(pid, of.start)?)
}

/// Blocks a thread, for as long as a restart's grace: the others go on.
fn process(func: &str, activity: &str, of: OfProcess, world: &World) -> Result<Value, Failed> {
    let folder = world
        .folder
        .as_ref()
        .ok_or_else(|| Failed("there is no folder of leases".to_owned()))?;
    let lasts = span(&of.lasts).map_err(Failed)?;
    let fault = match func {
        "stop_process" => Fault::Stop,
        "kill_process" => Fault::Kill,
        _ => Fault::Restart {
            grace: span(&of.grace).map_err(Failed)?,
        },
    };
    let process = find(&of)?;
    let plan = Plan::new(fault, process, lasts, of.starts_by)?;
    tokio::task::block_in_place(|| {
        let lease = inject(&plan, folder, &world.clock)?;
        let told = told(&lease);
        if matches!(fault, Fault::Restart { .. }) {
            lease.end()?;
        } else {
            world.hold(activity, lease);
        }
        Ok(told)
    })
}

fn toxic(activity: &str, of: OfToxic, world: &World) -> Result<Value, Failed> {
    let name = of.name.unwrap_or_else(|| format!("{}_{}", of.r#type, of.stream));
    let path = format!("/proxies/{}/toxics", lease::segment(&of.proxy));
    let body = json!({
        "name": name, "type": of.r#type, "stream": of.stream, "toxicity": of.toxicity,
        "attributes": of.attributes,
    });
    // One that is there already is somebody else's: to undo would remove it.
    let known = call("GET", &of.api, &format!("{path}/{}", lease::segment(&name)), "")?;
    if known.status != 404 {
        return Err(Failed(format!("proxy {} has a toxic {name} already", of.proxy)));
    }
    let terms = Terms {
        fault: format!("toxic {name} on proxy {} at {}", of.proxy, of.api),
        undo: Undo::RemoveToxic {
            api: of.api.clone(),
            proxy: of.proxy.clone(),
            toxic: name,
        },
        lasts: span(&of.lasts).map_err(Failed)?,
    };
    leased(activity, terms, world, || {
        expect_ok(call("POST", &of.api, &path, &body.to_string())?)
    })
}

fn disable(activity: &str, of: OfProxy, world: &World) -> Result<Value, Failed> {
    let path = format!("/proxies/{}", lease::segment(&of.proxy));
    expect_ok(call("GET", &of.api, &path, "")?)?;
    let terms = Terms {
        fault: format!("proxy {} at {} disabled", of.proxy, of.api),
        undo: Undo::RestoreProxy {
            api: of.api.clone(),
            proxy: of.proxy.clone(),
            enabled: true,
        },
        lasts: span(&of.lasts).map_err(Failed)?,
    };
    leased(activity, terms, world, || {
        expect_ok(call("POST", &of.api, &path, "{\"enabled\":false}")?)
    })
}

fn leased(
    activity: &str,
    terms: Terms,
    world: &World,
    inject: impl FnOnce() -> Result<(), Failed>,
) -> Result<Value, Failed> {
    let folder = world
        .folder
        .as_ref()
        .ok_or_else(|| Failed("there is no folder of leases".to_owned()))?;
    tokio::task::block_in_place(|| {
        watched::ensure(folder, &world.clock)?;
        let held = folder.hold(terms, &world.clock, |_| inject())?;
        let told = told(&held.lease);
        world.hold(activity, held.lease);
        Ok(told)
    })
}

fn end(activity: &str, world: &World) -> Result<Value, Failed> {
    let ended = tokio::task::block_in_place(|| world.end(Some(activity)));
    let count = ended.len();
    for one in ended {
        one?;
    }
    Ok(json!({ "ended": count }))
}

fn told(lease: &lease::Lease) -> Value {
    let record = lease.record();
    json!({ "lease": record.id, "fault": record.fault, "expires_at": record.expires_at })
}

fn call(method: &str, api: &str, path: &str, body: &str) -> Result<lease::Answer, Failed> {
    tokio::task::block_in_place(|| lease::ask(method, api, path, body))
        .map_err(|error| Failed(format!("{method} http://{api}{path}: {error}")))
}

fn expect_ok(answer: lease::Answer) -> Result<(), Failed> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&answer.body).trim().to_owned();
    Err(Failed(format!("the proxy answers {} {body}", answer.status)))
}
