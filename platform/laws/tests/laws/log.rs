//! Law 7 on a database: every act has its leaf, and the log is what was anchored.

use laws::log::{Anchor, Leaf, Plane, anchors, every_act_is_logged};
use laws::verdict::{Ruling, Verdict};

use crate::log_tampering::{checkpoint, key, leaf};
use crate::on_both;
use crate::world::{World, id};

/// The leaves of the world's acts: two approvals and a report for each of three lives,
/// then some runs of a day, so that the indexes have two digits.
fn leaves() -> Vec<Leaf> {
    let acts = (1..=3).flat_map(|n| {
        [
            ("application.approve", "officer1", id("app", n)),
            ("application.approve", "officer2", id("app", n)),
            ("task.report", "officer1", id("tsk", n)),
        ]
    });
    let days = (0..5).map(|_| ("day.run", "operator", "2026-01-08".to_owned()));
    (0..)
        .zip(acts.chain(days))
        .map(|(n, (act, actor, subject))| leaf(n, act, actor, &subject, 1))
        .collect()
}

/// Puts the leaves into the database, as the service and its sequencer would have.
async fn logged(world: &mut World, leaves: &[Leaf]) {
    for leaf in leaves {
        let columns = leaf.columns.as_ref().unwrap();
        let index = leaf.index.map_or("NULL".to_owned(), |index| index.to_string());
        let hash = if world.place.is_sqlite() {
            format!("x'{}'", columns.hash)
        } else {
            format!("'\\x{}'", columns.hash)
        };
        let sql = format!(
            "INSERT INTO evidence_leaves (id, at, origin, act, actor, body, hash, idx) \
             VALUES ('{}', {}, '{}', '{}', '{}', '{}', {hash}, {index})",
            columns.id, columns.at, columns.origin, columns.act, columns.actor, leaf.body
        );
        world.place.run(&sql).await;
    }
}

/// A world with its log, anchored outside and inside.
async fn good(world: &mut World) -> Vec<Anchor> {
    let leaves = leaves();
    logged(world, &leaves).await;
    let note = checkpoint(&leaves);
    world
        .place
        .run(&format!(
            "INSERT INTO evidence_heads VALUES ('backstop/financing', 1, {size});
             INSERT INTO evidence_checkpoints VALUES ('backstop/financing', {size}, '{note}', 5)",
            size = leaves.len(),
        ))
        .await;
    vec![anchors::anchor(&note, &[key()], "a file").unwrap()]
}

async fn law_7(world: &World, anchors: &[Anchor]) -> Ruling {
    every_act_is_logged(Plane::Financing, &world.place.url(), &[key()], anchors, 1)
        .await
        .unwrap()
}

fn kinds(ruling: &Ruling) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = ruling.findings.iter().map(|finding| finding.what).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

async fn a_log_of_every_act_holds_and_says_what_it_rests_on(mut world: World) {
    let anchors = good(&mut world).await;
    let ruling = law_7(&world, &anchors).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    assert_eq!(ruling.evidence["leaves"], 14);
    assert_eq!(ruling.evidence["anchored"], 14);
    assert_eq!(ruling.evidence["acts_logged"], 9);
    // Without the public key nothing is shown, and that is no pass.
    let blind = every_act_is_logged(Plane::Financing, &world.place.url(), &[], &[], 1)
        .await
        .unwrap();
    assert_eq!(blind.verdict, Verdict::NotTouched);
    let many = every_act_is_logged(Plane::Financing, &world.place.url(), &[key()], &anchors, 10)
        .await
        .unwrap();
    assert_eq!(many.verdict, Verdict::NotTouched);
}

