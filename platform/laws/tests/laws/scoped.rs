//! Law 2 of closings of a part: what is of the scope and late is found, what is not of it is not called late, and
//! what can't be read is no verdict.

use laws::closed::{
    Enough, Point, Scope, Snapshot, Told, Window, closed_means_closed, closings, save, windows,
};
use laws::journal::{Journal, Kind, Mark, Outcome};
use laws::source::Source;
use laws::verdict::{Ruling, Verdict};
use laws::{Minimums, audit};

use crate::on_both;
use crate::world::{World, id};

const CLOSED: i64 = 2_000_000;
const REOPEN: i64 = 3_000_000;
const ENOUGH: Enough = Enough {
    refusals: 1,
    existing: 1,
};

fn of(scope: &str) -> Scope {
    scope.parse().unwrap()
}

/// The second life is of another product, channel and region than the first, and so is the third of both.
async fn mixed(world: &mut World) {
    for (n, product, channel, region) in [(2, "credit", "pc", "330102"), (3, "credit", "app", "330203")] {
        world
            .place
            .run(&format!(
                "UPDATE applications SET product = '{product}', channel = '{channel}', region = '{region}' \
                 WHERE id = '{}'",
                id("app", n)
            ))
            .await;
    }
}

/// New business of the n-th life's place: one of each way in which a row binds.
fn late_rows(n: u32) -> String {
    let (app, contract, firm) = (id("app", n), id("ctr", n), id("frm", n));
    format!(
        "INSERT INTO applications SELECT 'app_late{n}', firm_id, product, channel, region, amount, term_months, method,
           'submitted', use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed,
           turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, updated_at
         FROM applications WHERE id = '{app}';
         INSERT INTO offers VALUES ('ofr_late{n}', 'app_late{n}', 5, 1, 'open', 1, 2);
         UPDATE applications SET state = 'signed' WHERE id = 'app_late{n}';
         INSERT INTO contracts SELECT 'ctr_late{n}', 'app_late{n}', firm_id, product, limit_amount, 0, rate_ppm,
           term_months, method, state, request_digest, signed_at FROM contracts WHERE id = '{contract}';
         UPDATE contracts SET limit_amount = limit_amount + 1 WHERE id = '{contract}';
         INSERT INTO draws VALUES ('drw_late{n}', '{contract}', '{firm}', 5, 'sent', NULL, 'd', 1, 2, NULL)"
    )
}

/// A client's record of one intake that was refused, and of one repayment, as of this scope.
fn pressed(journal: &mut Journal, scope: &str, at: i64) {
    let mut refused = journal.records.last().unwrap().clone();
    refused.seq += 1;
    refused.key = format!("key-{}", refused.seq);
    refused.at = at;
    let mut repaid = refused.clone();
    (refused.outcome, refused.status, refused.kind) = (Outcome::Refused, Some(503), Kind::Intake);
    refused.scope = Some(of(scope));
    repaid.seq += 1;
    repaid.key = format!("key-{}", repaid.seq);
    journal.records.extend([refused, repaid]);
}

/// Snapshots around what happens meanwhile.
async fn around(world: &mut World, meanwhile: &str) -> (Snapshot, Snapshot) {
    let url = world.place.url();
    let first = Snapshot::take(&url, CLOSED).await.unwrap();
    world.place.run(meanwhile).await;
    (first, Snapshot::take(&url, REOPEN).await.unwrap())
}

fn window(epoch: i64, scope: &str, (first, second): &(Snapshot, Snapshot)) -> Window {
    Window {
        epoch,
        scope: of(scope),
        closed_at: CLOSED,
        reopen_at: REOPEN,
        first: first.clone(),
        second: second.clone(),
    }
}

/// What is called late, sorted.
fn late(ruling: &Ruling) -> Vec<String> {
    let mut late: Vec<String> = ruling
        .findings
        .iter()
        .map(|finding| {
            let what = finding.detail.split(':').next().unwrap();
            format!("{what} {}", finding.subject)
        })
        .collect();
    late.sort();
    late
}

