//! The OpenAPI document.
//!
//! The handlers' annotations say what is particular to each; what all share
//! (credentials, the key, the problems) is added from the route table, so that
//! a new route can't forget it. A test holds table and document together.

use axum::http::Method;
use utoipa::OpenApi;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ObjectBuilder, OpenApi as Document, Ref, RefOr, Type};

use crate::route::{Class, Route};
use crate::router;
use crate::routes::{
    accounts, applications, consents, contracts, days, draws, entries, evidence, firms, intake, loans, ofrep,
    probes, proposals, renewals, sessions, tasks,
};
use web::openapi::{idempotency_key, problem};

/// The name of the security scheme.
const BEARER: &str = "bearer";
/// The name of the other: a session's token in a cookie, as under TLS.
const COOKIE: &str = "cookie";
/// The name of the shared problem response.
const PROBLEM: &str = "Problem";
/// What the key of a write counts for.
const KEY: &str = "Chosen by the client, visible ASCII. The same key with another request is refused.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lending service",
        description = "Financing for small enterprises: from registration to repayment. \
            Money is in fen. Every write takes an Idempotency-Key; the same key replays the stored answer. \
            Errors are problem details (RFC 9457) with stable codes."
    ),
    components(schemas(client::problem::Problem)),
    paths(
        firms::register::register_firm,
        firms::show::show_firm,
        firms::reveal::reveal_firm,
        consents::give::give_consent,
        consents::revoke::revoke_consent,
        applications::apply::apply,
        applications::show::show_application,
        applications::reveal::reveal_application,
        applications::pre_approve::pre_approve,
        applications::accept::accept_offer,
        applications::take_up::take_up,
        applications::approve::approve,
        tasks::report::report,
        contracts::sign::sign_contract,
        contracts::show::show_contract,
        draws::request::request_draw,
        draws::show::show_draw,
        loans::show::show_loan,
        loans::quote::quote_payoff,
        loans::statement::show_statement,
        loans::repay::repay,
        loans::pay_off::pay_off,
        renewals::ask::ask_extension,
        renewals::renew::ask_renewal,
        renewals::show::show_renewal,
        renewals::decide::decide_renewal,
        entries::reverse::reverse_entry,
        days::end::end_day,
        evidence::anchor::take_anchor,
        intake::show::show_intake,
        intake::history::show_history,
        intake::impact::show_impact,
        intake::doubts::show_doubts,
        intake::settle::settle_doubt,
        intake::close::close_intake,
        ofrep::flags::evaluate_flags,
        ofrep::flag::evaluate_flag,
        sessions::begin::begin_session,
        sessions::show::show_session,
        sessions::password::change_password,
        sessions::end::end_session,
        accounts::list::list_accounts,
        accounts::disable::disable_account,
        proposals::propose::propose,
        proposals::show::show_proposal,
        proposals::judge::judge,
        proposals::execute::execute,
        probes::livez::livez,
        probes::readyz::readyz,
        probes::metrics::metrics,
        probes::openapi::openapi,
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
    let cookie = ApiKeyValue::with_description(
        "__Host-session",
        "Set by signing in with `cookie`. A write under it also needs `x-csrf-token`.",
    );
    components.add_security_scheme(COOKIE, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    components
        .responses
        .insert(PROBLEM.to_owned(), RefOr::T(problem()));
    for row in router::routes() {
        if let Some(operation) = operation(&mut document, &row.route) {
            complete(operation, &row.route);
        }
    }
    document
}

fn operation<'d>(document: &'d mut Document, route: &Route) -> Option<&'d mut Operation> {
    let path = document.paths.paths.get_mut(route.path())?;
    match route.method() {
        Method::POST => path.post.as_mut(),
        _ => path.get.as_mut(),
    }
}

fn complete(operation: &mut Operation, route: &Route) {
    if route.class == Class::Probe {
        return;
    }
    if !route.roles.is_empty() {
        let none: [&str; 0] = [];
        operation.security = Some(vec![
            SecurityRequirement::new(BEARER, none),
            SecurityRequirement::new(COOKIE, none),
        ]);
    }
    let shared = RefOr::Ref(Ref::from_response_name(PROBLEM));
    operation
        .responses
        .responses
        .insert("4XX".to_owned(), shared.clone());
    operation.responses.responses.insert("5XX".to_owned(), shared);
    let roles: Vec<&str> = route.roles.iter().map(|role| role.as_str()).collect();
    let mut extensions = ExtensionsBuilder::new()
        .add("x-roles", serde_json::json!(roles))
        .add("x-refused-while-intake-is-closed", route.class.is_new());
    if let Some(act) = route.act {
        extensions = extensions.add("x-act", act);
    }
    let extensions = extensions.build();
    operation.extensions.get_or_insert_default().merge(extensions);
    if route.is_write() {
        operation
            .parameters
            .get_or_insert_default()
            .push(idempotency_key(KEY));
        replayable(operation);
    }
}

/// Every stored answer may be a replay, and then says so.
fn replayable(operation: &mut Operation) {
    let header = HeaderBuilder::new()
        .schema(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some(["true"])),
        )
        .description(Some(
            "Present when the answer is the stored one of an earlier request with this key.",
        ))
        .build();
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && status.starts_with('2')
        {
            response
                .headers
                .insert(crate::reply::REPLAYED.to_string(), header.clone());
        }
    }
}
