//! Somebody else's database: tables, names and types as a lender might have them.

use std::time::Duration;

use adopt::{Description, Meant};
use db::{Db, DbError, Options};
use gate::{Closed, Closing, Order};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

pub(crate) const THEIRS: &str = "
CREATE SCHEMA lending;
CREATE TYPE lending.payout_status AS ENUM ('requested', 'sent', 'paid', 'failed');
CREATE TABLE lending.loan_request (
  id uuid PRIMARY KEY, status text NOT NULL CHECK (status IN ('new', 'approved', 'rejected')),
  note text, touched_at timestamptz);
CREATE TABLE lending.\"Agreement\" (
  id bigint PRIMARY KEY, status varchar(20) NOT NULL DEFAULT 'drafted' CHECK (status IN ('drafted', 'signed', 'ended')),
  limit_amount numeric(18, 2) NOT NULL, note text);
CREATE TABLE lending.payout (
  id text PRIMARY KEY, status lending.payout_status NOT NULL DEFAULT 'requested', note text);
CREATE TABLE lending.repayment (id bigserial PRIMARY KEY, amount numeric(18, 2) NOT NULL, state text NOT NULL);
CREATE FUNCTION lending.touch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN NEW.touched_at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON lending.loan_request FOR EACH ROW EXECUTE FUNCTION lending.touch();
";

pub(crate) const DESCRIBED: &str = r#"
schema = "lending"

[[binds]]
table = "loan_request"
on = "insert"
act = "application"
why = "new business begins"
[[binds]]
table = "loan_request"
on = "transition"
column = "status"
to = "approved"
act = "contract"
why = "the bank undertakes to contract"
[[spared]]
table = "loan_request"
on = "any"
column = "status"
why = "new is the insert, rejected says no"

[[binds]]
table = "Agreement"
on = "transition"
column = "status"
to = "signed"
act = "contract"
why = "the bank is bound"
[[binds]]
table = "Agreement"
on = "raise"
column = "limit_amount"
act = "limit_increase"
why = "the bank is bound to more"
[[spared]]
table = "Agreement"
on = "insert"
why = "a draft binds nobody"
[[spared]]
table = "Agreement"
on = "any"
column = "status"
why = "a draft or an end"

[[binds]]
table = "payout"
on = "insert"
act = "draw"
why = "the bank undertakes to pay"
[[binds]]
table = "payout"
on = "transition"
column = "status"
to = "sent"
act = "draw"
why = "the instruction leaves the bank"
[[spared]]
table = "payout"
on = "any"
column = "status"
why = "records what happened to the money"

[[spared]]
table = "repayment"
on = "insert"
why = "existing business"
[[spared]]
table = "repayment"
on = "any"
column = "state"
why = "existing business"
"#;

pub(crate) struct World {
    /// Their address.
    pub(crate) url: String,
    /// With the gate's search path.
    pub(crate) gate: Db,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(THEIRS).await
    }

    pub(crate) async fn with(sql: &str) -> Self {
        let url = cluster::fresh_database().expect("PostgreSQL is installed and starts");
        shell(&url)
            .await
            .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
            .await
            .unwrap();
        let gate = Db::open(&adopt::address(&url).unwrap(), Options::default())
            .await
            .unwrap();
        Self { url, gate }
    }

    /// Described and installed.
    pub(crate) async fn installed() -> Self {
        let world = Self::new().await;
        adopt::apply(&world.gate, &described(), &meant()).await.unwrap();
        world
    }

    /// Types statements as their owner, and gives what they were refused with.
    pub(crate) async fn types(&self, sql: &str) -> Result<(), String> {
        types(&mut shell(&self.url).await, sql).await
    }

    /// The gate's database, as another role.
    pub(crate) async fn sign_in(&self, role: &str) -> Db {
        let (_, at) = self.url.split_once('@').unwrap();
        let url = adopt::address(&format!("postgres://{role}@{at}")).unwrap();
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        Db::open(&url, options).await.unwrap()
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        let read = self.gate.read(move |tx| {
            Box::pin(async move { tx.one(&sql, &[]).await?.ok_or(DbError::Timeout)?.int(0) })
        });
        read.await.unwrap()
    }

    /// Everything, or a part of it.
    pub(crate) async fn close(&self, scope: &str) -> Closed {
        let closing = Closing {
            scope: scope.parse().unwrap(),
            ..Closing::everything()
        };
        gate::close(&self.gate, order(), closing).await.unwrap()
    }

    pub(crate) async fn findings(&self, description: &Description) -> Vec<String> {
        let checked = adopt::check(&self.gate, description).await.unwrap();
        checked
            .findings
            .iter()
            .map(|one| format!("{} {}", one.kind, one.at))
            .collect()
    }
}

/// Two roles of the whole cluster, made for one test and dropped with it.
pub(crate) struct Persons {
    pub(crate) ann: Db,
    pub(crate) bob: Db,
    names: [String; 2],
}

impl Persons {
    pub(crate) async fn of(world: &World) -> Self {
        let names = ["ann", "bob"].map(|name| format!("{name}_{}", &uuid()[..8]));
        for name in &names {
            let sql = format!(
                "CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA backstop TO {name}; \
                 GRANT SELECT, UPDATE ON backstop.intake_gate TO {name}; \
                 GRANT SELECT, INSERT ON backstop.intake_history TO {name}; \
                 GRANT INSERT (id, at, origin, act, actor, body, hash) ON backstop.evidence_leaves TO {name}"
            );
            world.types(&sql).await.unwrap();
        }
        let (ann, bob) = (world.sign_in(&names[0]).await, world.sign_in(&names[1]).await);
        Self { ann, bob, names }
    }

    pub(crate) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }

    /// Opens a scope, as two persons do.
    pub(crate) async fn reopen(&self, scope: &str) {
        let clock = base::clock::Clock::system();
        let proposed = adopt::propose(&self.ann, &scope.parse().unwrap(), "over", &clock)
            .await
            .unwrap();
        adopt::agree(&self.bob, &proposed.proposal, "over", &clock)
            .await
            .unwrap();
    }

    pub(crate) async fn leave(self, world: &World) {
        self.ann.close().await;
        self.bob.close().await;
        for name in &self.names {
            world
                .types(&format!("DROP OWNED BY {name}; DROP ROLE {name}"))
                .await
                .unwrap();
        }
    }
}

fn uuid() -> String {
    let ids = base::ids::Ids::system(base::clock::Clock::system());
    // The end of it is random; its beginning is the time.
    ids.next().simple().to_string().chars().rev().collect()
}

pub(crate) fn order() -> Order {
    Order {
        actor: "ann".to_owned(),
        reason: "drill".to_owned(),
        incident: None,
        at: 1_767_225_600_000_000,
        grace: Order::GRACE,
    }
}

pub(crate) fn described() -> Description {
    Description::parse(DESCRIBED).unwrap()
}

pub(crate) fn meant() -> Meant {
    Meant {
        actor: "ann".to_owned(),
        reason: "the gate comes to lending".to_owned(),
        at: 1_767_225_600_000_000,
        patience: Duration::from_millis(200),
    }
}

pub(crate) async fn shell(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

pub(crate) async fn types(shell: &mut PgConnection, sql: &str) -> Result<(), String> {
    let answer = shell.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
    answer.map(drop).map_err(|error| error.to_string())
}

pub(crate) const REQUEST: &str =
    "INSERT INTO lending.loan_request (id, status) VALUES (gen_random_uuid(), 'new')";
