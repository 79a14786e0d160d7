//! Settings under which an acknowledged write would not survive a power cut.

use laws::durability::durability;
use laws::verdict::Verdict;

use crate::place::Place;
use crate::world::World;

async fn weak(world: &World) -> Vec<String> {
    durability(&world.place.url())
        .await
        .unwrap()
        .weak
        .into_iter()
        .map(|(name, _)| name)
        .collect()
}

#[tokio::test]
async fn a_database_or_a_role_that_does_not_wait_for_the_disk_is_found() {
    let mut world = World::good(Place::own_postgres(&[]).await).await;
    assert!(weak(&world).await.is_empty());
    world
        .place
        .run("ALTER DATABASE lending SET synchronous_commit = off")
        .await;
    // Once as a new session gets it, once as the override that brings it.
    assert_eq!(weak(&world).await, ["synchronous_commit", "synchronous_commit"]);
    world.place.run("ALTER DATABASE lending RESET ALL").await;
    world
        .place
        .run("CREATE ROLE teller; ALTER ROLE teller SET synchronous_commit = local")
        .await;
    assert_eq!(weak(&world).await, ["synchronous_commit"]);
    assert_eq!(world.only_broken(1).await, ["not-durable"]);
}

#[tokio::test]
async fn a_server_that_skips_the_disk_is_found() {
    for setting in ["fsync", "full_page_writes"] {
        let world = World::good(Place::own_postgres(&[(setting, "off")]).await).await;
        assert_eq!(weak(&world).await, [setting]);
    }
}

#[tokio::test]
async fn sqlite_says_what_can_not_be_seen_from_outside() {
    let world = World::good(Place::sqlite().await).await;
    let found = durability(&world.place.url()).await.unwrap();
    assert!(found.weak.is_empty());
    assert_eq!(found.evidence["journal_mode"], "wal");
    assert!(
        found.evidence["synchronous"]
            .as_str()
            .unwrap()
            .contains("financing check")
    );
    assert_eq!(world.audit().await[0].verdict, Verdict::Held);
}

#[tokio::test]
async fn an_address_that_is_none_is_said_clearly() {
    for (url, text) in [
        ("mysql://x", "the URL must begin with sqlite: or postgres://"),
        ("sqlite:///nowhere/at/all.db", "/nowhere/at/all.db does not exist"),
        ("postgres://u@127.0.0.1:1/x", "cannot connect"),
    ] {
        assert_eq!(durability(url).await.unwrap_err().to_string(), text);
    }
}
