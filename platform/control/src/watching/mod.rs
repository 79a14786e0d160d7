//! What people do to the watcher: [`silence`], [`ack`] and [`test`] are acts, each with its row and its leaf in one
//! transaction, and each done once however often it is asked for under its key ([`once`]). What is answered from outside
//! is put on record by [`witness`]; the test of the call tree ([`calltree`]) is begun by people or the calendar.

pub mod ack;
pub mod calltree;
mod once;
pub mod silence;
pub mod test;
pub mod witness;

use base::problem::Code;
use notify::NotifyError;
use watch::Watch;

use crate::{App, Refusal};

/// The watcher of a control plane that watches.
///
/// # Errors
/// `not-found`, if it was started without a configuration of what to watch.
pub fn watcher(app: &App) -> Result<&Watch, Refusal> {
    let none = "this control plane watches nothing: start it with --watch FILE";
    app.watch
        .as_ref()
        .ok_or_else(|| Refusal::with(Code::NotFound, none))
}

/// The notifier of one that also tells somebody.
///
/// # Errors
/// `not-found`.
pub fn notifier(app: &App) -> Result<&notify::Notifier, Refusal> {
    let none = "this control plane tells nobody: there is no [notify] in its configuration";
    watcher(app)?
        .notifier()
        .ok_or_else(|| Refusal::with(Code::NotFound, none))
}

impl From<NotifyError> for Refusal {
    fn from(error: NotifyError) -> Self {
        match error {
            NotifyError::Store(error) => error.into(),
            // The text names the field and the mend, and repeats nothing that was sent.
            NotifyError::Invalid { .. } => Self::with(Code::InvalidField, &error.to_string()),
            NotifyError::Unknown(_) => Self::with(Code::NotFound, &error.to_string()),
            NotifyError::Unsigned(mend) => Self::with(Code::Unauthenticated, mend),
            NotifyError::Full { .. } => Self::with(Code::Overloaded, &error.to_string()),
            error => {
                tracing::error!(%error, "the notifier failed");
                Self::plain(Code::Internal)
            }
        }
    }
}
