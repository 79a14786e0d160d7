//! A product's customers leave under one plan.

use std::time::Duration;

use db::{Db, Options};
use serde_json::Value;

use super::seen::{firm_of, rows};
use super::told::{REHEARSAL, exit};
use super::verifier::Verifier;
use crate::customer::People;
use crate::people::{PASSWORD, Person};
use crate::place::{self, Place, Store};
use crate::service::Service;
use crate::standin::Standin;

/// Everybody of a product of whom nothing is open leaves under one plan; whoever has an open application stays.
async fn product(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let people = People::of(&place, &service.base);
    let mut n = 0;
    for _ in 0..3 {
        let (at, application) = people.offered(n).await;
        let contract = people.signed(&application.id).await;
        let draw = people.drawn(&contract.id, contract.limit).await;
        let loan = draw.loan_id.unwrap();
        people.channel.pay_off(&people.key(), &loan).await.unwrap();
        n = at + 1;
    }
    let (_, open) = people.offered(n).await;
    let open = firm_of(&place, &open.id).await;
    let path = |name: &str| place.path(name).display().to_string();
    let rules = REHEARSAL;
    let (out, plan_file) = (path("exit"), path("exit/plan.json"));
    let plan = [
        "plan",
        "--no-holds",
        "--product",
        "credit",
        "--rules",
        rules,
        "--planner",
        "ada",
        "--out",
        &out,
        "--database",
        &place.url,
    ];
    // Notices go out first.
    let mut planned = exit(&[&plan[..], &["--json"]].concat(), "");
    for _ in 0..200 {
        let all: Option<Value> = serde_json::from_str(&planned.out).ok();
        if all.is_some_and(|all| all["plan"]["leaving"].as_array().unwrap().len() >= 3) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        planned = exit(&[&plan[..], &["--json"]].concat(), "");
    }
    let planned = planned.json();
    let leaving: Vec<String> = planned["plan"]["leaving"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["firm"].as_str().unwrap().to_owned())
        .collect();
    assert!(leaving.len() >= 3 && !leaving.contains(&open));
    let staying = planned["plan"]["staying"].as_array().unwrap();
    assert!(
        staying.iter().any(|one| one["firm"] == open.as_str()),
        "{staying:?}"
    );
    let [ada, bob, cem] = [("ada", "operator"), ("bob", "operator"), ("cem", "commander")]
        .map(|(name, role)| Person::enrol(&place, name, role));
    let typed = |person: &Person| format!("{PASSWORD}\n{}\n", person.code());
    let at = ["--plan", &plan_file, "--url", &service.base];
    let proposal = exit(
        &[&["propose", "--account", "ada", "--json"], &at[..]].concat(),
        &typed(&ada),
    )
    .json();
    let (id, digest) = (
        proposal["id"].as_str().unwrap(),
        proposal["digest"].as_str().unwrap(),
    );
    for (name, person) in [("bob", &bob), ("cem", &cem)] {
        exit(
            &[&["approve", id, "--digest", digest, "--account", name], &at[..]].concat(),
            &typed(person),
        );
    }
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let verifier = Verifier::new(&place, "exit");
    verifier.witness(&leaving.iter().map(String::as_str).collect::<Vec<_>>());
    std::fs::create_dir(place.path("usb")).unwrap();
    let (archive_key, keys, key_store) = (path("usb/exit.key"), path("etc"), place.key_store());
    let run = [
        "run",
        "--no-holds",
        "--plan",
        &plan_file,
        "--proposal",
        id,
        "--rules",
        rules,
        "--keys",
        &keys,
        "--key-store",
        &key_store,
        "--archive-key",
        &archive_key,
        "--actor",
        "ada",
        "--database",
        &place.url,
        "--yes",
        "--json",
    ];
    let record = exit(&run, "").json();
    assert_eq!(
        (&record["scope"], &record["customers"]),
        (&"product".into(), &leaving.len().into())
    );
    verifier.finds_nothing(&archive_key);
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    assert_eq!(rows(&db, "SELECT id FROM firms").await.len(), staying.len());
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_products_customers_leave_sqlite() {
    product(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_products_customers_leave_postgres() {
    if place::postgres("a_products_customers_leave_postgres") {
        product(Store::Postgres).await;
    }
}
