//! A planted bug for each of laws 1, 2, 3 and 7 turns exactly that law's verdict to
//! broken; without one, all four hold. A checker that can't fail shows nothing.

use laws::verdict::Verdict::{self, Broken, Held};

use crate::drill::{self, Bug};
use crate::place::{self, Store};
use crate::{binaries, report};

const ACK_BEFORE_COMMIT: Bug = Bug {
    name: "ack_before_commit",
    at_kill: true,
};

const UNLOGGED_ACT: &str = "unlogged_act";

fn bug(name: &'static str) -> Bug {
    Bug { name, at_kill: false }
}

async fn planted(test: &str, store: Store, bug: Bug, verdicts: [Verdict; 3]) {
    if store == Store::Postgres && !place::postgres(test) {
        return;
    }
    let Some(binary) = binaries::with_bugs() else {
        report::skip(
            test,
            "no build with failpoints: cargo build -p service --features chaos, copied to target/chaos",
        );
        return;
    };
    let rulings = drill::run(store, &binary, bug).await;
    drill::expect(&rulings, verdicts);
    // What was signed as committed and then lost is missing from the log, too, if a
    // kill happened to fall there.
    if bug.name != ACK_BEFORE_COMMIT.name {
        let unlogged = bug.name == UNLOGGED_ACT;
        drill::expect_logged(&rulings, if unlogged { Broken } else { Held });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bug_every_law_holds_on_sqlite() {
    let rulings = drill::run(Store::Sqlite, &binaries::shipped("financing"), Bug::default()).await;
    drill::expect(&rulings, [Held, Held, Held]);
    drill::expect_logged(&rulings, Held);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bug_every_law_holds_on_postgresql() {
    if place::postgres("without_a_bug_every_law_holds_on_postgresql") {
        let rulings = drill::run(Store::Postgres, &binaries::shipped("financing"), Bug::default()).await;
        drill::expect(&rulings, [Held, Held, Held]);
        drill::expect_logged(&rulings, Held);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_before_the_commit_breaks_law_1_on_sqlite() {
    let test = "acknowledging_before_the_commit_breaks_law_1_on_sqlite";
    planted(test, Store::Sqlite, ACK_BEFORE_COMMIT, [Broken, Held, Held]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_before_the_commit_breaks_law_1_on_postgresql() {
    let test = "acknowledging_before_the_commit_breaks_law_1_on_postgresql";
    planted(test, Store::Postgres, ACK_BEFORE_COMMIT, [Broken, Held, Held]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_an_update_but_keeping_its_id_breaks_law_1() {
    let test = "losing_an_update_but_keeping_its_id_breaks_law_1";
    planted(test, Store::Sqlite, bug("lose_update"), [Broken, Held, Held]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checking_the_switch_from_a_cache_breaks_law_2_on_sqlite() {
    let test = "checking_the_switch_from_a_cache_breaks_law_2_on_sqlite";
    planted(test, Store::Sqlite, bug("gate_from_cache"), [Held, Broken, Held]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checking_the_switch_from_a_cache_breaks_law_2_on_postgresql() {
    let test = "checking_the_switch_from_a_cache_breaks_law_2_on_postgresql";
    planted(
        test,
        Store::Postgres,
        bug("gate_from_cache"),
        [Held, Broken, Held],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn posting_one_leg_breaks_law_3() {
    let test = "posting_one_leg_breaks_law_3";
    planted(test, Store::Sqlite, bug("one_leg"), [Held, Held, Broken]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_leaves_no_leaf_breaks_law_7_on_sqlite() {
    let test = "an_act_that_leaves_no_leaf_breaks_law_7_on_sqlite";
    planted(test, Store::Sqlite, bug(UNLOGGED_ACT), [Held, Held, Held]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_that_leaves_no_leaf_breaks_law_7_on_postgresql() {
    let test = "an_act_that_leaves_no_leaf_breaks_law_7_on_postgresql";
    planted(test, Store::Postgres, bug(UNLOGGED_ACT), [Held, Held, Held]).await;
}