async fn what_is_late_of_a_scope_is_found_and_what_is_not_of_it_is_not_called_late(mut world: World) {
    mixed(&mut world).await;
    // Of the second life: credit, pc, 330102.
    let taken = around(&mut world, &late_rows(2)).await;
    let (app, ctr, contract, offer, draw) = (
        "applications app_late2",
        "contracts ctr_late2",
        format!("limits {}", id("ctr", 2)),
        "offers ofr_late2",
        "draws drw_late2",
    );
    let approved = ["applications approved app_late2", "applications signed app_late2"];
    let sent = "draws sent drw_late2";
    let all = [app, approved[0], approved[1], ctr, draw, sent, &contract, offer];
    let mut all_sorted = all.to_vec();
    all_sorted.sort_unstable();
    for (scope, expected) in [
        ("everything", &all_sorted[..]),
        ("product=credit", &all_sorted[..]),
        ("channel=pc,region=33", &all_sorted[..]),
        ("region=3301", &all_sorted[..]),
        ("region=330102", &all_sorted[..]),
        ("act=application", &[app, offer]),
        ("act=contract", &[approved[0], approved[1], ctr]),
        ("act=limit_increase,product=credit", &[&*contract]),
        ("act=draw,product=credit,channel=pc,region=330102", &[draw, sent]),
        ("product=micro", &[]),
        ("channel=app", &[]),
        ("region=11", &[]),
        ("region=3302", &[]),
        ("product=credit,channel=app", &[]),
        ("act=draw,product=micro", &[]),
    ] {
        let mut journal = world.journal.clone();
        let narrow = "product=credit,channel=pc,region=330102";
        for act in ["application", "contract", "limit_increase", "draw"] {
            pressed(&mut journal, &format!("act={act},{narrow}"), CLOSED + 1);
            pressed(
                &mut journal,
                &format!("act={act},product=micro,channel=app,region=110000"),
                CLOSED + 1,
            );
            pressed(
                &mut journal,
                &format!("act={act},product=credit,channel=app,region=330203"),
                CLOSED + 1,
            );
        }
        let ruling = closed_means_closed(&[window(7, scope, &taken)], &journal, &[], ENOUGH);
        let added = taken.0.added_of(&of(scope), &taken.1);
        let mut added: Vec<String> = added.iter().map(|(what, id)| format!("{what} {id}")).collect();
        added.sort();
        assert_eq!(added, expected, "{scope}");
        // Five of them are listed, and all counted.
        assert_eq!(ruling.findings_total, expected.len() as u64, "{scope}");
        let verdict = if expected.is_empty() {
            Verdict::Held
        } else {
            Verdict::Broken
        };
        assert_eq!(ruling.verdict, verdict, "{scope}: {ruling:#?}");
    }
}

/// A request for more time for the n-th life's loan.
fn asked(name: &str, n: u32) -> String {
    format!(
        "INSERT INTO renewals (id, loan_id, firm_id, kind, months, guarantor_agrees, old_maturity_date,
           new_maturity_date, state, asked_by, request_digest, created_at)
           VALUES ('{name}', '{}', '{}', 'extension', 1, 0, '2026-03-01', '2026-04-01', 'requested', 'channel', 'd', 5)",
        id("lon", n),
        id("frm", n)
    )
}

/// An officer's decision on it.
fn decided(name: &str, state: &str) -> String {
    format!("UPDATE renewals SET state = '{state}', decided_by = 'ann', decided_at = 6 WHERE id = '{name}'")
}

async fn more_time_is_late_where_a_closing_names_it_and_nowhere_else(mut world: World) {
    mixed(&mut world).await;
    for n in [2, 3] {
        world.place.run(&asked(&format!("rnw_before{n}"), n)).await;
    }
    // Of the second life (credit, pc, 330102) one is granted and the next asked for; of the third one is declined.
    let meanwhile = [
        decided("rnw_before2", "granted"),
        asked("rnw_late", 2),
        decided("rnw_before3", "declined"),
    ];
    let taken = around(&mut world, &meanwhile.join(";")).await;
    let both = ["renewals granted rnw_before2", "renewals rnw_late"];
    for (scope, expected) in [
        ("act=renewal", &both[..]),
        ("act=renewal,product=credit", &both),
        ("act=renewal,channel=pc,region=3301", &both),
        ("act=renewal,product=micro", &[]),
        ("act=renewal,region=3302", &[]),
        ("everything", &[]),
        ("product=credit", &[]),
        ("channel=pc,region=33", &[]),
        ("act=draw", &[]),
    ] {
        let mut journal = world.journal.clone();
        for place in [
            "product=micro,channel=app,region=110000",
            "product=credit,channel=pc,region=330102",
            "product=credit,channel=app,region=330203",
        ] {
            for act in ["draw", "renewal"] {
                pressed(&mut journal, &format!("act={act},{place}"), CLOSED + 1);
            }
        }
        let ruling = closed_means_closed(&[window(7, scope, &taken)], &journal, &[], ENOUGH);
        assert_eq!(late(&ruling), expected, "{scope}");
        let verdict = if expected.is_empty() {
            Verdict::Held
        } else {
            Verdict::Broken
        };
        assert_eq!(ruling.verdict, verdict, "{scope}: {ruling:#?}");
    }
}

