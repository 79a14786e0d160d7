//! Law 3 against planted errors in the books.

use laws::verdict::Verdict;

use crate::on_both;
use crate::place::Place;
use crate::world::{LENT, REPAID, World, id};

async fn one_leg_without_the_other_is_found(mut world: World) {
    let posting = format!(
        "INSERT INTO entries (id, kind, reference, business_date, created_at)
           VALUES ('ent_x', 'penalty', '{loan}', '2026-01-09', 1);
         INSERT INTO postings VALUES ('ent_x', 1, 'cash', '{firm}', '{loan}', 'CNY', 5, 0)",
        firm = id("frm", 1),
        loan = id("lon", 1)
    );
    world.place.run(&posting).await;
    assert_eq!(
        world.only_broken(3).await,
        ["currency-unbalanced", "customer-unbalanced", "entry-unbalanced"]
    );
}

async fn two_entries_that_only_balance_together_are_found(mut world: World) {
    world
        .place
        .run(&format!(
            "INSERT INTO entries (id, kind, reference, business_date, created_at)
               VALUES ('ent_x', 'penalty', 'a', '2026-01-09', 1), ('ent_y', 'penalty', 'b', '2026-01-09', 1);
             INSERT INTO postings VALUES ('ent_x', 1, 'cash', '{firm}', '{loan}', 'CNY', 5, 0),
               ('ent_y', 1, 'cash', '{firm}', '{loan}', 'CNY', 0, 5)",
            firm = id("frm", 1),
            loan = id("lon", 1)
        ))
        .await;
    assert_eq!(world.only_broken(3).await, ["entry-unbalanced"]);
}

async fn a_loan_that_lost_an_update_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "UPDATE loans SET interest = interest + 7 WHERE id = '{}'",
            id("lon", 2)
        ))
        .await;
    assert_eq!(world.only_broken(3).await, ["control-differs", "loan-differs"]);
}

async fn money_booked_on_the_wrong_loan_is_found_though_the_totals_agree(mut world: World) {
    let move_interest = |n, by: &str| {
        format!(
            "UPDATE loans SET interest = interest {by} WHERE id = '{}'",
            id("lon", n)
        )
    };
    world.place.run(&move_interest(1, "+ 7")).await;
    world.place.run(&move_interest(2, "- 7")).await;
    assert_eq!(world.only_broken(3).await, ["loan-differs"]);
}

async fn a_payment_booked_twice_is_found(mut world: World) {
    world
        .entry(
            1,
            9,
            "disbursement",
            &id("drw", 1),
            "loan_principal",
            "customer_deposits",
            LENT,
        )
        .await;
    let words = world.only_broken(3).await;
    assert!(words.contains(&"disbursement-not-once"), "{words:?}");
    assert!(words.contains(&"loan-differs"), "{words:?}");
}

async fn a_payment_for_a_draw_that_did_not_leave_is_found(mut world: World) {
    world
        .entry(
            1,
            9,
            "disbursement",
            &id("drw", 77),
            "suspense",
            "customer_deposits",
            5,
        )
        .await;
    assert_eq!(world.only_broken(3).await, ["disbursement-without-draw"]);
}

async fn a_repayment_without_an_entry_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "INSERT INTO repayments VALUES ('rep_x', '{}', 'repayment', 5, 0, 5, 0, 'booked', '2026-01-10', 'd', 1)",
            id("lon", 1)
        ))
        .await;
    assert_eq!(world.only_broken(3).await, ["repayment-not-once"]);
}

async fn an_entry_without_its_repayment_is_found(mut world: World) {
    world
        .entry(
            1,
            9,
            "repayment",
            &id("rep", 77),
            "customer_deposits",
            "suspense",
            5,
        )
        .await;
    assert_eq!(world.only_broken(3).await, ["repayment-without-document"]);
}

async fn a_paid_draw_without_its_loan_is_found(mut world: World) {
    world
        .place
        .run(&format!(
            "INSERT INTO draws VALUES ('drw_x', '{}', '{}', 5, 'paid', 'core', 'd', 1, 1, 1)",
            id("ctr", 1),
            id("frm", 1)
        ))
        .await;
    assert_eq!(
        world.only_broken(3).await,
        ["disbursement-not-once", "draw-without-loan"]
    );
}

async fn a_schedule_that_does_not_sum_to_the_loan_is_found(mut world: World) {
    let sql = format!(
        "UPDATE instalments SET principal = principal - 1 WHERE loan_id = '{}' AND number = 2",
        id("lon", 1)
    );
    world.place.run(&sql).await;
    assert_eq!(world.only_broken(3).await, ["schedule-differs"]);
}

