//! One method per route, and every route where the interface has it.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail as the test does")]

use std::collections::BTreeMap;

use client::access::{Execute, Judge, Proposal, Propose, Session, SignIn, SignedOut};
use client::applications::{Application, Apply, Report, Verdict};
use client::contracts::{Contract, Draw, RequestDraw};
use client::firms::{Consent, Firm, GiveConsent, RegisterFirm};
use client::http::Request;
use client::loans::{Loan, Payoff, Repay, Repayment, Statement};
use client::operations::{Day, EndDay, Entry, Impact, Intake, IntakeHistory, IntakeOrder, Reverse};

fn line<T>(request: &Request<T>) -> String {
    let body = std::str::from_utf8(request.body()).unwrap();
    assert_eq!(
        request.key().is_some(),
        !body.is_empty(),
        "writes have a key and a body"
    );
    format!(
        "{} {} {}",
        request.method().as_str(),
        request.path(),
        if body == "{}" { body } else { "" }
    )
    .trim()
    .to_owned()
}

#[test]
fn the_routes_are_those_of_the_interface() {
    let firm = RegisterFirm {
        credit_code: String::new(),
        name: String::new(),
        region: String::new(),
        industry: String::new(),
        contact: String::new(),
        contact_id: String::new(),
        phone: String::new(),
        account: String::new(),
    };
    let apply = Apply {
        firm_id: String::new(),
        product: String::new(),
        channel: String::new(),
        region: String::new(),
        amount: 1,
        term_months: 1,
        method: String::new(),
        use_of_funds: String::new(),
        applicant: String::new(),
        applicant_id: String::new(),
        phone: String::new(),
        address: String::new(),
        turnover: 1,
        tax_number: String::new(),
        guarantor: None,
        consents: Vec::new(),
    };
    let consent = GiveConsent {
        source: String::new(),
        purpose: String::new(),
        days: 1,
    };
    let report = Report {
        finding: String::new(),
        text: String::new(),
    };
    let verdict = Verdict {
        verdict: String::new(),
        limit: None,
        rate_ppm: None,
    };
    let order = IntakeOrder::everything(String::new());
    let day = EndDay {
        business_date: String::new(),
    };
    let reverse = Reverse {
        reason: String::new(),
    };
    let propose = Propose {
        act: String::new(),
        parameters: BTreeMap::new(),
    };
    let judge = Judge {
        digest: String::new(),
        approve: true,
        for_absent: None,
    };
    let execute = Execute {
        digest: String::new(),
    };
    let lines = [
        line(&Request::<Firm>::register_firm("k", &firm)),
        line(&Request::<Consent>::give_consent("k", "i", &consent)),
        line(&Request::<Consent>::revoke_consent("k", "i")),
        line(&Request::<Application>::apply("k", &apply)),
        line(&Request::<Application>::pre_approve("k", "i")),
        line(&Request::<Application>::accept("k", "i")),
        line(&Request::<Application>::take_up("k", "i")),
        line(&Request::<Application>::report("k", "i", &report)),
        line(&Request::<Application>::approve("k", "i", &verdict)),
        line(&Request::<Contract>::sign("k", "i")),
        line(&Request::<Draw>::request_draw(
            "k",
            "i",
            &RequestDraw { amount: 1 },
        )),
        line(&Request::<Repayment>::repay("k", "i", &Repay { amount: 1 })),
        line(&Request::<Repayment>::pay_off("k", "i")),
        line(&Request::<Entry>::reverse("k", "i", &reverse)),
        line(&Request::<Day>::end_day("k", &day)),
        line(&Request::<Intake>::close_intake("k", &order)),
        line(&Request::<Proposal>::propose("k", &propose)),
        line(&Request::<Proposal>::judge("k", "i", &judge)),
        line(&Request::<Proposal>::execute("k", "i", &execute)),
        line(&Request::<Proposal>::proposal("i")),
        line(&Request::<Firm>::firm("i")),
        line(&Request::<Application>::application("i")),
        line(&Request::<Contract>::contract("i")),
        line(&Request::<Draw>::draw("i")),
        line(&Request::<Loan>::loan("i")),
        line(&Request::<Payoff>::payoff_quote("i")),
        line(&Request::<Statement>::statement("i")),
        line(&Request::<Intake>::intake()),
        line(&Request::<IntakeHistory>::intake_history()),
        line(&Request::<Impact>::intake_impact(None)),
    ];
    assert_eq!(
        lines,
        [
            "POST /v1/firms",
            "POST /v1/firms/i/consents",
            "POST /v1/consents/i/revoke {}",
            "POST /v1/applications",
            "POST /v1/applications/i/pre-approval {}",
            "POST /v1/applications/i/accept {}",
            "POST /v1/applications/i/take-up {}",
            "POST /v1/tasks/i/report",
            "POST /v1/applications/i/approvals",
            "POST /v1/applications/i/contract {}",
            "POST /v1/contracts/i/draws",
            "POST /v1/loans/i/repayments",
            "POST /v1/loans/i/payoff {}",
            "POST /v1/entries/i/reversal",
            "POST /v1/days",
            "POST /v1/intake/close",
            "POST /v1/proposals",
            "POST /v1/proposals/i/verdicts",
            "POST /v1/proposals/i/execution",
            "GET /v1/proposals/i",
            "GET /v1/firms/i",
            "GET /v1/applications/i",
            "GET /v1/contracts/i",
            "GET /v1/draws/i",
            "GET /v1/loans/i",
            "GET /v1/loans/i/payoff",
            "GET /v1/loans/i/statement",
            "GET /v1/intake",
            "GET /v1/intake/history",
            "GET /v1/intake/impact",
        ]
    );
}

#[test]
fn signing_in_and_out_has_no_key_under_which_a_token_would_be_stored() {
    let sign_in = SignIn {
        account: String::new(),
        password: String::new(),
        code: String::new(),
        cookie: false,
    };
    let begin = Request::<Session>::sign_in(&sign_in);
    assert_eq!((begin.path(), begin.key()), ("/v1/sessions", None));
    let end = Request::<SignedOut>::sign_out();
    assert_eq!((end.path(), end.key()), ("/v1/session/end", None));
}
