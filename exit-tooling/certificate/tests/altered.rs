//! No byte of a certificate can be altered, neither in its JSON nor in what its page shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use certificate::document::{CertificateError, Signed, record_sha256, verify};
use certificate::page::page;
use certificate::record::{self, ArchiveFile, Cleaning, KekRotation, Outcome, Record, Scope, TableRecord};
use certificate::signing::PrivateKey;
use certificate::verification::{self, Kept, Looked, Needles, Residual, Verdict, Verification};
use proptest::prelude::*;
use serde_json::Value;

fn record() -> Record {
    Record {
        format: record::FORMAT.into(),
        exit_id: "ext_1".into(),
        scope: Scope::Firm,
        customers: 2,
        plan_digest: "ab".repeat(32),
        rules_digest: "cd".repeat(32),
        rules: "rehearsal 1".into(),
        rehearsal: true,
        proposal: "pro_1".into(),
        planner: "wang".into(),
        approvers: vec!["li".into(), "zhao".into()],
        started_at: 1_700_000_000_000_000,
        finished_at: 1_700_000_001_000_000,
        tool: "backstop-exit 0.1.0".into(),
        database: "SQLite 3.50 <&>".into(),
        tables: vec![TableRecord {
            table: "firms".into(),
            rules: vec!["identification".into()],
            deleted: 0,
            archived: 2,
            kept: 1,
            left_out: vec!["credit_code_index".into()],
        }],
        keys_destroyed: 10,
        keks_rotated: vec![KekRotation {
            custodian: "affairs".into(),
            epoch: 2,
        }],
        cleaning: vec![Cleaning {
            step: "vacuum".into(),
            outcome: Outcome::Done,
            detail: "all".into(),
        }],
        archive: Some(ArchiveFile {
            file: "archive.sealed".into(),
            sha256: "ef".repeat(32),
            bytes: 1234,
        }),
    }
}

fn found(record: &Record) -> Verification {
    Verification {
        format: verification::FORMAT.into(),
        exit_id: "ext_1".into(),
        record_sha256: record_sha256(record).unwrap(),
        tool: "backstop-verify 0.1.0".into(),
        witnessed_at: 1,
        scanned_at: 1_700_000_002_000_000,
        customers: 2,
        rows: [("firms".to_owned(), 2)].into(),
        needles: [(
            "token".to_owned(),
            Needles {
                searched: 9,
                too_weak: 1,
                forms_left_out: 3,
            },
        )]
        .into(),
        looked: Looked {
            tables: 30,
            rows: 400,
            files: 5,
            bytes: 60_000,
            gone: 0,
            database_files: 3,
        },
        hits: vec![],
        residual: vec![Residual {
            place: "postings.firm_id".into(),
            times: 4,
        }],
        kept: Kept {
            entries: 2,
            postings: 4,
            archived: [("firms".to_owned(), 2)].into(),
            fields_compared: 12,
        },
        findings: vec![],
        not_looked: vec![],
        verdict: Verdict::Clean,
    }
}

fn key() -> PrivateKey {
    PrivateKey::new("backstop/exit", &[7; 32]).unwrap()
}

fn signed() -> Signed {
    Signed::issue(record(), found(&record()), 1_700_000_003_000_000, &key()).unwrap()
}

/// Every leaf of a JSON value by its path.
fn leaves(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{path}/{name}"), all);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                leaves(value, &format!("{path}/{at}"), all);
            }
        }
        _ => all.push(path.to_owned()),
    }
}

#[test]
fn what_was_signed_is_believed_in_both_forms_and_says_that_it_was_a_rehearsal() {
    let (signed, key) = (signed(), key());
    assert_eq!(
        verify(&signed.json().unwrap(), key.public()).unwrap(),
        signed.certificate
    );
    let page = page(&signed).unwrap();
    assert_eq!(verify(page.as_bytes(), key.public()).unwrap(), signed.certificate);
    assert!(page.contains("REHEARSAL") && page.contains("postings.firm_id"));
    let other = PrivateKey::new("backstop/exit", &[8; 32]).unwrap();
    assert_eq!(
        verify(page.as_bytes(), other.public()),
        Err(CertificateError::Signature)
    );
}

#[test]
fn every_field_that_says_something_else_is_refused() {
    let signed = serde_json::to_value(signed()).unwrap();
    let mut all = Vec::new();
    leaves(&signed, "", &mut all);
    assert!(all.len() > 50, "{}", all.len());
    for path in all {
        let mut altered = signed.clone();
        let leaf = altered.pointer_mut(&path).unwrap();
        *leaf = match &*leaf {
            Value::Number(number) => (number.as_i64().unwrap() + 1).into(),
            Value::Bool(on) => (!on).into(),
            // Another word of an enumeration must be another word of it.
            Value::String(text) => match text.as_str() {
                "clean" => "remains".into(),
                "firm" => "product".into(),
                "done" => "not_needed".into(),
                text => format!("{text}x").into(),
            },
            other => panic!("{path}: {other}"),
        };
        let bytes = serde_jcs::to_vec(&altered).unwrap();
        assert!(verify(&bytes, key().public()).is_err(), "{path}");
        // The same as a page that was made anew for it.
        if let Ok(altered) = serde_json::from_value::<Signed>(altered) {
            let page = page(&altered).unwrap();
            assert!(verify(page.as_bytes(), key().public()).is_err(), "{path}");
        }
    }
}

#[test]
fn no_byte_of_the_json_and_none_of_the_page_can_be_another() {
    let signed = signed();
    for bytes in [signed.json().unwrap(), page(&signed).unwrap().into_bytes()] {
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(verify(&altered, key().public()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn what_is_not_clean_or_about_another_record_is_not_certified() {
    let key = key();
    let mut remains = found(&record());
    remains.verdict = Verdict::Remains;
    let issue = |record, found| Signed::issue(record, found, 1, &key).unwrap_err();
    assert_eq!(issue(record(), remains), CertificateError::NotClean);
    let mut blind = found(&record());
    blind.not_looked.push("the key store".into());
    assert_eq!(issue(record(), blind), CertificateError::NotClean);
    let mut other = record();
    other.keys_destroyed += 1;
    assert_eq!(issue(other, found(&record())), CertificateError::OtherRecord);
}

proptest! {
    #[test]
    fn nothing_can_be_put_in_or_taken_out(at in any::<prop::sample::Index>(), text in "[ -~宏远]{1,12}", take in 1usize..20) {
        let signed = signed();
        for whole in [String::from_utf8(signed.json().unwrap()).unwrap(), page(&signed).unwrap()] {
            let places: Vec<usize> = whole.char_indices().map(|(at, _)| at).collect();
            let at = places[at.index(places.len())];
            let (before, after) = whole.split_at(at);
            let more = format!("{before}{text}{after}");
            prop_assert!(verify(more.as_bytes(), key().public()).is_err());
            let less: String = before.chars().chain(after.chars().skip(take)).collect();
            prop_assert!(verify(less.as_bytes(), key().public()).is_err());
        }
    }
}