async fn what_is_refused_of_more_time_shows_nothing_of_a_closing_that_does_not_name_it(mut world: World) {
    let taken = around(&mut world, "UPDATE loans SET interest = 0").await;
    let of_place = "product=micro,channel=app,region=110000";
    for (scope, refused, touched) in [
        ("everything", "renewal", false),
        ("product=micro", "renewal", false),
        ("act=draw", "renewal", false),
        ("act=renewal", "draw", false),
        ("act=renewal", "renewal", true),
        ("act=renewal,product=micro", "renewal", true),
    ] {
        let mut journal = world.journal.clone();
        pressed(&mut journal, &format!("act={refused},{of_place}"), CLOSED + 1);
        let ruling = closed_means_closed(&[window(7, scope, &taken)], &journal, &[], ENOUGH);
        let verdict = if touched {
            Verdict::Held
        } else {
            Verdict::NotTouched
        };
        assert_eq!(ruling.verdict, verdict, "{scope}, {refused}: {ruling:#?}");
    }
}

async fn more_time_that_was_asked_for_is_no_repayment(mut world: World) {
    pressed(&mut world.journal, "act=application,product=micro", CLOSED + 1);
    let asked = world.journal.records.last_mut().unwrap();
    asked.path = format!("/v1/loans/{}/extensions", id("lon", 3));
    let taken = around(&mut world, "UPDATE loans SET interest = 0").await;
    let ruling = closed_means_closed(&[window(7, "product=micro", &taken)], &world.journal, &[], ENOUGH);
    assert_eq!(ruling.verdict, Verdict::NotTouched, "{ruling:#?}");
    assert_eq!(
        ruling.evidence["not_enough"],
        "product=micro: no repayment succeeded while closed"
    );
}

async fn overlapping_closings_are_judged_each_by_itself(mut world: World) {
    mixed(&mut world).await;
    let url = world.place.url();
    for act in ["application", "draw"] {
        pressed(
            &mut world.journal,
            &format!("act={act},product=credit,channel=pc,region=330102"),
            CLOSED + 5,
        );
        pressed(
            &mut world.journal,
            &format!("act={act},product=micro,channel=app,region=110000"),
            CLOSED + 5,
        );
    }
    // Everything is closed from 0 to 6, draws from 3 to 9, and an application comes at 7, when that is right.
    let take = async |at| Snapshot::take(&url, CLOSED + at).await.unwrap();
    let (at_0, at_3, at_6) = (take(0).await, take(3).await, take(6).await);
    let firm = id("app", 1);
    world
        .place
        .run(&format!(
            "INSERT INTO applications SELECT 'app_right', firm_id, product, channel, region, amount, term_months, \
             method, 'submitted', use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, \
             address_sealed, turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, \
             updated_at FROM applications WHERE id = '{firm}'"
        ))
        .await;
    let at_9 = take(9).await;
    let of_all = |second: &Snapshot, reopen_at| Window {
        epoch: 7,
        scope: Scope::everything(),
        closed_at: CLOSED,
        reopen_at,
        first: at_0.clone(),
        second: second.clone(),
    };
    let of_draws = |second: &Snapshot| Window {
        epoch: 9,
        scope: of("act=draw"),
        closed_at: CLOSED + 3,
        reopen_at: CLOSED + 9,
        first: at_3.clone(),
        second: second.clone(),
    };
    let rule = |windows: &[Window]| closed_means_closed(windows, &world.journal, &[], ENOUGH);
    let ruling = rule(&[of_all(&at_6, CLOSED + 6), of_draws(&at_9)]);
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    // It is in both windows, and counted once in the whole.
    assert_eq!(ruling.evidence["refusals"], 4);
    assert_eq!(ruling.evidence["windows"][1]["refusals"], 2);
    // The same application, had all been closed until then.
    let ruling = rule(&[of_all(&at_9, CLOSED + 9), of_draws(&at_9)]);
    assert_eq!(late(&ruling), ["applications app_right"]);
    assert_eq!(ruling.evidence["scopes"][0]["verdict"], "broken");
    assert_eq!(ruling.evidence["scopes"][1]["verdict"], "held");
}

