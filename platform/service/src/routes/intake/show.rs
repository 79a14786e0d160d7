//! `GET /v1/intake`

use client::operations::Intake;
use gate::Hint;

use crate::app::App;
use crate::extract::read::Read;
use crate::reply::{Fresh, Shown};

/// Shows the state of the intake gate; `closed (unverified)` where this instance cannot know it.
#[utoipa::path(get, path = "/v1/intake", tag = "intake", responses((status = 200, body = Intake)))]
pub async fn show_intake(read: Read) -> Shown<Intake> {
    let app = read.app();
    let known = lending::read::intake(read.world(), "").await;
    match known {
        // The database fell back to an earlier epoch: what it says is not believed.
        Ok(intake) if app.door.hint() == Hint::Unverified && intake.epoch < app.door.last_epoch() => Ok(
            Fresh(unverified(app, "the database does not know of a later change")),
        ),
        Err(_) if app.door.hint() == Hint::Unverified => {
            Ok(Fresh(unverified(app, "the database cannot be asked")))
        }
        known => Ok(Fresh(known?)),
    }
}

/// Nothing says `open`, so new business is refused here.
fn unverified(app: &App, reason: &str) -> Intake {
    Intake {
        state: "closed (unverified)".to_owned(),
        epoch: app.door.last_epoch(),
        reason: reason.to_owned(),
        actor: String::new(),
        incident: None,
        changed_at: 0,
        terminated: 0,
    }
}
