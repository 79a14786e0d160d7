//! Law 2 against planted late commits.

use laws::closed::{Enough, Point, Scope, Snapshot, Window, closed_means_closed, save, windows};
use laws::journal::{Kind, Outcome};
use laws::verdict::{Ruling, Verdict};

use crate::on_both;
use crate::world::{World, id};

const CLOSED: i64 = 2_000_000;
const REOPEN: i64 = 3_000_000;
const ENOUGH: Enough = Enough {
    refusals: 3,
    existing: 2,
};

/// Three refusals and two repayments between the marks, and one of each after them.
fn pressed(world: &mut World) {
    world.mark("closed", CLOSED, Some(7));
    world.mark("reopen", REOPEN, Some(7));
    for at in [CLOSED, 2_500_000, REOPEN, REOPEN + 1] {
        world.then(Outcome::Refused, Some(503), Kind::Intake, at);
    }
    for at in [CLOSED + 1, 2_500_000, REOPEN + 1] {
        world.then(Outcome::Acked, Some(201), Kind::Existing, at);
    }
}

/// Intake closed, what happened meanwhile, and the ruling.
async fn while_closed(world: &mut World, meanwhile: &str) -> Ruling {
    pressed(world);
    let first = Snapshot::take(&world.place.url(), CLOSED).await.unwrap();
    if !meanwhile.is_empty() {
        world.place.run(meanwhile).await;
    }
    let second = Snapshot::take(&world.place.url(), REOPEN - 1).await.unwrap();
    let window = Window {
        epoch: 7,
        scope: Scope::everything(),
        closed_at: CLOSED,
        reopen_at: REOPEN,
        first,
        second,
    };
    closed_means_closed(&[window], &world.journal, &[], ENOUGH)
}

async fn late(world: &mut World, meanwhile: &str) -> Vec<String> {
    let ruling = while_closed(world, meanwhile).await;
    assert_eq!(ruling.verdict, Verdict::Broken, "{ruling:#?}");
    ruling
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.what, finding.detail))
        .collect()
}

fn expected(what: &[&str]) -> Vec<String> {
    what.iter()
        .map(|what| format!("late {what}: absent after the close of epoch 7 was acknowledged"))
        .collect()
}

async fn existing_business_is_never_late(mut world: World) {
    world
        .place
        .run("UPDATE draws SET state = 'sent', paid_at = NULL")
        .await;
    let ruling = while_closed(
        &mut world,
        "UPDATE draws SET state = 'paid', paid_at = 9; UPDATE loans SET interest = 0;
         UPDATE consents SET revoked_at = 9",
    )
    .await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    assert_eq!(
        (
            &ruling.evidence["refusals"],
            &ruling.evidence["existing_successes"]
        ),
        (&3.into(), &2.into())
    );
}

async fn an_application_that_came_after_the_close_is_late(mut world: World) {
    let copy = format!(
        "INSERT INTO applications SELECT 'app_late', firm_id, product, channel, region, amount, term_months, method,
           'submitted', use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed,
           turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, updated_at
         FROM applications WHERE id = '{}'",
        id("app", 1)
    );
    assert_eq!(late(&mut world, &copy).await, expected(&["applications"]));
}

async fn an_approval_and_a_signature_after_the_close_are_late(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE applications SET state = 'diligence' WHERE id = '{}'",
            id("app", 1)
        ))
        .await;
    let sign = format!(
        "UPDATE applications SET state = 'signed' WHERE id = '{}'",
        id("app", 1)
    );
    let both = expected(&["applications approved", "applications signed"]);
    assert_eq!(late(&mut world, &sign).await, both);
}

async fn a_payment_instruction_that_leaves_after_the_close_is_late(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE draws SET state = 'requested', sent_at = NULL WHERE id = '{}'",
            id("drw", 2)
        ))
        .await;
    let send = format!("UPDATE draws SET state = 'paid' WHERE id = '{}'", id("drw", 2));
    assert_eq!(late(&mut world, &send).await, expected(&["draws sent"]));
}

