-- Runs of runbooks, as whoever runs them told of them. No column takes free text: pages and steps are short words, and
-- of plans, values, approvals and keys there are digests.
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  page TEXT NOT NULL,
  plan_sha256 TEXT NOT NULL,
  bound_sha256 TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  begun_by TEXT NOT NULL,
  begin_key TEXT NOT NULL,
  offline_reason TEXT,
  offline_at BIGINT,
  ended_at BIGINT,
  ended_by TEXT,
  end_key TEXT,
  outcome TEXT
);
CREATE UNIQUE INDEX runs_begin_key ON runs (begun_by, begin_key);

-- What others are asked: once a step, so that the time in which they have to answer begins once.
CREATE TABLE run_approvals (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (id),
  step TEXT NOT NULL,
  digest TEXT NOT NULL,
  people BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  opened_by TEXT NOT NULL
);
CREATE UNIQUE INDEX run_approvals_step ON run_approvals (run, step);

-- What they answered: each person once.
CREATE TABLE run_verdicts (
  id TEXT PRIMARY KEY,
  approval TEXT NOT NULL REFERENCES run_approvals (id),
  person TEXT NOT NULL,
  verdict TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE UNIQUE INDEX run_verdicts_person ON run_verdicts (approval, person);
