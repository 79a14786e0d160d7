//! `GET /v1/intake`

use std::time::Duration;

use client::operations::Intake;
use gate::{Scope, UNVERIFIED};
use tokio::time::timeout;

use crate::app::App;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// As long as an operator may wait for a door that has not looked for a while.
const LOOK: Duration = Duration::from_millis(200);
/// A database that takes longer than this hangs, as when the network to it is cut: whoever asks must not wait
/// with it for the minute after which its statement is given up.
const HANGS: Duration = Duration::from_secs(1);

/// Shows the state of the intake gate; `closed (unverified)` where this instance cannot know it.
#[utoipa::path(get, path = "/v1/intake", tag = "intake", responses((status = 200, body = Intake)))]
pub async fn show_intake(read: Read) -> Shown<Intake> {
    let app = read.app();
    let known = lending::read::intake(read.world(), "");
    if app.door.knows() {
        return match timeout(HANGS, known).await {
            Ok(known) => Ok(Fresh(known?)),
            Err(_) => Ok(Fresh(unverified(app, "the database does not answer"))),
        };
    }
    let look = app.door.look(&read.world().db);
    let why = match tokio::join!(timeout(LOOK, known), timeout(LOOK, look)) {
        (Ok(Ok(known)), Ok(Ok(()))) if app.door.knows() => return Ok(Fresh(known)),
        // The database fell back to an earlier epoch: what it says is not believed.
        (Ok(Ok(_)), Ok(Ok(()))) => "the database does not know of a later change",
        _ => "the database cannot be asked",
    };
    Ok(Fresh(unverified(app, why)))
}

/// Nothing says `open`, so new business is refused here.
fn unverified(app: &App, reason: &str) -> Intake {
    Intake {
        scope: Scope::EVERYTHING.to_owned(),
        state: UNVERIFIED.to_owned(),
        epoch: app.door.last_epoch(),
        reason: reason.to_owned(),
        actor: String::new(),
        incident: None,
        clause: None,
        until: None,
        changed_at: 0,
        terminated: 0,
        shut: Vec::new(),
    }
}
