//! Law 5 against planted values, in tables of both databases, files and texts.

use laws::leaks::{Drawn, Needles, Sweep, Wanted};
use laws::verdict::{Ruling, Verdict};

use crate::on_both;
use crate::world::{World, id};

const NAME: &str = "青岩小麦加工厂";
const PHONE: &str = "13900718254";
const ANY: Wanted = Wanted { subjects: 1 };

fn needles() -> Needles {
    let mut needles = Needles::default();
    needles.add("name", NAME).unwrap();
    needles.add("phone", PHONE).unwrap();
    needles
}

fn sweep(controls: &[&str]) -> Sweep {
    let drawn = Drawn {
        subjects: 1,
        too_weak: 0,
    };
    Sweep::new(&needles(), controls, drawn).unwrap()
}

/// A ruling over a world's tables, with a control that is there.
async fn tables(world: &World) -> Ruling {
    let firm = id("frm", 1);
    let mut sweep = sweep(&[&firm]);
    sweep
        .tables("the tables", &world.place.url(), true)
        .await
        .unwrap();
    sweep.ruling(ANY)
}

fn found(ruling: &Ruling) -> Vec<(String, String)> {
    let findings = ruling.findings.iter();
    findings
        .map(|finding| {
            let column = finding.subject.rsplit(['.', '"']).find(|part| !part.is_empty());
            (column.unwrap_or_default().to_owned(), finding.detail.clone())
        })
        .collect()
}

async fn sound_tables_hold(world: World) {
    let ruling = tables(&world).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:?}");
    assert!(ruling.checked > 10, "{ruling:?}");
}

async fn a_value_in_a_text_a_number_and_bytes_is_found_where_it_is(mut world: World) {
    let firm = id("frm", 1);
    let gbk = "c7e0d1d2d0a1c2f3bcd3b9a4b3a7";
    let bytes = if world.place.is_sqlite() {
        format!("X'{gbk}'")
    } else {
        format!("'\\x{gbk}'")
    };
    world
        .place
        .run(&format!(
            "UPDATE firms SET industry = 'of {NAME}', created_at = {PHONE}, name_sealed = {bytes}
             WHERE id = '{firm}'"
        ))
        .await;
    let ruling = tables(&world).await;
    assert_eq!(ruling.verdict, Verdict::Broken);
    let mut seen = found(&ruling);
    seen.sort();
    let expected = [
        ("created_at", "phone in utf-8, 1 times"),
        ("industry", "name in utf-8, 1 times"),
        ("name_sealed", "name in gbk, 1 times"),
    ];
    assert_eq!(
        seen,
        expected.map(|(column, detail)| (column.to_owned(), detail.to_owned()))
    );
    assert!(
        !format!("{ruling:?}").contains(PHONE),
        "a finding says where, never what"
    );
}

async fn a_table_that_nobody_knows_is_looked_into(mut world: World) {
    world
        .place
        .run(&format!(
            "CREATE TABLE \"Odd \"\"one\" (\"a b\" TEXT, n BIGINT); INSERT INTO \"Odd \"\"one\" VALUES ('{PHONE}', 1)"
        ))
        .await;
    let ruling = tables(&world).await;
    assert_eq!(ruling.verdict, Verdict::Broken);
    assert_eq!(
        found(&ruling),
        [("a b".to_owned(), "phone in utf-8, 1 times".to_owned())]
    );
}

async fn a_database_without_the_control_was_not_looked_into(world: World) {
    let mut sweep = sweep(&["frm_ffffffffffffffffffffffffffffffff"]);
    sweep
        .tables("the tables", &world.place.url(), true)
        .await
        .unwrap();
    let ruling = sweep.ruling(ANY);
    assert_eq!(ruling.verdict, Verdict::NotTouched);
    assert!(
        ruling.evidence["not_enough"]
            .as_str()
            .unwrap()
            .contains("the tables")
    );
}

on_both!(
    sound_tables_hold,
    a_value_in_a_text_a_number_and_bytes_is_found_where_it_is,
    a_table_that_nobody_knows_is_looked_into,
    a_database_without_the_control_was_not_looked_into,
);

#[test]
fn a_text_and_a_file_are_named_and_too_little_is_no_pass() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("service.log"), format!("no firm {NAME}\n")).unwrap();
    let mut clean = sweep(&[]);
    clean.text("/metrics", b"calls_total 1\n");
    assert_eq!(clean.ruling(ANY).verdict, Verdict::Held);
    let few = clean.ruling(Wanted { subjects: 2 });
    assert_eq!(few.verdict, Verdict::NotTouched);
    clean.missed("/openapi.json");
    assert_eq!(clean.ruling(ANY).verdict, Verdict::NotTouched);

    let mut leaking = sweep(&[]);
    leaking.text(
        "/metrics",
        format!("calls_total{{who=\"{PHONE}\"}} 1\n").as_bytes(),
    );
    leaking.files("out", dir.path(), false).unwrap();
    let ruling = leaking.ruling(ANY);
    assert_eq!(ruling.verdict, Verdict::Broken);
    let mut places: Vec<&str> = ruling
        .findings
        .iter()
        .map(|finding| finding.subject.as_str())
        .collect();
    places.sort_unstable();
    assert_eq!(places, ["/metrics", "out/service.log"]);
    assert_eq!(
        sweep(&[]).ruling(ANY).verdict,
        Verdict::NotTouched,
        "nothing was looked into"
    );
}
