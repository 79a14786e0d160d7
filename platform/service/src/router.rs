//! The table of contents of the HTTP side.

use std::sync::Arc;

use auth::Role::{self, Auditor, Channel, Commander, ExitPlanner, ModelManager, Officer, Operator, Plane};
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use base::problem::Code;
use gate::Act;

use crate::app::App;
use crate::endpoint::Endpoint;
use crate::layers::door::DoorLayer;
use crate::route::Class::{self, Existing, Intake, Probe, Read, Session};
use crate::route::Route;
use crate::routes::{
    accounts, applications, consents, contracts, days, draws, entries, evidence, firms, intake, loans, ofrep,
    probes, proposals, renewals, sessions, tasks,
};
use web::Failure;

/// Verbs that a customer asks for, through a channel's front end.
const CUSTOMER_SIDE: &[Role] = &[Channel];
/// Who asks for more time: the customer, or an officer for them.
const BOTH_SIDES: &[Role] = &[Channel, Officer];
/// Due diligence and approval.
const OFFICERS: &[Role] = &[Officer];
/// The switch, the end of day, corrections.
const OPERATORS: &[Role] = &[Operator];
/// Who may be shown customer data in the clear, for a purpose of their role; all others see it masked.
const REVEALERS: &[Role] = &[Officer, Operator, Auditor];
/// The control plane, which hands over its log's checkpoints.
const OTHER_PLANE: &[Role] = &[Plane];
/// Who may look at business: who works on it, and who checks the work.
const READERS: &[Role] = &[Channel, Officer, Operator, Auditor];
/// Who may see whether intake is open: also who leads in an incident.
const WATCHERS: &[Role] = &[Channel, Officer, Operator, Commander, Auditor];
/// The switch's easy side: whoever leads in an incident may close.
const LEADERS: &[Role] = &[Operator, Commander];
/// Who may see who may sign in.
const OVERSEERS: &[Role] = &[Operator, Commander, Auditor];
/// The bank's own people, whose acts may need several of them; which role has
/// which part in which act is the catalogue's, in `auth`.
const STAFF: &[Role] = &[Officer, Operator, Commander, Auditor, ModelManager, ExitPlanner];
/// Whoever signed in.
const PERSONS: &[Role] = Role::ALL;
/// Probes ask nobody.
const ANYONE: &[Role] = &[];

/// The paths where somebody proves who they are, and the listener tells from where.
pub const PROVING: [&str; 2] = ["/v1/sessions", "/v1/password"];