async fn a_row_that_is_moved_into_a_scope_is_late_there(mut world: World) {
    pressed(&mut world.journal, "act=contract,product=credit", CLOSED + 1);
    let change = format!(
        "UPDATE applications SET product = 'credit' WHERE id = '{}'",
        id("app", 1)
    );
    let taken = around(&mut world, &change).await;
    let ruling = closed_means_closed(
        &[window(7, "act=contract,product=credit", &taken)],
        &world.journal,
        &[],
        ENOUGH,
    );
    let app = format!("applications approved {}", id("app", 1));
    assert!(late(&ruling).contains(&app), "{ruling:#?}");
}

async fn a_row_whose_place_nobody_can_tell_is_late_in_every_scope(mut world: World) {
    pressed(&mut world.journal, "act=draw,product=micro", CLOSED + 1);
    let orphan = "INSERT INTO draws VALUES ('drw_orphan', 'ctr_none', 'frm_none', 5, 'requested', NULL, 'd', 1, NULL, NULL)";
    let taken = {
        let url = world.place.url();
        let first = Snapshot::take(&url, CLOSED).await.unwrap();
        world.place.force(orphan).await;
        (first, Snapshot::take(&url, REOPEN).await.unwrap())
    };
    let ruling = closed_means_closed(
        &[window(7, "act=draw,product=micro", &taken)],
        &world.journal,
        &[],
        ENOUGH,
    );
    assert_eq!(late(&ruling), ["draws drw_orphan"]);
}

async fn a_scope_on_which_nobody_pressed_is_not_touched_and_says_so(mut world: World) {
    mixed(&mut world).await;
    // Clients pressed on micro, and on something that they do not name.
    pressed(
        &mut world.journal,
        "act=application,product=micro,channel=app,region=110000",
        CLOSED + 1,
    );
    world.then(Outcome::Refused, Some(503), Kind::Intake, CLOSED + 1);
    let taken = around(&mut world, "UPDATE loans SET interest = 0").await;
    let both = [
        window(7, "product=micro", &taken),
        window(8, "product=credit", &taken),
    ];
    let ruling = closed_means_closed(&both, &world.journal, &[], ENOUGH);
    assert_eq!(ruling.verdict, Verdict::NotTouched, "{ruling:#?}");
    assert_eq!(
        ruling.evidence["not_enough"],
        "product=credit: 0 refusals while closed, 1 are needed"
    );
    let scopes = &ruling.evidence["scopes"];
    assert_eq!(scopes[0]["scope"], "product=micro");
    assert_eq!(scopes[0]["verdict"], "held");
    assert_eq!(scopes[1]["verdict"], "not-touched");
    // What is late is found there all the same.
    world.place.run(&late_rows(2)).await;
    let later = Snapshot::take(&world.place.url(), REOPEN).await.unwrap();
    let broken = [window(8, "product=credit", &(taken.0, later))];
    let ruling = closed_means_closed(&broken, &world.journal, &[], ENOUGH);
    assert_eq!(ruling.verdict, Verdict::Broken);
}

/// A row of the gate's history, as the service would write it.
fn history(number: i64, scope: &str, epoch: i64, at: i64) -> String {
    format!(
        "INSERT INTO intake_history (number, scope, state, epoch, reason, reason_salt, actor, terminated, at) \
         VALUES ({number}, '{scope}', 'closed', {epoch}, 'r', 's', 'ann', '[]', {at})"
    )
}

async fn a_closing_that_the_database_tells_of_and_nobody_marked_is_not_touched(mut world: World) {
    pressed(&mut world.journal, "act=application,product=micro", CLOSED + 1);
    let first = world.journal.records[0].at;
    world.place.run(&history(1, "product=micro", 7, CLOSED)).await;
    world.place.run(&history(2, "product=micro", 7, CLOSED + 1)).await;
    world.place.run(&history(3, "act=draw", 9, CLOSED)).await;
    // Before the clients worked.
    world.place.run(&history(4, "channel=pc", 3, first - 1)).await;
    let taken = around(&mut world, "UPDATE loans SET interest = 0").await;
    let mut source = Source::open(&world.place.url()).await.unwrap();
    let told = closings(&mut source).await.unwrap();
    source.close().await;
    let one = |epoch, scope: &str, at| Told {
        epoch,
        scope: of(scope),
        at,
    };
    assert_eq!(
        told,
        [
            one(3, "channel=pc", first - 1),
            one(7, "product=micro", CLOSED),
            one(9, "act=draw", CLOSED)
        ]
    );
    let windows = [window(7, "product=micro", &taken)];
    let ruling = closed_means_closed(&windows, &world.journal, &told, ENOUGH);
    assert_eq!(
        ruling.evidence["not_enough"],
        "act=draw: epoch 9 was closed, and has no snapshot from both ends"
    );
    let ruling = closed_means_closed(&windows, &world.journal, &told[..2], ENOUGH);
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
}

