//! A value that was left in a file is found in every form in which it may have been written there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use certificate::verification::Verdict;

use crate::purge::{Forgot, purge};
use crate::rows::Cell;
use crate::world::{World, hits, write};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_left_in_a_file_is_found() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Nothing).await;
    let firm = &world.firms[1];
    let name = firm.name.as_str();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| name.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let shifted = |shift: usize| {
        STANDARD
            .encode([&b"abc"[..shift], name.as_bytes(), b"xy"].concat())
            .into_bytes()
    };
    let Some((_, Cell::Sealed(_, sealed))) = firm.rows[3]
        .cells
        .iter()
        .find(|(name, _)| *name == "answer_sealed")
    else {
        panic!("no answer");
    };
    let token = uuid::Uuid::try_parse(&firm.consent[4..]).unwrap();
    // One long number of the answer, in the middle of it.
    let number = (1_234_567_891_i64 + 60 * 13_579_246 + 2).to_string();
    let files: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("utf8", name.into(), "name_sealed", "utf-8"),
        (
            "gbk",
            encoding_rs::GBK.encode(name).0.into_owned(),
            "name_sealed",
            "gbk",
        ),
        ("utf16le", utf16(u16::to_le_bytes), "name_sealed", "utf-16le"),
        ("utf16be", utf16(u16::to_be_bytes), "name_sealed", "utf-16be"),
        ("hex", hex(name.as_bytes()).into(), "name_sealed", "hex"),
        (
            "hex-upper",
            hex(name.as_bytes()).to_uppercase().into(),
            "name_sealed",
            "hex",
        ),
        ("base64-0", shifted(0), "name_sealed", "base64"),
        ("base64-1", shifted(1), "name_sealed", "base64"),
        ("base64-2", shifted(2), "name_sealed", "base64"),
        ("number", number.into(), "answer_sealed", "utf-8"),
        ("cipher-raw", sealed[100..300].to_vec(), "ciphertext", "raw"),
        (
            "cipher-hex",
            format!("\\x{}", hex(sealed)).into(),
            "ciphertext",
            "hex",
        ),
        (
            "cipher-base64",
            format!("a{}", STANDARD.encode(sealed)).into(),
            "ciphertext",
            "base64",
        ),
        ("index-raw", firm.index.clone(), "blind-index", "raw"),
        ("index-hex", hex(&firm.index).into(), "blind-index", "hex"),
        (
            "index-url",
            URL_SAFE_NO_PAD.encode([&b"z"[..], &firm.index].concat()).into(),
            "blind-index",
            "base64",
        ),
        ("token", firm.consent.clone().into(), "token", "hex"),
        (
            "token-dashed",
            token.hyphenated().to_string().into(),
            "token",
            "utf-8",
        ),
        ("token-raw", token.as_bytes().to_vec(), "token", "raw"),
        // It may stay in the ledger, but in no log.
        ("token-of-the-ledger", firm.id.clone().into(), "token", "hex"),
    ];
    for (file, bytes, ..) in &files {
        let text = [
            b"2026-01-31 a line before it ".as_slice(),
            bytes,
            b" and behind it\n",
        ]
        .concat();
        write(&world.path("logs").join(file), &text);
    }
    // In the exit's own papers a token may stand, a name may not.
    write(
        &world.path("out/plan.json"),
        format!("{{\"firm\":\"{}\"}}", firm.id).as_bytes(),
    );
    let found = world.scan(&witness, &record).await;
    assert_eq!(found.verdict, Verdict::Remains);
    for (file, _, kind, encoding) in &files {
        let place = world
            .path("logs")
            .join(file)
            .canonicalize()
            .unwrap()
            .display()
            .to_string();
        let at: Vec<_> = found.hits.iter().filter(|hit| hit.place == place).collect();
        assert!(
            at.iter()
                .any(|hit| hit.kind == *kind && hit.encoding == *encoding),
            "{file}: {at:?}"
        );
    }
    assert!(hits(&found, "out/").is_empty());
    assert!(
        found
            .residual
            .iter()
            .any(|place| place.place.ends_with("plan.json"))
    );
    assert_eq!(
        found.hits.len(),
        found
            .hits
            .iter()
            .filter(|hit| hit.place.contains("/logs/"))
            .count()
    );
    write(&world.path("out/plan.json"), name.as_bytes());
    assert_eq!(
        hits(&world.scan(&witness, &record).await, "plan.json"),
        [("name_sealed", "utf-8")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_customer_left_is_not_ours_to_find() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Nothing).await;
    let stays = &world.firms[2];
    write(
        &world.path("logs/log"),
        format!("{} {} {}", stays.id, stays.name, stays.consent).as_bytes(),
    );
    assert_eq!(world.scan(&witness, &record).await.verdict, Verdict::Clean);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_a_table_that_nobody_knows_is_found() {
    let world = World::sqlite().await;
    let witness = world.witness().await;
    let record = purge(&world, Forgot::Nothing).await;
    let db = world.db().await;
    let name = &world.firms[0].name;
    crate::purge::exec(&db, "CREATE TABLE export (line TEXT)".into()).await;
    crate::purge::exec(&db, format!("INSERT INTO export VALUES ('{name}')")).await;
    let found = world.scan(&witness, &record).await;
    assert_eq!(hits(&found, "lending: export.line"), [("name_sealed", "utf-8")]);
}
