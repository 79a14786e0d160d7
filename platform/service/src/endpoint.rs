//! One route as it stands in this process: what its extractors and its layer share.

use std::sync::Arc;
use std::time::Duration;

use base::problem::Code;
use domain::lane::Live;
use gate::{Hint, Scope};
use lending::World;

use crate::app::App;
use crate::metrics::http::RouteMeters;
use crate::route::{Class, Route};
use web::Failure;

/// The door looks every 200 ms by itself: waiting longer for a look gains nothing,
/// and would hold up the answer that an operator waits for.
const LOOK: Duration = Duration::from_millis(200);

/// State of one route's handlers. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    route: Route,
    meters: RouteMeters,
}

impl Endpoint {
    /// Registers the route's meters, so that a request only touches atomics.
    #[must_use]
    pub fn new(app: Arc<App>, route: Route) -> Self {
        let meters = app.metrics.http.route(&route);
        Self(Arc::new(Inner { app, route, meters }))
    }

    /// The whole service.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// The live world that the use cases run in.
    #[must_use]
    pub fn world(&self) -> &World<Live> {
        &self.0.app.world
    }

    /// The route's row.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.0.route
    }

    /// The route's meters.
    #[must_use]
    pub fn meters(&self) -> &RouteMeters {
        &self.0.meters
    }

    /// Sheds new business early by the cached hint. The guard is in the
    /// database: an open hint promises nothing.
    ///
    /// # Errors
    /// `intake-closed` or `intake-unverified` while the hint says so.
    pub fn shed_closed_intake(&self) -> Result<(), Failure> {
        let Class::Intake(act) = self.0.route.class else {
            return Ok(());
        };
        let known = Scope {
            act: Some(act),
            ..Scope::everything()
        };
        match self.app().door.hint_for(&known) {
            Hint::Open => Ok(()),
            Hint::Shut { .. } => Err(Failure::of(Code::IntakeClosed)),
            Hint::Unverified => Err(Failure::of(Code::IntakeUnverified)),
        }
    }

    /// Lets this process's own door know at once what an operator is about to
    /// be told, so that nobody passes it early after the answer. A look that
    /// fails changes nothing: the guard is in the database, and the next look is due.
    pub async fn look_at_the_gate(&self) {
        match tokio::time::timeout(LOOK, self.app().door.look(&self.world().db)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the door could not look at once"),
            Err(_) => tracing::warn!("the door could not look at once: no answer"),
        }
    }
}
