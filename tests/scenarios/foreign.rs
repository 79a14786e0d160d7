//! The gate on a schema of somebody else's, from a terminal: each command does what its exit code says.

use std::path::Path;
use std::process::Command;

use db::{Db, DbError, Options};

use crate::binaries::shipped;

const THEIRS: &str = "CREATE SCHEMA lending; \
    CREATE TABLE lending.loan_request (id uuid PRIMARY KEY, \
      status text NOT NULL CHECK (status IN ('new', 'approved', 'rejected')))";

/// Exit code, and what was printed to either side.
fn backstop(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(shipped("backstop"))
        .arg("intake")
        .args(arguments)
        .output()
        .unwrap();
    let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.push_str(&String::from_utf8_lossy(&output.stderr));
    (output.status.code(), said)
}

#[track_caller]
fn ends(code: i32, arguments: &[&str], says: &str) -> String {
    let (ended, said) = backstop(arguments);
    assert_eq!(ended, Some(code), "{arguments:?}: {said}");
    assert!(said.contains(says), "{arguments:?}: {said}");
    said
}

async fn typed(db: &Db, sql: &str) -> Result<(), DbError> {
    let sql = sql.to_owned();
    db.write(move |tx| Box::pin(async move { tx.batch(&sql).await }))
        .await
}

/// A person's part: one insert binds, one transition, the rest does not.
fn decided(draft: &str) -> String {
    let of =
        |heading: &str, act: &str| format!("\n[[{heading}]]\n{act}why = \"as the credit committee decided\"");
    let mut parts = draft.split("\n[[decide]]");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        let heading = match part {
            part if part.contains("on = \"insert\"") => of("binds", "act = \"application\"\n"),
            part if part.contains("to = \"approved\"") => of("binds", "act = \"contract\"\n"),
            _ => of("spared", ""),
        };
        text.push_str(&heading);
        text.push_str(part);
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gate_comes_to_a_foreign_schema_and_leaves_it_on_postgres() {
    let url = cluster::fresh_database().unwrap();
    let db = Db::open(&url, Options::default()).await.unwrap();
    typed(&db, THEIRS).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (draft, decisions, insert) = (path("draft.toml"), path("lending.toml"), path("insert.sql"));
    let at = ["--direct", &url];
    let install = |rest: &[&str]| {
        [&["install"], rest, &at]
            .concat()
            .iter()
            .map(|one| (*one).to_owned())
            .collect::<Vec<_>>()
    };
    let run = |code: i32, rest: &[&str], says: &str| {
        let arguments = install(rest);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        ends(code, &arguments, says)
    };
    let ordered = ["--reason", "change 4711", "--actor", "ann"];
    let by = |rest: &[&'static str]| -> Vec<&'static str> { [rest, &ordered].concat() };

    run(0, &["draft", "--schema", "lending", "--out", &draft], "4 changes");
    let undecided = [&by(&["apply", "--yes"])[..], &["--description", &draft]].concat();
    run(2, &undecided, "not decided");
    std::fs::write(&decisions, decided(&std::fs::read_to_string(&draft).unwrap())).unwrap();
    let described = ["--description", &decisions];
    run(1, &[&["check"], &described[..]].concat(), "nothing is installed");
    run(0, &[&["preview"], &described[..]].concat(), "CREATE TRIGGER");
    // Not meant yet.
    run(0, &[&by(&["apply"])[..], &described].concat(), "CREATE TRIGGER");
    run(1, &[&["check"], &described[..]].concat(), "nothing is installed");
    run(
        0,
        &[&by(&["apply", "--yes"])[..], &described].concat(),
        "3 triggers made",
    );
    run(
        0,
        &[&by(&["apply", "--yes"])[..], &described].concat(),
        "in place already",
    );
    run(0, &[&["check"], &described[..]].concat(), "3 triggers stand");

    std::fs::write(
        &insert,
        "INSERT INTO lending.loan_request (id, status) VALUES ({id}::uuid, 'new')",
    )
    .unwrap();
    let proof = [
        "prove",
        "--statement",
        &insert,
        "--actor",
        "ann",
        "--closes",
        "2",
        "--hold",
        "100",
    ];
    run(2, &proof, "--test-copy");
    let told = run(
        0,
        &[&proof[..], &["--test-copy", "--json"]].concat(),
        "\"late\":[]",
    );
    println!("{}", told.trim());

    let new = "INSERT INTO lending.loan_request (id, status) VALUES (gen_random_uuid(), 'new')";
    typed(&db, new).await.unwrap();
    let gate = format!("{url}?options=-c%20search_path%3Dbackstop");
    let close = ["close", "--reason", "drill", "--actor", "ann", "--direct", &gate];
    ends(0, &close, "closed");
    let refused = typed(&db, new).await;
    assert!(
        matches!(&refused, Err(DbError::Raised { code, .. }) if code == "intake_closed"),
        "{refused:?}"
    );
    typed(&db, "UPDATE lending.loan_request SET status = 'rejected'")
        .await
        .unwrap();
    let removal = by(&["remove", "--schema", "lending", "--yes"]);
    run(6, &removal, "reopen first");
    run(
        6,
        &[&proof[..], &["--test-copy"]].concat(),
        "only what it closed itself",
    );

    // One role alone does not open it, two do.
    run(1, &["reopen", "--reason", "over"], "another role agrees");
    reopened(&db, &url).await;
    typed(&db, new).await.unwrap();
    typed(&db, "CREATE TABLE lending.guarantee (id int)")
        .await
        .unwrap();
    run(
        1,
        &[&["check"], &described[..]].concat(),
        "undecided: guarantee: insert",
    );
    run(0, &removal, "3 triggers dropped");
    assert!(Path::new(&decisions).is_file());
    db.close().await;
}

/// By two superusers of the test's own cluster.
async fn reopened(db: &Db, url: &str) {
    let (_, at) = url.split_once('@').unwrap();
    let as_role = |role: &str| format!("postgres://{role}@{at}");
    typed(
        db,
        "CREATE ROLE eve LOGIN SUPERUSER; CREATE ROLE bob LOGIN SUPERUSER",
    )
    .await
    .unwrap();
    let (eve, bob) = (as_role("eve"), as_role("bob"));
    let propose = [
        "install", "reopen", "--reason", "over", "--json", "--direct", &eve,
    ];
    let told = ends(1, &propose, "proposal");
    let proposed: serde_json::Value = serde_json::from_str(&told).unwrap();
    let proposal = proposed["proposal"].as_str().unwrap();
    let agree = [
        "install", "reopen", "--reason", "over", "--agree", proposal, "--direct",
    ];
    ends(6, &[&agree[..], &[&eve]].concat(), "another person");
    ends(0, &[&agree[..], &[&bob]].concat(), "agreed to by bob");
    typed(db, "DROP ROLE eve; DROP ROLE bob").await.unwrap();
}
