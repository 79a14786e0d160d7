//! Answers from outside, over real connections: a gateway hands back what people wrote or pressed, a program answers, a
//! ticket system takes over what it was told. Each is one act with one leaf, however often it is said.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::Role;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::routing::post;
use laws::verdict::Verdict;
use notify::channel::signed::{SIGNATURE, TIMESTAMP, sign, verify};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::acts::law_7;
use crate::plane::Plane;

const NUMBER: &str = "13800000001";
const KEY: &str = "a key that both know";

/// What arrived: where, its headers, its body.
type Arrived = (String, HeaderMap, String);

/// An SMS gateway and a ticket system, which keep what they get.
pub(crate) struct Outside {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    pub(crate) folder: tempfile::TempDir,
}

async fn keep(State(arrived): State<Arc<Mutex<Vec<Arrived>>>>, uri: Uri, headers: HeaderMap, body: String) {
    arrived
        .lock()
        .unwrap()
        .push((uri.path().to_owned(), headers, body));
}

impl Outside {
    pub(crate) async fn start() -> Self {
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let router = Router::new()
            .route("/{*path}", post(keep))
            .with_state(Arc::clone(&arrived));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("itsm.url", &format!("http://{address}/itsm"));
        write("itsm.key", KEY);
        write("sms.url", &format!("http://{address}/sms"));
        write("first.phone", &format!("+86 {NUMBER}"));
        write("second.phone", "+86 13900000002");
        write(
            "rules.yml",
            "groups:\n  - name: none\n    rules:\n      - {alert: Never, expr: vector(1) == 2}\n",
        );
        Self { arrived, folder }
    }

