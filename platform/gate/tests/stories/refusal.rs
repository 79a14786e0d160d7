//! What a closed gate refuses, and what it never touches.

use gate::{Closing, Event, GATED, State, close, triggers};

use crate::world::{World, is_closed, on_both, order, reopen, reopen_at, status};

on_both!(
    closed_refuses_everything_that_binds_and_open_lets_it_in,
    existing_business_does_not_notice
);

/// Every table that has a gated change.
const TABLES: [&str; 5] = ["applications", "offers", "contracts", "draws", "renewals"];

/// The statement that a gated change is, on the row `id`.
fn change(event: Event, table: &str, id: &str) -> String {
    match event {
        Event::Insert => format!("INSERT INTO {table} (id, state) VALUES ('{id}', 'first')"),
        Event::Transition { column, to } => format!("UPDATE {table} SET {column} = '{to}' WHERE id = '{id}'"),
        Event::Raise { column } => format!("UPDATE {table} SET {column} = {column} + 1 WHERE id = '{id}'"),
    }
}

async fn closed_refuses_everything_that_binds_and_open_lets_it_in(world: World) {
    assert_eq!(status(&world.db).await.unwrap().state, State::Open);
    for table in TABLES {
        world
            .run(&format!(
                "INSERT INTO {table} (id, state) VALUES ('old', 'first')"
            ))
            .await
            .unwrap();
    }
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    // Renewals are existing business, and closed by name.
    let named = Closing {
        scope: "act=renewal".parse().unwrap(),
        ..Closing::everything()
    };
    let named = close(&world.db, order("drill"), named).await.unwrap().epoch;
    for (number, gated) in GATED.iter().enumerate() {
        let id = if gated.event == Event::Insert {
            format!("new-{number}")
        } else {
            "old".to_owned()
        };
        let sql = change(gated.event, gated.table, &id);
        let answer = world.run(&sql).await;
        assert!(is_closed(&answer), "{sql}: {answer:?}");
    }
    for table in TABLES {
        assert_eq!(
            world.texts(&format!("SELECT state FROM {table}")).await,
            ["first"],
            "{table}"
        );
    }
    reopen(&world.db, order("over")).await.unwrap();
    reopen_at(&world.db, order("over"), named).await.unwrap();
    for (number, gated) in GATED.iter().enumerate() {
        let id = if gated.event == Event::Insert {
            format!("new-{number}")
        } else {
            "old".to_owned()
        };
        assert_eq!(world.run(&change(gated.event, gated.table, &id)).await, Ok(1));
    }
    assert_eq!(triggers::missing(&world.db).await.unwrap(), [""; 0]);
}

async fn existing_business_does_not_notice(world: World) {
    world
        .run("INSERT INTO draws (id, state) VALUES ('drw_1', 'sent')")
        .await
        .unwrap();
    world
        .run("INSERT INTO draws (id, state) VALUES ('drw_2', 'requested')")
        .await
        .unwrap();
    world.apply("app_1").await.unwrap();
    close(&world.db, order("drill"), Closing::everything())
        .await
        .unwrap();
    // The instruction has left the bank, so its outcome is recorded.
    assert_eq!(
        world
            .run("UPDATE draws SET state = 'paid' WHERE id = 'drw_1'")
            .await,
        Ok(1)
    );
    assert_eq!(
        world
            .run("INSERT INTO loans (id, state) VALUES ('lon_1', 'active')")
            .await,
        Ok(1)
    );
    assert_eq!(world.run("UPDATE loans SET state = 'settled'").await, Ok(1));
    assert_eq!(
        world.run("UPDATE applications SET state = 'cancelled'").await,
        Ok(1)
    );
    // This one has not left, and must not leave now.
    assert!(is_closed(
        &world
            .run("UPDATE draws SET state = 'sent' WHERE id = 'drw_2'")
            .await
    ));
    // One that was sent may be written again as it is: nothing new leaves.
    world
        .run("UPDATE draws SET state = 'failed' WHERE id = 'drw_2'")
        .await
        .unwrap();
}
