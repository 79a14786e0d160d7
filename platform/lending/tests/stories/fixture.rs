//! A database with loans, on either store.

use std::sync::Arc;

use base::clock::{Clock, ManualClock};
use db::{Db, DbError, Options, Tx, V};
use domain::money::Money;
use domain::product::Method;
use domain::rate::Rate;
use domain::schedule;
use store::instalments::Instalment;
use store::ledger::{Entry, Posting};
use store::{instalments, ledger, loans, schema};
use tempfile::TempDir;
use vault::suite::Suites;
use vault::{Custodian, FileKek, KeyStore, Parts, Vault};

/// The first business date: loans start on it.
pub(crate) const FIRST: jiff::civil::Date = jiff::civil::date(2026, 3, 2);
/// The same as days since 1970-01-01.
pub(crate) const FIRST_DAY: i64 = 20_514;

/// A store with a clock that stands until it is moved.
pub(crate) struct Fixture {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) vault: Vault,
    pub(crate) url: String,
    _dir: TempDir,
}

/// SQLite, and PostgreSQL where its programs are.
pub(crate) async fn each() -> Vec<Fixture> {
    let dir = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", dir.path().join("lending.db").display());
    let mut all = vec![open(&sqlite, dir).await];
    match cluster::available() {
        Ok(_) => {
            let dir = tempfile::tempdir().unwrap();
            all.push(open(&cluster::fresh_database().unwrap(), dir).await);
        }
        Err(why) => println!("SKIPPED: lending stories on PostgreSQL: {why}"),
    }
    all
}

async fn open(url: &str, dir: TempDir) -> Fixture {
    let db = Db::open(url, Options::default()).await.unwrap();
    schema::migrate(&db).await.unwrap();
    let (clock, hand) = Clock::manual("2026-03-02T12:00:00Z".parse().unwrap());
    Fixture {
        db,
        vault: vault(&dir, clock.clone()).await,
        clock,
        hand,
        url: url.to_owned(),
        _dir: dir,
    }
}

/// A vault over a key store in the folder, its KEKs in memory only.
async fn vault(dir: &TempDir, clock: Clock) -> Vault {
    let url = format!("sqlite:{}", dir.path().join("keys.db").display());
    let suite = || Suites::standard().by_number(1).unwrap();
    let kek = |custodian| Arc::new(FileKek::ephemeral(custodian, suite()).unwrap());
    let parts = Parts {
        db: Db::open(&url, Options::default()).await.unwrap(),
        affairs: kek(Custodian::Affairs),
        identity: kek(Custodian::Identity),
        suites: Suites::standard(),
        clock,
        journal: None,
    };
    Vault::open(Arc::new(KeyStore::open(parts).await.unwrap()))
        .await
        .unwrap()
}

impl Fixture {
    /// Lends to `count` customers on the first date: 12 instalments of 1,000 yuan
    /// at 7.2 %; every 20th falls due on the second day, every 50th is overdue.
    pub(crate) async fn lend(&self, count: i64) {
        for slice in 0..=(count - 1) / 200 {
            let upto = ((slice + 1) * 200).min(count);
            let range = slice * 200..upto;
            self.db
                .write(move |tx| {
                    Box::pin(async move {
                        for n in range {
                            lend_one(tx, n).await?;
                        }
                        Ok::<_, DbError>(())
                    })
                })
                .await
                .unwrap();
        }
    }

