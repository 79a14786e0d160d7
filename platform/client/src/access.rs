//! Signing in, accounts, and acts that take more than one person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/sessions`: signs in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The account's name.
    pub account: String,
    /// Its password, 12–128 characters.
    pub password: String,
    /// The code that its authenticator app shows, six digits.
    pub code: String,
    /// Whether the token goes into a cookie instead of the answer, for a page in a browser.
    #[serde(default)]
    pub cookie: bool,
}

/// Shows who, not what they know.
impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({})", self.account)
    }
}

/// `POST /v1/password`: a person replaces their own password.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The account's name.
    pub account: String,
    /// Its password until now.
    pub password: String,
    /// The code that its authenticator app shows, six digits; one that no sign-in has used.
    pub code: String,
    /// Its password from now on, 12–128 characters.
    pub new_password: String,
}

/// Shows who, not what they know.
impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPassword({})", self.account)
    }
}

/// `200` of `POST /v1/password`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PasswordChanged {
    /// Sessions of the account that ended, the asking one's too.
    pub sessions_ended: u64,
}

/// `201` of `POST /v1/sessions`, and `GET /v1/session`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The account's name.
    pub account: String,
    /// Its role.
    pub role: String,
    /// When the session ends at the latest, in microseconds; earlier after 15 minutes without a request.
    pub ends_at: i64,
    /// The bearer token, told once, when no cookie was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What every write under the cookie must carry as `x-csrf-token`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf: Option<String>,
}

/// `200` of `POST /v1/session/end`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignedOut {
    /// Whether a session ended now; none, if it had ended before.
    pub ended: bool,
}

/// An account, without anything secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// `active` or `disabled`.
    pub state: String,
    /// Sessions that have not ended.
    pub sessions: i64,
    /// When it was last changed, in microseconds.
    pub changed_at: i64,
}

/// `GET /v1/accounts`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Accounts {
    /// All of them, by name.
    pub accounts: Vec<Account>,
}

/// `POST /v1/proposals`: proposes an act that others must approve.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// `account.enable` (with `account`), `account.role` (with `account` and `role`), `intake.reopen`
    /// (with `epoch`, that of the closing), or `intake.reopen_at` (with `epoch` and `at`, the time at which the
    /// service opens by itself, in microseconds). With `parked` = `cancel`, a reopening cancels the draws that wait
    /// for it; without, they are paid out.
    pub act: String,
    /// Its parameters, exactly those that the act takes.
    pub parameters: BTreeMap<String, String>,
}

/// A proposal and how it stands.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// Typed id, `pro_…`.
    pub id: String,
    /// The act.
    pub act: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// SHA-256 of act and parameters in canonical form: what is approved and executed.
    pub digest: String,
    /// Who proposed.
    pub proposer: String,
    /// `waiting`, `approved`, `denied`, `expired` or `executed`.
    pub state: String,
    /// Persons needed besides the proposer.
    pub needed: u8,
    /// From then on it is denied, in microseconds.
    pub expires_at: i64,
}

/// `POST /v1/proposals/{id}/verdicts`: approves or rejects.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// The digest of what is meant.
    pub digest: String,
    /// Yes or no; one no denies.
    pub approve: bool,
    /// The absent person whose deputy one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_absent: Option<String>,
}

/// `POST /v1/proposals/{id}/execution`: does what was approved, once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// The digest of what is meant.
    pub digest: String,
}
