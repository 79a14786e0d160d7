//! An acknowledged closing survives a power cut, even of a database that was
//! told to be careless.

use cluster::{Cluster, Options};
use db::Db;
use gate::{Closing, State, close};

use crate::world::{World, is_closed, order, run, status};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_survives_the_kill_of_a_server_that_commits_asynchronously() {
    // The log writer sleeps for ten seconds, so that only a commit that waits is kept.
    let careless = vec![("synchronous_commit", "off"), ("wal_writer_delay", "10s")];
    let mut cluster = Cluster::start(Options {
        settings: careless,
        ..Options::default()
    })
    .unwrap();
    let world = World::on(&cluster).await;
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    // An ordinary commit is lost with this server, which shows that the kill bites.
    world
        .run("INSERT INTO loans (id, state) VALUES ('lon_1', 'active')")
        .await
        .unwrap();
    cluster.kill();
    cluster.restart().unwrap();

    let db = Db::open(&world.url, db::Options::default()).await.unwrap();
    let stands = status(&db).await.unwrap();
    assert_eq!((stands.state, stands.epoch), (State::Closed, 2));
    let refused = run(
        &db,
        "INSERT INTO applications (id, state) VALUES ('app_1', 'submitted')",
    )
    .await;
    assert!(is_closed(&refused), "{refused:?}");
    assert_eq!(
        run(&db, "DELETE FROM loans").await,
        Ok(0),
        "the careless commit was not kept"
    );
}