async fn an_instalment_that_claims_too_much_paid_is_found(mut world: World) {
    let sql = format!(
        "UPDATE instalments SET principal_paid = 1 WHERE loan_id = '{}' AND number = 2",
        id("lon", 1)
    );
    world.place.run(&sql).await;
    assert_eq!(world.only_broken(3).await, ["schedule-paid-differs"]);
}

/// The second life's loan, extended by a month as the bank granted: nothing is wrong with that.
async fn extend(world: &mut World) {
    let (loan, firm) = (id("lon", 2), id("frm", 2));
    world
        .place
        .run(&format!(
            "INSERT INTO renewals (id, loan_id, firm_id, kind, months, guarantor_agrees, old_maturity_date,
               new_maturity_date, state, asked_by, decided_by, request_digest, created_at, decided_at)
               VALUES ('rnw_x', '{loan}', '{firm}', 'extension', 1, 0, '2026-03-01', '2026-04-01', 'granted',
               'channel', 'ann', 'd', 5, 6);
             UPDATE instalments SET principal = principal / 2 WHERE loan_id = '{loan}' AND number = 2;
             INSERT INTO instalments SELECT loan_id, 3, '2026-04-01', 20059, principal, 0, 0, 0, 'open'
               FROM instalments WHERE loan_id = '{loan}' AND number = 2;
             UPDATE loans SET maturity_date = '2026-04-01' WHERE id = '{loan}'"
        ))
        .await;
}

async fn an_extended_loan_keeps_the_books(mut world: World) {
    extend(&mut world).await;
    let books = &world.audit().await[2];
    assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
    assert_eq!(books.evidence["extensions_granted"], 1);
}

async fn a_loan_that_runs_on_without_a_grant_is_found(mut world: World) {
    extend(&mut world).await;
    let undo = "UPDATE renewals SET state = 'lapsed', decided_by = NULL WHERE id = 'rnw_x'";
    world.place.run(undo).await;
    assert_eq!(world.only_broken(3).await, ["term-differs"]);
}

async fn a_grant_that_its_loan_knows_nothing_of_is_found(mut world: World) {
    extend(&mut world).await;
    let back = format!(
        "UPDATE renewals SET loan_id = '{}' WHERE id = 'rnw_x'",
        id("lon", 1)
    );
    world.place.run(&back).await;
    assert_eq!(world.only_broken(3).await, ["maturity-differs", "term-differs"]);
}

async fn an_end_that_was_moved_by_hand_is_found(mut world: World) {
    let moved = format!(
        "UPDATE loans SET maturity_date = '2026-06-01' WHERE id = '{}'",
        id("lon", 1)
    );
    world.place.run(&moved).await;
    assert_eq!(world.only_broken(3).await, ["maturity-differs"]);
}

async fn an_instalment_that_is_left_out_is_found(mut world: World) {
    extend(&mut world).await;
    let (loan, half) = (id("lon", 2), "principal * 2");
    world
        .place
        .run(&format!(
            "DELETE FROM instalments WHERE loan_id = '{loan}' AND number = 2;
             UPDATE instalments SET principal = {half} WHERE loan_id = '{loan}' AND number = 3"
        ))
        .await;
    assert_eq!(world.only_broken(3).await, ["term-differs"]);
}

/// The second life's loan is taken over by a fourth, without money.
async fn renew(world: &mut World) {
    let (loan, firm, new) = (id("lon", 2), id("frm", 2), id("lon", 4));
    let left = LENT - REPAID;
    world
        .place
        .run(&format!(
            "INSERT INTO loans (id, draw_id, contract_id, firm_id, product, currency, state, amount, rate_ppm, method,
               term_months, start_date, maturity_date, principal, interest, penalty, overdue_principal,
               overdue_interest, interest_carry, penalty_carry, accrued_to, next_due_day)
               SELECT '{new}', NULL, contract_id, firm_id, product, currency, state, {left}, rate_ppm, method,
               1, '2026-02-20', '2026-03-20', {left}, 0, 0, 0, 0, 0, 0, 20000, 20000 FROM loans WHERE id = '{loan}';
             INSERT INTO instalments VALUES ('{new}', 1, '2026-03-20', 20000, {left}, 0, 0, 0, 'open');
             INSERT INTO renewals (id, loan_id, firm_id, kind, months, guarantor_agrees, old_maturity_date,
               new_maturity_date, new_loan_id, state, asked_by, decided_by, request_digest, created_at, decided_at)
               VALUES ('rnw_x', '{loan}', '{firm}', 'renewal', 1, 0, '2026-03-01', '2026-03-20', '{new}', 'granted',
               'channel', 'ann', 'd', 5, 6);
             INSERT INTO repayments VALUES ('rep_x', '{loan}', 'renewal', {left}, {left}, 0, 0, 'booked',
               '2026-02-20', 'd', 1);
             UPDATE instalments SET principal_paid = principal, state = 'paid' WHERE loan_id = '{loan}';
             UPDATE loans SET principal = 0 WHERE id = '{loan}';
             INSERT INTO entries (id, kind, reference, business_date, created_at)
               VALUES ('ent_x', 'repayment', 'rep_x', '2026-02-20', 1), ('ent_y', 'renewal', 'rnw_x', '2026-02-20', 1);
             INSERT INTO postings VALUES
               ('ent_x', 1, 'renewal_transfer', '{firm}', '{loan}', 'CNY', {left}, 0),
               ('ent_x', 2, 'loan_principal', '{firm}', '{loan}', 'CNY', 0, {left}),
               ('ent_y', 1, 'loan_principal', '{firm}', '{new}', 'CNY', {left}, 0),
               ('ent_y', 2, 'renewal_transfer', '{firm}', '{new}', 'CNY', 0, {left})"
        ))
        .await;
}

