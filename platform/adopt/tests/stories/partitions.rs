//! A table of theirs that is partitioned.

use adopt::Description;

use crate::world::{World, meant};

const THEIRS: &str = "
CREATE SCHEMA lending;
CREATE TABLE lending.draw (id bigint, month int, PRIMARY KEY (id, month)) PARTITION BY LIST (month);
CREATE TABLE lending.draw_1 PARTITION OF lending.draw FOR VALUES IN (1);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_is_guarded_as_its_table_is() {
    let world = World::with(THEIRS).await;
    let text =
        "schema = \"lending\"\n[[binds]]\ntable = \"draw\"\non = \"insert\"\nact = \"draw\"\nwhy = \"w\"\n";
    let described = Description::parse(text).unwrap();
    adopt::apply(&world.gate, &described, &meant()).await.unwrap();
    assert_eq!(world.findings(&described).await, Vec::<String>::new());
    world
        .types("CREATE TABLE lending.draw_2 PARTITION OF lending.draw FOR VALUES IN (2)")
        .await
        .unwrap();
    let found = world.findings(&described).await;
    eprintln!("a partition made afterwards: {found:?}");
    world.close("everything").await;
    for sql in [
        "INSERT INTO lending.draw VALUES (1, 1)",
        "INSERT INTO lending.draw_1 VALUES (1, 1)",
        "INSERT INTO lending.draw_2 VALUES (1, 2)",
    ] {
        let refused = world.types(sql).await.unwrap_err();
        assert!(refused.contains("backstop:intake_closed"), "{sql}: {refused}");
    }
    world
        .types("ALTER TABLE lending.draw_1 DISABLE TRIGGER ALL")
        .await
        .unwrap();
    let found = world.findings(&described).await;
    assert!(
        found.contains(&"partition draw: trigger zz_intake_insert".to_owned()),
        "{found:?}"
    );
}
