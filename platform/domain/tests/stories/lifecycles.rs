use domain::application::{ApplicationEvent, ApplicationState};
use domain::contract::{ContractEvent, ContractState};
use domain::draw::{DrawEvent, DrawState};
use domain::instalment::{InstalmentEvent, InstalmentState};
use domain::lifecycle::Illegal;
use domain::loan::{LoanEvent, LoanState};
use domain::offer::{OfferEvent, OfferState};
use domain::task::{TaskEvent, TaskState};

/// Tries every event in every state and writes down what happened, as
/// `state + event = state`; what did not happen must say so rightly.
macro_rules! transitions {
    ($machine:literal, $state:ident, $event:ident) => {{
        let mut lines = Vec::new();
        let mut tried = 0;
        for state in $state::ALL {
            for event in $event::ALL {
                tried += 1;
                match state.on(*event) {
                    Ok(next) => lines.push(format!("{state} + {event} = {next}")),
                    Err(refusal) => assert_eq!(
                        refusal,
                        Illegal {
                            machine: $machine,
                            state: state.as_str(),
                            event: event.as_str()
                        }
                    ),
                }
            }
            assert_eq!(state.as_str().parse::<$state>().as_ref(), Ok(state));
        }
        assert_eq!(tried, $state::ALL.len() * $event::ALL.len());
        lines
    }};
}

#[test]
fn an_application_goes_these_ways_and_no_other() {
    assert_eq!(
        transitions!("application", ApplicationState, ApplicationEvent),
        [
            "submitted + pre_approve = pre_approved",
            "submitted + refer = in_review",
            "submitted + decline = declined",
            "submitted + expire = expired",
            "submitted + cancel = cancelled",
            "pre_approved + accept = accepted",
            "pre_approved + expire = expired",
            "pre_approved + cancel = cancelled",
            "in_review + take_up = diligence",
            "in_review + reject = rejected",
            "in_review + expire = expired",
            "in_review + cancel = cancelled",
            "accepted + start_diligence = diligence",
            "accepted + cancel = cancelled",
            "diligence + report_satisfactory = diligence",
            "diligence + report_adverse = rejected",
            "diligence + approve = approved",
            "diligence + reject = rejected",
            "diligence + expire = expired",
            "diligence + cancel = cancelled",
            "approved + sign = signed",
            "approved + expire = expired",
            "approved + cancel = cancelled",
        ]
    );
}

#[test]
fn an_offer_goes_these_ways_and_no_other() {
    assert_eq!(
        transitions!("offer", OfferState, OfferEvent),
        [
            "open + accept = accepted",
            "open + expire = expired",
            "open + withdraw = withdrawn"
        ]
    );
}

#[test]
fn a_task_goes_these_ways_and_no_other() {
    assert_eq!(
        transitions!("task", TaskState, TaskEvent),
        ["open + report = reported", "open + cancel = cancelled"]
    );
}

#[test]
fn a_contract_is_closed_once() {
    assert_eq!(
        transitions!("contract", ContractState, ContractEvent),
        ["signed + close = closed"]
    );
}

#[test]
fn a_draw_is_paid_only_after_it_was_sent() {
    assert_eq!(
        transitions!("draw", DrawState, DrawEvent),
        [
            "requested + send = sent",
            "requested + fail = failed",
            "sent + pay = paid",
            "sent + fail = failed"
        ]
    );
}

#[test]
fn a_loan_goes_these_ways_and_no_other() {
    assert_eq!(
        transitions!("loan", LoanState, LoanEvent),
        [
            "active + fall_overdue = overdue",
            "active + settle = settled",
            "overdue + catch_up = active",
            "overdue + settle = settled",
            "settled + reopen = active",
        ]
    );
}

#[test]
fn an_instalment_goes_these_ways_and_no_other() {
    assert_eq!(
        transitions!("instalment", InstalmentState, InstalmentEvent),
        [
            "open + fall_due = due",
            "open + pay = paid",
            "due + fall_overdue = overdue",
            "due + pay = paid",
            "overdue + pay = paid",
        ]
    );
}

#[test]
fn what_ended_stays_ended() {
    use ApplicationState::{Cancelled, Declined, Expired, Rejected, Signed};
    for state in [Declined, Rejected, Signed, Expired, Cancelled] {
        assert!(state.is_final(), "{state}");
    }
    assert!(!ApplicationState::InReview.is_final());
    assert!(DrawState::Paid.is_final() && DrawState::Failed.is_final());
}

#[test]
fn a_refusal_reads_as_a_sentence() {
    let refusal = ApplicationState::Declined.on(ApplicationEvent::Sign).unwrap_err();
    assert_eq!(refusal.to_string(), "application that is declined cannot sign");
}
