//! The OpenAPI document. The handlers' annotations say what is particular to each; roles and acts come
//! from the route table. A test holds table and document together.

use axum::http::Method;
use utoipa::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Ref, RefOr};
use web::openapi::{idempotency_key, problem};

use crate::router;
use crate::routes::{alerts, anchors, drills, probes, runs, watch};

const BEARER: &str = "bearer";
/// The name of the shared problem response.
const PROBLEM: &str = "Problem";
/// What the key of a write counts for.
const KEY: &str = "Chosen by the client, visible ASCII; counts for one caller, verb and drill or run. Another request under it is refused.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Control plane",
        description = "Drills and runs of runbooks on record, the other plane's checkpoints, and what is watched. Every write of a person takes an \
            Idempotency-Key; the same request under the same key is carried out once. Errors are problem \
            details (RFC 9457) with stable codes."
    ),
    components(schemas(client::problem::Problem)),
    paths(
        drills::begin_drill,
        drills::announce_fault,
        drills::end_drill,
        drills::show_drill,
        runs::begin_run,
        runs::ask_approval,
        runs::judge_run,
        runs::end_run,
        runs::show_run,
        anchors::take_anchor,
        watch::watch_status,
        watch::heartbeat,
        watch::watch_alerts,
        watch::watch_query,
        watch::watch_query_range,
        watch::silences,
        watch::silence,
        watch::expire_silence,
        watch::acknowledge,
        watch::test_receiver,
        watch::call_trees,
        watch::begin_call_tree,
        watch::alertmanager,
        alerts::reply,
        alerts::security_events,
        alerts::ticket,
        probes::livez,
        probes::readyz,
        probes::metrics,
        probes::openapi,
    )
)]
struct Annotations;

/// The whole document.
#[must_use]
pub fn document() -> Document {
    let mut document = Annotations::openapi();
    let components = document.components.get_or_insert_default();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    components
        .responses
        .insert(PROBLEM.to_owned(), RefOr::T(problem()));
    for row in router::routes() {
        let route = row.route;
        let item = document.paths.paths.get_mut(route.path());
        let operation = item.and_then(|item| match route.method() {
            Method::POST => item.post.as_mut(),
            _ => item.get.as_mut(),
        });
        let probe = route.roles.is_empty() && route.act.is_none();
        let Some(operation) = operation.filter(|_| !probe) else {
            continue;
        };
        let none: [&str; 0] = [];
        let shared = RefOr::Ref(Ref::from_response_name(PROBLEM));
        for class in ["4XX", "5XX"] {
            operation
                .responses
                .responses
                .insert(class.to_owned(), shared.clone());
        }
        if route.method() == Method::POST && route.keyed {
            operation
                .parameters
                .get_or_insert_default()
                .push(idempotency_key(KEY));
        }
        let mut extensions = ExtensionsBuilder::new();
        if !route.roles.is_empty() {
            operation.security = Some(vec![SecurityRequirement::new(BEARER, none)]);
            let roles: Vec<&str> = route.roles.iter().map(|role| role.as_str()).collect();
            extensions = extensions.add("x-roles", serde_json::json!(roles));
        }
        if let Some(act) = route.act {
            extensions = extensions.add("x-act", act);
        }
        operation
            .extensions
            .get_or_insert_default()
            .merge(extensions.build());
    }
    document
}
