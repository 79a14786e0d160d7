//! A customer with a row in every table that can have one, its fields sealed by the real vault.

use base::ids::Ids;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::sealed;
use vault::{Keys, SealedColumn, Vault};

#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    Sealed(Value, Vec<u8>),
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) table: &'static str,
    pub(crate) key: String,
    pub(crate) cells: Vec<(&'static str, Cell)>,
}

/// A customer and what tests look for of it.
#[derive(Debug, Clone)]
pub(crate) struct Firm {
    pub(crate) id: String,
    pub(crate) subject: uuid::Uuid,
    pub(crate) name: String,
    pub(crate) index: Vec<u8>,
    pub(crate) consent: String,
    pub(crate) rows: Vec<Row>,
}

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

fn seal(keys: &Keys, column: &'static SealedColumn, row: &str, value: Value) -> Cell {
    let place = sealed::at(column, row);
    let bytes = match &value {
        Value::String(text) => keys.seal(place, text).unwrap().as_bytes().to_vec(),
        Value::Number(number) => keys
            .seal(place, &number.as_i64().unwrap())
            .unwrap()
            .as_bytes()
            .to_vec(),
        value => keys.seal(place, value).unwrap().as_bytes().to_vec(),
    };
    Cell::Sealed(value, bytes)
}

