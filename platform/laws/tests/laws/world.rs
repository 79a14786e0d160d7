//! A small lending world: whole lives from registration to repayment, as rows
//! and as what their clients wrote down.

use laws::journal::{Journal, Kind, Mark, Outcome, Record};
use laws::verdict::{Ruling, Verdict};
use laws::{Minimums, audit};

use crate::place::Place;

pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) journal: Journal,
}

/// The id of the n-th life's firm, application and so on.
pub(crate) fn id(prefix: &str, n: u32) -> String {
    format!("{prefix}_{n:032x}")
}

pub(crate) fn digest(of: &str, n: u32) -> String {
    let nibbles = of.bytes().fold(u64::from(n) + 1, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!("{nibbles:064x}")
}

/// Lent, repaid as principal and as interest, and accrued, in fen.
pub(crate) const LENT: i64 = 1_000_000;
pub(crate) const REPAID: i64 = 400_000;
pub(crate) const INTEREST: i64 = 1_500;

impl World {
    /// Three lives, nothing wrong.
    pub(crate) async fn good(place: Place) -> Self {
        let mut world = Self {
            place,
            journal: Journal::default(),
        };
        for n in 1..=3 {
            world.rows_of_a_life(n).await;
            world.clients_of_a_life(n);
        }
        world
    }

    pub(crate) async fn audit(&self) -> Vec<Ruling> {
        audit(&self.place.url(), &self.journal, &[], Minimums::ANY)
            .await
            .unwrap()
    }

    /// The only law that must be broken, and the kinds of findings, without repeats.
    pub(crate) async fn only_broken(&self, law: u8) -> Vec<&'static str> {
        let rulings = self.audit().await;
        for ruling in &rulings {
            let expected = match ruling.law {
                broken if broken == law => Verdict::Broken,
                2 => Verdict::NotTouched,
                _ => Verdict::Held,
            };
            assert_eq!(ruling.verdict, expected, "{ruling:#?}");
        }
        let ruling = rulings.iter().find(|ruling| ruling.law == law).unwrap();
        let mut words: Vec<&str> = ruling.findings.iter().map(|finding| finding.what).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    async fn rows_of_a_life(&mut self, n: u32) {
        let (firm, app, contract) = (id("frm", n), id("app", n), id("ctr", n));
        let (draw, loan, repayment) = (id("drw", n), id("lon", n), id("rep", n));
        let d = |of| digest(of, n);
        let left = LENT - REPAID;
        let sealed = if self.place.is_sqlite() {
            "x'00'"
        } else {
            "'\\x00'"
        };
        self.place
            .run(&format!(
                "INSERT INTO firms VALUES ('{firm}', {sealed}, CAST('{n}' AS {blob}), {sealed}, {sealed}, {sealed}, {sealed},
                   {sealed}, '110000', 'C34', '{}', 1);
                 INSERT INTO consents VALUES ('{}', '{firm}', 'tax', 'pre_approval', '{}', 1, 2, NULL);
                 INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, state,
                   use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed,
                   turnover_sealed, tax_number_sealed, request_digest, created_at, updated_at)
                   VALUES ('{app}', '{firm}', 'micro', 'app', '110000', {LENT}, 12, 'equal_principal', 'signed', {sealed},
                   {sealed}, {sealed}, {sealed}, {sealed}, {sealed}, {sealed}, '{}', 1, 1);
                 INSERT INTO offers VALUES ('{}', '{app}', {LENT}, 50000, 'accepted', 1, 2);
                 INSERT INTO diligence_tasks (id, application_id, state, due_date, request_digest, created_at, reported_at)
                   VALUES ('{}', '{app}', 'reported', '2026-01-01', '{}', 1, 1);
                 INSERT INTO approvals VALUES ('{app}', 'officer1', 'approve', NULL, NULL, 'm', '{}', 1),
                   ('{app}', 'officer2', 'approve', NULL, NULL, 'm', '{}', 1);",
                d("firm"), id("cns", n), d("consent"), d("apply"), id("ofr", n), id("tsk", n), d("report"),
                d("approve1"), d("approve2"),
                blob = if self.place.is_sqlite() { "BLOB" } else { "BYTEA" },
            ))
            .await;
        self.place
            .run(&format!(
                "INSERT INTO contracts VALUES ('{contract}', '{app}', '{firm}', 'micro', {LENT}, {LENT}, 50000, 12,
                   'equal_principal', 'signed', '{}', 1);
                 INSERT INTO draws VALUES ('{draw}', '{contract}', '{firm}', {LENT}, 'paid', 'core', '{}', 1, 1, 1);
                 INSERT INTO loans (id, draw_id, contract_id, firm_id, product, currency, state, amount, rate_ppm, method,
                   term_months, start_date, maturity_date, principal, interest, penalty, overdue_principal,
                   overdue_interest, interest_carry, penalty_carry, accrued_to, next_due_day)
                   VALUES ('{loan}', '{draw}', '{contract}', '{firm}', 'micro', 'CNY', 'active', {LENT}, 50000,
                   'equal_principal', 2, '2026-01-01', '2026-03-01', {left}, {INTEREST}, 0, 0, 0, 0, 0, 20000, 20000);
                 INSERT INTO instalments VALUES ('{loan}', 1, '2026-02-01', 20000, {REPAID}, 0, {REPAID}, 0, 'paid'),
                   ('{loan}', 2, '2026-03-01', 20028, {left}, 0, 0, 0, 'open');
                 INSERT INTO repayments VALUES ('{repayment}', '{loan}', 'repayment', {REPAID}, {REPAID}, 0, 0, 'booked',
                   '2026-01-10', '{}', 1);",
                d("sign"), d("draw"), d("repay"),
            ))
            .await;
        self.entry(
            n,
            1,
            "disbursement",
            &draw,
            "loan_principal",
            "customer_deposits",
            LENT,
        )
        .await;
        self.entry(
            n,
            2,
            "repayment",
            &repayment,
            "customer_deposits",
            "loan_principal",
            REPAID,
        )
        .await;
        self.entry(
            n,
            3,
            "accrual",
            &loan,
            "interest_receivable",
            "interest_income",
            INTEREST,
        )
        .await;
    }

    /// A balanced entry of two postings for the n-th life.
    #[expect(clippy::too_many_arguments, reason = "a posting has that many parts")]
    pub(crate) async fn entry(
        &mut self,
        n: u32,
        line: u32,
        kind: &str,
        of: &str,
        debit: &str,
        credit: &str,
        fen: i64,
    ) {
        let (entry, firm, loan) = (id("ent", n * 100 + line), id("frm", n), id("lon", n));
        self.place
            .run(&format!(
                "INSERT INTO entries (id, kind, reference, business_date, created_at)
                   VALUES ('{entry}', '{kind}', '{of}', '2026-01-{line:02}', 1);
                 INSERT INTO postings VALUES
                   ('{entry}', 1, '{debit}', '{firm}', '{loan}', 'CNY', {fen}, 0),
                   ('{entry}', 2, '{credit}', '{firm}', '{loan}', 'CNY', 0, {fen});"
            ))
            .await;
    }

    fn clients_of_a_life(&mut self, n: u32) {
        let (firm, app, contract) = (id("frm", n), id("app", n), id("ctr", n));
        let on = |verb: &str| format!("/v1/applications/{app}/{verb}");
        let lent = Some(LENT);
        self.acked(n, "firm", "/v1/firms", &firm, None, None);
        self.acked(
            n,
            "consent",
            &format!("/v1/firms/{firm}/consents"),
            &id("cns", n),
            Some("live"),
            None,
        );
        self.acked(n, "apply", "/v1/applications", &app, Some("submitted"), lent);
        self.acked(n, "pre", &on("pre-approval"), &app, Some("pre_approved"), lent);
        self.acked(n, "accept", &on("accept"), &app, Some("diligence"), lent);
        self.acked(
            n,
            "report",
            &format!("/v1/tasks/{}/report", id("tsk", n)),
            &app,
            Some("diligence"),
            lent,
        );
        self.acked(n, "approve1", &on("approvals"), &app, Some("diligence"), lent);
        self.acked(n, "approve2", &on("approvals"), &app, Some("approved"), lent);
        self.acked(n, "sign", &on("contract"), &contract, Some("signed"), lent);
        let draws = format!("/v1/contracts/{contract}/draws");
        self.acked(n, "draw", &draws, &id("drw", n), Some("requested"), lent);
        let repayments = format!("/v1/loans/{}/repayments", id("lon", n));
        self.acked(
            n,
            "repay",
            &repayments,
            &id("rep", n),
            Some("booked"),
            Some(REPAID),
        );
    }

    pub(crate) fn acked(
        &mut self,
        n: u32,
        of: &str,
        path: &str,
        answer: &str,
        state: Option<&str>,
        amount: Option<i64>,
    ) {
        let seq = self.journal.records.len() as u64 + 1;
        self.journal.records.push(Record {
            seq,
            at: 1_000_000 + seq.cast_signed(),
            key: format!("{of}-{n}"),
            method: "POST".to_owned(),
            path: path.to_owned(),
            body_digest: digest(of, n),
            outcome: Outcome::Acked,
            status: Some(201),
            answer_id: Some(answer.to_owned()),
            state: state.map(str::to_owned),
            amount,
            lane: "live".to_owned(),
            kind: if path.starts_with("/v1/loans/") {
                Kind::Existing
            } else {
                Kind::Intake
            },
            scope: None,
        });
    }

    /// The last record again, with another outcome.
    pub(crate) fn then(&mut self, outcome: Outcome, status: Option<u16>, kind: Kind, at: i64) {
        let mut record = self.journal.records.last().unwrap().clone();
        record.seq += 1;
        record.key = format!("key-{}", record.seq);
        (record.outcome, record.status, record.kind, record.at) = (outcome, status, kind, at);
        self.journal.records.push(record);
    }

    pub(crate) fn mark(&mut self, mark: &str, at: i64, epoch: Option<i64>) {
        self.journal.marks.push(Mark {
            mark: mark.to_owned(),
            at,
            epoch,
            scope: None,
        });
    }
}

/// Runs each story on SQLite as a test of its own, and all of them on
/// PostgreSQL as one test, so that they share one server.
#[macro_export]
macro_rules! on_both {
    ($($story:ident,)+) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $story() {
                    let place = $crate::place::Place::sqlite().await;
                    super::$story($crate::world::World::good(place).await).await;
                }
            )+
        }

        #[tokio::test]
        async fn on_postgres() {
            $(
                eprintln!("story: {}", stringify!($story));
                let place = $crate::place::Place::postgres().await;
                $story($crate::world::World::good(place).await).await;
            )+
        }
    };
}
