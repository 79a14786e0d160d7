//! The commands, one after the other, as an operator gives them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::purge::{Forgot, purge};
use crate::world::{World, write};

pub(crate) fn verify(world: &World, verb: &str, args: &[(&str, &Path)], more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop-verify"));
    command.arg(verb).args(more);
    for (name, path) in args {
        command.arg(name).arg(path);
    }
    command
        .env("FINANCING_DATABASE", &world.database)
        .env("FINANCING_KEY_STORE", &world.key_store);
    command.output().unwrap()
}

pub(crate) fn ended(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_witness_to_the_certificate() {
    let world = World::sqlite().await;
    let at = |name: &str| world.path(name);
    let (witness, secret) = (at("witness"), at("witness.key"));
    let plan = at("plan.json");
    let leaving = world
        .leave()
        .iter()
        .map(|firm| json!({ "firm": firm.id, "rows": {} }));
    let text = json!({ "format": "backstop-exit-plan/1", "leaving": leaving.collect::<Vec<_>>() });
    let args = [
        ("--keys", &*at("keys")),
        ("--out", &witness),
        ("--secret", &secret),
        ("--plan", &plan),
    ];
    let order = ["--actor", "aud-1", "--reference", "EXIT-17", "--yes"];
    for nobody in [
        "",
        "{}",
        r#"{"leaving": []}"#,
        r#"{"leaving": [{"id": "frm_1"}]}"#,
    ] {
        write(&plan, nobody.as_bytes());
        assert_eq!(ended(&verify(&world, "witness", &args, &order)), 2, "{nobody}");
    }
    write(&plan, text.to_string().as_bytes());
    let output = verify(&world, "witness", &args, &order);
    assert_eq!(ended(&output), 0, "{output:?}");
    let sealed = std::fs::read(&witness).unwrap();
    let name = world.firms[0].name.as_bytes();
    assert!(!sealed.windows(name.len()).any(|window| window == name));
    purge(&world, Forgot::Nothing).await;
    let (record, out, archive, key) = (
        at("out/record.json"),
        at("out/verification.json"),
        at("out/archive.sealed"),
        at("archive.key"),
    );
    let (data, logs, keys) = (at("data"), at("logs"), at("keys"));
    let scan: Vec<(&str, &Path)> = vec![
        ("--witness", &witness),
        ("--secret", &secret),
        ("--record", &record),
        ("--out", &out),
        ("--files", &data),
        ("--files", &logs),
        ("--files", &keys),
        ("--archive", &archive),
        ("--archive-key", &key),
    ];
    write(&at("logs/log"), world.firms[0].name.as_bytes());
    let output = verify(&world, "scan", &scan, &["--json", "--end"]);
    assert_eq!(ended(&output), 3, "{output:?}");
    let ruling: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&ruling["law"], &ruling["verdict"]),
        (&6.into(), &"broken".into())
    );
    assert!(witness.exists(), "what remains is looked for again");
    let (signing, public, certificate) = (at("exit.key"), at("exit.pub"), at("out/certificate.json"));
    assert_eq!(
        ended(&verify(
            &world,
            "key",
            &[("--private", &signing), ("--public", &public)],
            &[]
        )),
        0
    );
    let certify: Vec<(&str, &Path)> = vec![
        ("--record", &record),
        ("--verification", &out),
        ("--signing-key", &signing),
        ("--out", &certificate),
    ];
    assert_eq!(ended(&verify(&world, "certify", &certify, &[])), 6, "not clean");
    std::fs::remove_file(at("logs/log")).unwrap();
    let output = verify(&world, "scan", &scan, &["--end"]);
    assert_eq!(ended(&output), 0, "{output:?}");
    assert!(!witness.exists() && !secret.exists());
    let output = verify(&world, "certify", &certify, &[]);
    assert_eq!(ended(&output), 0, "{output:?}");
    for file in ["out/certificate.json", "out/certificate.html"] {
        let path = at(file).display().to_string();
        let check = || verify(&world, "certificate", &[("--public-key", &public)], &[&path]);
        let output = check();
        assert_eq!(ended(&output), 0, "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("REHEARSAL"));
        let text = std::fs::read_to_string(&path).unwrap();
        write(Path::new(&path), text.replacen("wang", "wong", 1).as_bytes());
        assert_eq!(ended(&check()), 3);
    }
}
