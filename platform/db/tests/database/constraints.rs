//! What the schema refuses is told by kind and by name, alike on both databases.

use crate::fixture::{Fixture, adding, on_both, running};
use db::{ConstraintKind, DbError, Dialect};

on_both!(
    unique_rules_have_postgresqls_names,
    the_other_rules_are_told_apart,
    a_trigger_refuses_with_a_code_and_a_detail,
    an_unknown_table_is_a_mistake_in_the_sql,
);

fn refused(name: &str, kind: ConstraintKind) -> Result<u64, DbError> {
    Err(DbError::Constraint {
        name: name.into(),
        kind,
    })
}

async fn unique_rules_have_postgresqls_names(fixture: Fixture) {
    let db = &fixture.db;
    db.write(running(
        "INSERT INTO things (id, n, note, code) VALUES ('a', 1, 'x', 'c')",
    ))
    .await
    .unwrap();
    let unique = ConstraintKind::Unique;
    assert_eq!(db.write(adding("a")).await, refused("things_pkey", unique));
    let code = running("INSERT INTO things (id, code) VALUES ('b', 'c')");
    assert_eq!(db.write(code).await, refused("things_code_key", unique));
    let index = running("INSERT INTO things (id, n, note) VALUES ('b', 1, 'x')");
    assert_eq!(db.write(index).await, refused("things_note", unique));
}

async fn the_other_rules_are_told_apart(fixture: Fixture) {
    let db = &fixture.db;
    db.write(adding("a")).await.unwrap();
    let check = running("INSERT INTO parts (id, thing, amount) VALUES ('p', 'a', 0)");
    assert_eq!(
        db.write(check).await,
        refused("parts_positive", ConstraintKind::Check)
    );
    let null = running("INSERT INTO parts (id, thing, amount) VALUES ('p', NULL, 1)");
    assert_eq!(
        db.write(null).await,
        refused("parts.thing", ConstraintKind::NotNull)
    );
    let orphan = running("INSERT INTO parts (id, thing, amount) VALUES ('p', 'nobody', 1)");
    let orphan = db.write(orphan).await;
    let foreign = matches!(
        &orphan,
        Err(DbError::Constraint {
            kind: ConstraintKind::ForeignKey,
            ..
        })
    );
    assert!(foreign, "{orphan:?}");
    if db.dialect() == Dialect::Postgres {
        assert_eq!(orphan, refused("parts_thing_fkey", ConstraintKind::ForeignKey));
    }
}

async fn a_trigger_refuses_with_a_code_and_a_detail(fixture: Fixture) {
    let raised = DbError::Raised {
        code: "intake_closed".into(),
        detail: "since 10:30".into(),
    };
    assert_eq!(fixture.db.write(adding("late")).await, Err(raised));
    assert!(fixture.things().await.is_empty());
}

async fn an_unknown_table_is_a_mistake_in_the_sql(fixture: Fixture) {
    let outcome = fixture.db.write(running("INSERT INTO nowhere VALUES (1)")).await;
    assert!(
        matches!(&outcome, Err(DbError::Other(said)) if said.contains("nowhere")),
        "{outcome:?}"
    );
}
