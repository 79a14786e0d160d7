-- One text for SQLite and PostgreSQL: TEXT, BIGINT and {blob} only; times are
-- microseconds since the Unix epoch, business dates 'YYYY-MM-DD', money fen.
-- Small rows are stored in their key's tree on SQLite (WITHOUT ROWID): a row is
-- then one insertion and not two, and ids that grow land at its right edge.
-- Every column is classified in src/data_map.rs; a column that is not fails the build.

CREATE TABLE firms (
  id TEXT PRIMARY KEY,
  credit_code_sealed {blob} NOT NULL,
  credit_code_index {blob} NOT NULL,
  name_sealed {blob} NOT NULL,
  contact_sealed {blob} NOT NULL,
  contact_id_sealed {blob} NOT NULL,
  phone_sealed {blob} NOT NULL,
  account_sealed {blob} NOT NULL,
  region TEXT NOT NULL,
  industry TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX firms_credit_code ON firms (credit_code_index);

-- Not in their key's tree: the index by firm then names a row by a few bytes. Its pages are
-- random ones, and how many entries they hold decides how often a commit has to divide one.
CREATE TABLE consents (
  id TEXT PRIMARY KEY,
  firm_id TEXT NOT NULL REFERENCES firms (id),
  source TEXT NOT NULL,
  purpose TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  granted_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
-- By time, not by source: the consents of one application then share a page, and
-- the newest of a source is among the first few. Of the firm's id its last eight digits, which are
-- random: entries of half the length divide a page half as often.
CREATE INDEX consents_firm ON consents (substr(firm_id, 29), granted_at);

CREATE TABLE applications (
  id TEXT PRIMARY KEY,
  firm_id TEXT NOT NULL REFERENCES firms (id),
  -- What closings of a part go by: another spelling would belong to none of them.
  product TEXT NOT NULL CHECK (product IN ('micro', 'credit', 'guaranteed')),
  channel TEXT NOT NULL CHECK (channel IN ('pc', 'app', 'mini_program', 'branch')),
-- @sqlite
  region TEXT NOT NULL CHECK (typeof(region) = 'text' AND region GLOB '[0-9][0-9][0-9][0-9][0-9][0-9]'),
-- @postgres
  region TEXT NOT NULL CHECK (region ~ '^[0-9]{6}$'),
-- @both
  amount BIGINT NOT NULL CHECK (amount > 0),
  term_months BIGINT NOT NULL,
  method TEXT NOT NULL,
  state TEXT NOT NULL,
  use_of_funds_sealed {blob} NOT NULL,
  applicant_sealed {blob} NOT NULL,
  applicant_id_sealed {blob} NOT NULL,
  phone_sealed {blob} NOT NULL,
  address_sealed {blob} NOT NULL,
  turnover_sealed {blob} NOT NULL,
  tax_number_sealed {blob} NOT NULL,
  guarantor_sealed {blob},
  request_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE pulls (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES applications (id),
  source TEXT NOT NULL,
  consent_id TEXT NOT NULL REFERENCES consents (id),
  state TEXT NOT NULL,
  failure TEXT,
  answer_sealed {blob},
  answer_hash TEXT,
  started_at BIGINT NOT NULL,
  finished_at BIGINT,
  -- Until when the raw answer is kept, and when it was erased.
  expires_at BIGINT,
  erased_at BIGINT
);
CREATE INDEX pulls_application ON pulls (application_id);
-- What a revocation and the keeping's end look for: only rows that still hold an answer.
CREATE INDEX pulls_consent ON pulls (consent_id) WHERE answer_sealed IS NOT NULL;
CREATE INDEX pulls_expiry ON pulls (expires_at) WHERE answer_sealed IS NOT NULL;

CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES applications (id),
  outcome TEXT NOT NULL,
  rules_version TEXT NOT NULL,
  model_version TEXT NOT NULL,
  -- Score and reason codes: what sources told of the enterprise shows in them.
  findings_sealed {blob} NOT NULL,
  features_sealed {blob} NOT NULL,
  features_hash TEXT NOT NULL,
  decided_at BIGINT NOT NULL
);
CREATE INDEX decisions_application ON decisions (application_id);

CREATE TABLE offers (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL UNIQUE REFERENCES applications (id),
  limit_amount BIGINT NOT NULL CHECK (limit_amount > 0),
  rate_ppm BIGINT NOT NULL,
  state TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE diligence_tasks (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL UNIQUE REFERENCES applications (id),
  state TEXT NOT NULL,
  due_date TEXT NOT NULL,
  officer TEXT,
  finding TEXT,
  report_sealed {blob},
  request_digest TEXT,
  created_at BIGINT NOT NULL,
  reported_at BIGINT
);

CREATE TABLE approvals (
  application_id TEXT NOT NULL REFERENCES applications (id),
  officer TEXT NOT NULL,
  verdict TEXT NOT NULL,
  -- The terms that the officer approved, where no offer had any.
  limit_amount BIGINT CHECK (limit_amount > 0),
  rate_ppm BIGINT,
  -- Of everything that the officer approved: the next one must approve the same.
  digest TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  decided_at BIGINT NOT NULL,
  PRIMARY KEY (application_id, officer)
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both

CREATE TABLE contracts (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL UNIQUE REFERENCES applications (id),
  firm_id TEXT NOT NULL REFERENCES firms (id),
  product TEXT NOT NULL,
  limit_amount BIGINT NOT NULL CHECK (limit_amount > 0),
  drawn_amount BIGINT NOT NULL CHECK (drawn_amount >= 0 AND drawn_amount <= limit_amount),
  rate_ppm BIGINT NOT NULL,
  term_months BIGINT NOT NULL,
  method TEXT NOT NULL,
  state TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  signed_at BIGINT NOT NULL
);
CREATE INDEX contracts_firm ON contracts (firm_id);

CREATE TABLE draws (
  id TEXT PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  firm_id TEXT NOT NULL REFERENCES firms (id),
  amount BIGINT NOT NULL CHECK (amount > 0),
  state TEXT NOT NULL,
  payment_reference TEXT,
  request_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  sent_at BIGINT,
  paid_at BIGINT
);
CREATE INDEX draws_contract ON draws (contract_id);

CREATE TABLE loans (
  id TEXT PRIMARY KEY,
  -- Nothing where the loan took over what another one owed: no money left the bank.
  draw_id TEXT UNIQUE REFERENCES draws (id),
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  firm_id TEXT NOT NULL REFERENCES firms (id),
  product TEXT NOT NULL,
  currency TEXT NOT NULL,
  state TEXT NOT NULL,
  amount BIGINT NOT NULL,
  rate_ppm BIGINT NOT NULL,
  method TEXT NOT NULL,
  term_months BIGINT NOT NULL,
  start_date TEXT NOT NULL,
  maturity_date TEXT NOT NULL,
  principal BIGINT NOT NULL CHECK (principal >= 0),
  interest BIGINT NOT NULL CHECK (interest >= 0),
  penalty BIGINT NOT NULL CHECK (penalty >= 0),
  overdue_principal BIGINT NOT NULL CHECK (overdue_principal >= 0 AND overdue_principal <= principal),
  overdue_interest BIGINT NOT NULL CHECK (overdue_interest >= 0 AND overdue_interest <= interest),
  -- What daily rounding left over, in 1/360,000,000 fen: no fraction is ever lost.
  interest_carry BIGINT NOT NULL,
  penalty_carry BIGINT NOT NULL,
  -- Days since 1970-01-01, so that both dialects count days alike.
  accrued_to BIGINT NOT NULL,
  next_due_day BIGINT NOT NULL,
  settled_at BIGINT
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both
CREATE INDEX loans_firm ON loans (firm_id);
CREATE INDEX loans_contract ON loans (contract_id);

CREATE TABLE instalments (
  loan_id TEXT NOT NULL REFERENCES loans (id),
  number BIGINT NOT NULL,
  due_date TEXT NOT NULL,
  due_day BIGINT NOT NULL,
  principal BIGINT NOT NULL CHECK (principal >= 0),
  -- A projection until the due date, then what has accrued.
  interest BIGINT NOT NULL CHECK (interest >= 0),
  principal_paid BIGINT NOT NULL CHECK (principal_paid >= 0 AND principal_paid <= principal),
  interest_paid BIGINT NOT NULL CHECK (interest_paid >= 0 AND interest_paid <= interest),
  state TEXT NOT NULL,
  PRIMARY KEY (loan_id, number)
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both

CREATE TABLE repayments (
  id TEXT PRIMARY KEY,
  loan_id TEXT NOT NULL REFERENCES loans (id),
  kind TEXT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  principal BIGINT NOT NULL,
  interest BIGINT NOT NULL,
  penalty BIGINT NOT NULL,
  state TEXT NOT NULL,
  business_date TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX repayments_loan ON repayments (loan_id);

-- The ledger. An entry is unique per (kind, reference, business date): the
-- same business event posts once, however often it is tried.
CREATE TABLE entries (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  reference TEXT NOT NULL,
  business_date TEXT NOT NULL,
  reverses TEXT REFERENCES entries (id),
  created_at BIGINT NOT NULL
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both
CREATE UNIQUE INDEX entries_once ON entries (business_date, kind, reference);

CREATE TABLE postings (
  entry_id TEXT NOT NULL REFERENCES entries (id),
  line BIGINT NOT NULL,
  account TEXT NOT NULL,
  firm_id TEXT NOT NULL,
  loan_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  debit BIGINT NOT NULL CHECK (debit >= 0),
  credit BIGINT NOT NULL CHECK (credit >= 0),
  PRIMARY KEY (entry_id, line),
  CHECK ((debit = 0) <> (credit = 0))
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both

CREATE TABLE days (
  business_date TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  cursor TEXT NOT NULL,
  accrued BIGINT NOT NULL,
  due BIGINT NOT NULL,
  overdue BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT
);

-- Numbered, and not kept in the order of a text: rows that are appended by number fill their
-- pages, those of a text's tree split them. The id is what a receiver tells repetitions by.
CREATE TABLE outbox (
  number {bigserial_pk},
  id TEXT NOT NULL,
  lane TEXT NOT NULL,
  kind TEXT NOT NULL,
  reference TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  failure TEXT,
  created_at BIGINT NOT NULL,
  -- Since when it is in this state; there from the first, so that a row that is ticked off does
  -- not grow out of its page.
  state_since BIGINT NOT NULL
);
-- By kind first: a look for payments must not pass over every notice that waits.
CREATE INDEX outbox_pending ON outbox (kind, next_at) WHERE state = 'pending';

-- Keys are random, so each lands on a page of its own: rows are appended, and only the small
-- index's page is random. In the key's tree the rows themselves would split it all the time.
-- Half of SHA-256 over principal and key: shorter than a key, and no text that a client chose. Where
-- the key tells its time (a UUID of version 7), that comes first, and the page is the last one.
CREATE TABLE idempotency (
  key_digest {blob} NOT NULL PRIMARY KEY,
  route TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  answer TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE audit (
  number {bigserial_pk},
  at BIGINT NOT NULL,
  principal TEXT NOT NULL,
  role TEXT NOT NULL,
  act TEXT NOT NULL,
  reference TEXT NOT NULL
);

-- Values revealed by a principal in an hour (hours since 1970): what bounds reveals, on every instance.
CREATE TABLE reveals (
  principal TEXT NOT NULL,
  hour BIGINT NOT NULL,
  shown BIGINT NOT NULL,
  PRIMARY KEY (principal, hour)
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both

-- Postings and entries are immutable: a correction is another entry.
-- @sqlite
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'backstop:ledger_immutable:entries'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'backstop:ledger_immutable:entries'); END;
CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'backstop:ledger_immutable:postings'); END;
CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'backstop:ledger_immutable:postings'); END;
-- @postgres
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'backstop:ledger_immutable:%', TG_TABLE_NAME USING ERRCODE = 'BS001';
END $$;
CREATE TRIGGER entries_immutable BEFORE UPDATE OR DELETE ON entries FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER postings_immutable BEFORE UPDATE OR DELETE ON postings FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
-- @both
