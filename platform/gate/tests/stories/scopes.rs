//! Closing a part: what it covers is refused, what it does not goes on.

use std::time::Duration;

use gate::{Act, Closing, Event, GATED, GateError, Gated, Scope, State, close, scopes};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::world::{World, is_closed, on_both, order, order_with_grace, reopen_at, until};

on_both!(
    every_scope_refuses_what_it_covers_and_nothing_else,
    the_strictest_of_several_scopes_counts,
    what_tells_a_rows_scope_cannot_be_changed,
    draws_are_held_back_by_a_clause,
    a_time_that_is_over_and_too_many_scopes_change_nothing,
    an_epoch_names_one_closing_of_one_scope,
    a_row_that_is_born_further_on_is_refused_by_that_act_too,
    what_an_ended_closing_cited_is_not_shown_any_more,
    what_a_closing_touches_stands_as_the_strictest_says,
    renewals_are_held_back_by_name_only,
);

/// Closes one scope; draws with a clause, where it has any.
async fn shut(world: &World, written: &str) -> i64 {
    let scope: Scope = written.parse().unwrap();
    let clause = scope.covers_draws().then(|| "article 12".to_owned());
    let closing = Closing {
        scope,
        clause,
        until: None,
    };
    close(&world.db, order(written), closing).await.unwrap().epoch
}

/// One application each of some products, channels and regions, with a row of each table that hangs on it.
const KINDS: &[(&str, &str, &str)] = &[
    ("micro", "app", "330102"),
    ("credit", "app", "330100"),
    ("credit", "branch", "330203"),
    ("guaranteed", "pc", "110101"),
    ("micro", "branch", "331000"),
];

async fn business(world: &World, number: usize, (product, channel, region): (&str, &str, &str)) {
    for sql in [
        format!(
            "INSERT INTO applications (id, state, product, channel, region) \
             VALUES ('app_{number}', 'first', '{product}', '{channel}', '{region}')"
        ),
        format!(
            "INSERT INTO offers (id, state, application_id) VALUES ('off_{number}', 'first', 'app_{number}')"
        ),
        format!(
            "INSERT INTO contracts (id, state, application_id) VALUES ('ctr_{number}', 'first', 'app_{number}')"
        ),
        format!(
            "INSERT INTO draws (id, state, contract_id) VALUES ('drw_{number}', 'first', 'ctr_{number}')"
        ),
        format!(
            "INSERT INTO loans (id, state, contract_id) VALUES ('lon_{number}', 'active', 'ctr_{number}')"
        ),
        format!("INSERT INTO renewals (id, state, loan_id) VALUES ('rnw_{number}', 'first', 'lon_{number}')"),
    ] {
        world.run(&sql).await.unwrap();
    }
}

/// The gated change, of the kind of business `number`. What it inserts is taken back by the caller.
fn change(gated: &Gated, number: usize, (product, channel, region): (&str, &str, &str)) -> String {
    let (prefix, leads, to) = match gated.table {
        "applications" => (
            "app",
            "product, channel, region",
            format!("'{product}', '{channel}', '{region}'"),
        ),
        "offers" => ("off", "application_id", format!("'app_{number}'")),
        "contracts" => ("ctr", "application_id", format!("'app_{number}'")),
        "renewals" => ("rnw", "loan_id", format!("'lon_{number}'")),
        _ => ("drw", "contract_id", format!("'ctr_{number}'")),
    };
    let table = gated.table;
    match gated.event {
        Event::Insert => format!("INSERT INTO {table} (id, state, {leads}) VALUES ('new', 'first', {to})"),
        Event::Transition { column, to } => {
            format!("UPDATE {table} SET {column} = '{to}' WHERE id = '{prefix}_{number}'")
        }
        Event::Raise { column } => {
            format!("UPDATE {table} SET {column} = {column} + 1 WHERE id = '{prefix}_{number}'")
        }
    }
}

/// The rule, written down once more.
fn covers(scope: &Scope, act: Act, (product, channel, region): (&str, &str, &str)) -> bool {
    // Renewals are existing business (存量) unless a closing names them.
    scope.act.map_or(act != Act::Renewal, |only| only == act)
        && scope.product.is_none_or(|only| only.as_str() == product)
        && scope.channel.is_none_or(|only| only.as_str() == channel)
        && scope
            .region
            .as_deref()
            .is_none_or(|only| region.starts_with(only))
}

