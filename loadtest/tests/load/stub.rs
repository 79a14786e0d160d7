//! A stand-in for the lending service with just enough memory to check a
//! journal against: what it committed, under which key and digest, how often.
//!
//! It can close its intake, commit and then drop the connection, and be killed
//! and started again with its memory, which plays the database.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use client::digest::request_digest;
use serde_json::{Value, json};

/// What a key did.
#[derive(Clone)]
pub(crate) struct Committed {
    pub(crate) path: String,
    pub(crate) digest: String,
    pub(crate) answer: Value,
}

/// The memory that survives a kill.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) closed: AtomicBool,
    /// Of a hundred writes, how many lose their connection after the commit.
    pub(crate) drops: AtomicU64,
    pub(crate) dropped: AtomicU64,
    pub(crate) replayed: AtomicU64,
    numbers: AtomicU64,
    pub(crate) committed: Mutex<HashMap<String, Committed>>,
    /// Principal by loan.
    pub(crate) loans: Mutex<HashMap<String, i64>>,
    draws: Mutex<HashMap<String, (i64, String)>>,
}

/// A running service; dropping it kills it with its connections.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Service {
    pub(crate) fn start(memory: &Arc<Memory>, address: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = listen(address);
        let address = listener.local_addr().unwrap();
        let app = Router::new()
            .route("/firms/{n}", get(known_firm))
            .fallback(any(serve))
            .with_state(Arc::clone(memory));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, app).await
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The killed one's listener may hold the port for a moment.
fn listen(address: &str) -> std::net::TcpListener {
    for _ in 0..100 {
        if let Ok(listener) = std::net::TcpListener::bind(address) {
            listener.set_nonblocking(true).unwrap();
            return listener;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{address} does not become free");
}

async fn known_firm(Path(n): Path<u64>) -> Json<Value> {
    let firm = population::Population::new(42).firm(n);
    Json(json!({"credit_code": firm.credit_code}))
}

async fn serve(
    State(memory): State<Arc<Memory>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().to_owned();
    if method == Method::GET {
        return read(&memory, &path);
    }
    let key = headers["idempotency-key"].to_str().unwrap().to_owned();
    let digest = request_digest(&key, &body);
    if let Some(before) = memory.committed.lock().unwrap().get(&key) {
        assert_eq!(
            before.digest, digest,
            "a repeat is the same request, byte for byte"
        );
        memory.replayed.fetch_add(1, SeqCst);
        return (
            StatusCode::CREATED,
            [("idempotency-replayed", "true")],
            Json(before.answer.clone()),
        )
            .into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let answer = match write(&memory, &path, &body) {
        Ok(answer) => answer,
        Err((status, code)) => return problem(status, code),
    };
    let committed = Committed {
        path,
        digest,
        answer: answer.clone(),
    };
    memory.committed.lock().unwrap().insert(key, committed);
    let number = memory.numbers.fetch_add(1, SeqCst);
    if number % 100 < memory.drops.load(SeqCst) {
        memory.dropped.fetch_add(1, SeqCst);
        // Ends the connection's task, and with it the connection, without an answer.
        std::panic::resume_unwind(Box::new("dropped after the commit"));
    }
    (StatusCode::CREATED, Json(answer)).into_response()
}

fn write(memory: &Memory, path: &str, body: &Value) -> Result<Value, (u16, &'static str)> {
    let id = |prefix: &str| format!("{prefix}_{:032x}", memory.numbers.fetch_add(1, SeqCst));
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let gated = matches!(
        parts.as_slice(),
        ["applications"] | [_, _, "pre-approval" | "contract" | "draws"]
    );
    if gated && memory.closed.load(SeqCst) {
        return Err((503, "intake-closed"));
    }
    let application = |id: &str, state: &str| json!({"id": id, "state": state, "amount": 5_000_000, "task_id": id.replace("app", "tsk")});
    Ok(match parts.as_slice() {
        ["firms"] => {
            json!({"id": id("frm"), "credit_code_masked": "9***", "region": "350200", "industry": "C34"})
        }
        ["firms", _, "consents"] => {
            json!({"id": id("cns"), "source": "tax", "purpose": "pre_approval", "state": "live"})
        }
        ["consents", one, "revoke"] => {
            json!({"id": one, "source": "tax", "purpose": "pre_approval", "state": "revoked"})
        }
        ["applications"] => application(&id("app"), "submitted"),
        ["applications", one, "pre-approval"] if is_referred(one) => application(one, "in_review"),
        ["applications", one, "pre-approval"] => application(one, "pre_approved"),
        ["applications", one, "take-up"] if is_referred(one) => application(one, "diligence"),
        ["applications", one, "accept"] => application(one, "diligence"),
        ["tasks", one, "report"] => application(&one.replace("tsk", "app"), "diligence"),
        ["applications", one, "approvals"] => {
            // Who had no offer names the terms, and nobody else does.
            assert_eq!(body["limit"].is_i64(), is_referred(one), "{body}");
            application(one, "approved")
        }
        ["applications", _, "contract"] => {
            json!({"id": id("ctr"), "state": "signed", "limit": 5_000_000, "drawn": 0, "rate_ppm": 60_000})
        }
        ["contracts", _, "draws"] => {
            let (draw, loan, amount) = (id("drw"), id("lon"), body["amount"].as_i64().unwrap());
            memory.loans.lock().unwrap().insert(loan.clone(), amount);
            memory.draws.lock().unwrap().insert(draw.clone(), (amount, loan));
            json!({"id": draw, "state": "requested", "amount": amount})
        }
        ["loans", loan, verb] => {
            let mut loans = memory.loans.lock().unwrap();
            let principal = loans.get_mut(*loan).unwrap();
            let amount = if *verb == "payoff" {
                *principal
            } else {
                body["amount"].as_i64().unwrap()
            };
            if amount > *principal {
                return Err((409, "amount-exceeds-debt"));
            }
            *principal -= amount;
            let state = if *principal == 0 { "settled" } else { "active" };
            json!({"id": id("rep"), "state": "booked", "amount": amount, "principal": amount, "interest": 0, "penalty": 0, "loan_state": state})
        }
        _ => return Err((404, "not-found")),
    })
}

/// Whether the rules send an application to a person: some of them, by their ids.
fn is_referred(application: &str) -> bool {
    application.ends_with(['0', '3', '7', 'c'])
}

fn read(memory: &Memory, path: &str) -> Response {
    let parts: Vec<&str> = path.split('/').skip(2).collect();
    let loan = |id: &str| {
        let principal = memory.loans.lock().unwrap()[id];
        json!({"id": id, "state": "active", "amount": 5_000_000, "principal": principal, "interest": 0, "penalty": 0,
            "rate_ppm": 60_000, "start_date": "2026-01-01", "maturity_date": "2027-01-01"})
    };
    Json(match parts.as_slice() {
        ["draws", id] => {
            let (amount, loan) = memory.draws.lock().unwrap()[*id].clone();
            json!({"id": id, "state": "paid", "amount": amount, "loan_id": loan})
        }
        ["loans", id] => loan(id),
        ["loans", _, "payoff"] => json!({"principal": 1, "interest": 0, "penalty": 0, "total": 1}),
        ["loans", id, "statement"] => json!({"loan": loan(id), "instalments": [], "repayments": []}),
        ["firms", id] => {
            json!({"id": id, "credit_code_masked": "9***", "region": "350200", "industry": "C34"})
        }
        ["applications", id] => json!({"id": id, "state": "signed", "amount": 5_000_000}),
        ["contracts", id] => {
            json!({"id": id, "state": "signed", "limit": 5_000_000, "drawn": 5_000_000, "rate_ppm": 60_000})
        }
        _ => return problem(404, "not-found"),
    })
    .into_response()
}

fn problem(status: u16, code: &str) -> Response {
    let body = json!({"type": format!("urn:backstop:problem:{code}"), "code": code, "title": code, "title_zh": code, "status": status});
    let retry = if code == "intake-closed" { "60" } else { "0" };
    (
        StatusCode::from_u16(status).unwrap(),
        [("retry-after", retry)],
        Json(body),
    )
        .into_response()
}
