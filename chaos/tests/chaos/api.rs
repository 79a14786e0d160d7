//! The API, answer by answer, as Toxiproxy gives them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::echo;
use crate::stand::Stand;

/// Method, path, body, status, and what the answer must hold: of an object the fields named, else the text.
type Row = (&'static str, &'static str, &'static str, u16, Value);

const PLAIN: &str = r#"{"name":"a","listen":"127.0.0.1:0","upstream":"127.0.0.1:9"}"#;

fn table() -> Vec<Row> {
    let error = |error: &str, status: u16| json!({ "error": error, "status": status });
    let no_proxy = error("proxy not found", 404);
    let no_toxic = error("toxic not found", 404);
    let latency = json!({ "name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1.0,
        "attributes": { "latency": 5, "jitter": 0 } });
    vec![
        ("GET", "/proxies", "", 200, json!({})),
        ("POST", "/proxies", "", 400, error("bad request body: EOF", 400)),
        ("POST", "/proxies", "{", 400, json!({ "status": 400 })),
        (
            "POST",
            "/proxies",
            r#"{"upstream":"u:1"}"#,
            400,
            error("missing required field: name", 400),
        ),
        (
            "POST",
            "/proxies",
            r#"{"name":"a"}"#,
            400,
            error("missing required field: upstream", 400),
        ),
        (
            "POST",
            "/proxies",
            r#"{"name":7,"upstream":"u:1"}"#,
            400,
            json!({ "status": 400 }),
        ),
        (
            "POST",
            "/proxies",
            PLAIN,
            201,
            json!({ "name": "a", "enabled": true, "upstream": "127.0.0.1:9", "toxics": [] }),
        ),
        ("POST", "/proxies", PLAIN, 409, error("proxy already exists", 409)),
        (
            "POST",
            "/proxies",
            r#"{"name":"x","listen":"0.0.0.0:0","upstream":"u:1"}"#,
            400,
            json!({ "status": 400 }),
        ),
        (
            "POST",
            "/proxies",
            r#"{"name":"x","listen":"127.0.0.1:99999","upstream":"u:1"}"#,
            500,
            json!({ "status": 500 }),
        ),
        ("GET", "/proxies/a", "", 200, json!({ "name": "a", "toxics": [] })),
        ("GET", "/proxies/none", "", 404, no_proxy.clone()),
        (
            "PATCH",
            "/proxies/a",
            r#"{"enabled":false}"#,
            200,
            json!({ "enabled": false }),
        ),
        (
            "POST",
            "/proxies/a",
            r#"{"Enabled":true,"unknown":1}"#,
            200,
            json!({ "enabled": true }),
        ),
        (
            "PATCH",
            "/proxies/a",
            r#"{"upstream":"127.0.0.1:8"}"#,
            200,
            json!({ "upstream": "127.0.0.1:8", "enabled": true }),
        ),
        ("PATCH", "/proxies/a", "nonsense", 400, json!({ "status": 400 })),
        ("PATCH", "/proxies/none", "{}", 404, no_proxy.clone()),
        ("GET", "/proxies/a/toxics", "", 200, json!([])),
        ("GET", "/proxies/none/toxics", "", 404, no_proxy.clone()),
        ("POST", "/proxies/none/toxics", "nonsense", 404, no_proxy.clone()),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"noop"}"#,
            400,
            error("invalid toxic type", 400),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            "{}",
            400,
            error("invalid toxic type", 400),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"latency","stream":"sideways"}"#,
            400,
            error("stream was invalid, can be either upstream or downstream", 400),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"latency","attributes":{"latency":"soon"}}"#,
            400,
            json!({ "status": 400 }),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"latency","attributes":{"latency":5}}"#,
            200,
            latency.clone(),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"latency"}"#,
            409,
            error("toxic already exists", 409),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"timeout","stream":"UPSTREAM","name":"latency_downstream"}"#,
            409,
            error("toxic already exists", 409),
        ),
        (
            "POST",
            "/proxies/a/toxics",
            r#"{"type":"bandwidth","stream":"upstream","toxicity":0.25,"attributes":{"rate":9}}"#,
            200,
            json!({ "name": "bandwidth_upstream", "toxicity": 0.25, "attributes": { "rate": 9 } }),
        ),
        ("GET", "/proxies/a/toxics/latency_downstream", "", 200, latency),
        ("GET", "/proxies/a/toxics/none", "", 404, no_toxic.clone()),
        ("GET", "/proxies/none/toxics/none", "", 404, no_proxy.clone()),
        (
            "PATCH",
            "/proxies/a/toxics/latency_downstream",
            r#"{"attributes":{"jitter":2}}"#,
            200,
            json!({ "attributes": { "latency": 5, "jitter": 2 }, "toxicity": 1.0 }),
        ),
        (
            "POST",
            "/proxies/a/toxics/latency_downstream",
            r#"{"toxicity":0.5}"#,
            200,
            json!({ "attributes": { "latency": 5, "jitter": 2 }, "toxicity": 0.5 }),
        ),
        (
            "PATCH",
            "/proxies/a/toxics/latency_downstream",
            r#"{"toxicity":"much"}"#,
            400,
            json!({ "status": 400 }),
        ),
        ("PATCH", "/proxies/a/toxics/none", "{}", 404, no_toxic.clone()),
        (
            "DELETE",
            "/proxies/a/toxics/latency_downstream",
            "",
            204,
            json!(""),
        ),
        (
            "DELETE",
            "/proxies/a/toxics/latency_downstream",
            "",
            404,
            no_toxic,
        ),
        (
            "PATCH",
            "/proxies/a",
            r#"{"enabled":false}"#,
            200,
            json!({ "enabled": false }),
        ),
        ("POST", "/reset", "", 204, json!("")),
        (
            "GET",
            "/proxies/a",
            "",
            200,
            json!({ "enabled": true, "toxics": [] }),
        ),
        (
            "POST",
            "/populate",
            r#"[{"name":"a"}]"#,
            400,
            json!({ "error": "missing required field: upstream at proxy 1", "status": 400, "proxies": null }),
        ),
        ("POST", "/populate", "{}", 400, json!({ "status": 400 })),
        (
            "POST",
            "/populate",
            r#"[{"name":"b","upstream":"127.0.0.1:7","listen":"127.0.0.1:0"},{"name":"c","upstream":"127.0.0.1:7","enabled":false}]"#,
            201,
            json!({}),
        ),
        ("GET", "/proxies/c", "", 200, json!({ "enabled": false })),
        ("DELETE", "/proxies/a", "", 204, json!("")),
        ("DELETE", "/proxies/a", "", 404, no_proxy),
        ("PUT", "/proxies", "", 405, json!("")),
        ("GET", "/nowhere", "", 404, json!("404 page not found\n")),
        ("GET", "/version", "", 200, json!({})),
    ]
}