async fn a_renewed_loan_keeps_the_books(mut world: World) {
    renew(&mut world).await;
    let books = &world.audit().await[2];
    assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
}

async fn a_loan_that_nobody_paid_out_and_nobody_granted_is_found(mut world: World) {
    renew(&mut world).await;
    let undo =
        "UPDATE renewals SET state = 'lapsed', decided_by = NULL, new_loan_id = NULL WHERE id = 'rnw_x'";
    world.place.run(undo).await;
    assert_eq!(
        world.only_broken(3).await,
        ["loan-without-payment", "taken-over-without-renewal"]
    );
}

async fn a_renewal_that_took_over_another_sum_is_found(mut world: World) {
    renew(&mut world).await;
    let (firm, new) = (id("frm", 2), id("lon", 4));
    // A thousand fen more than the old loan owed, from nowhere.
    world
        .place
        .run(&format!(
            "UPDATE loans SET amount = amount + 1000, principal = principal + 1000 WHERE id = '{new}';
             UPDATE instalments SET principal = principal + 1000 WHERE loan_id = '{new}';
             INSERT INTO entries (id, kind, reference, business_date, created_at)
               VALUES ('ent_z', 'adjustment', 'z', '2026-02-20', 1);
             INSERT INTO postings VALUES
               ('ent_z', 1, 'loan_principal', '{firm}', '{new}', 'CNY', 1000, 0),
               ('ent_z', 2, 'renewal_transfer', '{firm}', '{new}', 'CNY', 0, 1000)"
        ))
        .await;
    assert_eq!(
        world.only_broken(3).await,
        ["renewal-without-loan", "transfer-open"]
    );
}

async fn a_renewal_that_was_not_booked_is_found(mut world: World) {
    renew(&mut world).await;
    let elsewhere = "UPDATE renewals SET id = 'rnw_y' WHERE id = 'rnw_x'";
    world.place.run(elsewhere).await;
    assert_eq!(world.only_broken(3).await, ["renewal-not-once"]);
}

async fn an_entry_reversed_twice_is_found(mut world: World) {
    world.entry(1, 8, "reversal", "a", "cash", "suspense", 5).await;
    world.entry(1, 9, "reversal", "b", "cash", "suspense", 5).await;
    let entry = id("ent", 103);
    world
        .place
        .force(&format!(
            "INSERT INTO entries VALUES ('ent_x', 'reversal', 'x', '2026-01-11', '{entry}', 1),
               ('ent_y', 'reversal', 'y', '2026-01-11', '{entry}', 1)"
        ))
        .await;
    assert_eq!(world.only_broken(3).await, ["entry-empty", "reversal-not-once"]);
}

async fn a_day_that_accrued_twice_is_found(mut world: World) {
    world.place.run("DROP INDEX entries_once").await;
    for line in [8, 9] {
        world
            .entry(1, line, "penalty", "lon_x", "suspense", "fees", 5)
            .await;
    }
    let same_day = "UPDATE entries SET business_date = '2026-01-08' WHERE kind = 'penalty'";
    if world.place.is_sqlite() {
        world.place.run("DROP TRIGGER entries_no_update").await;
        world.place.run(same_day).await;
        assert_eq!(world.only_broken(3).await, ["accrued-twice", "ledger-changeable"]);
    } else {
        world.place.force(same_day).await;
        assert_eq!(world.only_broken(3).await, ["accrued-twice"]);
    }
    assert_eq!(
        laws::books::accruals(&world.place.url(), "2026-01-08")
            .await
            .unwrap(),
        2
    );
}