async fn every_scope_refuses_what_it_covers_and_nothing_else(world: World) {
    for (number, kind) in KINDS.iter().enumerate() {
        business(&world, number, *kind).await;
    }
    let mut refused = 0;
    let mut let_in = 0;
    for written in [
        "everything",
        "act=application",
        "act=contract",
        "act=limit_increase",
        "act=draw",
        "product=credit",
        "channel=app",
        "region=33",
        "region=3301",
        "region=330203",
        "product=credit,channel=branch",
        "act=draw,product=micro,region=33",
        "act=application,product=micro,channel=app,region=330102",
        "act=renewal",
        "act=renewal,product=credit",
        "act=renewal,channel=branch,region=3310",
    ] {
        let scope: Scope = written.parse().unwrap();
        let epoch = shut(&world, written).await;
        for gated in GATED {
            for (number, kind) in KINDS.iter().enumerate() {
                let sql = change(gated, number, *kind);
                let answer = world.run(&sql).await;
                if covers(&scope, gated.act, *kind) {
                    assert!(is_closed(&answer), "{written}: {sql}: {answer:?}");
                    refused += 1;
                } else {
                    assert_eq!(answer, Ok(1), "{written}: {sql}");
                    let_in += 1;
                    // As it was, for the next scope.
                    let table = gated.table;
                    for back in [
                        format!("DELETE FROM {table} WHERE id = 'new'"),
                        format!("UPDATE {table} SET state = 'first' WHERE state <> 'first'"),
                    ] {
                        world.run(&back).await.unwrap();
                    }
                }
            }
        }
        reopen_at(&world.db, order("over"), epoch).await.unwrap();
    }
    assert!(
        refused > 100 && let_in > 100,
        "{refused} refused, {let_in} let in"
    );
}

async fn apply(world: &World, id: &str, product: &str) -> Result<u64, db::DbError> {
    let sql =
        format!("INSERT INTO applications (id, state, product) VALUES ('{id}', 'submitted', '{product}')");
    world.run(&sql).await
}

/// With other closings beside it, before and after.
async fn renewals_are_held_back_by_name_only(world: World) {
    business(&world, 1, KINDS[0]).await;
    let grant = "UPDATE renewals SET state = 'granted' WHERE id = 'rnw_1'";
    let again = "UPDATE renewals SET state = 'requested' WHERE id = 'rnw_1'";
    let draw = "UPDATE draws SET state = 'sent' WHERE id = 'drw_1'";
    let everything = shut(&world, "everything").await;
    shut(&world, "product=micro").await;
    let stands = async |written: &str| {
        let read = scopes(&world.db).await.unwrap();
        gate::strictest(read, &written.parse().unwrap()).unwrap().state
    };
    assert_eq!(stands("act=renewal").await, State::Open);
    assert_eq!(stands("product=micro").await, State::Closed);
    assert_eq!(world.run(grant).await, Ok(1));
    assert_eq!(world.run(again).await, Ok(1));
    let named = shut(&world, "act=renewal,region=33").await;
    let refused = world.run(grant).await;
    assert!(is_closed(&refused), "{refused:?}");
    let no = "UPDATE renewals SET state = 'declined' WHERE id = 'rnw_1'";
    assert_eq!(world.run(no).await, Ok(1), "a no binds nobody");
    assert_eq!(world.run(again).await, Ok(1));
    // Opening everything does not open what is closed by name, and the other way round.
    reopen_at(&world.db, order("over"), everything).await.unwrap();
    assert!(is_closed(&world.run(grant).await));
    reopen_at(&world.db, order("over"), named).await.unwrap();
    assert_eq!(world.run(grant).await, Ok(1));
    assert!(is_closed(&world.run(draw).await), "its product is closed");
    assert_eq!(stands("act=renewal,product=micro").await, State::Open);
    assert_eq!(stands("act=draw,product=micro").await, State::Closed);
}

