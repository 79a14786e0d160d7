//! Laws 1, 3 and 7 after a customer left: what an exit took out is not lost, and what nobody took out is.

use laws::verdict::Verdict;
use sha2::{Digest as _, Sha256};

use crate::on_both;
use crate::world::{INTEREST, LENT, REPAID, World, digest, id};

/// Life 3 repays the rest, so that its accounts are at zero.
async fn settled(world: &mut World) {
    let (loan, rest) = (id("lon", 3), LENT - REPAID);
    world
        .entry(
            3,
            4,
            "repayment",
            &id("rep", 33),
            "customer_deposits",
            "loan_principal",
            rest,
        )
        .await;
    world
        .entry(
            3,
            5,
            "repayment",
            &id("rep", 34),
            "customer_deposits",
            "interest_receivable",
            INTEREST,
        )
        .await;
    world
        .place
        .run(&format!(
            "INSERT INTO repayments VALUES
               ('{}', '{loan}', 'repayment', {rest}, {rest}, 0, 0, 'booked', '2026-01-04', '{}', 1),
               ('{}', '{loan}', 'repayment', {INTEREST}, 0, {INTEREST}, 0, 'booked', '2026-01-05', '{}', 1);
             UPDATE loans SET principal = principal - {rest}, interest = interest - {INTEREST}, state = 'settled'
               WHERE id = '{loan}';
             UPDATE instalments SET principal_paid = principal, state = 'paid' WHERE loan_id = '{loan}'",
            id("rep", 33), digest("rest", 3), id("rep", 34), digest("interest", 3),
        ))
        .await;
}

/// What life 3 has: table, how its row is found, and its key.
fn rows() -> Vec<(&'static str, String, String)> {
    let of = |table, prefix, n| (table, format!("id = '{}'", id(prefix, n)), id(prefix, n));
    let (loan, app) = (id("lon", 3), id("app", 3));
    let mut rows: Vec<_> = [3, 33, 34].map(|n| of("repayments", "rep", n)).into();
    for n in 1..=2 {
        rows.push((
            "instalments",
            format!("loan_id = '{loan}' AND number = {n}"),
            format!("{loan}/{n}"),
        ));
        let officer = format!("officer{n}");
        rows.push((
            "approvals",
            format!("application_id = '{app}' AND officer = '{officer}'"),
            format!("{app}/{officer}"),
        ));
    }
    for (table, prefix) in [
        ("loans", "lon"),
        ("draws", "drw"),
        ("contracts", "ctr"),
        ("diligence_tasks", "tsk"),
        ("offers", "ofr"),
        ("applications", "app"),
        ("consents", "cns"),
        ("firms", "frm"),
    ] {
        rows.push(of(table, prefix, 3));
    }
    rows
}

/// Life 3 leaves; of the table `forgotten` no line is left.
async fn purge(world: &mut World, forgotten: &str) {
    settled(world).await;
    world
        .place
        .run("INSERT INTO exits VALUES ('ext_1', 'firm', '', 'pro_1', '', 1, 1, 2)")
        .await;
    for (table, row, key) in rows() {
        world
            .place
            .force(&format!("DELETE FROM {table} WHERE {row}"))
            .await;
        if table != forgotten {
            let digest = Sha256::new()
                .chain_update(table)
                .chain_update([0])
                .chain_update(&key)
                .finalize();
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            world
                .place
                .run(&format!(
                    "INSERT INTO exit_rows VALUES ('ext_1', '{table}', '{hex}', 'archived')"
                ))
                .await;
        }
    }
}

async fn a_customer_who_left_is_not_lost(mut world: World) {
    purge(&mut world, "").await;
    for ruling in world.audit().await {
        let expected = if ruling.law == 2 {
            Verdict::NotTouched
        } else {
            Verdict::Held
        };
        assert_eq!(ruling.verdict, expected, "{ruling:#?}");
        match ruling.law {
            // Six of its eleven writes change its application, two of these a verdict's row besides and one a task's.
            1 => assert_eq!(ruling.evidence["purged"], 14, "{ruling:#?}"),
            3 => assert_eq!(
                ruling.evidence["purged"], 4,
                "one disbursement, three repayments: {ruling:#?}"
            ),
            _ => {}
        }
    }
}

async fn a_row_that_left_without_a_line_is_lost(mut world: World) {
    purge(&mut world, "consents").await;
    assert_eq!(world.only_broken(1).await, ["row-missing"]);
}

async fn a_draw_that_left_without_a_line_is_missed_by_the_books(mut world: World) {
    purge(&mut world, "draws").await;
    let rulings = world.audit().await;
    let of = |law| rulings.iter().find(|ruling| ruling.law == law).unwrap();
    assert_eq!(of(3).findings.len(), 1, "{:#?}", of(3));
    assert_eq!(of(3).findings[0].what, "disbursement-without-draw");
    assert_eq!(of(1).verdict, Verdict::Broken);
}

async fn a_line_of_no_exit_excuses_nothing(mut world: World) {
    purge(&mut world, "").await;
    world.place.force("DELETE FROM exits").await;
    let rulings = world.audit().await;
    let broken: Vec<u8> = rulings
        .iter()
        .filter(|ruling| ruling.verdict == Verdict::Broken)
        .map(|ruling| ruling.law)
        .collect();
    assert_eq!(broken, [1, 3]);
}

on_both! {
    a_customer_who_left_is_not_lost,
    a_row_that_left_without_a_line_is_lost,
    a_draw_that_left_without_a_line_is_missed_by_the_books,
    a_line_of_no_exit_excuses_nothing,
}