async fn an_act_without_a_leaf_breaks_the_law_although_the_log_is_whole(mut world: World) {
    let anchors = good(&mut world).await;
    // A fourth approval that nobody logged: the log itself is as it was anchored.
    let app = id("app", 1);
    world
        .place
        .run(&format!(
            "INSERT INTO approvals VALUES ('{app}', 'officer3', 'approve', NULL, NULL, 'm', 'd', 2)"
        ))
        .await;
    let ruling = law_7(&world, &anchors).await;
    assert_eq!(
        (ruling.verdict, kinds(&ruling)),
        (Verdict::Broken, vec!["act-not-logged"])
    );
    for act in [
        "INSERT INTO entries (id, kind, reference, business_date, reverses, created_at)
         VALUES ('ent_x', 'reversal', 'r', '2026-01-09', NULL, 3)",
        "INSERT INTO intake_history VALUES (1, 'everything', 'closed', 2, 'r', 's', 'operator', NULL, NULL, NULL, '[]', NULL, 4, NULL)",
        "INSERT INTO intake_history VALUES (2, 'everything', 'open', 3, 'r', 's', 'operator', NULL, NULL, NULL, '[]', 'pro_9', 5, NULL)",
        "INSERT INTO intake_doubts VALUES ('6-7', 2, 7, 'psql', 'teller', 9, 6, 'moved', 'r', 's', 'ann', 7)",
        "INSERT INTO intake_credential VALUES ('backstop_closer', 6, 'ann')",
        "INSERT INTO days VALUES ('2026-01-09', 'done', '', 0, 0, 0, 6, 7)",
        "INSERT INTO proposals VALUES ('pro_1', 'account.enable', '{}', 'd', 'ann', 1, 8, 9, NULL, NULL)",
        "INSERT INTO verdicts VALUES ('pro_1', 'bob', 'bob', 'approve', 'd', 8)",
        "UPDATE proposals SET executor = 'ann', executed_at = 8 WHERE id = 'pro_1'",
        "INSERT INTO accounts VALUES ('eve', 'operator', 'active', 1, BYTES, BYTES, 0, 8, 8)",
        "UPDATE accounts SET state = 'disabled', changed_at = 9 WHERE name = 'eve'",
        "INSERT INTO deputies VALUES ('ann', 'bob', 8, 9)",
        "INSERT INTO audit (at, principal, role, act, reference) VALUES (9, 'ops-1', 'command-line', 'vault.destroy', 'f')",
        "INSERT INTO audit (at, principal, role, act, reference) VALUES (9, 'aud-1', 'command-line', 'exit.witness', 'EXIT-1')",
        "INSERT INTO sessions VALUES (BYTES, 'eve', 1, 8, 8, 9, NULL)",
        "UPDATE sessions SET ended_at = 9",
        "INSERT INTO audit (at, principal, role, act, reference) VALUES (9, 'operator', 'operator', 'disable_account', 'eve')",
    ] {
        let before = law_7(&world, &anchors).await.findings_total;
        let bytes = if world.place.is_sqlite() {
            "x'00'"
        } else {
            "'\\x00'"
        };
        world.place.run(&act.replace("BYTES", bytes)).await;
        let ruling = law_7(&world, &anchors).await;
        assert_eq!(ruling.findings_total, before + 1, "{act}");
        assert_eq!(kinds(&ruling), ["act-not-logged"]);
    }
}

async fn a_leaf_that_waits_for_its_index_is_the_acts_leaf(mut world: World) {
    let anchors = good(&mut world).await;
    let app = id("app", 2);
    world
        .place
        .run(&format!(
            "INSERT INTO approvals VALUES ('{app}', 'officer3', 'approve', NULL, NULL, 'm', 'd', 2)"
        ))
        .await;
    let mut waiting = leaf(50, "application.approve", "officer3", &app, 2);
    waiting.index = None;
    logged(&mut world, &[waiting]).await;
    let ruling = law_7(&world, &anchors).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    assert_eq!(ruling.evidence["waiting_for_an_index"], 1);
}

async fn one_act_with_two_leaves_or_a_leaf_of_no_act_breaks_the_law(mut world: World) {
    let anchors = good(&mut world).await;
    let mut again = leaf(60, "application.approve", "officer1", &id("app", 1), 1);
    again.index = None;
    logged(&mut world, &[again]).await;
    let ruling = law_7(&world, &anchors).await;
    assert_eq!(kinds(&ruling), ["leaf-without-act"]);
    let mut none = leaf(61, "intake.close", "operator", "everything", 1);
    none.index = None;
    logged(&mut world, &[none]).await;
    assert_eq!(law_7(&world, &anchors).await.findings_total, 2);
}