/// Every route.
#[must_use]
pub fn routes() -> Vec<Row> {
    const OPERATION: Class = Class::Operator;
    vec![
        row(
            "POST /v1/firms",
            Existing,
            CUSTOMER_SIDE,
            firms::register::register_firm,
        ),
        row("GET /v1/firms/{id}", Read, READERS, firms::show::show_firm),
        row(
            "POST /v1/firms/{id}/reveal",
            Existing,
            REVEALERS,
            firms::reveal::reveal_firm,
        )
        .acting("firm.reveal"),
        row(
            "POST /v1/firms/{id}/consents",
            Existing,
            CUSTOMER_SIDE,
            consents::give::give_consent,
        ),
        row(
            "POST /v1/consents/{id}/revoke",
            Existing,
            CUSTOMER_SIDE,
            consents::revoke::revoke_consent,
        ),
        row(
            "POST /v1/applications",
            Intake(Act::Application),
            CUSTOMER_SIDE,
            applications::apply::apply,
        ),
        row(
            "GET /v1/applications/{id}",
            Read,
            READERS,
            applications::show::show_application,
        ),
        row(
            "POST /v1/applications/{id}/reveal",
            Existing,
            REVEALERS,
            applications::reveal::reveal_application,
        )
        .acting("application.reveal"),
        row(
            "POST /v1/applications/{id}/pre-approval",
            Intake(Act::Application),
            CUSTOMER_SIDE,
            applications::pre_approve::pre_approve,
        ),
        row(
            "POST /v1/applications/{id}/accept",
            Existing,
            CUSTOMER_SIDE,
            applications::accept::accept_offer,
        ),
        row(
            "POST /v1/applications/{id}/take-up",
            Existing,
            OFFICERS,
            applications::take_up::take_up,
        )
        .acting("application.take_up"),
        row(
            "POST /v1/tasks/{id}/report",
            Existing,
            OFFICERS,
            tasks::report::report,
        )
        .acting("task.report"),
        // Not shed early: only the second verdict binds the bank, and a rejection never does.
        row(
            "POST /v1/applications/{id}/approvals",
            Existing,
            OFFICERS,
            applications::approve::approve,
        )
        .acting("application.approve"),
        row(
            "POST /v1/applications/{id}/contract",
            Intake(Act::Contract),
            CUSTOMER_SIDE,
            contracts::sign::sign_contract,
        ),
        row(
            "GET /v1/contracts/{id}",
            Read,
            READERS,
            contracts::show::show_contract,
        ),
        row(
            "POST /v1/contracts/{id}/draws",
            Intake(Act::Draw),
            CUSTOMER_SIDE,
            draws::request::request_draw,
        ),
        row("GET /v1/draws/{id}", Read, READERS, draws::show::show_draw),
        row("GET /v1/loans/{id}", Read, READERS, loans::show::show_loan),
        row(
            "GET /v1/loans/{id}/payoff",
            Read,
            READERS,
            loans::quote::quote_payoff,
        ),
        row(
            "GET /v1/loans/{id}/statement",
            Read,
            READERS,
            loans::statement::show_statement,
        ),
        row(
            "POST /v1/loans/{id}/repayments",
            Existing,
            CUSTOMER_SIDE,
            loans::repay::repay,
        ),
        row(
            "POST /v1/loans/{id}/payoff",
            Existing,
            CUSTOMER_SIDE,
            loans::pay_off::pay_off,
        ),
        row(
            "POST /v1/loans/{id}/extensions",
            Intake(Act::Renewal),
            BOTH_SIDES,
            renewals::ask::ask_extension,
        )
        .acting("renewal.ask"),
        row(
            "POST /v1/loans/{id}/renewals",
            Intake(Act::Renewal),
            BOTH_SIDES,
            renewals::renew::ask_renewal,
        )
        .acting("renewal.ask"),
        row(
            "GET /v1/renewals/{id}",
            Read,
            READERS,
            renewals::show::show_renewal,
        ),
        // Not shed early: only a yes binds the bank.
        row(
            "POST /v1/renewals/{id}/verdicts",
            Existing,
            OFFICERS,
            renewals::decide::decide_renewal,
        )
        .acting("renewal.decide"),
        row(
            "POST /v1/entries/{id}/reversal",
            OPERATION,
            OPERATORS,
            entries::reverse::reverse_entry,
        )
        .acting("entry.reverse"),
        row("POST /v1/days", OPERATION, OPERATORS, days::end::end_day).acting("day.run"),
        // Never shed, like the acts that it vouches for; no act itself.
        row(
            "POST /v1/evidence/anchors",
            OPERATION,
            OTHER_PLANE,
            evidence::anchor::take_anchor,
        ),
        row("GET /v1/intake", OPERATION, WATCHERS, intake::show::show_intake),
        row(
            "GET /v1/intake/history",
            OPERATION,
            OVERSEERS,
            intake::history::show_history,
        ),
        row(
            "GET /v1/intake/impact",
            OPERATION,
            OVERSEERS,
            intake::impact::show_impact,
        ),
        row(
            "GET /v1/intake/doubts",
            OPERATION,
            OVERSEERS,
            intake::doubts::show_doubts,
        ),
        row(
            "POST /v1/intake/doubts/{id}/finding",
            OPERATION,
            LEADERS,
            intake::settle::settle_doubt,
        )
        .acting("intake.settle_doubt"),
        row(
            "POST /v1/intake/close",
            OPERATION,
            LEADERS,
            intake::close::close_intake,
        )
        .acting("intake.close"),
        row(
            "POST /v1/sessions",
            Session,
            ANYONE,
            sessions::begin::begin_session,
        )
        .acting("session.begin"),
        row(
            "POST /v1/password",
            Session,
            ANYONE,
            sessions::password::change_password,
        )
        .acting("account.password"),
        row("GET /v1/session", Session, PERSONS, sessions::show::show_session),
        row(
            "POST /v1/session/end",
            Session,
            PERSONS,
            sessions::end::end_session,
        )
        .acting("session.end"),
        row(
            "GET /v1/accounts",
            OPERATION,
            OVERSEERS,
            accounts::list::list_accounts,
        ),
        row(
            "POST /v1/accounts/{id}/disable",
            OPERATION,
            LEADERS,
            accounts::disable::disable_account,
        )
        .acting("account.disable"),
        row(
            "POST /v1/proposals",
            OPERATION,
            STAFF,
            proposals::propose::propose,
        )
        .acting("proposal.open"),
        row(
            "GET /v1/proposals/{id}",
            OPERATION,
            STAFF,
            proposals::show::show_proposal,
        ),
        row(
            "POST /v1/proposals/{id}/verdicts",
            OPERATION,
            STAFF,
            proposals::judge::judge,
        )
        .acting("proposal.judge"),
        row(
            "POST /v1/proposals/{id}/execution",
            OPERATION,
            STAFF,
            proposals::execute::execute,
        )
        .acting("proposal.execute"),
        // Reads that the protocol sends as POST; nothing is written, and no key is needed.
        row(
            "POST /ofrep/v1/evaluate/flags",
            Read,
            WATCHERS,
            ofrep::flags::evaluate_flags,
        ),
        row(
            "POST /ofrep/v1/evaluate/flags/{id}",
            Read,
            WATCHERS,
            ofrep::flag::evaluate_flag,
        ),
        row("GET /livez", Probe, ANYONE, probes::livez::livez),
        row("GET /readyz", Probe, ANYONE, probes::readyz::readyz),
        row("GET /metrics", Probe, ANYONE, probes::metrics::metrics),
        row("GET /openapi.json", Probe, ANYONE, probes::openapi::openapi),
    ]
}

/// The service over one application's state.
pub fn router(app: &Arc<App>) -> Router {
    routes()
        .into_iter()
        .fold(Router::new(), |router, row| {
            let endpoint = Endpoint::new(Arc::clone(app), row.route);
            let door = DoorLayer(endpoint.clone());
            router.route(
                row.route.path(),
                row.handler.with_state(endpoint).route_layer(door),
            )
        })
        .fallback(async || Failure::of(Code::NotFound))
        .method_not_allowed_fallback(async || Failure::of(Code::MethodNotAllowed))
}

/// A route with its handler.
pub struct Row {
    /// What the router knows of it.
    pub route: Route,
    handler: MethodRouter<Endpoint>,
}

impl Row {
    /// Says what calling the route leaves in the evidence log.
    fn acting(mut self, act: &'static str) -> Self {
        self.route.act = Some(act);
        self
    }
}

fn row<H, T>(name: &'static str, class: Class, roles: &'static [Role], handler: H) -> Row
where
    H: Handler<T, Endpoint>,
    T: 'static,
{
    let route = Route {
        name,
        class,
        roles,
        act: None,
    };
    let filter = if route.method() == Method::POST {
        MethodFilter::POST
    } else {
        MethodFilter::GET
    };
    Row {
        route,
        handler: on(filter, handler),
    }
}
