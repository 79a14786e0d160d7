//! Taken off again, their database is as it was.

use std::process::Command;

use adopt::{AdoptError, preview_removal, remove};

use crate::world::{Persons, REQUEST, World, meant};

/// Their schema as PostgreSQL's own tool writes it.
fn dumped(world: &World) -> String {
    let folder = cluster::binaries::available().expect("PostgreSQL is installed");
    let output = Command::new(folder.join("pg_dump"))
        .args(["--schema-only", "--restrict-key=same", &world.url])
        .output()
        .unwrap();
    let output = match output.status.success() {
        true => output,
        // Before the releases of August 2025 there is no such option.
        false => Command::new(folder.join("pg_dump"))
            .args(["--schema-only", &world.url])
            .output()
            .unwrap(),
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_and_purging_leaves_the_database_as_it_was() {
    let world = World::new().await;
    let before = dumped(&world);
    adopt::apply(&world.gate, &crate::world::described(), &meant())
        .await
        .unwrap();
    assert_ne!(dumped(&world), before);
    world.close("act=application").await;
    let refused = remove(&world.gate, "lending", true, &meant()).await.unwrap_err();
    assert!(
        matches!(&refused, AdoptError::Refused(why) if why.contains("not open")),
        "{refused}"
    );
    let persons = Persons::of(&world).await;
    persons.reopen("act=application").await;
    persons.leave(&world).await;
    let plan = preview_removal(&world.gate, "lending").await.unwrap();
    assert_eq!(plan.dropped, 8);
    let removed = remove(&world.gate, "lending", true, &meant()).await.unwrap();
    assert_eq!((removed.dropped, removed.purged), (8, true));
    assert_eq!(dumped(&world), before);
    let nothing = remove(&world.gate, "lending", true, &meant()).await.unwrap_err();
    assert!(matches!(nothing, AdoptError::Refused(_)), "{nothing}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing_keeps_history_and_evidence_and_installing_again_finds_them() {
    let world = World::installed().await;
    let removed = remove(&world.gate, "lending", false, &meant()).await.unwrap();
    assert_eq!((removed.dropped, removed.purged), (8, false));
    world.close("everything").await;
    world.types(REQUEST).await.unwrap();
    let kept = "SELECT count(*) FROM evidence_leaves WHERE act IN ('intake.install', 'intake.uninstall')";
    assert_eq!(world.number(kept).await, 2);
    // Closed meanwhile, and so it is when it comes back.
    adopt::apply(&world.gate, &crate::world::described(), &meant())
        .await
        .unwrap();
    let refused = world.types(REQUEST).await.unwrap_err();
    assert!(refused.contains("backstop:intake_closed"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_built_on_the_gate_is_not_purged_with_it() {
    let world = World::installed().await;
    world
        .types("CREATE VIEW lending.gate AS SELECT state FROM backstop.intake_gate")
        .await
        .unwrap();
    let refused = remove(&world.gate, "lending", true, &meant()).await;
    assert!(refused.is_err());
    assert_eq!(
        world.findings(&crate::world::described()).await,
        Vec::<String>::new(),
        "all is as before"
    );
}
