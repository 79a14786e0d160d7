//! What officers approve, and whether enough of them approve the same.

use auth::Principal;
use auth::approvals::{ApprovalError, Matter, Standing, Verdict};
use base::problem::Code;
use db::DbError;
use serde_json::json;
use store::applications::Application;
use store::approvals::{Given, Terms};
use store::tasks::Task;

use crate::Refusal;

/// Officers who must approve an application (双人审批).
const OFFICERS: u8 = 2;

/// What an officer approves: who gets how much on which terms, and on which report. Only digests of it are kept.
pub(crate) fn matter(
    id: &str,
    application: &Application,
    terms: Option<Terms>,
    task: Option<&Task>,
) -> Result<Matter, DbError> {
    let report = task.and_then(|task| task.report.as_deref());
    let what = json!({
        "application": id,
        "firm": application.firm_id,
        "product": application.product,
        "amount": application.amount,
        "term_months": application.term_months,
        "method": application.method,
        "limit": terms.map(|terms| terms.limit),
        "rate_ppm": terms.map(|terms| terms.rate_ppm),
        "report": report,
    });
    let parameters = what.as_object().cloned().unwrap_or_default();
    Matter::of("application.approve", &parameters, OFFICERS)
}

/// What those approved whose accounts nobody has disabled since.
pub(crate) fn counted<'a>(earlier: &'a [Given], verdicts: &'a [Verdict]) -> impl Iterator<Item = &'a Given> {
    let stands = earlier.iter().zip(verdicts).filter(|(_, verdict)| verdict.stands);
    stands.map(|(given, _)| given)
}

/// Whether enough officers agree, once this one does.
pub(crate) fn agreed(matter: &Matter, who: &Principal, verdicts: &[Verdict]) -> Result<bool, Refusal> {
    match matter.approve(who, verdicts) {
        Ok(standing) => Ok(standing == Standing::Approved),
        Err(ApprovalError::SamePerson) => Err(Refusal::plain(Code::SameOfficer)),
        Err(ApprovalError::OtherDigest) => Err(Refusal::with(
            Code::NotApproved,
            "the other officer approved something else: reject it, and let the customer apply anew",
        )),
        Err(error) => Err(error.into()),
    }
}
