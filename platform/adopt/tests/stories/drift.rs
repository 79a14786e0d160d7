//! What somebody changed since is found, and applying again mends it.

use adopt::{Description, apply};

use crate::world::{DESCRIBED, World, described, meant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_decided_about_is_found() {
    let world = World::installed().await;
    world
        .types("CREATE TABLE lending.guarantee (id int PRIMARY KEY, state text)")
        .await
        .unwrap();
    world
        .types("ALTER TYPE lending.payout_status ADD VALUE 'recalled'")
        .await
        .unwrap();
    // What is spared as `any` covers a new value, so this description names each.
    let each = DESCRIBED.replace(
        "on = \"any\"\ncolumn = \"status\"\nwhy = \"records",
        "on = \"transition\"\ncolumn = \"status\"\nto = \"paid\"\nwhy = \"records",
    );
    assert_eq!(
        world.findings(&Description::parse(&each).unwrap()).await,
        [
            "undecided guarantee: insert",
            "undecided guarantee: state -> any",
            "undecided payout: status -> requested",
            "undecided payout: status -> failed",
            "undecided payout: status -> recalled",
        ]
    );
    world
        .types("ALTER TABLE lending.payout RENAME TO payment")
        .await
        .unwrap();
    let found = world.findings(&described()).await;
    assert!(found.contains(&"absent payout: insert".to_owned()), "{found:?}");
    assert!(
        found.contains(&"undecided payment: insert".to_owned()),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_that_is_off_gone_or_other_is_found_and_mended() {
    let world = World::installed().await;
    let insert = "zz_intake_insert";
    for (sql, wanted) in [
        (
            format!("ALTER TABLE lending.payout DISABLE TRIGGER {insert}"),
            vec![format!("disabled payout: trigger {insert}")],
        ),
        (
            format!("ALTER TABLE lending.payout ENABLE TRIGGER {insert}"),
            vec![format!("disabled payout: trigger {insert}")],
        ),
        (
            format!("DROP TRIGGER {insert} ON lending.loan_request"),
            vec![format!("missing loan_request: trigger {insert}")],
        ),
        (
            format!(
                "DROP TRIGGER {insert} ON lending.payout; CREATE TRIGGER {insert} BEFORE INSERT ON lending.payout \
                 FOR EACH ROW WHEN (NEW.note = 'never') EXECUTE FUNCTION backstop.refuse_draw(); \
                 ALTER TABLE lending.payout ENABLE ALWAYS TRIGGER {insert}"
            ),
            vec![format!("differs payout: trigger {insert}")],
        ),
        (
            "CREATE OR REPLACE FUNCTION backstop.refuse_draw() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RETURN NEW; END $$"
                .to_owned(),
            vec!["differs function backstop.refuse_draw".to_owned()],
        ),
        (
            "CREATE TRIGGER extra BEFORE INSERT ON lending.repayment FOR EACH ROW EXECUTE FUNCTION backstop.refuse_draw()"
                .to_owned(),
            vec!["surplus repayment: trigger extra".to_owned()],
        ),
        (
            "REVOKE SELECT ON SEQUENCE backstop.intake_flag FROM PUBLIC".to_owned(),
            vec!["missing grants of backstop".to_owned()],
        ),
        (
            "ALTER TABLE backstop.intake_gate DISABLE TRIGGER intake_gate_two_persons".to_owned(),
            vec!["disabled backstop: trigger intake_gate_two_persons".to_owned()],
        ),
        ("REVOKE USAGE ON SCHEMA backstop FROM PUBLIC".to_owned(), vec!["missing grants of backstop".to_owned()]),
    ] {
        world.types(&sql).await.unwrap();
        assert_eq!(world.findings(&described()).await, wanted, "{sql}");
        assert!(apply(&world.gate, &described(), &meant()).await.unwrap().changed, "{sql}");
        assert_eq!(world.findings(&described()).await, Vec::<String>::new(), "{sql}");
    }
    let later = "CREATE TRIGGER zzz_approve BEFORE UPDATE ON lending.loan_request FOR EACH ROW EXECUTE FUNCTION lending.touch()";
    world.types(later).await.unwrap();
    assert_eq!(
        world.findings(&described()).await,
        ["later loan_request: trigger zzz_approve"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flag_that_says_that_nothing_is_shut_is_found_out() {
    let world = World::installed().await;
    world.close("everything").await;
    assert_eq!(world.findings(&described()).await, Vec::<String>::new());
    world
        .types("SELECT setval('backstop.intake_flag', 0)")
        .await
        .unwrap();
    assert_eq!(
        world.findings(&described()).await,
        ["differs backstop.intake_flag"]
    );
}
