//! The table of contents: every route, who may call it, what act it is.

use std::sync::Arc;

use auth::Role::{self, Auditor, Commander, Operator, Plane};
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodFilter, MethodRouter, on};
use base::problem::Code;
use web::Failure;

use crate::App;
use crate::door::{self, Endpoint};
use crate::route::Route;
use crate::routes::{alerts, anchors, drills, probes, runs, watch};

const LEADERS: &[Role] = &[Operator, Commander];
const OVERSEERS: &[Role] = &[Operator, Commander, Auditor];
const OTHER_PLANE: &[Role] = &[Plane];
const MACHINES: &[Role] = OTHER_PLANE;
const SYSTEMS: &[Role] = &[Plane, Operator, Commander];
const ANYONE: &[Role] = &[];

/// A route with its handler.
pub struct Row {
    /// What the router knows of it.
    pub route: Route,
    handler: MethodRouter<Endpoint>,
}

impl Row {
    fn acting(mut self, act: &'static str) -> Self {
        self.route.act = Some(act);
        self
    }

    fn keyless(mut self) -> Self {
        self.route.keyed = false;
        self
    }
}

fn row<H, T>(name: &'static str, roles: &'static [Role], handler: H) -> Row
where
    H: Handler<T, Endpoint>,
    T: 'static,
{
    let route = Route {
        name,
        roles,
        act: None,
        keyed: true,
    };
    let filter = match route.method() == Method::POST {
        true => MethodFilter::POST,
        false => MethodFilter::GET,
    };
    Row {
        route,
        handler: on(filter, handler),
    }
}

/// Every route.
#[must_use]
pub fn routes() -> Vec<Row> {
    vec![
        row("POST /v1/drills", LEADERS, drills::begin_drill).acting("drill.begin"),
        row("POST /v1/drills/{id}/faults", LEADERS, drills::announce_fault).acting("fault.announce"),
        row("POST /v1/drills/{id}/end", LEADERS, drills::end_drill).acting("drill.end"),
        row("GET /v1/drills/{id}", OVERSEERS, drills::show_drill),
        row("POST /v1/runs", LEADERS, runs::begin_run).acting("runbook.begin"),
        row("POST /v1/runs/{id}/approvals", LEADERS, runs::ask_approval).acting("runbook.ask"),
        // A word counts for the one whose token it is, and no other plane has one that may lead.
        row("POST /v1/runs/{id}/verdicts", LEADERS, runs::judge_run).acting("runbook.judge"),
        row("POST /v1/runs/{id}/end", LEADERS, runs::end_run).acting("runbook.end"),
        row("GET /v1/runs/{id}", OVERSEERS, runs::show_run),
        // No act: see `evidence::handed_over`.
        row("POST /v1/evidence/anchors", OTHER_PLANE, anchors::take_anchor),
        row("GET /v1/watch", OVERSEERS, watch::watch_status),
        row("GET /v1/watch/alerts", OVERSEERS, watch::watch_alerts),
        row("GET /v1/watch/query", OVERSEERS, watch::watch_query),
        row("GET /v1/watch/query_range", OVERSEERS, watch::watch_query_range),
        row("GET /v1/watch/silences", OVERSEERS, watch::silences),
        row("POST /v1/watch/silences", LEADERS, watch::silence).acting("watch.silence"),
        row(
            "POST /v1/watch/silences/{id}/expire",
            LEADERS,
            watch::expire_silence,
        )
        .acting("watch.expire"),
        row("POST /v1/watch/acks", LEADERS, watch::acknowledge).acting("watch.ack"),
        row("POST /v1/watch/receivers/test", LEADERS, watch::test_receiver).acting("watch.test"),
        row("GET /v1/watch/call-trees", OVERSEERS, watch::call_trees),
        row("POST /v1/watch/call-trees", LEADERS, watch::begin_call_tree).acting("calltree.begin"),
        // No act: a machine says what it sees, again and again.
        row("POST /v1/alerts/alertmanager", SYSTEMS, watch::alertmanager).keyless(),
        // From a machine only: a person with a token could answer with somebody else's number.
        row("POST /v1/alerts/replies/{channel}", MACHINES, alerts::reply)
            .acting("watch.ack")
            .keyless(),
        // No act: a machine says what it sees, and it is counted.
        row(
            "POST /v1/alerts/security-events",
            SYSTEMS,
            alerts::security_events,
        )
        .keyless(),
        // Under a signature instead of a token; a bounded rate is behind the handler's extractor.
        row("POST /v1/alerts/tickets", ANYONE, alerts::ticket)
            .acting("watch.ticket")
            .keyless(),
        row("GET /livez", ANYONE, probes::livez),
        row("GET /readyz", ANYONE, probes::readyz),
        row("GET /metrics", ANYONE, probes::metrics),
        row("GET /openapi.json", ANYONE, probes::openapi),
        row("GET /v1/watch/heartbeat", ANYONE, watch::heartbeat),
    ]
}

/// The control plane over its state.
pub fn router(app: &Arc<App>) -> Router {
    routes()
        .into_iter()
        .fold(Router::new(), |router, row| {
            let endpoint = Endpoint::new(Arc::clone(app), row.route);
            let door = middleware::from_fn_with_state(endpoint.clone(), door::pass);
            router.route(
                row.route.path(),
                row.handler.with_state(endpoint).route_layer(door),
            )
        })
        .fallback(async || Failure::of(Code::NotFound))
        .method_not_allowed_fallback(async || Failure::of(Code::MethodNotAllowed))
}
