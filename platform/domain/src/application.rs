//! The life of an application, from submission to signing.

use crate::lifecycle::lifecycle;

pub use crate::lifecycle::Illegal;

lifecycle! {
    "application"
    /// Where an application stands.
    states ApplicationState {
        /// Received, not yet assessed.
        Submitted = "submitted",
        /// Assessed, with an open offer.
        PreApproved = "pre_approved",
        /// Waits for an officer to take it up, because data is missing or a rule asks for it.
        InReview = "in_review",
        /// Turned down by the rules.
        Declined = "declined",
        /// The customer took the offer.
        Accepted = "accepted",
        /// Due diligence runs; two officers decide after it.
        Diligence = "diligence",
        /// Two different officers approved.
        Approved = "approved",
        /// Turned down by people.
        Rejected = "rejected",
        /// The contract is signed.
        Signed = "signed",
        /// The offer or the approval ran out.
        Expired = "expired",
        /// The customer withdrew.
        Cancelled = "cancelled",
    }
    /// What happens to an application.
    events ApplicationEvent {
        /// The rules approve and make an offer.
        PreApprove = "pre_approve",
        /// The rules send it to a person.
        Refer = "refer",
        /// The rules turn it down.
        Decline = "decline",
        /// The customer takes the offer.
        Accept = "accept",
        /// An officer takes up what was referred; a due-diligence task is opened.
        TakeUp = "take_up",
        /// A due-diligence task is opened.
        StartDiligence = "start_diligence",
        /// The officer reports no objection.
        ReportSatisfactory = "report_satisfactory",
        /// The officer reports an objection.
        ReportAdverse = "report_adverse",
        /// The second officer approves.
        Approve = "approve",
        /// An officer rejects.
        Reject = "reject",
        /// The contract is signed.
        Sign = "sign",
        /// Time runs out.
        Expire = "expire",
        /// The customer withdraws.
        Cancel = "cancel",
    }
    // Only a person leads out of review: `PreApprove` there would let a second
    // run of the rules approve what lacked data in the first.
    transitions {
        Submitted + PreApprove => PreApproved,
        Submitted + Refer => InReview,
        Submitted + Decline => Declined,
        Submitted + Expire => Expired,
        Submitted + Cancel => Cancelled,
        InReview + TakeUp => Diligence,
        InReview + Reject => Rejected,
        InReview + Expire => Expired,
        InReview + Cancel => Cancelled,
        PreApproved + Accept => Accepted,
        PreApproved + Expire => Expired,
        PreApproved + Cancel => Cancelled,
        Accepted + StartDiligence => Diligence,
        Accepted + Cancel => Cancelled,
        Diligence + ReportSatisfactory => Diligence,
        Diligence + ReportAdverse => Rejected,
        Diligence + Approve => Approved,
        Diligence + Reject => Rejected,
        Diligence + Expire => Expired,
        Diligence + Cancel => Cancelled,
        Approved + Sign => Signed,
        Approved + Expire => Expired,
        Approved + Cancel => Cancelled,
    }
}