async fn the_strictest_of_several_scopes_counts(world: World) {
    let credit = shut(&world, "product=credit").await;
    assert!(is_closed(&apply(&world, "app_1", "credit").await));
    apply(&world, "app_2", "micro").await.unwrap();
    let everything = shut(&world, "everything").await;
    assert!(is_closed(&apply(&world, "app_3", "micro").await));
    // Opening the part opens nothing while everything is closed, and the other way round.
    reopen_at(&world.db, order("over"), credit).await.unwrap();
    assert!(is_closed(&apply(&world, "app_4", "credit").await));
    let credit = shut(&world, "product=credit").await;
    reopen_at(&world.db, order("over"), everything).await.unwrap();
    assert!(is_closed(&apply(&world, "app_5", "credit").await));
    apply(&world, "app_6", "micro").await.unwrap();
    let stands = scopes(&world.db).await.unwrap();
    let told: Vec<_> = stands
        .iter()
        .map(|one| (one.scope.to_string(), one.state, one.epoch))
        .collect();
    assert_eq!(
        told,
        [
            ("everything".to_owned(), State::Open, credit + 1),
            ("product=credit".to_owned(), State::Closed, credit)
        ]
    );
    reopen_at(&world.db, order("over"), credit).await.unwrap();
    apply(&world, "app_7", "credit").await.unwrap();
}

async fn what_tells_a_rows_scope_cannot_be_changed(world: World) {
    business(&world, 1, KINDS[0]).await;
    business(&world, 2, KINDS[1]).await;
    for sql in [
        "UPDATE applications SET product = 'credit'",
        "UPDATE applications SET channel = 'fax'",
        "UPDATE applications SET region = '110101'",
        "UPDATE offers SET application_id = 'app_2' WHERE id = 'off_1'",
        "UPDATE contracts SET application_id = 'app_2' WHERE id = 'ctr_1'",
        "UPDATE draws SET contract_id = 'ctr_2' WHERE id = 'drw_1'",
        "UPDATE renewals SET loan_id = 'lon_2' WHERE id = 'rnw_1'",
    ] {
        let answer = world.run(sql).await;
        assert!(
            matches!(&answer, Err(db::DbError::Raised { code, .. }) if code == "intake_scope_fixed"),
            "{sql}: {answer:?}"
        );
    }
    // What is written as it was has not changed.
    let same = "UPDATE applications SET product = 'micro' WHERE id = 'app_1'";
    assert_eq!(world.run(same).await, Ok(1));
}

async fn draws_are_held_back_by_a_clause(world: World) {
    let draws = |clause: Option<&str>| Closing {
        scope: "act=draw".parse().unwrap(),
        clause: clause.map(str::to_owned),
        until: None,
    };
    let uncited = close(&world.db, order("drill"), draws(None)).await;
    assert!(
        matches!(uncited, Err(GateError::Incomplete(what)) if what.contains("clause")),
        "{uncited:?}"
    );
    let odd = Closing {
        scope: "act=application".parse().unwrap(),
        ..draws(Some("article 12"))
    };
    assert!(matches!(
        close(&world.db, order("drill"), odd).await,
        Err(GateError::Unfit(_))
    ));
    assert_eq!(world.number("SELECT count(*) FROM evidence_leaves").await, 0);
    close(&world.db, order("drill"), draws(Some("article 12")))
        .await
        .unwrap();
    let stands = scopes(&world.db).await.unwrap();
    assert_eq!(stands[1].clause.as_deref(), Some("article 12"));
    let body = world.texts("SELECT body FROM evidence_leaves").await.remove(0);
    assert!(!body.contains("article") && body.contains("act=draw"), "{body}");
    let salt = "SELECT reason_salt FROM intake_history WHERE state = 'closed'";
    let salt = world.texts(salt).await.remove(0);
    assert!(body.contains(&evidence::commit(&salt, "article 12")), "{body}");
    // Everything is closed at once, and the clause can be cited when there is time.
    close(&world.db, order("all"), Closing::everything())
        .await
        .unwrap();
    let cited = Closing {
        clause: Some("article 9".to_owned()),
        ..Closing::everything()
    };
    let again = close(&world.db, order("by right"), cited).await.unwrap();
    assert!(!again.changed);
    let stands = scopes(&world.db).await.unwrap();
    assert_eq!(
        (&*stands[0].reason, stands[0].clause.as_deref()),
        ("all", Some("article 9"))
    );
}