    /// Lends 12,000 yuan at 7.2 % to customer `n` on the first date, as a paid draw does.
    pub(crate) async fn lend_as(&self, n: i64, product: &'static str, method: Method, term_months: u32) {
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let loan = paid_out(tx, n, product, method.as_str(), term_months).await?;
                    let rate = Rate::ppm(loan.rate_ppm).unwrap();
                    let lines = schedule::build(method, Money::fen(loan.amount), rate, FIRST, term_months);
                    let lines = lines.unwrap();
                    let day = |due: jiff::civil::Date| {
                        FIRST_DAY + i64::from(FIRST.until((jiff::Unit::Day, due)).unwrap().get_days())
                    };
                    let loan = loans::Loan {
                        maturity_date: lines.last().unwrap().due.to_string(),
                        next_due_day: day(lines[0].due),
                        ..loan
                    };
                    loans::insert(tx, &loan).await?;
                    for line in &lines {
                        let line = Instalment {
                            number: i64::from(line.number),
                            due_date: line.due.to_string(),
                            due_day: day(line.due),
                            principal: line.principal.as_fen(),
                            interest: line.interest.as_fen(),
                            principal_paid: 0,
                            interest_paid: 0,
                            state: "open".into(),
                        };
                        instalments::insert(tx, &loan.id, &line).await?;
                    }
                    disburse(tx, n, &loan).await
                })
            })
            .await
            .unwrap();
    }

    /// One number of a question to the database.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        self.db
            .read(move |tx| {
                Box::pin(async move {
                    let row = tx
                        .one(sql, &[])
                        .await?
                        .ok_or_else(|| DbError::Other("no row".into()))?;
                    row.int(0)
                })
            })
            .await
            .unwrap()
    }

    /// The same of a question that is put together.
    pub(crate) async fn number_of(&self, sql: String) -> i64 {
        let read = self.db.read(move |tx| {
            Box::pin(async move {
                let row = tx.one(&sql, &[]).await?;
                row.ok_or_else(|| DbError::Other("no row".into()))?.int(0)
            })
        });
        read.await.unwrap()
    }

    /// Runs one statement in a transaction of its own.
    pub(crate) async fn run(&self, sql: &'static str) -> Result<u64, DbError> {
        self.db
            .write(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }))
            .await
    }

    /// One text of a question to the database.
    pub(crate) async fn text(&self, sql: &'static str) -> String {
        self.db
            .read(move |tx| {
                Box::pin(async move {
                    let row = tx.one(sql, &[]).await?;
                    let row = row.ok_or_else(|| DbError::Other("no row".into()))?;
                    Ok::<_, DbError>(row.text(0)?.to_owned())
                })
            })
            .await
            .unwrap()
    }

    /// Debits less credits, principal less its account, interest less its
    /// account, penalty less its account: all zero when the books balance.
    pub(crate) async fn imbalances(&self) -> [i64; 4] {
        const ACCOUNT: &str = "SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM postings";
        let loans = [
            self.number("SELECT CAST(SUM(principal) AS BIGINT) FROM loans")
                .await,
            self.number("SELECT CAST(SUM(interest) AS BIGINT) FROM loans")
                .await,
            self.number("SELECT CAST(SUM(penalty) AS BIGINT) FROM loans")
                .await,
        ];
        let accounts = [
            self.number("SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM postings WHERE account = 'loan_principal'").await,
            self.number("SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM postings WHERE account = 'interest_receivable'").await,
            self.number("SELECT CAST(COALESCE(SUM(debit - credit), 0) AS BIGINT) FROM postings WHERE account = 'penalty_receivable'").await,
        ];
        let [a, b, c] = [
            loans[0] - accounts[0],
            loans[1] - accounts[1],
            loans[2] - accounts[2],
        ];
        [self.number(ACCOUNT).await, a, b, c]
    }
}

