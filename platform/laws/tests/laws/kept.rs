//! Law 1 against planted losses.

use laws::journal::{Kind, Outcome};
use laws::verdict::Verdict;
use laws::{Minimums, audit};

use crate::on_both;
use crate::world::{LENT, World, id};

async fn a_world_in_which_nothing_is_lost_is_held(world: World) {
    let rulings = world.audit().await;
    let [kept, closed, books] = rulings.as_slice() else {
        panic!("{rulings:?}")
    };
    assert_eq!(kept.verdict, Verdict::Held, "{kept:#?}");
    assert_eq!(closed.verdict, Verdict::NotTouched);
    assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
    // 11 acknowledgements a life, two of which promise two things, and two sums.
    assert_eq!(kept.evidence["acknowledged"], 33);
    assert_eq!(kept.checked, 3 * (11 + 3 + 2));
}

async fn a_row_that_is_gone_is_found(mut world: World) {
    world
        .place
        .force(&format!("DELETE FROM consents WHERE id = '{}'", id("cns", 2)))
        .await;
    assert_eq!(world.only_broken(1).await, ["row-missing"]);
}

async fn another_content_under_the_same_id_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE firms SET request_digest = 'other' WHERE id = '{}'",
            id("frm", 1)
        ))
        .await;
    assert_eq!(world.only_broken(1).await, ["content-differs"]);
}

async fn another_amount_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE applications SET amount = amount + 1 WHERE id = '{}'",
            id("app", 1)
        ))
        .await;
    assert_eq!(world.only_broken(1).await, ["amount-differs"]);
}

async fn an_update_that_was_lost_while_its_id_was_kept_is_found(mut world: World) {
    let sql = format!(
        "UPDATE applications SET state = 'pre_approved' WHERE id = '{}'",
        id("app", 3)
    );
    world.place.run(&sql).await;
    assert_eq!(world.only_broken(1).await, ["state-behind"]);
}

async fn a_verdict_of_an_officer_that_is_gone_is_found(mut world: World) {
    world
        .place
        .run("DELETE FROM approvals WHERE officer = 'officer1'")
        .await;
    assert_eq!(world.only_broken(1).await, ["content-differs"]);
}

async fn a_draw_that_its_contract_forgot_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE contracts SET drawn_amount = 0 WHERE id = '{}'",
            id("ctr", 1)
        ))
        .await;
    assert_eq!(world.only_broken(1).await, ["sum-short"]);
}

async fn a_draw_of_another_contract_is_found(mut world: World) {
    let sql = format!(
        "UPDATE draws SET contract_id = '{}' WHERE id = '{}'",
        id("ctr", 2),
        id("drw", 1)
    );
    world.place.run(&sql).await;
    assert_eq!(world.only_broken(1).await, ["belongs-elsewhere"]);
}

async fn a_lost_revocation_is_found(mut world: World) {
    let consent = id("cns", 1);
    world.acked(
        1,
        "revoke",
        &format!("/v1/consents/{consent}/revoke"),
        &consent,
        Some("revoked"),
        None,
    );
    assert_eq!(world.only_broken(1).await, ["state-behind"]);
    world.place.run("UPDATE consents SET revoked_at = 5").await;
    assert_eq!(world.audit().await[0].verdict, Verdict::Held);
}

async fn a_lost_end_of_day_is_found(mut world: World) {
    world.acked(1, "day", "/v1/days", "2026-01-31", Some("done"), None);
    assert_eq!(world.only_broken(1).await, ["row-missing"]);
}

async fn a_key_answered_with_two_ids_is_found(mut world: World) {
    world.acked(1, "firm", "/v1/firms", &id("frm", 2), None, None);
    let words = world.only_broken(1).await;
    assert!(words.contains(&"answered-twice"), "{words:?}");
}

async fn a_write_that_the_audit_does_not_know_is_no_pass(mut world: World) {
    world.acked(1, "gift", "/v1/gifts", &id("frm", 1), None, None);
    assert_eq!(world.only_broken(1).await, ["not-checkable"]);
}

async fn what_nobody_acknowledged_is_neither_lost_nor_kept(mut world: World) {
    world.then(Outcome::Ambiguous, None, Kind::Existing, 1);
    world.then(Outcome::Failed, None, Kind::Existing, 1);
    world.then(Outcome::Refused, Some(409), Kind::Existing, 1);
    let kept = &world.audit().await[0];
    assert_eq!(kept.verdict, Verdict::Held);
    assert_eq!(
        (
            &kept.evidence["ambiguous"],
            &kept.evidence["ambiguous_to_the_end"],
            &kept.evidence["failed"]
        ),
        (&1.into(), &1.into(), &1.into())
    );
    assert_eq!(kept.evidence["acknowledged"], 33);
}

async fn a_repeat_that_was_acknowledged_twice_is_owed_once(mut world: World) {
    let again = world
        .journal
        .records
        .iter()
        .find(|record| record.key == "draw-1")
        .unwrap()
        .clone();
    world.journal.records.push(again);
    assert_eq!(world.audit().await[0].verdict, Verdict::Held);
}

async fn a_draw_that_failed_since_needs_no_drawn_amount(mut world: World) {
    let draw = id("drw", 9);
    let sql = format!(
        "INSERT INTO draws VALUES ('{draw}', '{}', '{}', {LENT}, 'failed', NULL, '{}', 1, 1, NULL)",
        id("ctr", 1),
        id("frm", 1),
        crate::world::digest("draw", 9)
    );
    world.place.run(&sql).await;
    let path = format!("/v1/contracts/{}/draws", id("ctr", 1));
    world.acked(9, "draw", &path, &draw, Some("requested"), Some(LENT));
    assert_eq!(world.audit().await[0].verdict, Verdict::Held);
}

async fn too_few_acknowledgements_before_the_kill_are_no_pass(mut world: World) {
    world.mark("kill", 1_000_010, None);
    let minimums = Minimums {
        acknowledged: 11,
        ..Minimums::ANY
    };
    let rulings = audit(&world.place.url(), &world.journal, &[], minimums)
        .await
        .unwrap();
    assert_eq!(rulings[0].verdict, Verdict::NotTouched);
    assert_eq!(rulings[0].evidence["acknowledged_before_kill"], 10);
    assert_eq!(
        rulings[0].evidence["not_enough"],
        "10 acknowledged writes before the kill, 11 are needed"
    );
}

on_both! {
    a_world_in_which_nothing_is_lost_is_held,
    a_row_that_is_gone_is_found,
    another_content_under_the_same_id_is_found,
    another_amount_is_found,
    an_update_that_was_lost_while_its_id_was_kept_is_found,
    a_verdict_of_an_officer_that_is_gone_is_found,
    a_draw_that_its_contract_forgot_is_found,
    a_draw_of_another_contract_is_found,
    a_lost_revocation_is_found,
    a_lost_end_of_day_is_found,
    a_key_answered_with_two_ids_is_found,
    a_write_that_the_audit_does_not_know_is_no_pass,
    what_nobody_acknowledged_is_neither_lost_nor_kept,
    a_repeat_that_was_acknowledged_twice_is_owed_once,
    a_draw_that_failed_since_needs_no_drawn_amount,
    too_few_acknowledgements_before_the_kill_are_no_pass,
}