async fn an_offer_and_a_draw_after_the_close_are_late(mut world: World) {
    world
        .place
        .run(&format!(
            "DELETE FROM offers WHERE application_id = '{}'",
            id("app", 1)
        ))
        .await;
    let both = format!(
        "INSERT INTO offers VALUES ('ofr_late', '{}', 5, 1, 'open', 1, 2);
         INSERT INTO draws VALUES ('drw_late', '{}', '{}', 5, 'requested', NULL, 'd', 1, NULL, NULL)",
        id("app", 1),
        id("ctr", 1),
        id("frm", 1)
    );
    assert_eq!(late(&mut world, &both).await, expected(&["offers", "draws"]));
}

async fn a_limit_that_was_raised_after_the_close_is_late_and_one_that_was_lowered_is_not(mut world: World) {
    let change = format!(
        "UPDATE contracts SET limit_amount = limit_amount + 1 WHERE id = '{}';
         UPDATE contracts SET drawn_amount = 0, limit_amount = limit_amount - 1 WHERE id = '{}'",
        id("ctr", 1),
        id("ctr", 2)
    );
    assert_eq!(late(&mut world, &change).await, expected(&["limits"]));
}

async fn too_little_pressure_on_the_door_is_no_pass(mut world: World) {
    pressed(&mut world);
    let taken = Snapshot::take(&world.place.url(), CLOSED).await.unwrap();
    let window = Window {
        epoch: 7,
        scope: Scope::everything(),
        closed_at: CLOSED,
        reopen_at: REOPEN,
        second: taken.clone(),
        first: taken,
    };
    let ruling =
        |world: &World| closed_means_closed(std::slice::from_ref(&window), &world.journal, &[], ENOUGH);
    assert_eq!(ruling(&world).verdict, Verdict::Held);
    let all = world.journal.records.clone();
    world
        .journal
        .records
        .retain(|record| record.outcome != Outcome::Refused);
    assert_eq!(
        ruling(&world).evidence["not_enough"],
        "0 refusals while closed, 3 are needed"
    );
    world.journal.records = all;
    world
        .journal
        .records
        .retain(|record| record.at < CLOSED || record.kind != Kind::Existing);
    let ruling = ruling(&world);
    assert_eq!(ruling.verdict, Verdict::NotTouched);
    assert_eq!(
        ruling.evidence["not_enough"],
        "0 successes of existing business while closed, 2 are needed"
    );
}

async fn snapshots_from_outside_the_window_prove_nothing(mut world: World) {
    pressed(&mut world);
    let early = Snapshot::take(&world.place.url(), CLOSED - 1).await.unwrap();
    let window = Window {
        epoch: 7,
        scope: Scope::everything(),
        closed_at: CLOSED,
        reopen_at: REOPEN,
        second: early.clone(),
        first: early,
    };
    let ruling = closed_means_closed(&[window], &world.journal, &[], ENOUGH);
    assert_eq!(ruling.verdict, Verdict::NotTouched);
}

async fn snapshots_are_kept_in_a_folder_and_a_missing_one_is_an_error(mut world: World) {
    pressed(&mut world);
    let dir = tempfile::tempdir().unwrap();
    let taken = Snapshot::take(&world.place.url(), CLOSED).await.unwrap();
    save(dir.path(), Point::Closed, 7, &taken).unwrap();
    let error = windows(dir.path(), &world.journal).unwrap_err().to_string();
    assert!(error.ends_with("reopen-7.json"), "{error}");
    save(dir.path(), Point::Reopen, 7, &taken).unwrap();
    let windows = windows(dir.path(), &world.journal).unwrap();
    assert_eq!(windows.len(), 1);
    assert_eq!((windows[0].epoch, &windows[0].first), (7, &taken));
}

on_both! {
    a_payment_instruction_that_leaves_after_the_close_is_late,
    snapshots_are_kept_in_a_folder_and_a_missing_one_is_an_error,
    existing_business_is_never_late,
    an_application_that_came_after_the_close_is_late,
    an_approval_and_a_signature_after_the_close_are_late,
    a_limit_that_was_raised_after_the_close_is_late_and_one_that_was_lowered_is_not,
    an_offer_and_a_draw_after_the_close_are_late,
    too_little_pressure_on_the_door_is_no_pass,
    snapshots_from_outside_the_window_prove_nothing,
}
