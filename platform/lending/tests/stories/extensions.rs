//! Who may have more time, who says so, and what a closing of intake has to do with it.

use std::time::Duration;

use auth::{Kind, Role};
use base::problem::Code;
use base::shutdown::Shutdown;
use client::loans::Repay;
use client::renewals::{AskExtension, DecideRenewal, Renewal};
use domain::lane::Live;
use domain::product::Method;
use gate::{Agreed, Closing, Order};
use lending::{Answer, Refusal, World};

use crate::extended::{DAY, books, by, channel, loan, officer};
use crate::fixture::{FIRST, Fixture, by_hand, each};
use crate::world::world;

async fn ask(world: &World<Live>, n: i64, months: u32, key: &str) -> Result<Renewal, Refusal> {
    let body = AskExtension {
        months,
        guarantor_agrees: false,
    };
    let asked = lending::ask_extension(world, channel(key), &loan(n), body).await?;
    Ok(serde_json::from_str(&asked.json).unwrap())
}

async fn say(world: &World<Live>, who: &str, id: &str, verdict: &str) -> Result<Answer, Refusal> {
    let body = DecideRenewal {
        verdict: verdict.into(),
    };
    let key = format!("{who} {verdict} {id}");
    lending::decide_renewal(world, officer(who, &key), id, body).await
}