async fn a_time_that_is_over_and_too_many_scopes_change_nothing(world: World) {
    let at = order("").at;
    for (until, fits) in [(at, false), (at + 1, true)] {
        let closing = Closing {
            scope: "product=credit".parse().unwrap(),
            until: Some(until),
            clause: None,
        };
        let answer = close(&world.db, order("drill"), closing).await;
        assert_eq!(answer.is_ok(), fits, "{answer:?}");
    }
    let stands = scopes(&world.db).await.unwrap();
    assert_eq!((stands.len(), stands[1].until), (2, Some(at + 1)));
    for number in 1..63 {
        shut(&world, &format!("act=application,region=33{number:02}")).await;
    }
    let before = world.number("SELECT count(*) FROM intake_history").await;
    let closing = Closing {
        scope: "act=application,region=34".parse().unwrap(),
        ..Closing::everything()
    };
    let more = close(&world.db, order("drill"), closing).await;
    assert_eq!(more, Err(GateError::TooManyScopes));
    assert_eq!(world.number("SELECT count(*) FROM intake_history").await, before);
    // One that is there can be closed again, and everything always.
    shut(&world, "product=credit").await;
    shut(&world, "everything").await;
}

async fn an_epoch_names_one_closing_of_one_scope(world: World) {
    let mut epochs = Vec::new();
    for written in ["product=credit", "act=draw", "everything", "region=33"] {
        epochs.push(shut(&world, written).await);
    }
    let mut sorted = epochs.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted, epochs, "one after another");
    // What was opened, or closed anew, is not what was agreed on.
    reopen_at(&world.db, order("over"), epochs[1]).await.unwrap();
    let late = reopen_at(&world.db, order("late"), epochs[1]).await.unwrap_err();
    let GateError::Elsewhere { scope, state, .. } = late else {
        panic!("{late:?}")
    };
    assert_eq!((scope.to_string().as_str(), state), ("act=draw", State::Open));
    let never = reopen_at(&world.db, order("never"), 99).await.unwrap_err();
    assert!(matches!(never, GateError::Elsewhere { .. }), "{never:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_products_go_on_while_the_closing_of_one_waits() {
    let world = World::postgres().await;
    let mut slow = PgConnection::connect(&world.url).await.unwrap();
    let insert = "INSERT INTO applications (id, state, product) VALUES ('slow', 'submitted', 'credit')";
    let mut slow = slow.begin().await.unwrap();
    sqlx::query(insert).execute(&mut *slow).await.unwrap();
    let closing = tokio::spawn({
        let db = world.db.clone();
        let credit = Closing {
            scope: "product=credit".parse().unwrap(),
            ..Closing::everything()
        };
        async move {
            close(&db, order_with_grace(Duration::from_secs(5)), credit)
                .await
                .unwrap()
        }
    });
    until(|| async { scopes(&world.db).await.unwrap().last().unwrap().state == State::Closing }).await;
    for number in 0..20 {
        apply(&world, &format!("app_{number}"), "micro").await.unwrap();
        assert!(is_closed(&apply(&world, "late", "credit").await));
    }
    assert!(!closing.is_finished(), "it waits for what is in flight");
    slow.commit().await.unwrap();
    assert!(closing.await.unwrap().terminated.is_empty());
    assert_eq!(world.ids("applications").await.len(), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_time_in_flight_is_waited_for_by_a_closing_that_names_it_and_by_no_other() {
    let world = World::postgres().await;
    let ask = |id: &str| format!("INSERT INTO renewals (id, state) VALUES ('{id}', 'requested')");
    let mut slow = PgConnection::connect(&world.url).await.unwrap();
    let mut asking = slow.begin().await.unwrap();
    asking
        .execute(sqlx::raw_sql(AssertSqlSafe(ask("rnw_1"))))
        .await
        .unwrap();
    let grace = Duration::from_secs(20);
    let closed = close(&world.db, order_with_grace(grace), Closing::everything())
        .await
        .unwrap();
    assert!(closed.terminated.is_empty() && closed.took < grace, "{closed:?}");
    // It is existing business to that closing, and commits.
    asking.commit().await.unwrap();

    let mut asking = slow.begin().await.unwrap();
    asking
        .execute(sqlx::raw_sql(AssertSqlSafe(ask("rnw_2"))))
        .await
        .unwrap();
    let closing = tokio::spawn({
        let db = world.db.clone();
        let named = Closing {
            scope: "act=renewal".parse().unwrap(),
            ..Closing::everything()
        };
        async move { close(&db, order_with_grace(grace), named).await.unwrap() }
    });
    until(|| async { scopes(&world.db).await.unwrap().last().unwrap().state == State::Closing }).await;
    assert!(is_closed(&world.run(&ask("late")).await));
    assert!(!closing.is_finished(), "it waits for what is in flight");
    asking.commit().await.unwrap();
    assert!(closing.await.unwrap().terminated.is_empty());
    assert_eq!(world.ids("renewals").await.len(), 2);
}

async fn a_row_that_is_born_further_on_is_refused_by_that_act_too(world: World) {
    shut(&world, "act=contract").await;
    for state in ["approved", "signed"] {
        let sql = format!("INSERT INTO applications (id, state) VALUES ('{state}', '{state}')");
        assert!(is_closed(&world.run(&sql).await), "{state}");
    }
    apply(&world, "app_1", "micro").await.unwrap();
}

async fn what_an_ended_closing_cited_is_not_shown_any_more(world: World) {
    let closing = Closing {
        scope: "act=draw".parse().unwrap(),
        clause: Some("article 12".to_owned()),
        until: Some(order("").at + 1),
    };
    let epoch = close(&world.db, order("drill"), closing).await.unwrap().epoch;
    let opened = reopen_at(&world.db, order("over"), epoch).await.unwrap();
    assert_eq!(
        (opened.state, opened.clause, opened.until),
        (State::Open, None, None)
    );
    for bad in ["", " ", "a\nb", &"x".repeat(101)] {
        let closing = Closing {
            clause: Some(bad.to_owned()),
            ..Closing::everything()
        };
        let refused = close(&world.db, order("drill"), closing).await;
        assert!(matches!(refused, Err(GateError::Unfit(_))), "{bad:?}");
    }
}

async fn what_a_closing_touches_stands_as_the_strictest_says(world: World) {
    let stands = async |written: &str| {
        let read = gate::scopes(&world.db).await.unwrap();
        gate::strictest(read, &written.parse().unwrap()).unwrap()
    };
    let credit = shut(&world, "product=credit").await;
    let narrow = stands("act=draw,product=credit").await;
    assert_eq!((narrow.state, narrow.epoch), (State::Closed, credit));
    assert_eq!(stands("act=draw,product=micro").await.state, State::Open);
    reopen_at(&world.db, order("over"), credit).await.unwrap();
    assert_eq!(stands("product=credit").await.scope.to_string(), "product=credit");
    let everything = shut(&world, "everything").await;
    assert_eq!(stands("product=credit").await.epoch, everything);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_after_the_closing_of_another_product_is_not_ended_with_what_is_stuck() {
    let world = World::postgres().await;
    let (mut stuck, mut healthy) = (
        PgConnection::connect(&world.url).await.unwrap(),
        PgConnection::connect(&world.url).await.unwrap(),
    );
    let insert = |id: &str, product: &str| {
        format!(
            "BEGIN; INSERT INTO applications (id, state, product) VALUES ('{id}', 'submitted', '{product}')"
        )
    };
    stuck
        .execute(sqlx::raw_sql(AssertSqlSafe(insert("stuck", "credit"))))
        .await
        .unwrap();
    let closing = tokio::spawn({
        let db = world.db.clone();
        let credit = Closing {
            scope: "product=credit".parse().unwrap(),
            ..Closing::everything()
        };
        async move {
            close(&db, order_with_grace(Duration::from_millis(500)), credit)
                .await
                .unwrap()
        }
    });
    // It has made its list, and waits.
    let waits = "SELECT count(*) FROM pg_stat_activity \
                 WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()";
    until(|| async { world.number(waits).await == 1 }).await;
    healthy
        .execute(sqlx::raw_sql(AssertSqlSafe(insert("healthy", "micro"))))
        .await
        .unwrap();
    let closed = closing.await.unwrap();
    assert_eq!(closed.terminated.len(), 1, "{:?}", closed.terminated);
    healthy.execute("COMMIT").await.unwrap();
    assert_eq!(
        world.ids("applications").await.into_iter().collect::<Vec<_>>(),
        ["healthy"]
    );
}