/// An order that opens values in bulk has no row but its line in the audit table: leaf and line agree in act, case, person
/// and moment, or the law is broken.
async fn an_order_is_its_leaf_and_its_line_and_neither_alone(mut world: World) {
    let anchors = good(&mut world).await;
    for (n, act) in (70_u64..).zip(["vault.draw", "exit.witness"]) {
        let at = n.cast_signed();
        let order = |act, actor, case| {
            let mut order = leaf(n, act, actor, case, at);
            order.index = None;
            order
        };
        let left = order(act, "aud-1", "EXIT-1");
        logged(&mut world, std::slice::from_ref(&left)).await;
        let ruling = law_7(&world, &anchors).await;
        assert_eq!(kinds(&ruling), ["leaf-without-act"], "{act}");
        let line = format!(
            "INSERT INTO audit (at, principal, role, act, reference) VALUES ({at}, 'aud-1', 'command-line', '{act}', 'EXIT-1')"
        );
        world.place.run(&line).await;
        let ruling = law_7(&world, &anchors).await;
        assert_eq!(ruling.verdict, Verdict::Held, "{act}: {ruling:#?}");
        for change in [
            "principal = 'aud-2'",
            "reference = 'EXIT-2'",
            "at = at + 1",
            "act = 'vault.sweep'",
        ] {
            world
                .place
                .run(&format!("UPDATE audit SET {change} WHERE act = '{act}'"))
                .await;
            let ruling = law_7(&world, &anchors).await;
            assert_eq!(ruling.verdict, Verdict::Broken, "{act}: {change}");
            assert!(kinds(&ruling).contains(&"act-not-logged"), "{act}: {change}");
            world
                .place
                .run(&format!("DELETE FROM audit WHERE at IN ({at}, {at} + 1)"))
                .await;
            world.place.run(&line).await;
        }
        // A hand that changes one place of the leaf, and one that makes all of it fit.
        let gone = format!("DELETE FROM evidence_leaves WHERE at = {at}");
        for change in [
            "act = 'day.run'",
            "actor = 'aud-2'",
            "body = replace(body, 'EXIT-1', 'EXIT-2')",
        ] {
            world
                .place
                .run(&format!("UPDATE evidence_leaves SET {change} WHERE at = {at}"))
                .await;
            assert_eq!(
                law_7(&world, &anchors).await.verdict,
                Verdict::Broken,
                "{act}: {change}"
            );
            world.place.run(&gone).await;
            logged(&mut world, std::slice::from_ref(&left)).await;
        }
        for other in [
            order(act, "aud-2", "EXIT-1"),
            order(act, "aud-1", "EXIT-2"),
            order("day.witness", "aud-1", "EXIT-1"),
        ] {
            world.place.run(&gone).await;
            logged(&mut world, std::slice::from_ref(&other)).await;
            assert_eq!(
                law_7(&world, &anchors).await.verdict,
                Verdict::Broken,
                "{}",
                other.body
            );
        }
        world.place.run(&gone).await;
        let ruling = law_7(&world, &anchors).await;
        assert_eq!(kinds(&ruling), ["act-not-logged"], "{act}");
        logged(&mut world, &[left]).await;
        assert_eq!(law_7(&world, &anchors).await.verdict, Verdict::Held);
    }
}

async fn a_log_of_more_than_a_page_is_read_to_its_end(mut world: World) {
    // A page of the reader has a thousand leaves.
    let mut all = leaves();
    let days = (all.len() as u64..1014).map(|n| leaf(n, "day.run", "operator", "2026-01-08", 1));
    all.extend(days);
    logged(&mut world, &all).await;
    let head = format!(
        "INSERT INTO evidence_heads VALUES ('backstop/financing', 1, {})",
        all.len()
    );
    world.place.run(&head).await;
    let anchors = [anchors::anchor(&checkpoint(&all), &[key()], "a file").unwrap()];
    let ruling = law_7(&world, &anchors).await;
    assert_eq!(ruling.verdict, Verdict::Held, "{ruling:#?}");
    assert_eq!(ruling.evidence["leaves"], 1014);
    world
        .place
        .run("UPDATE evidence_leaves SET actor = 'x' WHERE idx = 1012")
        .await;
    assert_eq!(law_7(&world, &anchors).await.verdict, Verdict::Broken);
}

