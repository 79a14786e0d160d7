//! Firms from a file.

use population::replay::{FirmFile, ReplayError};
use population::{Firms, Population};
use serde_json::{Value, json};

const JSON_LINES: &str = include_str!("../data/firms.example.jsonl");
const CSV: &str = include_str!("../data/firms.example.csv");

fn json_lines(text: &str) -> Result<FirmFile, ReplayError> {
    FirmFile::from_json_lines(text.as_bytes())
}

fn csv(text: &str) -> Result<FirmFile, ReplayError> {
    FirmFile::from_csv(text.as_bytes())
}

fn refusal(result: Result<FirmFile, ReplayError>) -> String {
    result.map_or_else(|error| error.to_string(), |file| format!("{} firms", file.len()))
}

/// One valid firm, changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut firm = serde_json::to_value(Population::new(1).firm(0)).unwrap_or_default();
    change(&mut firm);
    firm.to_string()
}

#[test]
fn what_the_generator_writes_is_read_back_the_same() {
    let population = Population::new(5);
    let text: String = (0..200)
        .map(|n| serde_json::to_string(&population.firm(n)).unwrap() + "\n\n")
        .collect();
    let file = json_lines(&text).unwrap();
    assert_eq!(file.len(), 200);
    for n in 0..200 {
        assert!(file.firm(n) == Some(&population.firm(n)), "firm {n}");
    }
    assert!(file.firm(200).is_none());
}

#[test]
fn both_example_files_hold_the_same_firms() {
    let (lines, table) = (json_lines(JSON_LINES).unwrap(), csv(CSV).unwrap());
    assert_eq!(lines.len(), table.len());
    for n in 0..3 {
        assert!(
            lines.firm(n).is_some() && lines.firm(n) == table.firm(n),
            "firm {n}"
        );
    }
}

#[test]
fn a_firm_is_found_by_its_credit_code() {
    let firms = Firms::Replayed(json_lines(JSON_LINES).unwrap());
    let second = firms.firm(1).unwrap().into_owned();
    assert!(firms.by_credit_code(&second.credit_code).unwrap().into_owned() == second);
    assert!(firms.by_credit_code("91110108Y000000000").is_none());
    assert_eq!(firms.count(), Some(3));
}

#[test]
fn a_file_is_taken_to_be_real_unless_it_says_otherwise() {
    let text = changed(|firm| {
        let fields = firm.as_object_mut().unwrap();
        fields.remove("simulated");
        fields.remove("bankrupt");
        fields.remove("ratios");
    });
    let file = json_lines(&text).unwrap();
    let firm = file.firm(0).unwrap();
    assert!(!firm.simulated && !firm.bankrupt);
    assert_eq!(firm.answer(domain::product::Source::Tax)["simulated"], false);
}

#[test]
fn a_wrong_field_is_named_with_its_line_and_never_quoted() {
    let good = changed(|_| {});
    let secret = "91110108Y00000000X";
    let cases: [(&str, Value); 9] = [
        ("credit_code", json!(secret)),
        ("region", json!("990000")),
        ("industry", json!("34")),
        ("phone", json!("154")),
        ("account", json!("not digits")),
        ("contact_id", json!(110)),
        ("name", json!("")),
        ("bankrupt", json!("perhaps")),
        ("colour", json!("blue")),
    ];
    for (field, value) in cases {
        let bad = changed(|firm| firm[field] = value);
        let message = refusal(json_lines(&format!("{good}\n{bad}\n")));
        assert!(
            message.starts_with(&format!("line 2: field `{field}`")),
            "{message}"
        );
        assert!(!message.contains(secret), "{message}");
    }
}

#[test]
fn nested_fields_are_named_by_their_path() {
    let cases: [(&str, &str, Value); 7] = [
        ("tax", "arrears", json!(-1)),
        ("tax", "rating", json!("E")),
        ("tax_receipts", "months_filed_12", json!(13)),
        ("invoices", "top_buyer_share_ppm", json!(1_000_001)),
        ("registration", "founded", json!("2026-02-30")),
        ("registration", "status", json!("asleep")),
        ("ratios", "65", json!(0.5)),
    ];
    for (group, field, value) in cases {
        let message = refusal(json_lines(&changed(|firm| firm[group][field] = value)));
        assert!(
            message.starts_with(&format!("line 1: field `{group}.{field}`")),
            "{message}"
        );
    }
    let absent = changed(|firm| drop(firm["judicial"].as_object_mut().unwrap().remove("open_cases")));
    assert_eq!(
        refusal(json_lines(&absent)),
        "line 1: field `judicial.open_cases` is missing"
    );
}

#[test]
fn what_is_no_file_of_firms_is_refused() {
    let twice = format!("{0}\n{0}\n", changed(|_| {}));
    assert!(refusal(json_lines(&twice)).contains("must not repeat"));
    assert!(refusal(json_lines("")).contains("1 to"));
    assert!(refusal(json_lines("[1]")).contains("object"));
    assert_eq!(refusal(json_lines("\n{oops\n")), "line 2: not a JSON record");
    assert_eq!(
        refusal(csv("credit_code,name\n1,2,3\n")),
        "line 2: not a CSV record"
    );
    assert!(refusal(csv("credit_code,name\n\"91\n1\",x\n")).starts_with("line 2: field `credit_code`"));
}
