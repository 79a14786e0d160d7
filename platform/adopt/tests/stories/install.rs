//! Drafted, described, previewed, applied, and applied again.

use adopt::{AdoptError, Description, apply, draft, preview};

use crate::world::{DESCRIBED, World, described, meant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_names_every_insert_and_transition_and_decides_nothing() {
    let world = World::new().await;
    let text = draft(&world.gate, "lending").await.unwrap();
    let drafted = Description::parse(&text).unwrap();
    let open: Vec<String> = drafted
        .open
        .iter()
        .map(|one| format!("{}: {}", one.table, one.change))
        .collect();
    assert_eq!(
        open,
        [
            "Agreement: insert",
            "Agreement: status -> drafted",
            "Agreement: status -> signed",
            "Agreement: status -> ended",
            "loan_request: insert",
            "loan_request: status -> new",
            "loan_request: status -> approved",
            "loan_request: status -> rejected",
            "payout: insert",
            "payout: status -> requested",
            "payout: status -> sent",
            "payout: status -> paid",
            "payout: status -> failed",
            "repayment: insert",
            "repayment: state -> any",
        ]
    );
    assert!(drafted.binds.is_empty() && drafted.spared.is_empty());
    let refused = apply(&world.gate, &drafted, &meant()).await.unwrap_err();
    assert!(
        matches!(&refused, AdoptError::Description(why) if why.contains("Agreement: insert")),
        "{refused}"
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM pg_namespace WHERE nspname = 'backstop'")
            .await,
        0
    );
    let missing = draft(&world.gate, "lendign").await.unwrap_err();
    assert!(matches!(missing, AdoptError::Refused(_)), "{missing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_preview_shows_is_what_is_done_and_doing_it_again_changes_nothing() {
    let world = World::new().await;
    let plan = preview(&world.gate, &described()).await.unwrap();
    assert_eq!(
        plan.locks,
        [
            "\"lending\".\"loan_request\"",
            "\"lending\".\"Agreement\"",
            "\"lending\".\"payout\""
        ]
    );
    let script = plan.script();
    assert!(
        script.contains("LOCK TABLE") && script.contains("SHARE ROW EXCLUSIVE"),
        "{script}"
    );
    assert_eq!(
        world
            .number("SELECT count(*) FROM pg_namespace WHERE nspname = 'backstop'")
            .await,
        0
    );

    let done = apply(&world.gate, &described(), &meant()).await.unwrap();
    // One each, and births: approved and signed, as those inserts are of another act, or of none.
    assert_eq!((done.made, done.dropped, done.changed), (8, 0, true));
    assert_eq!(world.findings(&described()).await, Vec::<String>::new());
    let leaves = "SELECT count(*) FROM evidence_leaves WHERE act = 'intake.install' AND actor = 'ann'";
    assert_eq!(world.number(leaves).await, 1);

    let plan = preview(&world.gate, &described()).await.unwrap();
    assert!(plan.is_empty(), "{}", plan.script());
    let again = apply(&world.gate, &described(), &meant()).await.unwrap();
    assert!(!again.changed);
    assert_eq!(
        world.number(leaves).await,
        1,
        "nothing was done, so nothing is on record"
    );
}

/// The script that was previewed does the same when a database administrator runs it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_previewed_script_runs_by_itself() {
    let world = World::new().await;
    let script = preview(&world.gate, &described()).await.unwrap().script();
    world.types(&script).await.unwrap();
    let left = world.findings(&described()).await;
    assert_eq!(left, Vec::<String>::new());
    world.close("everything").await;
    let refused = world.types(crate::world::REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_description_makes_and_drops_the_difference_only() {
    let world = World::installed().await;
    let spared = DESCRIBED.replace(
        "[[binds]]\ntable = \"payout\"\non = \"insert\"\nact = \"draw\"\n",
        "[[spared]]\ntable = \"payout\"\non = \"insert\"\n",
    );
    let spared = Description::parse(&spared).unwrap();
    let done = apply(&world.gate, &spared, &meant()).await.unwrap();
    // Its insert goes; a row that is born as sent is looked at by a trigger of its own instead.
    assert_eq!((done.made, done.dropped), (1, 1));
    assert_eq!(world.findings(&spared).await, Vec::<String>::new());
    // While intake is shut no guard is taken away.
    apply(&world.gate, &described(), &meant()).await.unwrap();
    world.close("everything").await;
    let refused = apply(&world.gate, &spared, &meant()).await.unwrap_err();
    assert!(matches!(refused, AdoptError::Refused(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_the_gates_name_that_is_somebody_elses_is_left_alone() {
    let world = World::new().await;
    world
        .types("CREATE SCHEMA backstop; CREATE TABLE backstop.brake (id int)")
        .await
        .unwrap();
    let refused = apply(&world.gate, &described(), &meant()).await.unwrap_err();
    assert!(
        matches!(&refused, AdoptError::Refused(why) if why.contains("rename")),
        "{refused}"
    );
}