/// Whether each field that is expected is there.
fn holds(said: &Value, expected: &Value) -> bool {
    match (said, expected) {
        (Value::Object(said), Value::Object(expected)) => expected.iter().all(|(name, value)| {
            said.get(name).is_some_and(|found| match value {
                Value::Object(_) => found == value,
                _ => holds(found, value),
            })
        }),
        (Value::Number(said), Value::Number(expected)) => said.as_f64() == expected.as_f64(),
        _ => said == expected,
    }
}

#[test]
fn every_answer_is_toxiproxys() {
    let stand = Stand::start();
    let rows = table();
    for (method, path, body, status, expected) in &rows {
        let said = stand.ask(method, path, body);
        let about = format!("{method} {path} {body}: {said:?}");
        assert_eq!(said.status, *status, "{about}");
        if let Value::String(text) = expected {
            assert_eq!(&said.body, text, "{about}");
        } else {
            assert!(holds(&said.json(), expected), "{about}");
        }
    }
    println!("{} answers", rows.len());
}

#[test]
fn populating_again_keeps_what_is_the_same_with_its_toxics_and_replaces_the_rest() {
    let stand = Stand::start();
    let listen = stand.proxy(echo::echo());
    stand.toxic("latency", "upstream", json!({ "latency": 1 }));
    let shown = stand.ask("GET", "/proxies/p", "").json();
    let list = json!([{ "name": "p", "listen": listen.to_string(), "upstream": shown["upstream"] }]);
    let said = stand.ask("POST", "/populate", &list.to_string());
    assert_eq!(said.json()["proxies"][0]["toxics"].as_array().unwrap().len(), 1);
    let list = json!([{ "name": "p", "listen": listen.to_string(), "upstream": "127.0.0.1:9" }]);
    let said = stand.ask("POST", "/populate", &list.to_string());
    assert_eq!(said.status, 201, "{said:?}");
    assert_eq!(said.json()["proxies"][0]["toxics"], json!([]));
    assert_eq!(said.json()["proxies"][0]["listen"], json!(listen.to_string()));
}

#[test]
fn a_port_that_is_taken_is_an_error_and_leaves_no_proxy() {
    let stand = Stand::start();
    let taken = echo::echo();
    let body = json!({ "name": "t", "listen": taken.to_string(), "upstream": "127.0.0.1:9" });
    let said = stand.ask("POST", "/proxies", &body.to_string());
    assert_eq!(said.status, 500);
    assert!(said.body.contains("listen tcp"), "{said:?}");
    assert_eq!(stand.ask("GET", "/proxies/t", "").status, 404);
}

fn raw(stand: &Stand, request: &str) -> String {
    let mut stream = TcpStream::connect(&stand.api).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn browsers_are_refused_and_everybody_else_needs_no_content_type() {
    let stand = Stand::start();
    let refused = raw(
        &stand,
        "GET /proxies HTTP/1.0\r\nUser-Agent: Mozilla/5.0 (X11)\r\n\r\n",
    );
    assert!(refused.starts_with("HTTP/1.0 403"), "{refused}");
    assert!(refused.ends_with("User agent not allowed\n"), "{refused}");
    let body = r#"{"name":"n","upstream":"127.0.0.1:9"}"#;
    let head = format!("POST /proxies HTTP/1.0\r\nContent-Length: {}\r\n\r\n", body.len());
    assert!(raw(&stand, &(head + body)).starts_with("HTTP/1.0 201"));
}

#[test]
fn what_passed_is_counted_by_direction() {
    let stand = Stand::start();
    let address = stand.proxy(echo::source(5_000));
    let mut client = crate::stand::connect(address);
    client.write_all(b"x").unwrap();
    assert_eq!(client.read_to_end(&mut Vec::new()).unwrap(), 5_000);
    let metrics = stand.ask("GET", "/metrics", "").body;
    for (name, direction, bytes) in [
        ("received", "upstream", 1),
        ("sent", "upstream", 1),
        ("received", "downstream", 5_000),
        ("sent", "downstream", 5_000),
    ] {
        let line = metrics.lines().find(|line| {
            line.starts_with(&format!(
                "toxiproxy_proxy_{name}_bytes_total{{direction=\"{direction}\",proxy=\"p\""
            ))
        });
        assert!(
            line.is_some_and(|line| line.ends_with(&format!(" {bytes}"))),
            "{metrics}"
        );
    }
}