/// Everything before the loan, and the loan as it would begin, which is not written yet.
async fn paid_out(
    tx: &mut Tx,
    n: i64,
    product: &str,
    method: &str,
    term_months: u32,
) -> Result<loans::Loan, DbError> {
    let id = |prefix: &str| format!("{prefix}_{n:032x}");
    let (firm, app, ctr, drw, lon) = (id("frm"), id("app"), id("ctr"), id("drw"), id("lon"));
    let seed = [
        "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) SELECT $1, $2, $2, $2, $2, $2, $2, $2, '110105', 'C34', '', 0",
        "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, state, use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed, turnover_sealed, tax_number_sealed, request_digest, created_at, updated_at) SELECT $1, $3, $4, 'pc', '110105', 1200000, $5, $6, 'submitted', $2, $2, $2, $2, $2, $2, $2, '', 0, 0",
        "INSERT INTO contracts (id, application_id, firm_id, product, limit_amount, drawn_amount, rate_ppm, term_months, method, state, request_digest, signed_at) SELECT $1, $2, $3, $4, 1200000, 1200000, 72000, $5, $6, 'signed', '', 0",
        "INSERT INTO draws (id, contract_id, firm_id, amount, state, request_digest, created_at) SELECT $1, $2, $3, 1200000, 'paid', '', 0",
    ];
    let bytes = firm.as_bytes();
    tx.exec(seed[0], &[(&firm).into(), bytes.into()]).await?;
    let [of, months, by]: [V<'_>; 3] = [product.into(), term_months.into(), method.into()];
    let ids: [V<'_>; 3] = [(&app).into(), bytes.into(), (&firm).into()];
    tx.exec(seed[1], &[ids[0], ids[1], ids[2], of, months, by])
        .await?;
    tx.exec(seed[2], &[(&ctr).into(), ids[0], ids[2], of, months, by])
        .await?;
    tx.exec(seed[3], &[(&drw).into(), (&ctr).into(), (&firm).into()])
        .await?;
    Ok(loans::Loan {
        id: lon,
        draw_id: Some(drw),
        contract_id: ctr,
        firm_id: firm,
        product: product.into(),
        currency: "CNY".into(),
        state: "active".into(),
        amount: 1_200_000,
        rate_ppm: 72_000,
        method: method.into(),
        term_months,
        start_date: FIRST.to_string(),
        maturity_date: "2027-03-02".into(),
        principal: 1_200_000,
        interest: 0,
        penalty: 0,
        overdue_principal: 0,
        overdue_interest: 0,
        interest_carry: 0,
        penalty_carry: 0,
        accrued_to: FIRST_DAY,
        next_due_day: 0,
    })
}

/// The loan's entry in the ledger.
async fn disburse(tx: &mut Tx, n: i64, loan: &loans::Loan) -> Result<(), DbError> {
    let entry = Entry {
        id: &format!("ent_{n:032x}"),
        kind: "disbursement",
        reference: loan.draw_id.as_deref().unwrap(),
        business_date: "2026-03-02",
        reverses: None,
        firm_id: &loan.firm_id,
        loan_id: &loan.id,
        currency: "CNY",
        at: 0,
    };
    let side = |account: &str, debit, credit| Posting {
        account: account.into(),
        debit,
        credit,
    };
    let postings = [
        side("loan_principal", loan.amount, 0),
        side("core_clearing", 0, loan.amount),
    ];
    ledger::post(tx, &entry, &postings).await
}

async fn lend_one(tx: &mut Tx, n: i64) -> Result<(), DbError> {
    let loan = paid_out(tx, n, "micro", "equal_principal", 12).await?;
    let overdue = n % 50 == 0;
    let first_due = if overdue {
        FIRST_DAY - 10
    } else if n % 20 == 1 {
        FIRST_DAY + 1
    } else {
        FIRST_DAY + 31
    };
    let loan = loans::Loan {
        state: if overdue { "overdue" } else { "active" }.into(),
        overdue_principal: if overdue { 100_000 } else { 0 },
        next_due_day: if overdue { FIRST_DAY + 20 } else { first_due },
        ..loan
    };
    loans::insert(tx, &loan).await?;
    for number in 1..=12 {
        let line = Instalment {
            number,
            due_date: String::new(),
            due_day: first_due + (number - 1) * 30,
            principal: 100_000,
            interest: 0,
            principal_paid: 0,
            interest_paid: 0,
            state: if overdue && number == 1 { "overdue" } else { "open" }.into(),
        };
        instalments::insert(tx, &loan.id, &line).await?;
    }
    disburse(tx, n, &loan).await
}

/// The order of a day, as a person gives it at a terminal.
pub(crate) fn by_hand() -> lending::DayOrder {
    lending::DayOrder {
        actor: "operator".to_owned(),
        via: "command line",
        at: 1,
    }
}
