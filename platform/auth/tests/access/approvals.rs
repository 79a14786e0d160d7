//! What several persons agree on is done, exactly, and once.

use auth::approvals::{ApprovalError, Standing, book, deputies};
use auth::{Kind, Principal, Role, perform};
use serde_json::{Map, Value, json};

use crate::world::{World, on_both, person};

on_both!(
    two_persons_let_a_disabled_account_in_again_once,
    who_may_and_who_may_not,
    silence_is_a_no,
    one_no_is_a_no,
    the_yes_of_one_who_is_disabled_is_taken_back,
    a_proposal_that_was_edited_approves_nothing,
    a_deputy_stands_in_and_is_no_third_person,
    an_act_that_fails_leaves_its_proposal_as_it_was,
    many_at_once_execute_once,
);

fn parameters(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn ann() -> Principal {
    person("ann", Role::Operator)
}

fn bob() -> Principal {
    person("bob", Role::Commander)
}

async fn propose(
    world: &World,
    who: Principal,
    act: &'static str,
    with: Value,
) -> Result<String, ApprovalError> {
    let now = world.clock.now_micros();
    let id = format!("pro_{now}");
    let made = world.act(move |tx| {
        Box::pin(async move { book::propose(tx, id, act, &parameters(with), &who, now).await })
    });
    let made = made.await?;
    world.hand.advance_micros(1);
    Ok(made.id)
}

async fn enable(world: &World, account: &str) -> String {
    propose(world, ann(), "account.enable", json!({ "account": account }))
        .await
        .unwrap()
}

async fn digest(world: &World, id: &str) -> String {
    let (id, now) = (id.to_owned(), world.clock.now_micros());
    let shown = world
        .act(move |tx| Box::pin(async move { book::show(tx, &id, now).await }))
        .await;
    shown.unwrap().0.digest
}

async fn judge(
    world: &World,
    id: &str,
    digest: &str,
    (who, absent): (Principal, Option<&'static str>),
    approves: bool,
) -> Result<Standing, ApprovalError> {
    let (id, digest, now) = (id.to_owned(), digest.to_owned(), world.clock.now_micros());
    let judged = world.act(move |tx| {
        Box::pin(async move { book::judge(tx, (&id, &digest), (&who, absent), approves, now).await })
    });
    Ok(judged.await?.1)
}

async fn execute(world: &World, id: &str, digest: &str, who: Principal) -> Result<(), ApprovalError> {
    let (id, digest, now) = (id.to_owned(), digest.to_owned(), world.clock.now_micros());
    world
        .act(move |tx| {
            Box::pin(async move {
                let (_, approved) = book::execute(tx, &id, &digest, &who, now).await?;
                perform(tx, approved, now).await.map_err(|error| match error {
                    auth::AccountError::Db(error) => ApprovalError::Db(error),
                    other => ApprovalError::Db(db::DbError::Other(other.to_string())),
                })
            })
        })
        .await
}

async fn state(world: &World, name: &'static str) -> String {
    let now = world.clock.now_micros();
    let found = world
        .act(move |tx| Box::pin(async move { auth::accounts::find(tx, name, now).await }))
        .await;
    let found: Result<Option<auth::Account>, db::DbError> = found;
    let account = found.unwrap().unwrap();
    format!("{} {}", account.state, account.role)
}

async fn the_yes_of_one_who_is_disabled_is_taken_back(world: World) {
    world.account("eve", Role::Operator).await;
    world.account("bob", Role::Commander).await;
    world.disable("eve").await.unwrap();
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    let yes = judge(&world, &id, &what, (bob(), None), true).await;
    assert_eq!(yes.unwrap(), Standing::Approved);
    world.disable("bob").await.unwrap();
    assert!(matches!(
        execute(&world, &id, &what, ann()).await,
        Err(ApprovalError::Standing(Standing::Waiting(1)))
    ));
    // Somebody else's yes takes its place.
    let cem = person("cem", Role::Commander);
    let yes = judge(&world, &id, &what, (cem, None), true).await;
    assert_eq!(yes.unwrap(), Standing::Approved);
    execute(&world, &id, &what, ann()).await.unwrap();
    assert_eq!(state(&world, "eve").await, "active operator");
}

async fn two_persons_let_a_disabled_account_in_again_once(world: World) {
    world.account("eve", Role::Operator).await;
    world.disable("eve").await.unwrap();
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    assert!(matches!(
        execute(&world, &id, &what, ann()).await,
        Err(ApprovalError::Standing(Standing::Waiting(1)))
    ));
    assert_eq!(
        judge(&world, &id, &what, (bob(), None), true).await.unwrap(),
        Standing::Approved
    );
    execute(&world, &id, &what, ann()).await.unwrap();
    assert_eq!(state(&world, "eve").await, "active operator");
    assert!(matches!(
        execute(&world, &id, &what, ann()).await,
        Err(ApprovalError::Standing(Standing::Executed))
    ));
    let acts = world.acts().await;
    assert_eq!(acts[2..], ["proposal.execute", "proposal.judge", "proposal.open"]);
}

async fn who_may_and_who_may_not(world: World) {
    world.account("eve", Role::Operator).await;
    for role in Role::ALL {
        let made = propose(
            &world,
            person("x", *role),
            "account.enable",
            json!({ "account": "eve" }),
        )
        .await;
        assert_eq!(made.is_ok(), *role == Role::Operator, "{role}");
    }
    let machine = Principal {
        kind: Kind::Service,
        ..ann()
    };
    let made = propose(
        &world,
        machine.clone(),
        "account.enable",
        json!({ "account": "eve" }),
    )
    .await;
    assert!(matches!(made, Err(ApprovalError::NotAPerson)));
    for bad in [
        json!({}),
        json!({ "account": 1 }),
        json!({ "account": "a b" }),
        json!({ "account": "eve", "x": "y" }),
    ] {
        assert!(matches!(
            propose(&world, ann(), "account.enable", bad).await,
            Err(ApprovalError::Act)
        ));
    }
    let bad_role = json!({ "account": "eve", "role": "root" });
    assert!(matches!(
        propose(&world, ann(), "account.role", bad_role).await,
        Err(ApprovalError::Act)
    ));
    assert!(matches!(
        propose(&world, ann(), "money.print", json!({})).await,
        Err(ApprovalError::Act)
    ));

    for role in Role::ALL {
        let id = enable(&world, "eve").await;
        let what = digest(&world, &id).await;
        let judged = judge(&world, &id, &what, (person("bob", *role), None), true).await;
        let may = matches!(role, Role::Operator | Role::Commander);
        assert_eq!(judged.is_ok(), may, "{role}");
    }
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    let refused = judge(&world, &id, &what, (ann(), None), true).await;
    assert!(
        matches!(refused, Err(ApprovalError::SamePerson)),
        "nobody approves their own"
    );
    let refused = judge(
        &world,
        &id,
        &what,
        (
            Principal {
                name: "bob".into(),
                ..machine
            },
            None,
        ),
        true,
    )
    .await;
    assert!(matches!(refused, Err(ApprovalError::NotAPerson)));
    let refused = judge(&world, &id, &"0".repeat(64), (bob(), None), true).await;
    assert!(matches!(refused, Err(ApprovalError::OtherDigest)));
    assert!(matches!(
        judge(&world, "pro_x", &what, (bob(), None), true).await,
        Err(ApprovalError::Unknown)
    ));
    judge(&world, &id, &what, (bob(), None), true).await.unwrap();
    assert!(matches!(
        execute(&world, &id, &"0".repeat(64), ann()).await,
        Err(ApprovalError::OtherDigest)
    ));
    let auditor = person("aud", Role::Auditor);
    assert!(matches!(
        execute(&world, &id, &what, auditor).await,
        Err(ApprovalError::Role)
    ));
}

async fn silence_is_a_no(world: World) {
    world.account("eve", Role::Operator).await;
    world.disable("eve").await.unwrap();
    let (waiting, approved) = (enable(&world, "eve").await, enable(&world, "eve").await);
    let what = digest(&world, &approved).await;
    judge(&world, &approved, &what, (bob(), None), true)
        .await
        .unwrap();
    world.hand.advance_micros(3_600_000_000);
    let late = judge(&world, &waiting, &what, (bob(), None), true).await;
    assert!(matches!(late, Err(ApprovalError::Standing(Standing::Expired))));
    let late = execute(&world, &approved, &what, ann()).await;
    assert!(
        matches!(late, Err(ApprovalError::Standing(Standing::Expired))),
        "also after its approval"
    );
    assert_eq!(state(&world, "eve").await, "disabled operator");
}

async fn one_no_is_a_no(world: World) {
    world.account("eve", Role::Operator).await;
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    assert_eq!(
        judge(&world, &id, &what, (bob(), None), false).await.unwrap(),
        Standing::Denied
    );
    let after = judge(&world, &id, &what, (person("cem", Role::Operator), None), true).await;
    assert!(matches!(after, Err(ApprovalError::Standing(Standing::Denied))));
}

async fn a_proposal_that_was_edited_approves_nothing(world: World) {
    world.account("eve", Role::Auditor).await;
    let with = json!({ "account": "eve", "role": "officer" });
    let id = propose(&world, ann(), "account.role", with).await.unwrap();
    let what = digest(&world, &id).await;
    judge(&world, &id, &what, (bob(), None), true).await.unwrap();
    world
        .run("UPDATE proposals SET parameters = '{\"account\":\"eve\",\"role\":\"operator\"}'")
        .await;
    assert!(matches!(
        execute(&world, &id, &what, ann()).await,
        Err(ApprovalError::OtherDigest)
    ));
    assert_eq!(state(&world, "eve").await, "active auditor");
    world
        .run("UPDATE proposals SET parameters = '{\"account\":\"eve\",\"role\":\"officer\"}'")
        .await;
    execute(&world, &id, &what, ann()).await.unwrap();
    assert_eq!(state(&world, "eve").await, "active officer");
}

async fn a_deputy_stands_in_and_is_no_third_person(world: World) {
    for (name, role) in [
        ("ann", Role::Operator),
        ("bob", Role::Commander),
        ("eve", Role::Operator),
    ] {
        world.account(name, role).await;
    }
    let aud = || person("aud", Role::Auditor);
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    let not_yet = judge(&world, &id, &what, (aud(), Some("bob")), true).await;
    assert!(matches!(not_yet, Err(ApprovalError::NotDeputy)));
    let until = world.clock.now_micros() + 1_000_000;
    for absent in ["ann", "bob"] {
        let by = world.by("admin");
        let named = world
            .act(move |tx| Box::pin(async move { deputies::appoint(tx, absent, "aud", until, &by).await }));
        named.await.unwrap();
    }
    let for_proposer = judge(&world, &id, &what, (aud(), Some("ann")), true).await;
    assert!(
        matches!(for_proposer, Err(ApprovalError::SamePerson)),
        "the proposer's own authority"
    );
    assert_eq!(
        judge(&world, &id, &what, (aud(), Some("bob")), true)
            .await
            .unwrap(),
        Standing::Approved
    );

    let next = enable(&world, "eve").await;
    world.hand.advance_micros(1_000_000);
    let over = judge(&world, &next, &what, (aud(), Some("bob")), true).await;
    assert!(
        matches!(over, Err(ApprovalError::NotDeputy)),
        "for so long and no longer"
    );
}

async fn an_act_that_fails_leaves_its_proposal_as_it_was(world: World) {
    world.account("eve", Role::Operator).await;
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    judge(&world, &id, &what, (bob(), None), true).await.unwrap();
    assert!(
        execute(&world, &id, &what, ann()).await.is_err(),
        "eve is active already"
    );
    world.disable("eve").await.unwrap();
    execute(&world, &id, &what, ann()).await.unwrap();
}

async fn many_at_once_execute_once(world: World) {
    world.account("eve", Role::Operator).await;
    world.disable("eve").await.unwrap();
    let id = enable(&world, "eve").await;
    let what = digest(&world, &id).await;
    judge(&world, &id, &what, (bob(), None), true).await.unwrap();
    let (a, b, c) = tokio::join!(
        execute(&world, &id, &what, ann()),
        execute(&world, &id, &what, bob()),
        execute(&world, &id, &what, ann())
    );
    assert_eq!(
        [a.is_ok(), b.is_ok(), c.is_ok()].iter().filter(|ok| **ok).count(),
        1
    );
}