async fn state(world: &World<Live>, id: &str) -> String {
    lending::read::renewal(world, id).await.unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_hold_at_their_borders() {
    for store in each().await {
        store.lend_as(1, "micro", Method::EqualInstalment, 2).await;
        store.lend_as(2, "guaranteed", Method::EqualPrincipal, 24).await;
        let world = world(&store);
        for (n, months, field) in [
            (1, 0, "months"),
            (1, 3, "months"),
            (1, u32::MAX, "months"),
            (2, 13, "months"),
        ] {
            let refused = ask(&world, n, months, &format!("{n} by {months}"))
                .await
                .unwrap_err();
            assert_eq!((refused.code, refused.field), (Code::InvalidField, Some(field)));
        }
        let alone = ask(&world, 2, 12, "alone").await.unwrap_err();
        assert_eq!(alone.field, Some("guarantor_agrees"));
        let body = AskExtension {
            months: 12,
            guarantor_agrees: true,
        };
        lending::ask_extension(&world, channel("agreed"), &loan(2), body)
            .await
            .unwrap();
        let unknown = ask(&world, 9, 1, "nobody").await.unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);

        // Granted, it counts.
        let first = ask(&world, 1, 1, "one").await.unwrap();
        say(&world, "ann", &first.id, "grant").await.unwrap();
        let until = lending::read::loan(&world, &loan(1)).await.unwrap().maturity_date;
        assert_eq!((until.as_str(), &first.new_maturity_date), ("2026-06-02", &until));
        let both = ask(&world, 1, 2, "two more").await.unwrap_err();
        assert_eq!(both.field, Some("months"), "all extensions count together");
        lending::pay_off(&world, channel("off"), &loan(1)).await.unwrap();
        let settled = ask(&world, 1, 1, "settled").await.unwrap_err();
        assert_eq!(settled.code, Code::IllegalTransition);
        assert_eq!(books(&store).await.verdict, laws::verdict::Verdict::Held);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_or_overdue_or_over_is_told_apart() {
    for store in each().await {
        store.lend_as(1, "micro", Method::InterestFirst, 2).await;
        let world = world(&store);
        let run = async |day: i64| {
            let date = FIRST.checked_add(jiff::Span::new().days(day)).unwrap();
            lending::run_day(&store.db, &store.clock, date, by_hand(), |_| {})
                .await
                .unwrap();
            store.hand.advance_micros(DAY);
        };
        // The books stand days behind: nobody knows yet what is due today.
        store.hand.advance_micros(31 * DAY);
        let behind = ask(&world, 1, 1, "behind").await.unwrap_err();
        assert_eq!(behind.code, Code::BusinessDate, "{behind}");
        store.hand.set("2026-03-02T12:00:00Z".parse().unwrap());
        for day in 0..31 {
            run(day).await;
        }
        // Today the first interest is due: what comes after it is extended, and it stays.
        let due = ask(&world, 1, 1, "due today").await.unwrap();
        say(&world, "ann", &due.id, "grant").await.unwrap();
        let shown = lending::read::statement(&world, &loan(1)).await.unwrap();
        let lines: Vec<(&str, i64)> = shown
            .instalments
            .iter()
            .map(|line| (line.state.as_str(), line.principal))
            .collect();
        assert_eq!(lines, [("due", 0), ("open", 0), ("open", 1_200_000)]);
        assert_eq!(
            store.number("SELECT next_due_day FROM loans").await,
            crate::fixture::FIRST_DAY + 31
        );
        // Not paid, it is overdue tomorrow, and nothing is extended until it is paid.
        run(31).await;
        assert_eq!(
            lending::read::loan(&world, &loan(1)).await.unwrap().state,
            "overdue"
        );
        let overdue = ask(&world, 1, 1, "overdue").await.unwrap_err();
        assert_eq!(overdue.code, Code::IllegalTransition);
        let owed = "SELECT overdue_interest + penalty FROM loans";
        let amount = store.number(owed).await;
        lending::repay(&world, channel("late"), &loan(1), Repay { amount })
            .await
            .unwrap();
        let asked = ask(&world, 1, 1, "paid").await.unwrap();
        // Nobody decided before the last due date came.
        for day in 32..92 {
            run(day).await;
        }
        let late = say(&world, "ann", &asked.id, "grant").await.unwrap_err();
        assert_eq!(late.code, Code::IllegalTransition);
        let shutdown = Shutdown::new();
        assert_eq!(lending::housekeeping::lapse(&world, &shutdown).await.unwrap(), 1);
        assert_eq!(lending::housekeeping::lapse(&world, &shutdown).await.unwrap(), 0);
        assert_eq!(state(&world, &asked.id).await, "lapsed");
        let lapsed = say(&world, "ann", &asked.id, "decline").await.unwrap_err();
        assert_eq!(lapsed.code, Code::IllegalTransition);
        assert_eq!(store.imbalances().await, [0; 4]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_decides_and_once() {
    for store in each().await {
        store.lend_as(1, "micro", Method::EqualInstalment, 12).await;
        let world = world(&store);
        // An officer asks for the customer, and does not decide.
        let body = || AskExtension {
            months: 3,
            guarantor_agrees: false,
        };
        let asked = lending::ask_extension(&world, officer("ann", "ask"), &loan(1), body())
            .await
            .unwrap();
        let again = lending::ask_extension(&world, officer("ann", "ask"), &loan(1), body())
            .await
            .unwrap();
        assert_eq!((again.json.as_str(), again.replayed), (asked.json.as_str(), true));
        let mut other = officer("ann", "ask");
        other.digest = "another body".into();
        let reused = lending::ask_extension(&world, other, &loan(1), body())
            .await
            .unwrap_err();
        assert_eq!(reused.code, Code::IdempotencyKeyReused);
        let second = ask(&world, 1, 1, "second").await.unwrap_err();
        assert_eq!(second.code, Code::AlreadyExists, "one at a time");
        let asked: Renewal = serde_json::from_str(&asked.json).unwrap();

        for verdict in ["grant", "decline"] {
            let own = say(&world, "ann", &asked.id, verdict).await.unwrap_err();
            assert_eq!(own.code, Code::SamePerson);
        }
        let yes = || DecideRenewal {
            verdict: "grant".into(),
        };
        let program = by("bob", Role::Officer, Kind::Service, "by a program");
        let program = lending::decide_renewal(&world, program, &asked.id, yes())
            .await
            .unwrap_err();
        assert_eq!(program.code, Code::Forbidden);
        let odd = say(&world, "bob", &asked.id, "perhaps").await.unwrap_err();
        assert_eq!(odd.field, Some("verdict"));
        // Who asked has no account any more.
        let barred = "INSERT INTO accounts (name, role, state, epoch, password_sealed, totp_sealed, totp_used, \
            created_at, changed_at) SELECT 'ann', 'officer', 'disabled', 1, credit_code_sealed, credit_code_sealed, 0, 1, 1 \
            FROM firms LIMIT 1";
        store.run(barred).await.unwrap();
        let gone = say(&world, "bob", &asked.id, "grant").await.unwrap_err();
        assert_eq!(gone.code, Code::NotApproved);
        store.run("DELETE FROM accounts").await.unwrap();
        assert_eq!(state(&world, &asked.id).await, "requested");
        assert_eq!(count(&store, "WHERE act = 'renewal.decide'").await, 0);

        let granted = say(&world, "bob", &asked.id, "grant").await.unwrap();
        let again = say(&world, "bob", &asked.id, "grant").await.unwrap();
        assert_eq!(
            (again.json.as_str(), again.replayed),
            (granted.json.as_str(), true)
        );
        let late = say(&world, "cem", &asked.id, "decline").await.unwrap_err();
        assert_eq!(late.code, Code::IllegalTransition);
        assert_eq!(count(&store, "WHERE act = 'renewal.ask'").await, 1);
        assert_eq!(count(&store, "WHERE act = 'renewal.decide'").await, 1);
        // The table itself knows that it takes two.
        let alone = store
            .run("UPDATE renewals SET decided_by = asked_by WHERE state = 'granted'")
            .await;
        assert!(alone.is_err());
        assert_eq!(books(&store).await.evidence["extensions_granted"], 1);
    }
}

/// SQLite has one writer, whom nobody overtakes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_officer_decides_meanwhile_does_not_lapse() {
    for store in each().await {
        if store.db.dialect() != db::Dialect::Postgres {
            continue;
        }
        store.lend_as(1, "micro", Method::InterestFirst, 2).await;
        store.lend_as(2, "micro", Method::InterestFirst, 2).await;
        let world = world(&store);
        let decided = ask(&world, 1, 1, "decided").await.unwrap().id;
        let forgotten = ask(&world, 2, 1, "forgotten").await.unwrap().id;
        store.hand.advance_micros(70 * DAY);
        let (tell, told) = tokio::sync::oneshot::channel();
        let id = decided.clone();
        let deciding = store.db.write(move |tx| {
            Box::pin(async move {
                store::renewals::decide(tx, &id, "declined", "ann", 1).await?;
                tell.send(()).unwrap();
                // So that who lets requests lapse meets it.
                tx.one("SELECT 1 FROM pg_sleep(0.5)", &[]).await?;
                Ok::<_, db::DbError>(())
            })
        });
        let lapsing = async {
            told.await.unwrap();
            lending::housekeeping::lapse(&world, &Shutdown::new()).await
        };
        let (deciding, lapsing) = tokio::join!(deciding, lapsing);
        deciding.unwrap();
        assert_eq!(lapsing.unwrap(), 1);
        assert_eq!(state(&world, &decided).await, "declined");
        assert_eq!(state(&world, &forgotten).await, "lapsed");
    }
}

async fn count(store: &Fixture, leaves: &'static str) -> i64 {
    let rows = format!("SELECT COUNT(*) FROM evidence_leaves {leaves}");
    store.number_of(rows).await
}

/// Everything that a refused request could have written.
async fn written(store: &Fixture) -> [i64; 6] {
    let mut counts = [0; 6];
    for (count, table) in counts.iter_mut().zip([
        "renewals",
        "renewals WHERE state <> 'requested'",
        "instalments",
        "audit",
        "outbox",
        "idempotency",
    ]) {
        *count = store.number_of(format!("SELECT COUNT(*) FROM {table}")).await;
    }
    counts
}

async fn close(store: &Fixture, scope: &str) -> i64 {
    let closing = Closing {
        scope: scope.parse().unwrap(),
        ..Closing::default()
    };
    gate::close(&store.db, order(scope), closing).await.unwrap().epoch
}

fn order(reason: &str) -> Order {
    Order {
        actor: "operator".into(),
        reason: reason.into(),
        incident: None,
        at: 1_767_225_600_000_000,
        grace: Duration::from_secs(1),
    }
}

async fn reopen(store: &Fixture, epoch: i64) {
    let agreed = Agreed {
        proposal: format!("pro_{epoch}"),
        epoch,
    };
    let reopened = store.db.write_first(move |tx| {
        Box::pin(async move {
            gate::ask_in(tx, &order("over"), &agreed).await?;
            gate::reopen_in(tx, &order("over"), &agreed).await
        })
    });
    reopened.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_holds_more_time_back_by_name_only() {
    for store in each().await {
        for n in 1..=4 {
            store.lend_as(n, "micro", Method::EqualInstalment, 12).await;
        }
        store.lend_as(5, "credit", Method::EqualInstalment, 12).await;
        let world = world(&store);
        // Everything is closed, and the product, and existing business goes on.
        let everything = close(&store, "everything").await;
        close(&store, "product=micro").await;
        let first = ask(&world, 1, 1, "one").await.unwrap();
        say(&world, "ann", &first.id, "grant").await.unwrap();
        let waiting = ask(&world, 2, 1, "two").await.unwrap();

        let micro = close(&store, "act=renewal,product=micro").await;
        let before = written(&store).await;
        let refused = ask(&world, 3, 1, "three").await.unwrap_err();
        assert_eq!(refused.code, Code::IntakeClosed);
        let refused = say(&world, "ann", &waiting.id, "grant").await.unwrap_err();
        assert_eq!(refused.code, Code::IntakeClosed);
        assert_eq!(written(&store).await, before, "nothing is left of it");
        let until = lending::read::loan(&world, &loan(2)).await.unwrap().maturity_date;
        assert_eq!(until, "2027-03-02");
        // Of another product it goes on, and so does everything that was granted or is declined.
        let credit = ask(&world, 5, 1, "five").await.unwrap();
        say(&world, "ann", &credit.id, "grant").await.unwrap();
        say(&world, "bob", &waiting.id, "decline").await.unwrap();
        let paid = lending::repay(&world, channel("pay"), &loan(1), Repay { amount: 5_000 }).await;
        assert!(paid.is_ok(), "{paid:?}");

        // What somebody types at the database is refused as well.
        let typed = "INSERT INTO renewals (id, loan_id, firm_id, kind, months, guarantor_agrees, old_maturity_date, \
            new_maturity_date, state, asked_by, request_digest, created_at) \
            SELECT 'rnw_x', id, firm_id, 'extension', 1, 0, maturity_date, '2027-04-02', 'requested', 'x', 'd', 1 \
            FROM loans WHERE id = 'lon_00000000000000000000000000000003'";
        for sql in [
            typed,
            "UPDATE renewals SET state = 'granted' WHERE state = 'declined'",
        ] {
            let refused = store.run(sql).await.unwrap_err();
            assert!(
                matches!(&refused, db::DbError::Raised { code, .. } if code == "intake_closed"),
                "{refused}"
            );
        }
        // Nor does a loan get under another contract, and so out of the closing.
        let moved = "UPDATE loans SET contract_id = 'ctr_00000000000000000000000000000005' \
            WHERE id = 'lon_00000000000000000000000000000003'";
        let refused = store.run(moved).await.unwrap_err();
        assert!(matches!(&refused, db::DbError::Raised { code, .. } if code == "intake_scope_fixed"));

        // What a closing touches: here it waits, and everything else lets it go on.
        reopen(&store, micro).await;
        let waits = ask(&world, 3, 1, "three").await.unwrap();
        let fate = async |scope: &str| {
            let touched = lending::read::intake_impact(&world, Some(scope)).await.unwrap();
            let groups = touched
                .groups
                .into_iter()
                .filter(|group| group.what == "renewals");
            let all: Vec<_> = groups
                .map(|group| (group.fate, group.count, group.amount))
                .collect();
            all
        };
        assert_eq!(fate("act=renewal").await, [("waits".to_owned(), 1, 1_200_000)]);
        assert_eq!(fate("everything").await, [("goes_on".to_owned(), 1, 1_200_000)]);
        assert!(fate("act=renewal,product=credit").await.is_empty());
        let all = close(&store, "act=renewal").await;
        let refused = say(&world, "ann", &waits.id, "grant").await.unwrap_err();
        assert_eq!(refused.code, Code::IntakeClosed);
        // Reopening everything opens what is closed by name no more than the other way round.
        reopen(&store, everything).await;
        assert!(say(&world, "bob", &waits.id, "grant").await.is_err());
        reopen(&store, all).await;
        say(&world, "ann", &waits.id, "grant").await.unwrap();
        assert_eq!(state(&world, &waits.id).await, "granted");
        assert_eq!(books(&store).await.evidence["extensions_granted"], 3);
        assert_eq!(books(&store).await.verdict, laws::verdict::Verdict::Held);
    }
}
