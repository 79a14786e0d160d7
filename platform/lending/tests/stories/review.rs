//! What the rules refer to a person gets out of review by people, and only on
//! terms that two of them agree on: the same on both databases.

use auth::Role;
use base::problem::Code;
use client::access::{Execute, Judge, Proposal, Propose};
use client::applications::{Application, Report, Verdict};
use client::contracts::Contract;
use client::firms::{Firm, RegisterFirm};
use db::DbError;
use domain::lane::Live;
use lending::{Answer, Call, Refusal, World};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::fixture::{Fixture, each};
use crate::world::world;

const APPLICATION: &str = "app_00000000000000000000000000000001";
/// What it asks for, in fen.
const ASKED: i64 = 1_200_000;
/// The least that the product lends, in fen.
const LEAST: i64 = 500_000;
/// The highest rate that lateness does not lift above 24 % a year.
const HIGHEST: i64 = 160_000;

fn call(officer: &str, key: &str) -> Call {
    Call {
        kind: auth::Kind::Person,
        principal: officer.into(),
        role: Role::Officer,
        key: key.into(),
        route: "POST /v1/applications/{id}/approvals",
        digest: format!("digest of {key}"),
    }
}

fn verdict(word: &str, terms: Option<(i64, i64)>) -> Verdict {
    Verdict {
        verdict: word.into(),
        limit: terms.map(|terms| terms.0),
        rate_ppm: terms.map(|terms| terms.1),
    }
}

fn application(answer: &Answer) -> Application {
    serde_json::from_str(&answer.json).unwrap()
}

/// A firm that registered, and so has keys to seal with; its id.
async fn registered(world: &World<Live>) -> String {
    let body = RegisterFirm {
        credit_code: "91350100M000100Y43".into(),
        name: "青岩小麦加工厂".into(),
        region: "110105".into(),
        industry: "C13".into(),
        contact: "经办人".into(),
        contact_id: "11010519491231002X".into(),
        phone: "13800000000".into(),
        account: "6222020200112233445".into(),
    };
    let answer = lending::register_firm(world, call("channel", "register"), body)
        .await
        .unwrap();
    let firm: Firm = serde_json::from_str(&answer.json).unwrap();
    firm.id
}

/// The firm's application in review; nothing of an earlier one.
async fn in_review(store: &Fixture, firm: &str) {
    let sql = [
        "DELETE FROM contracts",
        "DELETE FROM approvals",
        "DELETE FROM diligence_tasks",
        "DELETE FROM offers",
        "DELETE FROM applications",
        "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, state, \
         use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed, \
         turnover_sealed, tax_number_sealed, request_digest, created_at, updated_at) \
         SELECT 'app_00000000000000000000000000000001', $2, 'micro', 'pc', \
         '110105', 1200000, 12, 'equal_principal', 'in_review', $1, $1, $1, $1, $1, $1, $1, '', 0, 0",
    ];
    let firm = firm.to_owned();
    let done = store.db.write(move |tx| {
        Box::pin(async move {
            for sql in sql {
                let parameters = [b"sealed".as_slice().into(), (&firm).into()];
                let given = if sql.contains("$1") { &parameters[..] } else { &[] };
                tx.exec(sql, given).await?;
            }
            Ok::<_, DbError>(())
        })
    });
    done.await.unwrap();
}

/// Taken up and reported on by the first officer.
async fn reported(world: &World<Live>, key: &str) {
    let take = call("officer1", &format!("take-{key}"));
    let taken = lending::take_up(world, take, APPLICATION).await.unwrap();
    let task = application(&taken).task_id.unwrap();
    let report = Report {
        finding: "satisfactory".into(),
        text: "现场核实经营正常".into(),
    };
    lending::report(world, call("officer1", &format!("report-{key}")), &task, report)
        .await
        .unwrap();
}

async fn give(world: &World<Live>, officer: &str, key: &str, verdict: Verdict) -> Result<Answer, Refusal> {
    lending::approve(world, call(officer, key), APPLICATION, verdict).await
}

