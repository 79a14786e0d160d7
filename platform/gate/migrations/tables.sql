-- The gate: one row per scope that was ever closed. Without that of 'everything' all is refused, as nothing says 'open'.
CREATE TABLE intake_gate (
  scope TEXT PRIMARY KEY,
  -- The scope's parts, NULL being any; of a region the digits that all of it begins with.
  act TEXT CHECK (act IN ('application', 'contract', 'limit_increase', 'draw', 'renewal')),
  product TEXT CHECK (product IN ('micro', 'credit', 'guaranteed')),
  channel TEXT CHECK (channel IN ('pc', 'app', 'mini_program', 'branch')),
  region TEXT CHECK (length(region) IN (2, 4, 6)),
  state TEXT NOT NULL CHECK (state IN ('open', 'closing', 'closed', 'reopening')),
  -- One count for all scopes, so that an epoch names one closing or reopening.
  epoch BIGINT NOT NULL CHECK (epoch > 0),
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  incident TEXT,
  -- The clause by which draws under signed contracts may be held back.
  clause TEXT,
  -- Until when, as the one who closed expects.
  until_at BIGINT,
  changed_at BIGINT NOT NULL,
  -- Since when the database is known to have lost later changes, on the row of everything; nothing opens meanwhile.
  unverified_since BIGINT CHECK (unverified_since IS NULL OR scope = 'everything' AND state IN ('closing', 'closed')),
  -- Its name says what it is about, whoever wrote the row.
  CHECK (scope = COALESCE(NULLIF(substr(
    COALESCE(',act=' || act, '') || COALESCE(',product=' || product, '') ||
    COALESCE(',channel=' || channel, '') || COALESCE(',region=' || region, ''), 2), ''), 'everything'))
-- @sqlite
) WITHOUT ROWID;
-- @postgres
);
-- @both
INSERT INTO intake_gate (scope, state, epoch, reason, actor, incident, changed_at)
VALUES ('everything', 'open', 1, 'installed', 'installation', NULL, 0);
-- @sqlite
-- Empty while nothing is shut, which is all that an insert then has to find out. So the row of everything must not go.
CREATE INDEX intake_gate_shut ON intake_gate (state) WHERE state <> 'open';
CREATE TRIGGER intake_gate_keep_row BEFORE DELETE ON intake_gate FOR EACH ROW WHEN OLD.scope = 'everything'
BEGIN SELECT RAISE(ABORT, 'backstop:intake_gate_row:everything'); END;
CREATE TRIGGER intake_gate_keep_name BEFORE UPDATE ON intake_gate FOR EACH ROW
WHEN OLD.scope = 'everything' AND NEW.scope <> 'everything'
BEGIN SELECT RAISE(ABORT, 'backstop:intake_gate_row:everything'); END;
-- @both

-- Every move and every order, in order; terminated is a JSON list of sessions, approval the
-- proposal by which several persons agreed.
CREATE TABLE intake_history (
  number BIGINT PRIMARY KEY,
  scope TEXT NOT NULL,
  state TEXT NOT NULL,
  epoch BIGINT NOT NULL,
  reason TEXT NOT NULL,
  reason_salt TEXT NOT NULL,
  actor TEXT NOT NULL,
  incident TEXT,
  clause TEXT,
  until_at BIGINT,
  terminated TEXT NOT NULL,
  approval TEXT,
  at BIGINT NOT NULL,
  -- The database's role that wrote it; SQLite has none.
  via TEXT
);

-- Transactions that a closing ended with a draw in hand, until a person has asked core banking about each.
CREATE TABLE intake_doubts (
  id TEXT PRIMARY KEY,
  epoch BIGINT,
  pid BIGINT NOT NULL,
  application TEXT NOT NULL,
  role TEXT NOT NULL,
  open_ms BIGINT NOT NULL,
  at BIGINT NOT NULL,
  finding TEXT CHECK (finding IN ('moved', 'not_moved')),
  reason TEXT,
  reason_salt TEXT,
  settled_by TEXT,
  settled_at BIGINT
);

-- The close-only credential, sealed for the day when no instance answers; SQLite has none.
CREATE TABLE intake_credential (
  role TEXT PRIMARY KEY,
  sealed_at BIGINT NOT NULL,
  sealed_by TEXT NOT NULL
);