fn digest(of: &str) -> String {
    Sha256::digest(of)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(crate) async fn firm(vault: &Vault, ids: &Ids, name: &str, number: i64) -> Firm {
    let (subject, keys) = vault.fresh().await.unwrap();
    let new = |prefix: &str| format!("{prefix}_{}", ids.next().simple());
    let id = format!("frm_{}", subject.simple());
    let (consent, application, pull) = (new("cns"), new("app"), new("pul"));
    let (decision, offer, task, contract) = (new("dec"), new("off"), new("tsk"), new("ctr"));
    let (draw, loan, repayment, entry) = (new("drw"), new("lon"), new("rpy"), new("ent"));
    let code = format!("91110105MA{:08}", 10_203_040 + number * 7);
    let index = vault.blind_index("credit_code", &code);
    let at = 1_700_000_000_000_000 + number;
    let s = |column: &'static SealedColumn, row: &str, value: Value| seal(&keys, column, row, value);
    let sales: Vec<Value> = (0..120_i64)
        .map(|n| json!({ "month": "2026-01", "amount": 1_234_567_891 + n * 13_579_246 + number }))
        .collect();
    let answer =
        json!({ "status": "in_operation", "legal_person": format!("{name}法定代表人"), "sales": sales });
    let row = |table, key: &str, cells: Vec<(&'static str, Cell)>| Row {
        table,
        key: key.to_owned(),
        cells,
    };
    let person = json!("欧阳明哲");
    let rows = vec![
        row("firms", &id, vec![
            ("id", text(&id)),
            ("credit_code_sealed", s(&sealed::CREDIT_CODE, &id, json!(code))),
            ("credit_code_index", Cell::Bytes(index.clone())),
            ("name_sealed", s(&sealed::NAME, &id, json!(name))),
            ("contact_sealed", s(&sealed::CONTACT, &id, person.clone())),
            ("contact_id_sealed", s(&sealed::CONTACT_ID, &id, json!("110105199003078215"))),
            ("phone_sealed", s(&sealed::PHONE, &id, json!("13900718254"))),
            ("account_sealed", s(&sealed::ACCOUNT, &id, json!("6222021234567890128"))),
            ("region", text("110105")),
            ("industry", text("C34")),
            ("request_digest", text(digest(&id))),
            ("created_at", Cell::Int(at)),
        ]),
        row("consents", &consent, vec![
            ("id", text(&consent)), ("firm_id", text(&id)), ("source", text("tax")), ("purpose", text("credit")),
            ("request_digest", text(digest(&consent))), ("granted_at", Cell::Int(at)), ("expires_at", Cell::Int(at + 1)),
        ]),
        row("applications", &application, vec![
            ("id", text(&application)), ("firm_id", text(&id)), ("product", text("micro")), ("channel", text("pc")),
            ("region", text("110105")), ("amount", Cell::Int(1_000_000)), ("term_months", Cell::Int(12)),
            ("method", text("annuity")), ("state", text("signed")),
            ("use_of_funds_sealed", s(&sealed::USE_OF_FUNDS, &application, json!("购置数控机床两台"))),
            ("applicant_sealed", s(&sealed::APPLICANT, &application, person)),
            ("applicant_id_sealed", s(&sealed::APPLICANT_ID, &application, json!("110105199003078215"))),
            ("phone_sealed", s(&sealed::APPLICANT_PHONE, &application, json!("13900718254"))),
            ("address_sealed", s(&sealed::ADDRESS, &application, json!("朝阳区建国路九十三号院十二层"))),
            ("turnover_sealed", s(&sealed::TURNOVER, &application, json!(9_876_543_210_i64 + number))),
            ("tax_number_sealed", s(&sealed::TAX_NUMBER, &application, json!(code))),
            ("request_digest", text(digest(&application))), ("created_at", Cell::Int(at)), ("updated_at", Cell::Int(at)),
        ]),
        row("pulls", &pull, vec![
            ("id", text(&pull)), ("application_id", text(&application)), ("source", text("tax")),
            ("consent_id", text(&consent)), ("state", text("answered")),
            ("answer_sealed", s(&sealed::ANSWER, &pull, answer)), ("answer_hash", text(digest(&pull))),
            ("started_at", Cell::Int(at)),
        ]),
        row("decisions", &decision, vec![
            ("id", text(&decision)), ("application_id", text(&application)), ("outcome", text("approve")),
            ("rules_version", text("1")), ("model_version", text("1")),
            ("findings_sealed", s(&sealed::FINDINGS, &decision, json!({ "score": 612, "reasons": ["r_01"] }))),
            ("features_sealed", s(&sealed::DECISION_FEATURES, &decision, json!({ "turnover": 9_876_543_210_i64 + number }))),
            ("features_hash", text(digest(&decision))), ("decided_at", Cell::Int(at)),
        ]),
        row("offers", &offer, vec![
            ("id", text(&offer)), ("application_id", text(&application)), ("limit_amount", Cell::Int(1_000_000)),
            ("rate_ppm", Cell::Int(43_500)), ("state", text("accepted")), ("created_at", Cell::Int(at)),
            ("expires_at", Cell::Int(at)),
        ]),
        row("diligence_tasks", &task, vec![
            ("id", text(&task)), ("application_id", text(&application)), ("state", text("reported")),
            ("due_date", text("2026-01-31")), ("officer", text(format!("acc_{}", "a1b2c3d4".repeat(4)))),
            ("report_sealed", s(&sealed::REPORT, &task, json!("现场核实：厂房租赁合同有效，设备开工正常，应收账款集中于两家主机厂，回款周期九十天，".repeat(4)))),
            ("created_at", Cell::Int(at)),
        ]),
        row("approvals", &format!("{application}/acc_1"), vec![
            ("application_id", text(&application)), ("officer", text("acc_1")), ("verdict", text("approve")),
            ("digest", text(digest("approval"))), ("request_digest", text(digest(&offer))), ("decided_at", Cell::Int(at)),
        ]),
        row("contracts", &contract, vec![
            ("id", text(&contract)), ("application_id", text(&application)), ("firm_id", text(&id)),
            ("product", text("micro")), ("limit_amount", Cell::Int(1_000_000)), ("drawn_amount", Cell::Int(1_000_000)),
            ("rate_ppm", Cell::Int(43_500)), ("term_months", Cell::Int(12)), ("method", text("annuity")),
            ("state", text("settled")), ("request_digest", text(digest(&contract))), ("signed_at", Cell::Int(at)),
        ]),
        row("draws", &draw, vec![
            ("id", text(&draw)), ("contract_id", text(&contract)), ("firm_id", text(&id)), ("amount", Cell::Int(1_000_000)),
            ("state", text("paid")), ("request_digest", text(digest(&draw))), ("created_at", Cell::Int(at)),
        ]),
        row("loans", &loan, vec![
            ("id", text(&loan)), ("draw_id", text(&draw)), ("contract_id", text(&contract)), ("firm_id", text(&id)),
            ("product", text("micro")), ("currency", text("CNY")), ("state", text("settled")),
            ("amount", Cell::Int(1_000_000)), ("rate_ppm", Cell::Int(43_500)), ("method", text("annuity")),
            ("term_months", Cell::Int(12)), ("start_date", text("2025-01-31")), ("maturity_date", text("2026-01-31")),
            ("principal", Cell::Int(0)), ("interest", Cell::Int(0)), ("penalty", Cell::Int(0)),
            ("overdue_principal", Cell::Int(0)), ("overdue_interest", Cell::Int(0)), ("interest_carry", Cell::Int(0)),
            ("penalty_carry", Cell::Int(0)), ("accrued_to", Cell::Int(0)), ("next_due_day", Cell::Int(0)),
        ]),
        row("instalments", &format!("{loan}/1"), vec![
            ("loan_id", text(&loan)), ("number", Cell::Int(1)), ("due_date", text("2026-01-31")), ("due_day", Cell::Int(1)),
            ("principal", Cell::Int(1_000_000)), ("interest", Cell::Int(0)), ("principal_paid", Cell::Int(1_000_000)),
            ("interest_paid", Cell::Int(0)), ("state", text("paid")),
        ]),
        row("repayments", &repayment, vec![
            ("id", text(&repayment)), ("loan_id", text(&loan)), ("kind", text("instalment")),
            ("amount", Cell::Int(1_000_000)), ("principal", Cell::Int(1_000_000)), ("interest", Cell::Int(0)),
            ("penalty", Cell::Int(0)), ("state", text("posted")), ("business_date", text("2026-01-31")),
            ("request_digest", text(digest(&repayment))), ("created_at", Cell::Int(at)),
        ]),
        row("entries", &entry, vec![
            ("id", text(&entry)), ("kind", text("repayment")), ("reference", text(&repayment)),
            ("business_date", text("2026-01-31")), ("created_at", Cell::Int(at)),
        ]),
        row("postings", &format!("{entry}/1"), vec![
            ("entry_id", text(&entry)), ("line", Cell::Int(1)), ("account", text("1002")), ("firm_id", text(&id)),
            ("loan_id", text(&loan)), ("currency", text("CNY")), ("debit", Cell::Int(1_000_000)), ("credit", Cell::Int(0)),
        ]),
        row("postings", &format!("{entry}/2"), vec![
            ("entry_id", text(&entry)), ("line", Cell::Int(2)), ("account", text("1301")), ("firm_id", text(&id)),
            ("loan_id", text(&loan)), ("currency", text("CNY")), ("debit", Cell::Int(0)), ("credit", Cell::Int(1_000_000)),
        ]),
        row("outbox", &number.to_string(), vec![
            ("number", Cell::Int(number)), ("id", text(new("job"))), ("lane", text("real")), ("kind", text("pay")),
            ("reference", text(&draw)), ("state", text("done")), ("attempts", Cell::Int(1)), ("next_at", Cell::Int(at)),
            ("created_at", Cell::Int(at)), ("state_since", Cell::Int(at)),
        ]),
        row("idempotency", &digest(&format!("key {number}")), vec![
            ("key_digest", Cell::Bytes(Sha256::digest(format!("key {number}")).to_vec())), ("route", text("draws")),
            ("request_digest", text(digest(&draw))), ("status", Cell::Int(201)),
            ("answer", text(json!({ "id": draw, "contract": contract }).to_string())), ("created_at", Cell::Int(at)),
            ("expires_at", Cell::Int(at)),
        ]),
        row("audit", &number.to_string(), vec![
            ("at", Cell::Int(at)), ("principal", text("acc_1")), ("role", text("officer")),
            ("act", text("contract.sign")), ("reference", text(&contract)),
        ]),
    ];
    Firm {
        id,
        subject,
        name: name.to_owned(),
        index,
        consent,
        rows,
    }
}