async fn postings_without_their_entry_are_found(mut world: World) {
    let postings = format!(
        "INSERT INTO postings VALUES ('ent_x', 1, 'cash', '{f}', 'lon', 'CNY', 5, 0),
           ('ent_x', 2, 'fees', '{f}', 'lon', 'CNY', 0, 5)",
        f = id("frm", 1)
    );
    world.place.force(&postings).await;
    assert_eq!(world.only_broken(3).await, ["posting-stray"]);
}

async fn a_ledger_without_its_guard_is_found(mut world: World) {
    let drop = if world.place.is_sqlite() {
        "DROP TRIGGER postings_no_delete"
    } else {
        "ALTER TABLE postings DISABLE TRIGGER postings_immutable"
    };
    world.place.run(drop).await;
    assert_eq!(world.only_broken(3).await, ["ledger-changeable"]);
}

async fn a_guard_that_lets_pass_is_no_guard(mut world: World) {
    let weaken = if world.place.is_sqlite() {
        "DROP TRIGGER entries_no_update;
         CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries WHEN NEW.kind = 'x'
           BEGIN SELECT RAISE(ABORT, 'backstop:ledger_immutable:entries'); END"
    } else {
        "CREATE OR REPLACE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RETURN NEW; END $$"
    };
    world.place.run(weaken).await;
    assert_eq!(world.only_broken(3).await, ["ledger-changeable"]);
}

async fn empty(place: Place) {
    let world = World {
        place,
        journal: laws::journal::Journal::default(),
    };
    let books = &world.audit().await[2];
    assert_eq!(books.verdict, Verdict::NotTouched, "{books:#?}");
}

#[tokio::test]
async fn an_empty_ledger_is_no_pass() {
    empty(Place::sqlite().await).await;
    empty(Place::postgres().await).await;
}

#[tokio::test]
async fn money_with_a_fraction_is_found_where_the_database_allows_it() {
    let mut world = World::good(Place::sqlite().await).await;
    world.place.run("UPDATE offers SET limit_amount = 10.5").await;
    assert_eq!(world.only_broken(3).await, ["money-not-integer"]);
}

#[tokio::test]
async fn a_money_column_of_another_type_is_found() {
    let mut world = World::good(Place::postgres().await).await;
    world
        .place
        .run("ALTER TABLE offers ALTER COLUMN limit_amount TYPE numeric")
        .await;
    assert_eq!(world.only_broken(3).await, ["money-not-integer"]);
}

async fn a_sum_beyond_64_bits_does_not_pass_in_silence(mut world: World) {
    for (line, account) in [(8, "a"), (9, "b")] {
        world
            .entry(1, line, "adjustment", account, account, "suspense", i64::MAX)
            .await;
    }
    let books = &world.audit().await[2];
    if world.place.is_sqlite() {
        assert_eq!(books.verdict, Verdict::Broken);
        assert_eq!(books.findings[0].what, "sum-overflows");
    } else {
        // PostgreSQL sums into numeric: exact, and both sides agree.
        assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
        let debits = books.evidence["currencies"][0]["debits"]
            .as_str()
            .unwrap()
            .parse::<i128>()
            .unwrap();
        assert!(debits > i128::from(i64::MAX) * 2);
    }
}

on_both! {
    a_day_that_accrued_twice_is_found,
    money_booked_on_the_wrong_loan_is_found_though_the_totals_agree,
    one_leg_without_the_other_is_found,
    two_entries_that_only_balance_together_are_found,
    a_loan_that_lost_an_update_is_found,
    a_payment_booked_twice_is_found,
    a_payment_for_a_draw_that_did_not_leave_is_found,
    a_repayment_without_an_entry_is_found,
    an_entry_without_its_repayment_is_found,
    a_paid_draw_without_its_loan_is_found,
    a_schedule_that_does_not_sum_to_the_loan_is_found,
    an_instalment_that_claims_too_much_paid_is_found,
    an_extended_loan_keeps_the_books,
    a_loan_that_runs_on_without_a_grant_is_found,
    a_grant_that_its_loan_knows_nothing_of_is_found,
    an_end_that_was_moved_by_hand_is_found,
    an_instalment_that_is_left_out_is_found,
    a_renewed_loan_keeps_the_books,
    a_loan_that_nobody_paid_out_and_nobody_granted_is_found,
    a_renewal_that_took_over_another_sum_is_found,
    a_renewal_that_was_not_booked_is_found,
    an_entry_reversed_twice_is_found,
    postings_without_their_entry_are_found,
    a_ledger_without_its_guard_is_found,
    a_guard_that_lets_pass_is_no_guard,
    a_sum_beyond_64_bits_does_not_pass_in_silence,
}