async fn what_a_hand_at_the_database_does_is_found(mut world: World) {
    let anchors = good(&mut world).await;
    let blob = if world.place.is_sqlite() {
        "x'00'"
    } else {
        "'\\x00'"
    };
    let edits = [
        "UPDATE evidence_leaves SET body = replace(body, 'officer1', 'officer9') WHERE idx = 0".to_owned(),
        "UPDATE evidence_leaves SET act = 'application.reject' WHERE idx = 0".to_owned(),
        "UPDATE evidence_leaves SET actor = 'x' WHERE idx = 1".to_owned(),
        "UPDATE evidence_leaves SET at = 7 WHERE idx = 2".to_owned(),
        "UPDATE evidence_leaves SET id = 'lef_x' WHERE idx = 3".to_owned(),
        format!("UPDATE evidence_leaves SET hash = {blob} WHERE idx = 3"),
        "UPDATE evidence_leaves SET origin = 'backstop/control' WHERE idx = 4".to_owned(),
        "UPDATE evidence_leaves SET idx = 77 WHERE idx = 4".to_owned(),
        "UPDATE evidence_leaves SET idx = -1 WHERE idx = 4".to_owned(),
        "UPDATE evidence_leaves SET idx = NULL WHERE idx = 8".to_owned(),
        "DELETE FROM evidence_leaves WHERE idx = 5".to_owned(),
        "DELETE FROM evidence_leaves WHERE idx = 13; UPDATE evidence_heads SET size = 13".to_owned(),
        "UPDATE evidence_leaves SET idx = 100 WHERE idx = 1; UPDATE evidence_leaves SET idx = 1 WHERE idx = 2; \
         UPDATE evidence_leaves SET idx = 2 WHERE idx = 100"
            .to_owned(),
        "DELETE FROM evidence_heads".to_owned(),
        "UPDATE evidence_checkpoints SET size = 3".to_owned(),
        "UPDATE evidence_checkpoints SET note = replace(note, 'A', 'B')".to_owned(),
        // All gone, and only what was copied off the machine remembers.
        "DELETE FROM evidence_leaves; DELETE FROM evidence_heads; DELETE FROM evidence_checkpoints; \
         DELETE FROM approvals; UPDATE diligence_tasks SET reported_at = NULL"
            .to_owned(),
    ];
    for edit in edits {
        let whole = law_7(&world, &anchors).await;
        assert_eq!(whole.verdict, Verdict::Held);
        world.place.run(&format!("BEGIN; {edit}; COMMIT")).await;
        let ruling = law_7(&world, &anchors).await;
        assert_eq!(ruling.verdict, Verdict::Broken, "{edit}");
        // Put back for the next hand.
        world
            .place
            .run("DELETE FROM evidence_leaves; DELETE FROM evidence_heads; DELETE FROM evidence_checkpoints")
            .await;
        good(&mut world).await;
    }
}

/// The rows of an officer's acts left with their customer, a line for each: the leaves stay, and are of acts.
async fn acts_whose_rows_left_with_an_exit_were_acts(mut world: World) {
    let mut all = leaves();
    all.push(leaf(
        all.len().try_into().unwrap(),
        "exit.begin",
        "planner",
        "ext_1",
        1,
    ));
    logged(&mut world, &all).await;
    let head = format!(
        "INSERT INTO evidence_heads VALUES ('backstop/financing', 1, {})",
        all.len()
    );
    world.place.run(&head).await;
    let line = |table: &str, key: String| {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::new()
            .chain_update(table)
            .chain_update([0])
            .chain_update(key)
            .finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("INSERT INTO exit_rows VALUES ('ext_1', '{table}', '{hex}', 'archived')")
    };
    let (application, task) = (id("app", 3), id("tsk", 3));
    let gone = format!(
        "INSERT INTO exits VALUES ('ext_1', 'firm', '', 'pro_1', '', 1, 1, NULL);
         DELETE FROM approvals WHERE application_id = '{application}'; DELETE FROM diligence_tasks WHERE id = '{task}'"
    );
    world.place.force(&gone).await;
    let ruling = law_7(&world, &[]).await;
    assert_eq!(
        kinds(&ruling),
        ["leaf-without-act"],
        "without lines they are missed: {ruling:#?}"
    );
    world.place.run(&line("applications", application)).await;
    world.place.run(&line("diligence_tasks", task)).await;
    let ruling = law_7(&world, &[]).await;
    assert!(ruling.findings.is_empty(), "{ruling:#?}");
}

on_both! {
    acts_whose_rows_left_with_an_exit_were_acts,
    a_log_of_every_act_holds_and_says_what_it_rests_on,
    an_act_without_a_leaf_breaks_the_law_although_the_log_is_whole,
    an_order_is_its_leaf_and_its_line_and_neither_alone,
    a_leaf_that_waits_for_its_index_is_the_acts_leaf,
    one_act_with_two_leaves_or_a_leaf_of_no_act_breaks_the_law,
    what_a_hand_at_the_database_does_is_found,
    a_log_of_more_than_a_page_is_read_to_its_end,
}