async fn a_scope_that_cannot_be_read_is_an_error_and_never_held(mut world: World) {
    world.place.run(&history(1, "act=lease", 7, CLOSED)).await;
    let asked = audit(&world.place.url(), &world.journal, &[], Minimums::ANY).await;
    let error = asked.unwrap_err().to_string();
    assert_eq!(
        error,
        "the gate's history: column 1 is not a scope that this checker reads"
    );
}

async fn closings_of_a_journal_are_paired_by_their_epochs(world: World) {
    let dir = tempfile::tempdir().unwrap();
    let taken = Snapshot::take(&world.place.url(), CLOSED).await.unwrap();
    for epoch in [7, 9] {
        for point in [Point::Closed, Point::Reopen] {
            save(dir.path(), point, epoch, &taken).unwrap();
        }
    }
    let mark = |mark: &str, at, epoch, scope: Option<&str>| Mark {
        mark: mark.to_owned(),
        at,
        epoch,
        scope: scope.map(of),
    };
    let read = |marks: Vec<Mark>| {
        let journal = Journal {
            marks,
            ..Journal::default()
        };
        let read = windows(dir.path(), &journal).map_err(|error| error.to_string());
        read.map(|windows| {
            let told = windows
                .iter()
                .map(|one| (one.epoch, one.scope.to_string(), one.closed_at, one.reopen_at));
            told.collect::<Vec<_>>()
        })
    };
    let overlapping = vec![
        mark("closed", 1, Some(7), None),
        mark("closed", 2, Some(9), Some("act=draw")),
        mark("reopen", 3, Some(7), Some("everything")),
        mark("reopen", 4, Some(9), Some("act=draw")),
    ];
    assert_eq!(
        read(overlapping.clone()).unwrap(),
        [
            (7, "everything".to_owned(), 1, 3),
            (9, "act=draw".to_owned(), 2, 4)
        ]
    );
    // One that still stands has no window, which the checker sees by its mark.
    let standing = overlapping[..3].to_vec();
    assert_eq!(read(standing).unwrap().len(), 1);
    for (marks, says) in [
        (vec![mark("closed", 1, None, None)], "it names no epoch"),
        (
            vec![mark("reopen", 1, Some(7), None)],
            "no closing of its epoch comes before it",
        ),
        (
            vec![
                mark("closed", 1, Some(7), None),
                mark("reopen", 2, Some(7), Some("act=draw")),
            ],
            "its epoch is another scope's",
        ),
    ] {
        let error = read(marks).unwrap_err();
        assert!(error.ends_with(says), "{error}");
    }
    let mut other = serde_json::to_value(&taken).unwrap();
    other["binding"].as_object_mut().unwrap().remove("draws");
    std::fs::write(dir.path().join("closed-7.json"), other.to_string()).unwrap();
    let error = read(overlapping).unwrap_err();
    assert!(
        error.contains("closed-7.json was not taken by this build"),
        "{error}"
    );
}

on_both! {
    what_is_late_of_a_scope_is_found_and_what_is_not_of_it_is_not_called_late,
    more_time_is_late_where_a_closing_names_it_and_nowhere_else,
    what_is_refused_of_more_time_shows_nothing_of_a_closing_that_does_not_name_it,
    more_time_that_was_asked_for_is_no_repayment,
    overlapping_closings_are_judged_each_by_itself,
    a_row_that_is_moved_into_a_scope_is_late_there,
    a_row_whose_place_nobody_can_tell_is_late_in_every_scope,
    a_scope_on_which_nobody_pressed_is_not_touched_and_says_so,
    a_closing_that_the_database_tells_of_and_nobody_marked_is_not_touched,
    a_scope_that_cannot_be_read_is_an_error_and_never_held,
    closings_of_a_journal_are_paired_by_their_epochs,
}