async fn sign(world: &World<Live>, key: &str) -> Result<Answer, Refusal> {
    lending::sign(world, call("channel", key), APPLICATION).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_who_agree_on_terms_make_the_offer_that_signing_takes() {
    for store in each().await {
        let world = world(&store);
        in_review(&store, &registered(&world).await).await;
        reported(&world, "1").await;
        let again = lending::take_up(&world, call("officer2", "again"), APPLICATION).await;
        assert_eq!(again.unwrap_err().code, Code::IllegalTransition);

        let agreed = verdict("approve", Some((600_000, 80_000)));
        let first = application(&give(&world, "officer1", "a", agreed.clone()).await.unwrap());
        assert_eq!((first.state.as_str(), first.offer.is_none()), ("diligence", true));
        let other = verdict("approve", Some((600_000, 80_001)));
        let refused = give(&world, "officer2", "b", other).await.unwrap_err();
        assert_eq!(refused.code, Code::TermsDiffer);
        let second = application(&give(&world, "officer2", "c", agreed).await.unwrap());
        let offer = second.offer.unwrap();
        assert_eq!(
            (second.state.as_str(), offer.limit, offer.rate_ppm),
            ("approved", 600_000, 80_000)
        );
        let shown = lending::read::application(&world, APPLICATION).await.unwrap();
        assert_eq!(shown.offer.unwrap().id, offer.id);

        let contract: Contract = serde_json::from_str(&sign(&world, "s").await.unwrap().json).unwrap();
        assert_eq!((contract.limit, contract.rate_ppm), (600_000, 80_000));
        let taken = "SELECT COUNT(*) FROM offers WHERE state = 'accepted'";
        assert_eq!(store.number(taken).await, 1);
        let leaves = "SELECT COUNT(*) FROM evidence_leaves \
                      WHERE act IN ('application.take_up', 'task.report', 'application.approve')";
        assert_eq!(store.number(leaves).await, 4, "one for each act that was done");
    }
}

/// Changes one row by hand; `$1` is a blob.
async fn by_hand(store: &Fixture, sql: &'static str) {
    let done = store.db.write(move |tx| {
        Box::pin(async move {
            let blob = [b"sealed".as_slice().into()];
            tx.exec(sql, if sql.contains("$1") { &blob } else { &[] }).await
        })
    });
    assert_eq!(done.await.unwrap(), 1, "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_a_persons_and_counts_while_the_person_does() {
    for store in each().await {
        let world = world(&store);
        in_review(&store, &registered(&world).await).await;
        reported(&world, "1").await;
        let yes = verdict("approve", Some((LEAST, 50_000)));
        for word in ["approve", "reject"] {
            let program = Call {
                kind: auth::Kind::Service,
                ..call("officer1", word)
            };
            let refused = lending::approve(&world, program, APPLICATION, verdict(word, None)).await;
            assert_eq!(refused.unwrap_err().code, Code::Forbidden);
        }
        give(&world, "officer1", "a", yes.clone()).await.unwrap();
        // Other terms than those of somebody who was disabled since are a first verdict again.
        by_hand(
            &store,
            "INSERT INTO accounts VALUES ('officer1', 'officer', 'disabled', 1, $1, $1, 0, 1, 1)",
        )
        .await;
        let other = verdict("approve", Some((LEAST + 100, 50_000)));
        let second = give(&world, "officer2", "b", other.clone()).await.unwrap();
        assert_eq!(application(&second).state, "diligence");
        let third = give(&world, "officer3", "c", other).await.unwrap();
        assert_eq!(application(&third).state, "approved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_officers_approve_one_thing_or_nothing() {
    for store in each().await {
        for changed in [
            "UPDATE applications SET amount = amount - 1",
            "UPDATE applications SET term_months = 24",
            "UPDATE diligence_tasks SET request_digest = 'another report'",
        ] {
            let world = world(&store);
            in_review(&store, &registered(&world).await).await;
            reported(&world, changed).await;
            let yes = verdict("approve", Some((LEAST, 50_000)));
            give(&world, "officer1", &format!("a {changed}"), yes.clone())
                .await
                .unwrap();
            by_hand(&store, changed).await;
            let refused = give(&world, "officer2", &format!("b {changed}"), yes).await;
            assert_eq!(refused.unwrap_err().code, Code::NotApproved, "{changed}");
            assert_eq!(store.number("SELECT COUNT(*) FROM offers").await, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_of_officers_expires_before_it_is_signed() {
    for store in each().await {
        let world = world(&store);
        in_review(&store, &registered(&world).await).await;
        reported(&world, "1").await;
        for officer in ["officer1", "officer2"] {
            let yes = verdict("approve", Some((LEAST, 50_000)));
            give(&world, officer, officer, yes).await.unwrap();
        }
        store.hand.advance_micros(31 * 86_400_000_000);
        assert_eq!(sign(&world, "s").await.unwrap_err().code, Code::OfferExpired);
        assert_eq!(store.number("SELECT COUNT(*) FROM contracts").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_may_turn_down_what_nobody_has_taken_up() {
    for store in each().await {
        let world = world(&store);
        in_review(&store, &registered(&world).await).await;
        let approving = give(&world, "officer1", "a", verdict("approve", Some((LEAST, 50_000)))).await;
        assert_eq!(approving.unwrap_err().code, Code::IllegalTransition);
        let answer = give(&world, "officer1", "b", verdict("reject", None))
            .await
            .unwrap();
        assert_eq!(application(&answer).state, "rejected");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_approval_makes_an_offer_and_is_new_business() {
    for store in each().await {
        let world = world(&store);
        in_review(&store, &registered(&world).await).await;
        reported(&world, "1").await;
        let yes = verdict("approve", Some((LEAST, 50_000)));
        give(&world, "officer1", "a", yes.clone()).await.unwrap();
        let order = client::operations::IntakeOrder::everything("drill");
        lending::close_intake(&world, call("operator", "close"), order)
            .await
            .unwrap();
        let refused = give(&world, "officer2", "b", yes.clone()).await.unwrap_err();
        assert_eq!(refused.code, Code::IntakeClosed);
        assert_eq!(store.number("SELECT COUNT(*) FROM offers").await, 0);
        reopen(&world).await;
        give(&world, "officer2", "b", yes).await.unwrap();
    }
}

/// Two persons agree on it.
async fn reopen(world: &World<Live>) {
    let person = |name: &str, key: &str| Call {
        kind: auth::Kind::Person,
        role: Role::Operator,
        ..call(name, key)
    };
    let wanted = Propose {
        act: "intake.reopen".into(),
        parameters: [("epoch".into(), "2".into())].into(),
    };
    let proposed = lending::access::propose(world, person("ann", "propose"), wanted)
        .await
        .unwrap();
    let Proposal { id, digest, .. } = serde_json::from_str(&proposed.json).unwrap();
    let yes = Judge {
        digest: digest.clone(),
        approve: true,
        for_absent: None,
    };
    lending::access::judge(world, person("bob", "judge"), &id, yes)
        .await
        .unwrap();
    lending::access::execute(world, person("ann", "execute"), &id, Execute { digest })
        .await
        .unwrap();
}

/// One officer's attempt.
type Attempt = (u8, bool, Option<(i64, i64)>);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let limit = prop_oneof![
        3 => Just(LEAST),
        3 => Just(ASKED),
        1 => Just(LEAST - 1),
        1 => Just(ASKED + 1),
        1 => Just(0)
    ];
    let rate = prop_oneof![4 => Just(50_000_i64), 2 => Just(HIGHEST), 1 => Just(HIGHEST + 1), 1 => Just(0)];
    let terms = prop_oneof![1 => Just(None), 6 => (limit, rate).prop_map(Some)];
    let attempt = (1..=3_u8, prop::bool::weighted(0.9), terms);
    prop::collection::vec(attempt, 1..8)
}

/// What the rules of this lane say of an attempt, written down apart from the use case.
#[derive(Default)]
struct Model {
    yes: Vec<(u8, (i64, i64))>,
    over: bool,
}

impl Model {
    fn expects(&mut self, (officer, approves, terms): Attempt) -> Result<(), Code> {
        if !approves && terms.is_some() {
            return Err(Code::InvalidField);
        }
        if self.over {
            return Err(Code::IllegalTransition);
        }
        if self.yes.iter().any(|(other, _)| *other == officer) {
            return Err(Code::SameOfficer);
        }
        if !approves {
            self.over = true;
            return Ok(());
        }
        match terms {
            Some((limit, rate)) if (LEAST..=ASKED).contains(&limit) && (1..=HIGHEST).contains(&rate) => {
                if self.yes.iter().any(|(_, theirs)| *theirs != (limit, rate)) {
                    return Err(Code::TermsDiffer);
                }
                self.yes.push((officer, (limit, rate)));
                self.over = self.yes.len() == 2;
                Ok(())
            }
            _ => Err(Code::InvalidField),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn however_officers_try_only_two_who_agree_within_bounds_approve() {
    for store in each().await {
        let mut runner = TestRunner::deterministic();
        let world = world(&store);
        let firm = registered(&world).await;
        let mut approved = 0;
        for round in 0..60 {
            let attempts = attempts().new_tree(&mut runner).unwrap().current();
            in_review(&store, &firm).await;
            reported(&world, &round.to_string()).await;
            let mut model = Model::default();
            for (step, attempt) in attempts.iter().enumerate() {
                let (officer, approves, terms) = *attempt;
                let word = if approves { "approve" } else { "reject" };
                let key = format!("{round}-{step}");
                let done = give(&world, &format!("officer{officer}"), &key, verdict(word, terms)).await;
                let seen = done.map(|_| ()).map_err(|refusal| refusal.code);
                assert_eq!(seen, model.expects(*attempt), "step {step} of {attempts:?}");
            }
            let offers = store.number("SELECT COUNT(*) FROM offers").await;
            assert_eq!(offers, i64::from(model.yes.len() == 2), "{attempts:?}");
            approved += offers;
        }
        assert!(approved > 5, "only {approved} of 60 rounds came to an approval");
    }
}
