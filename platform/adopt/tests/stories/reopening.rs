//! Two roles of their database reopen; one does not, by no statement.

use adopt::{AdoptError, agree, propose};
use base::clock::Clock;
use gate::Scope;

use crate::world::{Persons, REQUEST, World, shell, types};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_role_proposed_another_opens() {
    let world = World::installed().await;
    let persons = Persons::of(&world).await;
    let (clock, everything) = (Clock::system(), Scope::everything());
    let early = propose(&persons.ann, &everything, "over", &clock)
        .await
        .unwrap_err();
    assert!(matches!(early, AdoptError::Gate(_)), "it is open: {early}");

    let closed = world.close("everything").await;
    let proposed = propose(&persons.ann, &everything, "over", &clock).await.unwrap();
    assert_eq!(
        (proposed.epoch, proposed.proposer.as_str()),
        (closed.epoch, persons.name(0))
    );
    let alone = agree(&persons.ann, &proposed.proposal, "over", &clock)
        .await
        .unwrap_err();
    assert!(
        matches!(&alone, AdoptError::Refused(why) if why.contains("another person")),
        "{alone}"
    );
    let refused = world.types(REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
    let none = agree(&persons.bob, "pro_none", "over", &clock).await.unwrap_err();
    assert!(matches!(none, AdoptError::Refused(_)), "{none}");

    let open = agree(&persons.bob, &proposed.proposal, "over", &clock)
        .await
        .unwrap();
    assert_eq!(
        (open.proposer.as_str(), open.approver.as_str()),
        (persons.name(0), persons.name(1))
    );
    world.types(REQUEST).await.unwrap();
    // Nobody looks after that database, so whoever agreed lowered the guards' flag as well.
    assert_eq!(world.number("SELECT last_value FROM intake_flag").await, 0);
    let leaves = "SELECT count(*) FROM evidence_leaves WHERE act IN ('intake.propose', 'intake.reopen')";
    assert_eq!(world.number(leaves).await, 2);

    // Closed anew: what was agreed on before does not open it.
    world.close("everything").await;
    let stale = agree(&persons.bob, &proposed.proposal, "over", &clock)
        .await
        .unwrap_err();
    assert!(matches!(stale, AdoptError::Gate(_)), "{stale}");
    persons.leave(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typed_by_hand_it_takes_two_as_well() {
    let world = World::installed().await;
    let persons = Persons::of(&world).await;
    world.close("everything").await;
    world.close("act=application").await;
    let (_, at) = world.url.split_once('@').unwrap();
    let mut ann = shell(&format!("postgres://{}@{at}", persons.name(0))).await;
    for sql in [
        "UPDATE backstop.intake_gate SET state = 'open'",
        "UPDATE backstop.intake_gate SET scope = 'act=contract', act = 'contract' WHERE scope = 'act=application'",
        // Nor by a proposal in another's name.
        "INSERT INTO backstop.intake_history (number, scope, state, epoch, reason, reason_salt, actor, terminated, at, via) \
         SELECT max(number) + 1, 'everything', 'reopening', 2, 'r', 's', 'bob', '[]', \
         (extract(epoch FROM now()) * 1000000)::bigint, 'bob' FROM backstop.intake_history; \
         UPDATE backstop.intake_gate SET state = 'open' WHERE scope = 'everything'",
    ] {
        let refused = types(&mut ann, sql).await.unwrap_err();
        assert!(
            refused.contains("backstop:intake_two_persons"),
            "{sql}: {refused}"
        );
    }
    drop(ann);
    // A superuser, too, unless he first takes the guard away, which `check` finds.
    for sql in [
        "UPDATE backstop.intake_gate SET state = 'open'",
        "DELETE FROM backstop.intake_gate",
    ] {
        let refused = world.types(sql).await.unwrap_err();
        assert!(
            refused.contains("backstop:intake_two_persons"),
            "{sql}: {refused}"
        );
    }
    world
        .types("ALTER TABLE backstop.intake_gate DISABLE TRIGGER intake_gate_two_persons")
        .await
        .unwrap();
    let found = world.findings(&crate::world::described()).await;
    assert_eq!(found, ["disabled backstop: trigger intake_gate_two_persons"]);
    persons.leave(&world).await;
}
