-- Alerts and what becomes of them. Times are microseconds since 1970; JSON is text. Whatever comes from labels and
-- annotations has passed the guard against customer data. No column holds an address or a secret: people and
-- channels are names, which the configuration resolves when a page is sent.

CREATE TABLE notify_alerts (
  fingerprint TEXT PRIMARY KEY,
  labels TEXT NOT NULL,
  annotations TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT,
  generator TEXT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX notify_alerts_ends_at ON notify_alerts (ends_at);

-- One for each route and each set of labels that it groups by. `firing` holds the marks that were told.
CREATE TABLE notify_groups (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  route TEXT NOT NULL,
  receiver TEXT NOT NULL,
  labels TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  flushed BIGINT NOT NULL,
  told_at BIGINT,
  firing TEXT NOT NULL,
  ticket TEXT
);
CREATE INDEX notify_groups_next_at ON notify_groups (next_at);

CREATE TABLE notify_members (
  grp TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  PRIMARY KEY (grp, fingerprint)
);
CREATE INDEX notify_members_fingerprint ON notify_members (fingerprint);

-- What is to be sent: written with the state change that asks for it, sent afterwards. The id is the key under which
-- receivers know a page again. States: queued, sent, dead, superseded, cut.
CREATE TABLE notify_outbox (
  id TEXT PRIMARY KEY,
  grp TEXT NOT NULL,
  channel TEXT NOT NULL,
  person TEXT NOT NULL,
  kind TEXT NOT NULL,
  rank BIGINT NOT NULL,
  page TEXT NOT NULL,
  marks TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  give_up_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  claimed_until BIGINT NOT NULL,
  state TEXT NOT NULL,
  done_at BIGINT,
  error TEXT,
  instead TEXT
);
CREATE INDEX notify_outbox_due ON notify_outbox (state, channel, next_at);
CREATE INDEX notify_outbox_grp ON notify_outbox (grp);

-- One for each time that something was begun to be sent; without an outcome, the outcome is unknown.
CREATE TABLE notify_attempts (
  outbox TEXT NOT NULL,
  n BIGINT NOT NULL,
  channel TEXT NOT NULL,
  at BIGINT NOT NULL,
  outcome TEXT,
  PRIMARY KEY (outbox, n)
);
CREATE INDEX notify_attempts_channel ON notify_attempts (channel, at);

CREATE TABLE notify_silences (
  id TEXT PRIMARY KEY,
  matchers TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  comment TEXT NOT NULL,
  ended_by TEXT
);
CREATE INDEX notify_silences_ends_at ON notify_silences (ends_at);

-- A group that somebody has to answer for. `covers` holds the marks that it is about, `told` whom it has paged.
CREATE TABLE notify_escalations (
  grp TEXT PRIMARY KEY,
  policy TEXT NOT NULL,
  token TEXT NOT NULL,
  opened_at BIGINT NOT NULL,
  step BIGINT NOT NULL,
  round BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  covers TEXT NOT NULL,
  told TEXT NOT NULL,
  acked_by TEXT,
  acked_until BIGINT
);
CREATE UNIQUE INDEX notify_escalations_token ON notify_escalations (token);
CREATE INDEX notify_escalations_next_at ON notify_escalations (next_at);

CREATE TABLE notify_acks (
  id TEXT PRIMARY KEY,
  grp TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  way TEXT NOT NULL,
  at BIGINT NOT NULL,
  until BIGINT NOT NULL
);
CREATE INDEX notify_acks_grp ON notify_acks (grp);

-- Tests of the call tree, and who answered.
CREATE TABLE notify_trees (
  id TEXT PRIMARY KEY,
  policy TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  begun_by TEXT NOT NULL,
  ends_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE TABLE notify_tree_calls (
  tree TEXT NOT NULL,
  person TEXT NOT NULL,
  token TEXT NOT NULL,
  answered_at BIGINT,
  way TEXT,
  PRIMARY KEY (tree, person)
);
CREATE UNIQUE INDEX notify_tree_calls_token ON notify_tree_calls (token);

-- Few words about the whole: whose turn it is, counters that outlive a restart, and the row that transactions lock.
CREATE TABLE notify_state (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
INSERT INTO notify_state (name, value) VALUES ('lock', '');
