//! `financing analytics export`: a file of generalised cells, on record, and never overwritten.

use std::fs;
use std::process::{Command, Output};

use base::exit;

use crate::binaries::shipped;
use crate::customer::{application, registration};
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;

#[tokio::test(flavor = "multi_thread")]
async fn analytics_gets_a_file_of_cells_and_nothing_else() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    let firm = registration(1);
    let id = channel.register_firm("firm", &firm).await.unwrap().body.id;
    let body = application(1, &id);
    for n in 0..6 {
        channel.apply(&format!("application-{n}"), &body).await.unwrap();
    }

    let file = place.path("intake.csv");
    let export = |more: &[&str]| -> Output {
        Command::new(shipped("financing"))
            .args([
                "analytics",
                "export",
                "--database",
                &place.url,
                "--actor",
                "ops-1",
            ])
            .arg("--to")
            .arg(&file)
            .args(more)
            .output()
            .unwrap()
    };
    assert!(export(&[]).status.success());
    assert!(!file.exists(), "a preview writes nothing");
    assert!(export(&["--yes"]).status.success());
    let text = fs::read_to_string(&file).unwrap();
    let cells: Vec<&str> = text.lines().collect();
    assert_eq!(cells.len(), 2, "{text}");
    assert!(cells[1].ends_with(",6"), "{text}");
    for told in [
        &id,
        &firm.name,
        &firm.credit_code,
        &firm.phone,
        &body.applicant,
        &body.address,
        &body.region,
    ] {
        assert!(!text.contains(told.as_str()), "{told}");
    }
    let again = export(&["--yes"]);
    assert_eq!(again.status.code(), Some(i32::from(exit::REFUSED)));

    let db = db::Db::open(&place.url, db::Options::default()).await.unwrap();
    let sql = "SELECT COUNT(*) FROM evidence_leaves WHERE act = 'analytics.export' AND actor = 'ops-1'";
    let left = db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap();
    assert_eq!(left, 1);
    db.close().await;
}