    /// Everything that fires pages the first of the rota over the channel `sms`.
    pub(crate) fn config(&self, sms: &str, more: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            r#"
            [rules]
            files = ["{folder}/rules.yml"]
            [notify.route]
            receiver = "desk"
            group_by = ["alertname"]
            group_wait = "0s"
            group_interval = "1s"
            escalation = "desk"
            [[notify.receivers]]
            name = "desk"
            channels = ["itsm"]
            [[notify.channels]]
            name = "itsm"
            signed = {{ url_file = "{folder}/itsm.url", key_file = "{folder}/itsm.key" }}
            [[notify.channels]]
            name = "sms"
            {sms}
            [[notify.people]]
            id = "first"
            contacts = [{{ channel = "sms", to_file = "{folder}/first.phone" }}]
            [[notify.people]]
            id = "second"
            contacts = [{{ channel = "sms", to_file = "{folder}/second.phone" }}]
            [[notify.escalations]]
            name = "desk"
            steps = [{{ page = ["person:first"] }}]
            [[notify.escalations]]
            name = "tree"
            steps = [{{ page = ["person:first", "person:second"] }}]
            {more}
            "#
        )
    }

    /// A gateway as the channel `sms`.
    pub(crate) fn gateway(&self) -> String {
        let folder = self.folder.path().display();
        format!(
            "gateway = {{ url_file = \"{folder}/sms.url\", \
             body = {{ to = \"{{to}}\", text = \"{{text}}\", ref = \"{{key}}\" }} }}"
        )
    }

    fn find(&self, path: &str, wanted: &impl Fn(&Value) -> bool) -> Option<Arrived> {
        let arrived = self.arrived.lock().unwrap();
        let is = |(at, _, body): &&Arrived| {
            at == path && serde_json::from_str(body).is_ok_and(|body| wanted(&body))
        };
        arrived.iter().find(is).cloned()
    }

    pub(crate) async fn got(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> (HeaderMap, String) {
        for _ in 0..400 {
            if let Some((_, headers, body)) = self.find(path, &wanted) {
                return (headers, body);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!(
            "nothing at {path} within 20 s: {:?}",
            self.arrived.lock().unwrap()
        );
    }
}

/// The eight digits of a page.
pub(crate) fn code(text: &str) -> String {
    let mut runs = text.rsplit(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 8).unwrap().to_owned()
}

async fn fire(plane: &Plane, name: &str) {
    let body = json!({
        "version": "4", "groupKey": "{}", "receiver": "backstop", "status": "firing", "truncatedAlerts": 0,
        "alerts": [{
            "status": "firing", "labels": { "alertname": name }, "annotations": {},
            "startsAt": "2026-01-01T00:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
        }],
    });
    assert_eq!(send(plane, "alertmanager", &body).await.0, 200);
}

/// As a machine with a token.
pub(crate) async fn send(plane: &Plane, route: &str, body: &Value) -> (StatusCode, Value) {
    let http = reqwest::Client::new().post(format!("{}/v1/alerts/{route}", plane.url));
    let answer = http
        .bearer_auth(plane.token(Role::Plane))
        .json(body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

/// As a ticket system.
async fn ticket(plane: &Plane, body: &Value, at: i64, key: &str) -> (StatusCode, Value) {
    let (body, at) = (body.to_string(), at.to_string());
    let http = reqwest::Client::new().post(format!("{}/v1/alerts/tickets", plane.url));
    let answer = http
        .header(SIGNATURE, sign(key.as_bytes(), &at, body.as_bytes()))
        .header(TIMESTAMP, at)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

fn seconds() -> i64 {
    base::clock::Clock::system().now_micros() / 1_000_000
}

/// Actor and body of the leaves of an act.
pub(crate) async fn leaves(plane: &Plane, act: &str) -> Vec<(String, Value)> {
    let act = act.to_owned();
    let read = plane.db.read(move |tx| {
        Box::pin(async move {
            let sql = "SELECT actor, body FROM evidence_leaves WHERE act = $1 ORDER BY at";
            let rows = tx.many(sql, &[act.as_str().into()]).await?;
            let leaf = |row: &db::Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
            rows.iter().map(leaf).collect::<Result<Vec<_>, db::DbError>>()
        })
    });
    let leaves = read.await.unwrap();
    leaves
        .into_iter()
        .map(|(actor, body)| (actor, serde_json::from_str(&body).unwrap()))
        .collect()
}

async fn held(plane: Plane, acts: u64) {
    plane.signed(i64::try_from(acts).unwrap()).await;
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), acts).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_and_a_key_press_are_one_act_each_without_number_or_text() {
    let outside = Outside::start().await;
    let plane = Plane::watching(&outside.config(&outside.gateway(), "")).await;
    fire(&plane, "DbDown").await;
    let (_, page) = outside.got("/sms", |page| page["ref"].is_string()).await;
    let page: Value = serde_json::from_str(&page).unwrap();
    let code = code(page["text"].as_str().unwrap());
    let text = format!("ack {code} 张三收到");
    let reply = json!({ "from": format!("0086{NUMBER}"), "text": text });
    let (status, first) = send(&plane, "replies/sms", &reply).await;
    assert_eq!(
        (status.as_u16(), &first["changed"]),
        (200, &json!(true)),
        "{first}"
    );
    let (status, again) = send(&plane, "replies/sms", &reply).await;
    assert_eq!((status.as_u16(), &again["changed"]), (200, &json!(false)));
    assert_eq!(again["until"], first["until"]);
    let pressed = json!({ "from": "13700000000", "key": page["ref"], "digit": "1" });
    for changed in [true, false] {
        let (status, answer) = send(&plane, "replies/sms", &pressed).await;
        assert_eq!((status.as_u16(), &answer["changed"]), (200, &json!(changed)));
    }
    let left = leaves(&plane, "watch.ack").await;
    let actors: Vec<&str> = left.iter().map(|(actor, _)| actor.as_str()).collect();
    assert_eq!(actors, ["person:first", "channel:sms"]);
    assert_eq!(left[0].1["body"]["way"], "reply");
    assert_eq!(left[0].1["body"]["over"], "channel:sms");
    let kept = format!("{left:?}");
    for hidden in [NUMBER, "13700000000", "张三", code.as_str()] {
        assert!(!kept.contains(hidden), "{hidden} in {kept}");
    }
    held(plane, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_are_bounded_and_what_is_no_answer_says_what_to_mend() {
    let outside = Outside::start().await;
    let plane = Plane::watching(&outside.config(&outside.gateway(), "")).await;
    let (status, problem) = send(&plane, "replies/sms", &json!({ "text": "好的" })).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (400, &json!("invalid-field"))
    );
    assert_eq!(
        send(&plane, "replies/pigeon", &json!({ "text": "12345678" }))
            .await
            .0,
        404
    );
    let mut refused = Vec::new();
    // The minute may change on the way.
    for _ in 0..45 {
        let (status, _) = send(&plane, "replies/sms", &json!({ "text": "ACK 00000000" })).await;
        refused.push(status.as_u16());
    }
    let wrong = refused.iter().filter(|status| **status == 404).count();
    assert!((20..=40).contains(&wrong), "{refused:?}");
    assert!(
        refused.iter().all(|status| [404, 429].contains(status)),
        "{refused:?}"
    );
    assert_eq!(plane.leaves("watch.ack").await, 0);
    plane.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_answers_is_one_act_and_a_leaf_that_is_lost_is_found_out() {
    let outside = Outside::start().await;
    let script = outside.folder.path().join("hook.sh");
    std::fs::write(
        &script,
        "cat > /dev/null; echo '{\"ack\": true, \"by\": \"first\"}'\n",
    )
    .unwrap();
    let exec = format!(
        "exec = {{ program = \"/bin/sh\", args = [\"{}\"] }}",
        script.display()
    );
    let plane = Plane::watching(&outside.config(&exec, "")).await;
    fire(&plane, "DbDown").await;
    for _ in 0..400 {
        if plane.leaves("watch.ack").await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left = leaves(&plane, "watch.ack").await;
    assert_eq!(left.len(), 1);
    assert_eq!(
        (left[0].0.as_str(), &left[0].1["body"]["way"]),
        ("person:first", &json!("exec"))
    );
    plane.signed(1).await;
    let plant = "DELETE FROM evidence_leaves WHERE act = 'watch.ack'";
    plane
        .db
        .write(move |tx| Box::pin(async move { tx.batch(plant).await }))
        .await
        .unwrap();
    let database = plane.database.clone();
    let dir = plane.stop().await;
    let ruling = law_7(&database, dir.path(), 1).await;
    assert_eq!(ruling.verdict, Verdict::Broken);
    assert!(
        ruling
            .findings
            .iter()
            .any(|finding| finding.what == "act-not-logged"),
        "{ruling:#?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_system_is_told_and_answers_and_a_copy_of_its_answer_changes_nothing() {
    let outside = Outside::start().await;
    let folder = outside.folder.path().display();
    let more = format!("[notify.tickets]\nkey_file = \"{folder}/itsm.key\"");
    let plane = Plane::watching(&outside.config(&outside.gateway(), &more)).await;
    fire(&plane, "DbDown").await;
    // There: what the ticket system gets is signed, and names the group that it answers for.
    let (headers, body) = outside.got("/itsm", |body| body["ticket_key"].is_string()).await;
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert!(verify(
        KEY.as_bytes(),
        &header(TIMESTAMP),
        &header(SIGNATURE),
        body.as_bytes(),
        seconds() * 1_000_000
    ));
    let told: Value = serde_json::from_str(&body).unwrap();
    let answer = |event: &str| json!({ "ticket_key": told["ticket_key"], "ticket": "INC-42", "event": event, "by": "zhang.san" });
    // And back.
    let now = seconds();
    for (event, at, changed) in [
        ("created", now, true),
        ("acknowledged", now, true),
        ("acknowledged", now, false),
        ("acknowledged", now + 1, false),
        ("closed", now, true),
        ("closed", now, false),
    ] {
        let (status, said) = ticket(&plane, &answer(event), at, KEY).await;
        assert_eq!(
            (status.as_u16(), &said["changed"]),
            (200, &json!(changed)),
            "{event} {said}"
        );
    }
    for (at, key) in [(now, "another key"), (now - 400, KEY)] {
        let (status, said) = ticket(&plane, &answer("closed"), at, key).await;
        assert_eq!((status.as_u16(), &said["code"]), (401, &json!("unauthenticated")));
    }
    let left = leaves(&plane, "watch.ticket").await;
    let stages: Vec<&Value> = left.iter().map(|(_, leaf)| &leaf["body"]["stage"]).collect();
    assert_eq!(stages, ["acknowledged", "closed"]);
    assert!(left.iter().all(|(actor, _)| actor == "tickets"), "{left:?}");
    assert!(
        !format!("{left:?}").contains("zhang"),
        "no name that somebody typed"
    );
    assert_eq!(plane.leaves("watch.ack").await, 0);
    held(plane, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_refused_where_no_key_is_named_and_bounded_where_one_is() {
    let outside = Outside::start().await;
    let plane = Plane::watching(&outside.config(&outside.gateway(), "")).await;
    let body = json!({ "ticket_key": "x", "ticket": "INC-1", "event": "created", "by": "itsm" });
    assert_eq!(ticket(&plane, &body, seconds(), KEY).await.0, 404);
    let mut answers = Vec::new();
    for _ in 0..200 {
        answers.push(ticket(&plane, &body, seconds(), KEY).await.0.as_u16());
        if answers.contains(&429) {
            break;
        }
    }
    assert!(
        answers.contains(&429),
        "as fast as one can, more than 20 a second: {answers:?}"
    );
    plane.stop().await;
}
