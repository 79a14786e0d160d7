-- One row per act. The body repeats id, act, actor, time and origin, and the
-- hash covers the body: the columns beside it are for finding, the body is what
-- counts. The sequencer fills idx, dense from 0 for each origin.
CREATE TABLE evidence_leaves (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  origin TEXT NOT NULL,
  act TEXT NOT NULL,
  actor TEXT NOT NULL,
  body TEXT NOT NULL,
  hash {blob} NOT NULL,
  idx BIGINT
);
-- What waits for its index: small, so that looking for it never scans the log.
CREATE INDEX evidence_leaves_pending ON evidence_leaves (origin, at) WHERE idx IS NULL;
CREATE UNIQUE INDEX evidence_leaves_idx ON evidence_leaves (origin, idx) WHERE idx IS NOT NULL;

-- Who may number the leaves of a log (the newest term), and how many have a number.
CREATE TABLE evidence_heads (
  origin TEXT PRIMARY KEY,
  term BIGINT NOT NULL,
  size BIGINT NOT NULL
);

-- Signed checkpoints: this database's own log's, and those that other logs handed over.
CREATE TABLE evidence_checkpoints (
  origin TEXT NOT NULL,
  size BIGINT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (origin, size)
);
